import { Tokenization } from 'cdktf';
import type { ChartFacts, Defaults } from '../../scripts/chart-facts';
import { KubernetesSchema } from '../../src/checks/kubernetes-schema';

/**
 * What the keys below a value are: those of a type of Kubernetes (`#core.v1.SecurityContext`), these (where `*` is any name), or
 * whatever the user of the chart likes.
 */
type Shape = `#${string}` | 'any' | 'scalar' | { readonly [key: string]: Shape };

/** A value whose keys are not, or not all, in the default values of its chart. */
export interface FreeValue {
  /** Charts; left out, all of them. */
  readonly chart?: string;
  /** The path below the values. */
  readonly path: string | RegExp;
  readonly shape: Shape;
  readonly reason: string;
}

const AMOUNTS: Shape = { cpu: 'scalar', memory: 'scalar', storage: 'scalar' };
const CLAIM: Shape = '#core.v1.PersistentVolumeClaimTemplate';
const POD_SECURITY: Shape = '#core.v1.PodSecurityContext';
const CONTAINER_SECURITY: Shape = '#core.v1.SecurityContext';
const BUDGET: Shape = '#policy.v1.PodDisruptionBudgetSpec';

const CONTAINER: { readonly resources: Shape } = { resources: { requests: AMOUNTS, limits: AMOUNTS } };

const PASSWORD: Shape = {
  length: 'scalar',
  digits: 'scalar',
  symbols: 'scalar',
  noUpper: 'scalar',
  allowRepeat: 'scalar',
  secretKeys: 'scalar',
};

const EXTERNAL_SECRET: Shape = {
  refreshPolicy: 'scalar',
  target: { name: 'scalar', template: { mergePolicy: 'scalar', data: { 'admin-user': 'scalar' } } },
  dataFrom: { sourceRef: { generatorRef: { apiVersion: 'scalar', kind: 'scalar', name: 'scalar' } } },
};

