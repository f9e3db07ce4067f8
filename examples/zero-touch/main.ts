import { zeroTouch } from './platform';

console.log(zeroTouch().synth().toString());
