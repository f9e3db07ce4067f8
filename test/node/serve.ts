/** Runs a node until it is told to end, for work by hand: `npx tsx test/node/serve.ts`. */
import { serve } from '../support/serve';
import { RealNode } from './real-node';

serve(
  () => RealNode.start(),
  ({ connection }) => ({ 'in the node': connection.enter }),
);
