import { AIModelSpec } from '../../api/generated/ai-model';
import { PLATFORM_GROUP } from '../../contracts/names';
import { MONITORING_CONFIG, ModelRuntime } from './model-runtimes';
import { ModelFetch, Json, RESTRICTED_CONTAINER, TMP_MOUNT } from './model-storage';
import { amountText, Amounts, extendedResources, ModelZone } from './model-zone';

/** Everything that the objects of a model are made from, checked. */
export interface ModelPlan {
  readonly name: string;
  readonly namespace: string;
  readonly spec: AIModelSpec;
  readonly runtime: ModelRuntime;
  readonly fetch: ModelFetch;
  readonly zone?: ModelZone;
  readonly serviceAccountName: string;
  readonly priorityClassName: string;
  /** Labels of all objects. */
  readonly labels: { readonly [key: string]: string };
  /** Smallest and largest number of replicas. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaled: boolean;
  /** The Deployment that runs the server: KServe's or ours. */
  readonly deploymentName: string;
}

/** The value of the label `nstarx.io/component` of model servers; `PlatformMonitors` looks for it. */
export const MODEL_SERVER = 'model-server';

/** The labels by which the pods of a model are found, whatever version they have. */
export function podSelector(name: string): { readonly [key: string]: string } {
  return { [`${PLATFORM_GROUP}/component`]: MODEL_SERVER, model_name: name };
}

/** The labels of the pods of a model. */
export function podLabels(plan: ModelPlan): { readonly [key: string]: string } {
  return {
    ...plan.labels,
    ...podSelector(plan.name),
    model_version: plan.spec.version,
    ...(plan.zone ? { [`${PLATFORM_GROUP}/zone`]: plan.zone.name } : {}),
    ...(plan.zone?.mesh ? { 'istio.io/dataplane-mode': 'ambient' } : {}),
  };
}

/** The pod of a model server, without its containers. */
export function podSpec(plan: ModelPlan): Json {
  const { fetch, runtime, spec, zone } = plan;
  const nodeSelector = { ...spec.serving.nodeSelector, ...zone?.nodeSelector };
  const tolerations = [
    ...Object.keys(extendedResources(spec.serving.resources))
      .sort()
      .map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })),
    ...(zone?.ownNodes ? [{ key: `${PLATFORM_GROUP}/zone`, operator: 'Equal', value: zone.name }] : []),
  ];
  const volumes = [
    { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
    fetch.volume,
    ...(runtime.sharedMemory ? [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }] : []),
    ...(runtime.monitoringConfig ? [{ name: 'monitoring', configMap: { name: `${plan.name}-monitoring` } }] : []),
  ];
  return {
    serviceAccountName: plan.serviceAccountName,
    // a workload identity brings a token of its own; the API server is none of a model's business
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: plan.priorityClassName,
    securityContext: {
      runAsNonRoot: true,
      ...(runtime.runAsUser === undefined ? {} : { runAsUser: runtime.runAsUser }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: podSelector(plan.name) },
    })),
    terminationGracePeriodSeconds: 60,
    ...(fetch.initContainers.length > 0 ? { initContainers: fetch.initContainers } : {}),
    volumes,
  };
}

/** The container of a model server, but for name, image, command and arguments. */
export function container(plan: ModelPlan): Json {
  const { runtime, spec, fetch } = plan;
  const environment = { HOME: '/tmp', ...runtime.environment, ...spec.serving.environment };
  return {
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    // one port: a second one with the same number is lost when lists are merged by number
    ports: [{ name: 'http', containerPort: runtime.port, protocol: 'TCP' }],
    resources: completeResources(spec.serving.resources),
    ...probes(runtime),
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
export function completeResources({
  requests = {},
  limits = {},
}: {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}): Json {
  const texts = (amounts: Amounts): { [resource: string]: string } =>
    Object.fromEntries(
      Object.entries(amounts)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([resource, amount]) => [resource, amountText(amount)]),
    );
  const asked = texts(requests);
  const most = texts(limits);
  return { requests: { ...most, ...asked }, limits: { ...asked, ...most } };
}
