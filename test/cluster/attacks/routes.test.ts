import { describeAttacks } from './bench';
import { ROUTES } from './tables/routes';

describeAttacks('routes', ROUTES);
