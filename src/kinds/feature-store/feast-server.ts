import { Probe } from '../../constructs/workloads/probe';
import { secretEnvironment } from '../../constructs/workloads/secret-environment';
import {
  feastPod,
  keyOf,
  repositoryMounts,
  repositoryVolume,
  s3Variables,
  selectorOf,
  storeVariables,
} from './feast-pods';
import { shortHash } from './feature-model';
import { FeatureStoreContext, Manifest } from './feature-store-context';
import { REPOSITORY_FOLDER, nameWith } from './feature-store-names';
import { FeatureServerRuntime } from './feature-store-settings';

const PORT = 6566;
const METRICS_PORT = 8000;

/** What answers for the values of the online store: the servers, their Service and the registration of the definitions. */
export function feastServer(context: FeatureStoreContext): Manifest[] {
  const servers = context.model.online ? (usesOperator(context) ? [featureStore(context)] : deployment(context)) : [];
  return [applyJob(context), ...servers, ...(context.model.online ? [service(context)] : [])];
}

export function usesOperator(context: FeatureStoreContext): boolean {
  return context.settings.runtime === FeatureServerRuntime.FEAST_OPERATOR;
}

/** Name of the feast.dev FeatureStore; its operator adds `feast-` and `-online`. */
function operatorName(context: FeatureStoreContext): string {
  return context.name.length <= 50 && !context.name.includes('.') ? context.name : nameWith(context.name, 'fs', 50);
}

/**
 * `feast apply`, once for each version of the repository and of what it runs with. A Job cannot change: its name stands for its
 * content.
 */
function applyJob(context: FeatureStoreContext): Manifest {
  const spec = {
    backoffLimit: 6,
    activeDeadlineSeconds: 1800,
    // without a time to live: whoever keeps this object would make it again
    template: feastPod(context, {
      container: 'apply',
      component: 'feature-apply',
      // the data may not be there yet
      command: ['feast', '-c', REPOSITORY_FOLDER, 'apply', '--skip-source-validation'],
      cpu: '250m',
      memory: '1Gi',
      programs: false,
      ends: true,
    }),
  };
  const name = nameWith(context.name, `apply-${shortHash(spec)}`, 63);
  return { id: 'Apply', apiVersion: 'batch/v1', kind: 'Job', name, body: { spec } };
}

function deployment(context: FeatureStoreContext): Manifest[] {
  const component = 'feature-server';
  const probe = (failureThreshold: number) =>
    Probe.http('/health', { port: PORT, timeoutSeconds: 5, failureThreshold });
  const { replicas } = context.settings;
  return [
    {
      id: 'Server',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: context.serverName,
      body: {
        spec: {
          replicas,
          selector: { matchLabels: selectorOf(context, component) },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: feastPod(context, {
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
            name: context.serverName,
            body: { spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(context, component) } } },
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
function featureStore(context: FeatureStoreContext): Manifest {
  const { settings, repository } = context;
  const variables = [
    ...Object.entries({
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: REPOSITORY_FOLDER,
      FEAST_USAGE: 'False',
      ...s3Variables(context),
    }).map(([name, value]) => ({ name, value })),
    ...secretEnvironment(storeVariables(context)),
  ];
  return {
    id: 'FeatureStore',
    apiVersion: 'feast.dev/v1',
    kind: 'FeatureStore',
    name: operatorName(context),
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
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...repositoryMounts(context)],
            },
          },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1001,
            fsGroup: 1001,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          podAnnotations: { 'nstarx.io/version': repository.version },
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '2Gi' } }, repositoryVolume(context)],
        },
      },
    },
  };
}

/** Labels of the pods of the servers. Those of Feast's operator have its labels only, and it lets nobody add others. */
export function serverSelector(context: FeatureStoreContext): { [key: string]: string } {
  return usesOperator(context) ? { 'feast.dev/name': operatorName(context) } : selectorOf(context, 'feature-server');
}

/** One name for clients, whoever makes the servers. */
function service(context: FeatureStoreContext): Manifest {
  return {
    id: 'Service',
    apiVersion: 'v1',
    kind: 'Service',
    name: context.serverName,
    labels: { 'nstarx.io/component': 'feature-server', feature_store: context.name },
    body: {
      spec: {
        selector: serverSelector(context),
        ports: [
          { name: 'http', port: 80, targetPort: PORT, protocol: 'TCP' },
          { name: 'metrics', port: METRICS_PORT, targetPort: METRICS_PORT, protocol: 'TCP' },
        ],
      },
    },
  };
}

/** The ConfigMap of a version: its files, whose keys have no folders. */
export function versionData(files: { readonly [path: string]: string }): { [key: string]: string } {
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [keyOf(file), text]));
}
