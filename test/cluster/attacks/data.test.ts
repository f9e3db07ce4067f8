import { describeAttacks } from './bench';
import { DATA } from './tables/data';

describeAttacks('data', DATA);
