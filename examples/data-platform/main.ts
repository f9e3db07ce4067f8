import { dataPlatform } from './platform';

console.log(dataPlatform().synth().toString());
