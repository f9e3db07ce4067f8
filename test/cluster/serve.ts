/** Runs a test cluster until it is told to end, for work by hand: `npx tsx test/cluster/serve.ts`. */
import { TestCluster } from './test-cluster';

async function serve(): Promise<void> {
  const cluster = await TestCluster.start();
  process.stdout.write(`KUBECONFIG=${cluster.kubeconfig}\nkubectl: ${cluster.connection.binaries.kubectl}\n`);
  process.stdout.write(`pids: ${cluster.pids.join(' ')}\n`);
  const ended = new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const alive = setInterval(() => undefined, 60_000);
  await ended;
  clearInterval(alive);
  await cluster.stop();
}

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
