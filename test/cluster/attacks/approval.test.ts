import { describeAttacks } from './bench';
import { APPROVAL } from './tables/approval';

describeAttacks('approval', APPROVAL);