/** Every value of ours with free keys. */
export const FREE_VALUES: readonly FreeValue[] = [
  {
    path: /(^|\.)(\w+R|r)esources$/,
    shape: { requests: AMOUNTS, limits: AMOUNTS },
    reason: 'resources of a container, which most charts leave empty',
  },
  {
    path: /(^|\.)(p|\w+P)odSecurityContext$/,
    shape: POD_SECURITY,
    reason: 'security context of a pod, which charts leave empty or set in part',
  },
  {
    path: /(^|\.)(containerSecurityContext|executor\.securityContext|(operator|webhook)SecurityContext)$/,
    shape: CONTAINER_SECURITY,
    reason: 'security context of a container, which charts leave empty',
  },
  { chart: 'cluster-autoscaler', path: 'securityContext', shape: POD_SECURITY, reason: 'of the pod, in this chart' },
  {
    chart: 'strimzi-kafka-operator',
    path: 'extraEnvs',
    shape: { name: 'scalar', value: 'scalar' },
    reason: 'variables, of which the chart sets none',
  },
  {
    chart: 'kube-prometheus-stack',
    path: 'alertmanager.alertmanagerSpec.alertmanagerConfigMatcherStrategy',
    shape: { type: 'scalar' },
    reason: 'of an Alertmanager, which the chart leaves empty',
  },
  { chart: 'metacontroller-helm', path: 'securityContext', shape: CONTAINER_SECURITY, reason: 'of the container' },
  {
    path: /(^|\.)(podDisruptionBudget|pdb)$/,
    shape: BUDGET,
    reason: 'charts default to one of minAvailable and maxUnavailable, or to none',
  },
  { path: /(^|\.)podLabels$/, shape: 'any', reason: 'labels have any name' },
  {
    chart: 'argo-cd',
    path: 'configs.cm',
    shape: {
      'resource.customizations.health.argoproj.io_Application': 'scalar',
      'resource.customizations.health.mlifecycle.io_ModelDeployment': 'scalar',
      'resource.compareoptions': 'scalar',
    },
    reason: 'keys of the ConfigMap argocd-cm, of which the chart sets some',
  },
  {
    chart: 'argo-cd',
    path: 'redis-ha',
    shape: {
      podDisruptionBudget: BUDGET,
      init: CONTAINER,
      redis: CONTAINER,
      sentinel: CONTAINER,
      splitBrainDetection: CONTAINER,
      haproxy: { podDisruptionBudget: BUDGET, init: CONTAINER, ...CONTAINER },
    },
    reason: 'of the subchart redis-ha 4.38.0, of which Argo CD sets some values: its values.yaml',
  },
  {
    chart: 'argo-workflows',
    path: 'controller.workflowDefaults',
    shape: {
      spec: {
        serviceAccountName: 'scalar',
        securityContext: POD_SECURITY,
        ttlStrategy: { secondsAfterCompletion: 'scalar' },
        podGC: { strategy: 'scalar' },
      },
    },
    reason: 'a Workflow of Argo',
  },
  {
    chart: 'cluster-autoscaler',
    path: 'extraArgs',
    shape: {
      'balance-similar-node-groups': 'scalar',
      expander: 'scalar',
      'skip-nodes-with-local-storage': 'scalar',
      'skip-nodes-with-system-pods': 'scalar',
    },
    reason: 'flags of the program, of which the chart sets three',
  },
  ...['cni', 'istiod'].map((chart) => ({
    chart,
    path: '',
    shape: { profile: 'scalar' as const },
    reason: "Istio's charts read a profile of values, and do not name it in the default values",
  })),
  {
    chart: 'fake-gpu-operator',
    path: 'topology.nodePools',
    shape: { '*': { gpuProduct: 'scalar', gpuCount: 'scalar', gpuMemory: 'scalar' } },
    reason: 'by the name of the node pool, like the one named default',
  },
  {
    chart: 'gatekeeper',
    path: 'validatingWebhookCustomRules',
    shape: '#admissionregistration.v1.RuleWithOperations',
    reason: 'the rules of the webhook, which the chart leaves to itself by default',
  },
  { chart: 'karpenter', path: 'controller.env', shape: '#core.v1.EnvVar', reason: 'a list that is empty by default' },
  {
    chart: 'kube-prometheus-stack',
    path: /(Spec\.storage|storageSpec)$/,
    shape: { volumeClaimTemplate: CLAIM },
    reason: 'the storage of Prometheus and Alertmanager, on an emptyDir by default',
  },
  {
    chart: 'kube-prometheus-stack',
    path: 'grafana.grafana.ini.analytics',
    shape: { reporting_enabled: 'scalar' },
    reason: "a setting of Grafana, of which the chart's default values have some",
  },
  {
    chart: 'kube-prometheus-stack',
    path: 'extraManifests',
    shape: {
      apiVersion: 'scalar',
      kind: 'scalar',
      metadata: { name: 'scalar', namespace: 'scalar' },
      spec: { ...PASSWORD, ...EXTERNAL_SECRET },
    },
    reason: 'objects that come with the chart: a Password and an ExternalSecret of External Secrets',
  },
  {
    chart: 'kube-prometheus-stack',
    path: 'kube-state-metrics.customResourceState.config',
    shape: {
      kind: 'scalar',
      spec: {
        resources: {
          groupVersionKind: { group: 'scalar', version: 'scalar', kind: 'scalar' },
          metricNamePrefix: 'scalar',
          errorLogV: 'scalar',
          labelsFromPath: { name: 'scalar', namespace: 'scalar' },
          metrics: {
            name: 'scalar',
            help: 'scalar',
            each: {
              type: 'scalar',
              gauge: { path: 'scalar', labelsFromPath: { reason: 'scalar', by: 'scalar' }, valueFrom: 'scalar' },
            },
          },
        },
      },
    },
    reason: "what is read from custom resources, in kube-state-metrics' own format: its customresourcestate-metrics.md",
  },
  {
    chart: 'kube-prometheus-stack',
    path: 'kube-state-metrics.rbac.extraRules',
    shape: '#rbac.v1.PolicyRule',
    reason: 'empty by default',
  },
  { chart: 'metacontroller-helm', path: 'affinity', shape: '#core.v1.Affinity', reason: 'empty by default' },
  { chart: 'metacontroller-helm', path: 'service.ports', shape: '#core.v1.ServicePort', reason: 'empty by default' },
  {
    chart: 'metacontroller-helm',
    path: 'clusterRole.aggregationRule',
    shape: '#rbac.v1.AggregationRule',
    reason: 'empty by default',
  },
  {
    chart: 'prometheus-adapter',
    path: 'rules.custom',
    shape: {
      seriesQuery: 'scalar',
      resources: { overrides: { '*': { group: 'scalar', resource: 'scalar' } } },
      name: { matches: 'scalar', as: 'scalar' },
      metricsQuery: 'scalar',
    },
    reason: 'rules of the adapter, in a list that is empty by default',
  },
  {
    chart: 'seaweedfs',
    path: /^allInOne\.(pod|container)SecurityContext$/,
    shape: { enabled: 'scalar' },
    reason: 'the chart has a switch beside the fields of Kubernetes',
  },
  {
    chart: 'velero',
    path: 'configuration.backupStorageLocation.config',
    shape: { region: 'scalar', s3Url: 'scalar', s3ForcePathStyle: 'scalar', checksumAlgorithm: 'scalar' },
    reason: 'settings of the plugin for AWS: its backupstoragelocation.md',
  },
  {
    chart: 'aws-load-balancer-controller',
    path: 'defaultTags',
    shape: 'any',
    reason: 'tags of load balancers have any name',
  },
  {
    chart: 'valkey',
    path: 'auth.aclUsers',
    shape: { '*': { permissions: 'scalar' } },
    reason: 'by the name of the user: permissions and the key of the password',
  },
  { chart: 'velero', path: 'initContainers', shape: '#core.v1.Container', reason: 'a list that is empty by default' },
  {
    chart: 'velero',
    path: 'metrics.prometheusRule.spec',
    shape: {
      alert: 'scalar',
      expr: 'scalar',
      for: 'scalar',
      labels: { severity: 'scalar', namespace: 'scalar' },
      annotations: { summary: 'scalar', runbook_url: 'scalar' },
    },
    reason: 'rules of Prometheus',
  },
];

