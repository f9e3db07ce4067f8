import { describeAttacks } from './bench';
import { TEXTS } from './tables/texts';

describeAttacks('texts', TEXTS);
