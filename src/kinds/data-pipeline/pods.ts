import { NO_NODE_METADATA, renderSecretEnv } from '../../constructs/workloads/env';
import { zoneTolerations } from '../ai-zone/placement';
import { DataPipelinePlan, Json } from './plan';
import { inVariableOrder } from '../../contracts/variable-order';

/** The folder with the program and what it does, in the pods. */
export const PROGRAM_FOLDER = '/opt/pipeline';
/** The file with the pipeline. */
export const PIPELINE_FILE = 'pipeline.json';
/** Where the Secrets of the connections are. */
export const SECRETS_FOLDER = '/etc/pipeline';
/** Port of the metrics of Spark's driver. */
export const SPARK_METRICS_PORT = 8090;
/** Port of Flink's reporter for Prometheus. */
export const FLINK_METRICS_PORT = 9249;

/** Environment variables that all pods get. */
export function environment({ settings }: DataPipelinePlan): Json[] {
  return inVariableOrder([
    // the users of the images have no home
    { name: 'HOME', value: '/tmp' },
    { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
    ...Object.entries({ ...NO_NODE_METADATA, ...settings.env }).map(([name, value]) => ({ name, value })),
    ...renderSecretEnv(settings.secretEnv),
  ]);
}

/** Volumes with the program and the Secrets of the connections, by name. */
export function programVolumes({ spec }: DataPipelinePlan, configName: string): Json[] {
  const secrets = [
    { name: 'source', ref: spec.source.config.connection?.secretRef.name },
    { name: 'sink', ref: spec.sink.config.connection?.secretRef.name },
  ];
  return [
    { name: 'program', configMap: { name: configName } },
    ...secrets.flatMap(({ name, ref }) =>
      ref === undefined ? [] : [{ name, secret: { secretName: ref, defaultMode: 0o440 } }],
    ),
  ];
}

/** Where they are mounted. */
export function programMounts({ spec }: DataPipelinePlan): Json[] {
  return [
    { name: 'program', mountPath: PROGRAM_FOLDER, readOnly: true },
    ...(['source', 'sink'] as const).flatMap((name) =>
      spec[name].config.connection === undefined
        ? []
        : [{ name, mountPath: `${SECRETS_FOLDER}/${name}`, readOnly: true }],
    ),
  ];
}

/** Volumes of claims, where locations such as `pvc://claim/path` are found. */
export function claimVolumes(plan: DataPipelinePlan): { readonly volumes: Json[]; readonly mounts: Json[] } {
  const claims = plan.claims.map((claim, index) => ({ name: `claim-${index}`, claim }));
  return {
    volumes: claims.map(({ name, claim }) => ({ name, persistentVolumeClaim: { claimName: claim } })),
    mounts: claims.map(({ name, claim }) => ({ name, mountPath: `/mnt/pvc/${claim}` })),
  };
}

/** Where pods are placed. */
export function placement({ zone, settings }: DataPipelinePlan): Json {
  const tolerated = zoneTolerations(zone, []);
  return {
    ...(zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {}),
    ...(tolerated.length > 0 ? { tolerations: tolerated } : {}),
    ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
  };
}
