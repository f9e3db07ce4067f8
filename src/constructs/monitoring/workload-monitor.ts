import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { IWorkload } from '../../contracts/workload';

/** Options of a monitor. */
export interface WorkloadMonitorProps {
  /** The workload whose metrics are scraped. */
  readonly workload: IWorkload;
  /**
   * Name of the monitor.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Number of the container's port that serves metrics.
   *
   * @default - the only port that the workload listens on
   */
  readonly port?: number;
  /**
   * Path of the metrics.
   *
   * @default '/metrics'
   */
  readonly path?: string;
  /**
   * Seconds between two scrapes.
   *
   * @default 30
   */
  readonly intervalSeconds?: number;
  /**
   * Labels of a Service in front of the workload. With them a ServiceMonitor is made, and metrics carry the Service's name;
   * without, a PodMonitor, which also serves what has no Service.
   *
   * @default - a PodMonitor
   */
  readonly serviceLabels?: { [key: string]: string };
  /**
   * Name of the Service's port. Needed with serviceLabels, instead of port.
   *
   * @default - none
   */
  readonly servicePort?: string;
  /**
   * Name of the Service, which the metrics of a PodMonitor are to carry in the label `service`, as those of a ServiceMonitor do.
   *
   * @default - the metrics of a PodMonitor have no such label
   */
  readonly serviceName?: string;
}

/**
 * Has Prometheus scrape a workload. The workload must let Prometheus in: `workload.allowFrom(platform.monitoring.prometheus)`. The
 * workloads of this library do both by themselves where something scrapes their namespace.
 *
 * @example
 * const api = new ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });
 * new WorkloadMonitor(chart, 'api-metrics', { workload: api, path: '/internal/metrics' });
 */
@checked('WorkloadMonitor')
export class WorkloadMonitor extends Construct {
  /** The ServiceMonitor or PodMonitor. */
  public readonly monitor: ApiObject;

  /** @throws InvalidInputError when it is not clear which port to scrape */
  public constructor(scope: Construct, id: string, props: WorkloadMonitorProps) {
    super(scope, id);
    checkReferences(this, props);
    const interval = props.intervalSeconds ?? 30;
    if (!Number.isInteger(interval) || interval < 5) {
      fail(this, 'intervalSeconds', 'must be a whole number of at least 5', interval, 'scrape less often');
    }
    if ((props.serviceLabels === undefined) !== (props.servicePort === undefined)) {
      fail(
        this,
        'servicePort',
        'must come with serviceLabels',
        props.servicePort,
        'give both for a ServiceMonitor, or neither for a PodMonitor',
      );
    }
    if (props.path !== undefined && !props.path.startsWith('/')) {
      fail(this, 'path', 'must start with a slash', props.path, `write it as '/${props.path}'`);
    }
    if (props.serviceName !== undefined && props.serviceLabels !== undefined) {
      const fix = 'leave it out: a ServiceMonitor knows the Service';
      fail(this, 'serviceName', 'must not come with serviceLabels', props.serviceName, fix);
    }
    const endpoint = { path: props.path ?? '/metrics', interval: `${interval}s` };
    const { namespace, podLabels } = props.workload.peer;
    const metadata = { name: props.name ?? id, namespace };
    this.monitor = props.serviceLabels
      ? new ApiObject(this, 'Resource', {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'ServiceMonitor',
          metadata,
          spec: {
            selector: { matchLabels: props.serviceLabels },
            endpoints: [{ port: props.servicePort, ...endpoint }],
          },
        })
      : new ApiObject(this, 'Resource', {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'PodMonitor',
          metadata,
          spec: {
            selector: { matchLabels: podLabels ?? {} },
            podMetricsEndpoints: [
              {
                portNumber: this.portOf(props),
                ...endpoint,
                // without a source the replacement is taken as it is
                relabelings: props.serviceName && [{ targetLabel: 'service', replacement: props.serviceName }],
              },
            ],
          },
        });
  }

  private portOf(props: WorkloadMonitorProps): number {
    const ports = props.workload.peer.ports ?? [];
    const port = props.port ?? (ports.length === 1 ? ports[0] : undefined);
    if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
      fail(
        this,
        'port',
        'must be the number of the port with metrics',
        port,
        `the workload listens on ${ports.join(', ') || 'none'}`,
      );
    }
    return port;
  }
}
