import { describeAttacks } from './bench';
import { ACCOUNTS } from './tables/accounts';
import { APPROVAL } from './tables/approval';
import { CHILDREN } from './tables/children';
import { DATA } from './tables/data';
import { DELIVERIES } from './tables/deliveries';
import { EXPRESSIONS } from './tables/expressions';
import { PODS } from './tables/pods';
import { ROBUSTNESS } from './tables/robustness';
import { ROUTES } from './tables/routes';
import { TEXTS } from './tables/texts';
import { ZONES } from './tables/zones';

describeAttacks({
  accounts: ACCOUNTS,
  approval: APPROVAL,
  children: CHILDREN,
  data: DATA,
  deliveries: DELIVERIES,
  expressions: EXPRESSIONS,
  pods: PODS,
  robustness: ROBUSTNESS,
  routes: ROUTES,
  texts: TEXTS,
  zones: ZONES,
});
