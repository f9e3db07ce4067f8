import { neuralPlatform } from './platform';

console.log(neuralPlatform().synth().toString());
