import { describeAttacks } from './bench';
import { ACCOUNTS } from './tables/accounts';

describeAttacks('accounts', ACCOUNTS);
