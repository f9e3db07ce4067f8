import { SecretEnv } from '../../contracts/backing-service';
import { Json, podTemplate } from '../../constructs/workloads/pod';
import { Probe } from '../../constructs/workloads/probe';
import { stoppable } from '../../constructs/workloads/stoppable';
import { NO_NODE_METADATA, renderSecretEnv } from '../../constructs/workloads/env';
import { contentName, ownLabel } from '../child-names';
import { FeastRepository } from './feast-repository';
import { feastLabels, feastName, FeatureStorePlan, Manifest, PROGRAMS_FOLDER, REPOSITORY_FOLDER } from './plan';
import { FeatureServerRuntime } from './settings';
import { inVariableOrder } from '../../contracts/variable-order';

const PORT = 6566;
const METRICS_PORT = 8000;

/** What answers for the values of the online store: the servers, their Service and the registration of the definitions. */
export function feastServer(plan: FeatureStorePlan): Manifest[] {
  const servers = plan.model.online ? (usesOperator(plan) ? [featureStore(plan)] : deployment(plan)) : [];
  return [applyJob(plan), ...servers, ...(plan.model.online ? [service(plan)] : [])];
}

/** Whether Feast's operator makes the servers. */
export function usesOperator(plan: FeatureStorePlan): boolean {
  return plan.settings.runtime === FeatureServerRuntime.FEAST_OPERATOR;
}

/**
 * `feast apply`, once for each version of the repository and of what it runs with. A Job cannot change: its name stands for its
 * content.
 */
function applyJob(plan: FeatureStorePlan): Manifest {
  const spec = {
    backoffLimit: 6,
    activeDeadlineSeconds: 1800,
    // without a time to live: a client that keeps this object would make it again
    template: feastPod(plan, {
      container: 'apply',
      component: 'feature-apply',
      // the data may not be there yet
      command: stoppable(['feast', '-c', REPOSITORY_FOLDER, 'apply', '--skip-source-validation']),
      cpu: '250m',
      memory: '1Gi',
      programs: false,
      ends: true,
    }),
  };
  const name = contentName(plan.name, 'apply', [spec]);
  return { id: 'Apply', apiVersion: 'batch/v1', kind: 'Job', name, body: { spec } };
}

function deployment(plan: FeatureStorePlan): Manifest[] {
  const component = 'feature-server';
  const probe = (failureThreshold: number) =>
    Probe.http('/health', { port: PORT, timeoutSeconds: 5, failureThreshold });
  const { replicas } = plan.settings;
  return [
    {
      id: 'Server',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: plan.serverName,
      body: {
        spec: {
          replicas,
          selector: { matchLabels: selectorOf(plan, component) },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: feastPod(plan, {
            container: 'server',
            component,
            command: ['feast', '-c', REPOSITORY_FOLDER, ...serveArguments()],
            ports: { http: PORT, metrics: METRICS_PORT },
            probes: { startup: probe(30), readiness: probe(3), liveness: probe(6) },
            cpu: '500m',
            memory: '1Gi',
            programs: false,
            ends: false,
            spread: true,
          }),
        },
      },
    },
    ...(replicas > 1
      ? [
          {
            id: 'Budget',
            apiVersion: 'policy/v1',
            kind: 'PodDisruptionBudget',
            name: plan.serverName,
            body: { spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(plan, component) } } },
          },
        ]
      : []),
  ];
}

function serveArguments(): string[] {
  return [
    'serve',
    '--host',
    '0.0.0.0',
    '--port',
    String(PORT),
    '--metrics',
    '--workers',
    '1',
    '--registry_ttl_sec',
    '60',
  ];
}

/**
 * The same servers, made by Feast's operator. The repository is mounted, not cloned: `packaged` without init containers has
 * the operator start the servers in that folder, with its feature_store.yaml.
 */
function featureStore(plan: FeatureStorePlan): Manifest {
  const { settings, repository } = plan;
  const variables = inVariableOrder([
    ...Object.entries({
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: REPOSITORY_FOLDER,
      FEAST_USAGE: 'False',
      ...s3Variables(plan),
    }).map(([name, value]) => ({ name, value })),
    ...renderSecretEnv(storeVariables(plan)),
  ]);
  return {
    id: 'FeatureStore',
    apiVersion: 'feast.dev/v1',
    kind: 'FeatureStore',
    name: feastName(plan.name),
    body: {
      spec: {
        feastProject: repository.project,
        feastProjectDir: { packaged: { image: settings.feastImage, featureRepoPath: REPOSITORY_FOLDER } },
        authz: { noAuth: true },
        services: {
          disableInitContainers: true,
          runFeastApplyOnInit: false,
          // no server of its own: the registry is the file that feature_store.yaml names
          onlineStore: {
            server: {
              image: settings.feastImage,
              metrics: true,
              env: variables,
              resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
              workerConfigs: { workers: 1, registryTTLSeconds: 60 },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...repositoryMounts(plan)],
            },
          },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1001,
            fsGroup: 1001,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          podAnnotations: { 'nstarx.io/version': repository.version },
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '2Gi' } }, repositoryVolume(plan)],
        },
      },
    },
  };
}

