import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { checkPort, checkWhole } from '../../contracts/bounds';

/** How often a probe asks, and how long it waits. */
export interface ProbeOptions {
  /**
   * Port that is asked.
   *
   * @default - the port that the workload listens on
   */
  readonly port?: number;
  /**
   * Seconds between two attempts.
   *
   * @default 10
   */
  readonly periodSeconds?: number;
  /**
   * Seconds until an attempt counts as failed.
   *
   * @default 2
   */
  readonly timeoutSeconds?: number;
  /**
   * Failed attempts in a row until the probe counts as failed.
   *
   * @default 3
   */
  readonly failureThreshold?: number;
  /**
   * Seconds before the first attempt. A startup probe is usually the better way.
   *
   * @default 0
   */
  readonly initialDelaySeconds?: number;
  /**
   * Whether an HTTP GET goes over TLS. The kubelet does not check the certificate.
   *
   * @default false
   */
  readonly tls?: boolean;
}

/** How the kubelet finds out whether a container is well. */
@checked('Probe')
export class Probe {
  /**
   * An HTTP GET, answered by a status from 200 to 399.
   *
   * @param path absolute path, such as `/healthz`
   */
  public static http(path: string, options: ProbeOptions = {}): Probe {
    if (!path.startsWith('/')) {
      fail('Probe.http', 'path', 'must start with a slash', path, `write it as '/${path}'`);
    }
    return new Probe('Probe.http', options, path);
  }

  /** A TCP connection that is accepted. */
  public static tcp(options: ProbeOptions = {}): Probe {
    return new Probe('Probe.tcp', options);
  }

  /** A command in the container that exits with 0. The port is not used. */
  public static command(command: string[], options: ProbeOptions = {}): Probe {
    if (command.length === 0) {
      fail('Probe.command', 'command', 'must not be empty', command, 'give the program and its arguments');
    }
    return new Probe('Probe.command', options, undefined, command);
  }

  private constructor(
    where: string,
    private readonly options: ProbeOptions,
    private readonly path?: string,
    private readonly commandLine?: string[],
  ) {
    if (options.port !== undefined) checkPort(where, 'port', options.port);
    checkWhole(where, 'periodSeconds', options.periodSeconds, 1, 3600, 'give seconds');
    checkWhole(where, 'timeoutSeconds', options.timeoutSeconds, 1, 3600, 'give seconds');
    checkWhole(where, 'failureThreshold', options.failureThreshold, 1, 10_000, 'give a number of attempts');
    checkWhole(where, 'initialDelaySeconds', options.initialDelaySeconds, 0, 86_400, 'give seconds');
  }

  /**
   * @param defaultPort the port that the workload listens on
   * @returns undefined when a port is needed and there is none
   * @internal
   */
  public _render(defaultPort: number | undefined): k8s.Probe | undefined {
    const port = this.options.port ?? defaultPort;
    const common = {
      periodSeconds: this.options.periodSeconds ?? 10,
      timeoutSeconds: this.options.timeoutSeconds ?? 2,
      failureThreshold: this.options.failureThreshold ?? 3,
      initialDelaySeconds: this.options.initialDelaySeconds,
    };
    if (this.commandLine) return { exec: { command: this.commandLine }, ...common };
    if (port === undefined) return undefined;
    const target = k8s.IntOrString.fromNumber(port);
    return this.path === undefined
      ? { tcpSocket: { port: target }, ...common }
      : { httpGet: { path: this.path, port: target, scheme: this.options.tls ? 'HTTPS' : undefined }, ...common };
  }
}
