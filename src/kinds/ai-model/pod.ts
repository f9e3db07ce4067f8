import { contentHash } from '../../contracts/content-hash';
import { devicesOf } from '../../contracts/devices';
import { PLATFORM_GROUP } from '../../contracts/names';
import { zoneTolerations } from '../ai-zone/placement';
import { CHILD, childName } from '../child-names';
import { Amounts, Json, ModelPlan, serverSelector } from './plan';
import { ModelRuntime, MONITORING_CONFIG } from './runtimes';
import { fetchOf, ModelFetch, RESTRICTED_CONTAINER, TMP_MOUNT } from './storage';
import { inVariableOrder } from '../../contracts/variable-order';

/** The annotation that tells of which content the pods are, so that a rollout can be told to be over. */
export const CONTENT_ANNOTATION = 'nstarx.io/content';

const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };

/** The ServiceAccount of a model that is given none: one without permissions. */
export function serviceAccount(plan: ModelPlan): Json | undefined {
  const { serverName: name, namespace, labels, serviceAccountName } = plan;
  if (serviceAccountName !== name) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, labels },
    automountServiceAccountToken: false,
  };
}

/** What makes TensorFlow Serving have metrics. */
export function monitoringConfig({ name, namespace, labels, runtime }: ModelPlan): Json | undefined {
  if (!runtime.monitoringConfig) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: childName(name, CHILD.MODEL_MONITORING), namespace, labels },
    data: { 'monitoring.config': 'prometheus_config {\n  enable: true\n  path: "/metrics"\n}\n' },
  };
}

/** The InferenceService or the Deployment. */
export function server(plan: ModelPlan): Json {
  const fetch = fetchOf(plan.spec.storage, plan.settings.storage ?? {});
  return plan.withKserve ? inferenceService(plan, fetch) : serverDeployment(plan, fetch);
}

/**
 * The InferenceService of a model. KServe makes the Deployment and the Service `<name>-predictor` from it.
 *
 * Source: https://github.com/kserve/kserve/blob/v0.20.0/pkg/controller/v1beta1/inferenceservice/components/predictor.go
 */
function inferenceService(plan: ModelPlan, fetch: ModelFetch): Json {
  const { name, namespace, runtime, spec } = plan;
  const own = container(plan, fetch);
  const pod = podSpec(plan, fetch);
  const predictor = runtime.name
    ? {
        model: {
          modelFormat: runtime.format,
          runtime: runtime.name,
          protocolVersion: runtime.protocol,
          ...(runtime.tag === undefined ? {} : { runtimeVersion: runtime.tag }),
          ...(spec.serving.image === undefined ? {} : { image: spec.serving.image }),
          // Without any storage, KServe takes the server for one of TrainedModels: it mounts a folder of its own over the model, and has
          // Triton and MLServer load nothing. An empty one tells that the pod brings its model.
          storage: {},
          // appended to those of the runtime
          ...(runtime.monitoringConfig ? { args: [`--monitoring_config_file=${MONITORING_CONFIG}`] } : {}),
          ...own,
        },
      }
    : { containers: [{ name: 'kserve-container', image: runtime.image, ...own }] };
  const labels = podLabels(plan);
  const annotations = { [CONTENT_ANNOTATION]: contentHash(pod, predictor, labels) };
  const scaled = plan.autoscaling !== undefined;
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      name,
      namespace,
      labels: {
        ...plan.labels,
        // the route is ours: it has the paths and methods of the spec and no others
        'networking.kserve.io/visibility': 'cluster-local',
      },
      annotations: {
        'serving.kserve.io/deploymentMode': 'Standard',
        // `external` keeps KServe from making an autoscaler and from setting replicas, `none` has it set replicas
        'serving.kserve.io/autoscalerClass': scaled ? 'external' : 'none',
      },
    },
    spec: {
      predictor: {
        ...(scaled ? {} : { minReplicas: plan.minReplicas }),
        deploymentStrategy: ROLLING,
        labels,
        annotations,
        ...pod,
        ...predictor,
      },
    },
  };
}

