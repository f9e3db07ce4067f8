import { Construct } from 'constructs';
import { Environment } from '../../app/environment';
import { fail } from '../../contracts/errors';
import { GeneralPool, GpuPool } from '../../contracts/node-pool';
import { AlertReceiver } from '../../constructs/monitoring';
import { DataPlatform, DataPlatformPiece, DataPlatformProps } from './data-platform';
import { MONITORING_PROPS } from './monitoring-props';

/** What a platform that stands on a DataPlatform says of it, where the environment has none yet. */
export interface PlatformFoundationProps {
  /**
   * Domain of the platform. Models are served at `<name>--<namespace>.<domain>`, Grafana at `grafana.<domain>`.
   *
   * @default - that of the environment's DataPlatform; required where there is none
   */
  readonly domain?: string;
  /**
   * Pools of nodes with GPUs, where the environment has no cluster yet.
   *
   * @default - no GPUs
   */
  readonly gpuPools?: GpuPool[];
  /**
   * Pools of nodes without GPUs, where the environment has no cluster yet.
   *
   * @default - as in DataPlatform
   */
  readonly generalPools?: GeneralPool[];
  /**
   * Minor version of Kubernetes, where the environment has no cluster yet.
   *
   * @default - the provider's default
   */
  readonly kubernetesVersion?: string;
  /**
   * Who is told of critical alerts, where the environment has no DataPlatform yet. The Secrets that receivers name are in
   * `data-platform-monitoring`.
   *
   * @default - no one: in production a finding
   */
  readonly criticalAlertReceivers?: AlertReceiver[];
  /**
   * Who is told of warnings, where the environment has no DataPlatform yet.
   *
   * @default - those of critical alerts
   */
  readonly warningAlertReceivers?: AlertReceiver[];
  /**
   * A dead man's switch outside the cluster, where the environment has no DataPlatform yet.
   *
   * @default - no one notices when Prometheus or Alertmanager are down
   */
  readonly watchdogReceiver?: AlertReceiver;
  /**
   * Days that Prometheus keeps metrics, where the environment has no DataPlatform yet. A zone that asks for more is told so.
   *
   * @default - by tier; see `Monitoring`
   */
  readonly metricsRetentionDays?: number;
}

/**
 * The environment's DataPlatform, which must come before what stands on it; where there is none, and no cluster either, it is made.
 *
 * @param where what stands on it
 * @param pieces what it must have
 * @param without what one that is made here does without
 * @throws InvalidInputError when the environment has a cluster but no DataPlatform, the DataPlatform lacks something, or a prop is for it
 */
export function foundationOf(
  where: Construct,
  environment: Environment,
  props: PlatformFoundationProps,
  pieces: readonly DataPlatformPiece[],
  without: Partial<DataPlatformProps> = {},
): DataPlatform {
  const found = environment.node.children.find((child) => child instanceof DataPlatform);
  if (!found && environment.hasCluster) {
    fail(
      where,
      'environment',
      'must have a DataPlatform where it has a cluster already',
      environment.environmentName,
      'make the DataPlatform before, or leave the cluster to this composition',
    );
  }
  if (found) refuseItsProps(where, found, props);
  const platform = found ?? ownFoundation(where, environment, props, without);
  platform._require(where, pieces);
  return platform;
}

function refuseItsProps(where: Construct, found: DataPlatform, props: PlatformFoundationProps): void {
  for (const prop of ['gpuPools', 'generalPools', 'kubernetesVersion'] as const) {
    if (props[prop] === undefined) continue;
    fail(where, prop, 'must be said to the DataPlatform, which has the cluster', props[prop], 'give it there');
  }
  for (const prop of MONITORING_PROPS) {
    if (props[prop] === undefined) continue;
    fail(where, prop, 'must be said to the DataPlatform, which has the monitoring', 'it', 'give it there');
  }
  if (props.domain === undefined || props.domain === found.gateway.domain) return;
  const rule = `must be that of the DataPlatform (${found.gateway.domain})`;
  fail(where, 'domain', rule, props.domain, 'leave it out: both share a gateway');
}

function ownFoundation(
  where: Construct,
  environment: Environment,
  props: PlatformFoundationProps,
  without: Partial<DataPlatformProps>,
): DataPlatform {
  const { domain, gpuPools, generalPools, kubernetesVersion, metricsRetentionDays } = props;
  const { criticalAlertReceivers, warningAlertReceivers, watchdogReceiver } = props;
  if (domain === undefined) {
    const rule = 'must be given where the environment has no DataPlatform';
    fail(where, 'domain', rule, domain, "give one such as 'ml.acme.example'");
  }
  return new DataPlatform(environment, 'data-platform', {
    ...without,
    domain,
    gpuPools,
    generalPools,
    kubernetesVersion,
    criticalAlertReceivers,
    warningAlertReceivers,
    watchdogReceiver,
    metricsRetentionDays,
  });
}
