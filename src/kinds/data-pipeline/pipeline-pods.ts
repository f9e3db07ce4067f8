import { secretEnvironment } from '../../constructs/workloads/secret-environment';
import { zoneTolerations } from '../ai-zone/placement';
import { claimsOf } from './pipeline-needs';
import { Json, PipelinePlan } from './pipeline-plan';
import { PROGRAM_FOLDER } from './pipeline-config';

/** Where the Secrets of the connections are. */
export const SECRETS_FOLDER = '/etc/pipeline';
/** Port of the metrics of Spark's driver. */
export const METRICS_PORT = 8090;

/** Pod Security `restricted`, for the user of an image. */
export function podSecurity(user: number): Json {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Environment variables that all pods get. */
export function environment({ settings }: PipelinePlan): Json[] {
  return [
    // the users of the images have no home
    { name: 'HOME', value: '/tmp' },
    { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
    ...Object.entries(settings.variables ?? {}).map(([name, value]) => ({ name, value })),
    ...secretEnvironment(settings.secretVariables),
  ];
}

/** Volumes with the program and the Secrets of the connections, by name. */
export function programVolumes({ spec }: PipelinePlan, configName: string): Json[] {
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
export function programMounts({ spec }: PipelinePlan): Json[] {
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
export function claimVolumes(plan: PipelinePlan): { readonly volumes: Json[]; readonly mounts: Json[] } {
  const claims = claimsOf(plan).map((claim, index) => ({ name: `claim-${index}`, claim }));
  return {
    volumes: claims.map(({ name, claim }) => ({ name, persistentVolumeClaim: { claimName: claim } })),
    mounts: claims.map(({ name, claim }) => ({ name, mountPath: `/mnt/pvc/${claim}` })),
  };
}

/** Where pods are placed. */
export function placement({ zone, settings }: PipelinePlan): Json {
  const tolerated = zoneTolerations(zone, []);
  return {
    ...(zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {}),
    ...(tolerated.length > 0 ? { tolerations: tolerated } : {}),
    ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
  };
}