/** Labels of the pods of the servers. Those of Feast's operator have its labels only, and it accepts no others. */
export function serverSelector(plan: FeatureStorePlan): { [key: string]: string } {
  return usesOperator(plan) ? feastLabels(plan.name) : selectorOf(plan, 'feature-server');
}

/** One name for clients, whatever makes the servers. */
function service(plan: FeatureStorePlan): Manifest {
  return {
    id: 'Service',
    apiVersion: 'v1',
    kind: 'Service',
    name: plan.serverName,
    labels: { 'nstarx.io/component': 'feature-server', feature_store: plan.name },
    body: {
      spec: {
        selector: serverSelector(plan),
        ports: [
          { name: 'http', port: 80, targetPort: PORT, protocol: 'TCP' },
          { name: 'metrics', port: METRICS_PORT, targetPort: METRICS_PORT, protocol: 'TCP' },
        ],
      },
    },
  };
}

/** A pod that runs Feast's image. */
interface FeastPod {
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
export function selectorOf(plan: FeatureStorePlan, component: string): { [key: string]: string } {
  return { ...ownLabel('feature-store', plan.name), 'app.kubernetes.io/component': component };
}

/** Labels of all pods that are made here, not by an engine. */
export function podSelector(plan: FeatureStorePlan): { [key: string]: string } {
  return { ...ownLabel('feature-store', plan.name), 'nstarx.io/component': 'feature-server' };
}

/** A pod template with the repository and the programs, which meets Pod Security `restricted` and has a read-only root. */
export function feastPod(plan: FeatureStorePlan, pod: FeastPod): Json {
  const selector = selectorOf(plan, pod.component);
  const template = podTemplate({
    name: pod.container,
    labels: {
      ...plan.labels,
      'app.kubernetes.io/component': pod.component,
      ...podSelector(plan),
      // Prometheus gives it to the series
      feature_store: plan.name,
    },
    selector,
    serviceAccountName: plan.serviceAccountName,
    image: pod.image ?? plan.settings.feastImage,
    command: pod.command,
    env: {
      // the root file system cannot be written
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      // the user's functions are looked up here
      PYTHONPATH: REPOSITORY_FOLDER,
      FEAST_USAGE: 'False',
      ...s3Variables(plan),
    },
    secretEnv: storeVariables(plan),
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
    ...repositoryMounts(plan),
    ...(pod.programs ? [programsMount()] : []),
  ];
  template.spec.volumes.push(repositoryVolume(plan));
  if (pod.programs) template.spec.volumes.push({ name: 'programs', configMap: { name: plan.programsName } });
  return template;
}

/**
 * Each file of the repository by itself: in a folder that Kubernetes keeps up to date, every file is there twice, and Feast
 * would read both.
 */
function repositoryMounts(plan: FeatureStorePlan): Json[] {
  return Object.keys(plan.repository.files).map((file) => ({
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
function repositoryVolume(plan: FeatureStorePlan): Json {
  return { name: 'repository', configMap: { name: plan.repositoryName } };
}

/** What the ConfigMap of the repository holds. */
export function repositoryData({ files }: FeastRepository): { [key: string]: string } {
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [keyOf(file), text]));
}

/** Key of a file in the ConfigMap, which has no folders. */
function keyOf(file: string): string {
  return file.replaceAll('/', '.');
}

/** Where S3 is, for everything that reads the usual variables. */
function s3Variables(plan: FeatureStorePlan): { [name: string]: string } {
  const { s3Endpoint, s3Region } = plan.settings;
  return {
    ...NO_NODE_METADATA,
    // one for Amazon's libraries, one for Feast's registry
    ...(s3Endpoint === undefined ? {} : { AWS_ENDPOINT_URL: s3Endpoint, FEAST_S3_ENDPOINT_URL: s3Endpoint }),
    ...(s3Region === undefined ? {} : { AWS_REGION: s3Region }),
  };
}

/** Credentials as variables: of S3 and of the stores. */
function storeVariables(plan: FeatureStorePlan): SecretEnv[] {
  const { settings, repository, model } = plan;
  const of = (secretName: string | undefined, keys: { name: string; key: string }[]) =>
    secretName === undefined ? [] : keys.map(({ name, key }) => ({ name, secretName, key }));
  return [
    ...s3Credentials(plan),
    // of the platform's store, which a spec without a Secret of its own uses
    ...(model.online && model.online.secretName === undefined ? (settings.onlineSecretEnv ?? []) : []),
    ...of(model.online?.secretName, repository.onlineVariables),
    ...of(settings.offlineSecretName, repository.offlineVariables),
  ];
}

/** Credentials of S3, where the ServiceAccounts have no identity. */
export function s3Credentials(plan: FeatureStorePlan): SecretEnv[] {
  return [...(plan.settings.s3SecretEnv ?? [])];
}

/** Of a pod that an engine makes. */
export function podSecurity(user: number): Json {
  return { runAsNonRoot: true, runAsUser: user, fsGroup: user, seccompProfile: { type: 'RuntimeDefault' } };
}
