import { describeAttacks } from './bench';
import { PODS } from './tables/pods';

describeAttacks('pods', PODS);
