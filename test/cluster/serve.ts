/** Runs a test cluster until it is told to end, for work by hand: `npx tsx test/cluster/serve.ts`. */
import { serve } from '../support/serve';
import { TestCluster } from './test-cluster';

serve(
  () => TestCluster.start(),
  ({ pids }) => ({ pids: pids.join(' ') }),
);
