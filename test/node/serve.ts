/** Runs a node until it is told to end, for work by hand: `npx tsx test/node/serve.ts`. */
import { RealNode } from './real-node';

async function serve(): Promise<void> {
  const started = Date.now();
  const node = await RealNode.start();
  process.stdout.write(`KUBECONFIG=${node.kubeconfig}\nkubectl: ${node.connection.binaries.kubectl}\n`);
  process.stdout.write(`in the node: ${node.connection.enter}\nready after ${(Date.now() - started) / 1000} s\n`);
  const ended = new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const alive = setInterval(() => undefined, 60_000);
  await ended;
  clearInterval(alive);
  await node.stop();
}

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
