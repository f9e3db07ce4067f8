import { SecretVariable } from '../../contracts/backing-service';
import { Json, podTemplate } from '../../constructs/workloads/pod-template';
import { Probe } from '../../constructs/workloads/probe';
import { FeatureStoreContext } from './feature-store-context';
import { PROGRAMS_FOLDER, REPOSITORY_FOLDER, labelsOf } from './feature-store-names';

/** A pod that runs Feast's image. */
export interface FeastPod {
  readonly container: string;
  readonly component: string;
  readonly command: string[];
  readonly image?: string;
  readonly cpu: string;
  readonly memory: string;
  readonly ports?: { readonly [name: string]: number };
  readonly probes?: { readonly startup: Probe; readonly readiness: Probe; readonly liveness: Probe };
  /** Whether it has the programs and not only the repository. */
  readonly programs: boolean;
  /** Whether it ends. */
  readonly ends: boolean;
  readonly spread?: boolean;
}

/** Labels by which the Service of a component finds its pods. */
export function selectorOf(context: FeatureStoreContext, component: string): { [key: string]: string } {
  return { feature_store: context.name, 'app.kubernetes.io/component': component };
}

/** A pod template with the repository and the programs, which meets Pod Security `restricted` and has a read-only root. */
export function feastPod(context: FeatureStoreContext, pod: FeastPod): Json {
  const selector = selectorOf(context, pod.component);
  const template = podTemplate({
    name: pod.container,
    labels: { ...labelsOf(context.name, pod.component), ...selector, 'nstarx.io/component': 'feature-server' },
    selector,
    serviceAccountName: context.serviceAccountName,
    image: pod.image ?? context.settings.feastImage,
    command: pod.command,
    variables: {
      // the root file system cannot be written
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      // the user's functions are looked up here
      PYTHONPATH: REPOSITORY_FOLDER,
      FEAST_USAGE: 'False',
      ...s3Variables(context),
    },
    secretVariables: storeVariables(context),
    ports: { ...pod.ports },
    cpu: pod.cpu,
    memory: pod.memory,
    startupProbe: pod.probes?.startup,
    readinessProbe: pod.probes?.readiness,
    livenessProbe: pod.probes?.liveness,
    volumes: [],
    tmpSize: '2Gi',
    // the user of the image, so that a cluster without user namespaces knows it is not root
    runAsUser: 1001,
    fsGroup: 1001,
    terminationGracePeriodSeconds: 30,
    preStopSeconds: pod.ends ? undefined : 5,
    spread: pod.spread ?? false,
    restartPolicy: pod.ends ? 'Never' : undefined,
  }) as { metadata: Json; spec: { containers: Json[]; volumes: Json[] } };
  const [container] = template.spec.containers;
  // what a program of ours says of itself, else the end of its log
  if (pod.ends) container.terminationMessagePolicy = 'FallbackToLogsOnError';
  container.volumeMounts = [
    ...(container.volumeMounts as Json[]),
    ...repositoryMounts(context),
    ...(pod.programs ? [programsMount()] : []),
  ];
  template.spec.volumes.push(repositoryVolume(context));
  if (pod.programs) template.spec.volumes.push({ name: 'programs', configMap: { name: context.programsName } });
  return template;
}

/**
 * Each file of the repository by itself: in a folder that Kubernetes keeps up to date, every file is there twice, and Feast
 * would read both.
 */
export function repositoryMounts(context: FeatureStoreContext): Json[] {
  return Object.keys(context.repository.files).map((file) => ({
    name: 'repository',
    mountPath: `${REPOSITORY_FOLDER}/${file}`,
    subPath: keyOf(file),
    readOnly: true,
  }));
}

/** The mount of the programs. */
export function programsMount(): Json {
  return { name: 'programs', mountPath: PROGRAMS_FOLDER, readOnly: true };
}

/** The volume of the repository. */
export function repositoryVolume(context: FeatureStoreContext): Json {
  return { name: 'repository', configMap: { name: context.repositoryName } };
}

/** Key of a file in the ConfigMap, which has no folders. */
export function keyOf(file: string): string {
  return file.replaceAll('/', '.');
}

/** Where S3 is, for everything that reads the usual variables. */
export function s3Variables(context: FeatureStoreContext): { [name: string]: string } {
  const { s3Endpoint, s3Region } = context.settings;
  return {
    // one for Amazon's libraries, one for Feast's registry
    ...(s3Endpoint === undefined ? {} : { AWS_ENDPOINT_URL: s3Endpoint, FEAST_S3_ENDPOINT_URL: s3Endpoint }),
    ...(s3Region === undefined ? {} : { AWS_REGION: s3Region }),
  };
}

/** Credentials as variables: of S3 and of the stores. */
export function storeVariables(context: FeatureStoreContext): SecretVariable[] {
  const { settings, repository, model } = context;
  const of = (secretName: string | undefined, keys: { name: string; key: string }[]) =>
    secretName === undefined ? [] : keys.map(({ name, key }) => ({ name, secretName, key }));
  return [
    ...s3Credentials(context),
    ...of(model.online?.secretName, repository.onlineVariables),
    ...of(settings.offlineSecretName, repository.offlineVariables),
  ];
}

/** Credentials of S3, where the ServiceAccounts have no identity. */
export function s3Credentials(context: FeatureStoreContext): SecretVariable[] {
  return [...(context.settings.s3SecretVariables ?? [])];
}

/** Of a pod that an engine makes. */
export function podSecurity(user: number): Json {
  return { runAsNonRoot: true, runAsUser: user, fsGroup: user, seccompProfile: { type: 'RuntimeDefault' } };
}
