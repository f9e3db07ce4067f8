import { describeAttacks } from './bench';
import { ZONES } from './tables/zones';

describeAttacks('zones', ZONES);