/** A key of ours that the chart does not have, or has with something else below it. */
export interface ValueProblem {
  readonly path: string;
  readonly problem: string;
}

/** What is wrong with the values of a chart. Notes each free value that it has needed. */
export function valueProblems(
  chart: string,
  facts: ChartFacts,
  values: { readonly [key: string]: unknown },
  used: Set<FreeValue> = new Set(),
): ValueProblem[] {
  const found: ValueProblem[] = [];

  /** @param known what the default values have there, undefined where they have nothing */
  function walk(value: unknown, known: Defaults | undefined, shapes: readonly Shape[], path: string): void {
    const free = FREE_VALUES.filter((one) => applies(one, chart, path));
    const all = [...shapes, ...free.map(({ shape }) => shape)];
    if (Array.isArray(value)) {
      for (const item of value)
        if (isMap(item)) map(item, Array.isArray(known) ? known[0] : undefined, all, free, path);
    } else if (isMap(value)) {
      map(value, isMap(known) ? known : undefined, all, free, path);
    } else if (isMap(known) && Object.keys(known).length > 0 && value !== null && !isToken(value)) {
      found.push({ path, problem: `is a map of ${Object.keys(known).join(', ')}` });
    }
  }

  function map(
    value: { readonly [key: string]: unknown },
    known: Defaults | undefined,
    shapes: readonly Shape[],
    free: readonly FreeValue[],
    path: string,
  ): void {
    if (shapes.includes('any')) return free.forEach((one) => used.add(one));
    const names = isMap(known) ? known : {};
    for (const [key, below] of Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      const deeper = shapes.flatMap((shape) => field(shape, key) ?? []);
      if (key in names) walk(below, names[key], deeper, at);
      else if (deeper.length > 0) {
        free.filter(({ shape }) => field(shape, key) !== undefined).forEach((one) => used.add(one));
        walk(below, undefined, deeper, at);
      } else found.push({ path: at, problem: 'is not in the chart' });
    }
  }

  walk(values, facts.values, [], '');
  return found;
}

function applies({ chart, path }: FreeValue, ofChart: string, at: string): boolean {
  return (chart ?? ofChart) === ofChart && (typeof path === 'string' ? path === at : path.test(at));
}

/** The shape of a field, undefined where there is none of this name. */
function field(shape: Shape, key: string): Shape | undefined {
  if (typeof shape === 'object') return shape[key] ?? shape['*'];
  if (!shape.startsWith('#')) return undefined;
  const type = KubernetesSchema.of()
    .definition(shape.slice(1))
    .fields.get(key)
    ?.replace(/^\[\+?\]/, '');
  if (type === undefined) return undefined;
  if (type.startsWith('#')) return type as Shape;
  if (type === '{}quantity') return AMOUNTS;
  return type.startsWith('{}') || type === 'any' ? 'any' : 'scalar';
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Tokenization.isResolvable(value);
}

function isToken(value: unknown): boolean {
  return Tokenization.isResolvable(value) || (typeof value === 'string' && value.includes('${'));
}

/** The paths of all keys of the values, and how to have them with one key misspelled. */
export function misspellings(values: unknown): { readonly path: string; readonly values: unknown }[] {
  if (Array.isArray(values)) {
    return values.flatMap((item, at) =>
      misspellings(item).map((one) => ({
        ...one,
        values: values.map((other, i) => (i === at ? one.values : other) as unknown),
      })),
    );
  }
  if (!isMap(values)) return [];
  return Object.entries(values).flatMap(([key, value]) => [
    // the last two letters in the other order, or one letter more
    { path: key, values: renamed(values, key) },
    ...misspellings(value).map((one) => ({ path: `${key}.${one.path}`, values: { ...values, [key]: one.values } })),
  ]);
}

function renamed(values: { readonly [key: string]: unknown }, key: string): { [key: string]: unknown } {
  const wrong = `${key.slice(0, -2)}${key.slice(-1)}${key.slice(-2, -1)}`;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name === key ? (wrong === key ? `${key}x` : wrong) : name, value]),
  );
}
