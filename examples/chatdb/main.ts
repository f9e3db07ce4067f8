import { chatDb } from './platform';

console.log(chatDb().synth().toString());