/** The same server as a Deployment, for clusters without KServe and images that KServe knows nothing of. */
function serverDeployment(plan: ModelPlan, fetch: ModelFetch): Json {
  const { name, serverName, namespace, runtime } = plan;
  const monitoring = runtime.monitoringConfig ? [`--monitoring_config_file=${MONITORING_CONFIG}`] : [];
  const args = [...runtime.args, ...monitoring];
  const spec = {
    ...podSpec(plan, fetch),
    containers: [
      {
        name: 'server',
        image: runtime.image,
        ...(runtime.command ? { command: runtime.command } : {}),
        ...(args.length > 0 ? { args } : {}),
        ...container(plan, fetch),
      },
    ],
  };
  const labels = podLabels(plan);
  const annotations = { [CONTENT_ANNOTATION]: contentHash(spec, labels) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: serverName, namespace, labels: plan.labels, annotations },
    spec: {
      // an autoscaler owns the number; a second writer fights with it
      ...(plan.autoscaling ? {} : { replicas: plan.minReplicas }),
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 2400,
      strategy: ROLLING,
      selector: { matchLabels: serverSelector(name) },
      template: { metadata: { labels, annotations }, spec },
    },
  };
}

function podLabels({ labels, name, spec, zone }: ModelPlan): { readonly [key: string]: string } {
  return {
    ...labels,
    ...serverSelector(name),
    // Prometheus gives them to the series
    model_name: name,
    model_version: spec.version,
    ...(zone ? { [`${PLATFORM_GROUP}/zone`]: zone.name } : {}),
    ...(zone?.mesh ? { 'istio.io/dataplane-mode': 'ambient' } : {}),
  };
}

/** The pod of a model server, without its containers. */
function podSpec(plan: ModelPlan, fetch: ModelFetch): Json {
  const { runtime, spec, zone } = plan;
  const runAsUser = spec.serving.runAsUser ?? runtime.runAsUser;
  const nodeSelector = { ...spec.serving.nodeSelector, ...zone?.nodeSelector };
  const tolerations = zoneTolerations(zone, devicesOf(plan.extendedResources));
  const volumes = [
    { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
    fetch.volume,
    ...(runtime.sharedMemory ? [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }] : []),
    ...(runtime.monitoringConfig
      ? [{ name: 'monitoring', configMap: { name: childName(plan.name, CHILD.MODEL_MONITORING) } }]
      : []),
  ];
  return {
    serviceAccountName: plan.serviceAccountName,
    // a workload identity brings a token of its own; the API server is none of a model's business
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: plan.priorityClassName,
    securityContext: {
      runAsNonRoot: true,
      ...(runAsUser === undefined ? {} : { runAsUser }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: serverSelector(plan.name) },
    })),
    terminationGracePeriodSeconds: 60,
    ...(fetch.initContainers.length > 0 ? { initContainers: fetch.initContainers } : {}),
    volumes,
  };
}

/** The container of a model server, but for name, image, command and arguments. */
function container({ runtime, spec }: ModelPlan, fetch: ModelFetch): Json {
  const environment = { HOME: '/tmp', ...runtime.environment, ...spec.serving.environment };
  return {
    imagePullPolicy: 'IfNotPresent',
    env: inVariableOrder(Object.entries(environment).map(([name, value]) => ({ name, value }))),
    // one port: a second one with the same number is lost when lists are merged by number
    ports: [{ name: 'http', containerPort: runtime.port, protocol: 'TCP' }],
    resources: completeResources(spec.serving.resources),
    ...probes(runtime),
    // why it ends is then in the status of the model
    terminationMessagePolicy: 'FallbackToLogsOnError',
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
    securityContext: RESTRICTED_CONTAINER,
    volumeMounts: [
      TMP_MOUNT,
      fetch.mount,
      ...(runtime.sharedMemory ? [{ name: 'shm', mountPath: '/dev/shm' }] : []),
      ...(runtime.monitoringConfig
        ? [{ name: 'monitoring', mountPath: MONITORING_CONFIG.replace(/\/[^/]*$/, ''), readOnly: true }]
        : []),
    ],
  };
}

/** Loading a model may take long: half an hour, after which the container starts again. */
function probes(runtime: ModelRuntime): Json {
  const ask = (path: string | undefined): Json =>
    path === undefined ? { tcpSocket: { port: runtime.port } } : { httpGet: { path, port: runtime.port } };
  return {
    startupProbe: { ...ask(runtime.readyPath), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 180 },
    readinessProbe: { ...ask(runtime.readyPath), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...ask(runtime.livePath), periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
  };
}

/**
 * Requests and limits with what is left out. KServe's runtimes have figures of their own (1 CPU, 2Gi), which would be merged with
 * those of the model, and a request above such a limit is refused.
 */
function completeResources({ requests = {}, limits = {} }: { readonly requests?: Amounts; readonly limits?: Amounts }) {
  const texts = (amounts: Amounts): { [resource: string]: string } =>
    Object.fromEntries(
      Object.entries(amounts)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([resource, amount]) => [resource, String(amount)]),
    );
  const asked = texts(requests);
  const most = texts(limits);
  return { requests: { ...most, ...asked }, limits: { ...asked, ...most } };
}
