import { describeAttacks } from './bench';
import { ROBUSTNESS } from './tables/robustness';

describeAttacks('robustness', ROBUSTNESS);
