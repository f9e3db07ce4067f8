/** A cluster that is started and stopped. */
interface Served {
  readonly kubeconfig: string;
  readonly connection: { readonly binaries: { readonly kubectl: string } };
  stop(): Promise<void>;
}

/**
 * Runs a cluster until this process is told to end, for work by hand, and prints how to reach it.
 *
 * @param more what else is printed, by its name
 */
export function serve<T extends Served>(start: () => Promise<T>, more: (cluster: T) => Record<string, string>): void {
  const run = async (): Promise<void> => {
    const started = Date.now();
    const cluster = await start();
    process.stdout.write(`KUBECONFIG=${cluster.kubeconfig}\n`);
    const said = { kubectl: cluster.connection.binaries.kubectl, ...more(cluster) };
    for (const [name, value] of Object.entries(said)) process.stdout.write(`${name}: ${value}\n`);
    process.stdout.write(`ready after ${(Date.now() - started) / 1000} s\n`);
    const ended = new Promise((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    const alive = setInterval(() => undefined, 60_000);
    await ended;
    clearInterval(alive);
    await cluster.stop();
  };
  run().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
