import { ChildProcess, spawn } from 'node:child_process';
import { until } from '../../support/waiting';

/** A registry of OCI images on a port of its own, in a folder: crane's. */
export class Registry {
  /** Starts it. */
  public static async start(crane: string, folder: string): Promise<Registry> {
    // it goes when the test does, even where nothing stops it
    const child = spawn(crane, ['registry', 'serve', '--address', '127.0.0.1:0', '--disk', folder]);
    let log = '';
    child.stderr.on('data', (data: Buffer) => (log += data.toString()));
    const port = (): string | undefined => /serving on port (\d+)/.exec(log)?.[1];
    await until('the registry to serve', 30_000, () => Promise.resolve(port() !== undefined));
    return new Registry(child, `127.0.0.1:${port()}`);
  }

  private constructor(
    private readonly child: ChildProcess,
    /** Host and port. */
    public readonly host: string,
  ) {}

  /** Stops it. */
  public stop(): void {
    this.child.kill();
  }
}
