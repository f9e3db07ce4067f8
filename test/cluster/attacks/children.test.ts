import { describeAttacks } from './bench';
import { CHILDREN } from './tables/children';

describeAttacks('children', CHILDREN);
