import { describeAttacks } from './bench';
import { EXPRESSIONS } from './tables/expressions';

describeAttacks('expressions', EXPRESSIONS);
