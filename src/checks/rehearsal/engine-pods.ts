import { asAmount, asNumber, asObject, asObjects, asText, at, JsonObject } from '../json';
import { objectFrom, ObjectOfGraph, podTemplateOf } from '../manifest-graph';

/** Equal pods that an operator makes of an object. */
export interface EnginePods {
  /** What they are, as a message goes on after `the` or `its`: `executors`. */
  readonly what: string;
  readonly count: number;
  /** As much of their PodSpec as is known: containers with their resources, and where they may run. */
  readonly spec: JsonObject;
  /** Those of a run that ends by itself, with which they have to fit; undefined for what stays. */
  readonly run?: string;
}

/** What else of the graph decides. */
export interface EngineLookup {
  /** Smallest number of replicas that an autoscaler keeps of a Deployment in a namespace. */
  readonly leastReplicas: (namespace: string, deployment: string) => number | undefined;
  /** The ClusterTrainingRuntime or TrainingRuntime of a name. */
  readonly trainingRuntime: (kind: string, namespace: string, name: string) => JsonObject | undefined;
  /** Resources of the containers that Argo Workflows adds to the pods of its steps. */
  readonly argoExecutor: unknown;
}

/**
 * The pods of an object that an operator other than the platform's makes pods of.
 *
 * @returns undefined when no such operator is known
 */
export function enginePodsOf(object: ObjectOfGraph, lookup: EngineLookup): EnginePods[] | undefined {
  const reader = READERS[`${object.kind}.${object.group}`] as Reader | undefined;
  return reader?.(asObject(object.json.spec), object, lookup).filter(({ count }) => count > 0);
}

type Reader = (spec: JsonObject, object: ObjectOfGraph, lookup: EngineLookup) => EnginePods[];

/** Who makes pods of what, beside Kubernetes itself. The fields are those of the CRDs, which a test compares. */
const READERS: { readonly [kind: string]: Reader } = {
  'Cluster.postgresql.cnpg.io': database,
  'CronWorkflow.argoproj.io': cronWorkflow,
  'EnvoyProxy.gateway.envoyproxy.io': envoyProxy,
  'EventBus.argoproj.io': eventBus,
  'EventSource.argoproj.io': eventPod,
  'FeatureStore.feast.dev': feastServers,
  'FlinkDeployment.flink.apache.org': flinkDeployment,
  'InferenceService.serving.kserve.io': inferenceService,
  'Kafka.kafka.strimzi.io': kafkaOperators,
  'KafkaNodePool.kafka.strimzi.io': kafkaBrokers,
  'ClusterWorkflowTemplate.argoproj.io': workflow,
  'Sensor.argoproj.io': eventPod,
  'ScheduledSparkApplication.sparkoperator.k8s.io': scheduledSparkApplication,
  'SparkApplication.sparkoperator.k8s.io': sparkApplication,
  'TrainJob.trainer.kubeflow.org': trainJob,
  'Workflow.argoproj.io': workflow,
  'WorkflowTemplate.argoproj.io': workflow,
};

/** Source: https://cloudnative-pg.io/documentation/1.29/cloudnative-pg.v1/ (ClusterSpec) */
function database({ instances, resources, affinity }: JsonObject): EnginePods[] {
  const spec = { containers: [{ resources }], ...asObject(affinity) };
  return [{ what: 'pods', count: asNumber(instances) ?? 1, spec }];
}

/** Source: https://gateway.envoyproxy.io/docs/api/extension_types/ (KubernetesDeploymentSpec) */
function envoyProxy(proxy: JsonObject): EnginePods[] {
  const deployment = asObject(at(proxy, 'provider', 'kubernetes', 'envoyDeployment'));
  const spec = { ...asObject(deployment.pod), containers: [deployment.container] };
  return [{ what: 'pods', count: asNumber(deployment.replicas) ?? 1, spec }];
}

/** Source: https://github.com/argoproj/argo-events/blob/v1.9.10/pkg/reconciler/eventbus/installer/jetstream.go */
function eventBus({ jetstream }: JsonObject): EnginePods[] {
  const bus = asObject(jetstream);
  const templates = [bus.containerTemplate, bus.reloaderContainerTemplate, bus.metricsContainerTemplate];
  const containers = templates.map((one) => ({ resources: asObject(one).resources }));
  const count = jetstream === undefined ? 0 : (asNumber(bus.replicas) ?? 3);
  return [{ what: 'pods of the bus', count, spec: { ...bus, containers } }];
}

/** An EventSource or a Sensor. Source: https://github.com/argoproj/argo-events/blob/v1.9.10/pkg/reconciler/sensor/resource.go */
function eventPod({ replicas, template }: JsonObject): EnginePods[] {
  const { container, ...pod } = asObject(template);
  const containers = [{ resources: asObject(container).resources }];
  return [{ what: 'pods', count: asNumber(replicas) ?? 1, spec: { ...pod, containers } }];
}

/** One Deployment has all servers, each as a container. Source: https://docs.feast.dev/v0.58-branch/reference/feature-servers */
function feastServers({ replicas, services: given }: JsonObject): EnginePods[] {
  const services = asObject(given);
  const servers = [
    at(services, 'onlineStore', 'server'),
    at(services, 'offlineStore', 'server'),
    at(services, 'registry', 'local', 'server'),
    services.ui,
  ];
  const containers = servers.filter((one) => one !== undefined).map(asObject);
  const { affinity, tolerations } = services;
  const nodeSelector = Object.assign({}, asObject(services.nodeSelector), ...containers.map((one) => one.nodeSelector));
  const least = asNumber(at(services, 'scaling', 'autoscaling', 'minReplicas'));
  const count = services.scaling === undefined ? (asNumber(replicas) ?? 1) : (least ?? 1);
  return [{ what: 'pods', count, spec: { containers, nodeSelector, affinity, tolerations } }];
}

/**
 * The job managers, and as many task managers as have slots for the job. Requests are limits.
 *
 * Source: https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-release-1.15/docs/custom-resource/reference/
 */
function flinkDeployment(flink: JsonObject): EnginePods[] {
  const { job, flinkConfiguration, podTemplate } = flink;
  if (at(job, 'state') === 'suspended') return [];
  const slots = Math.max(1, asAmount(at(flinkConfiguration, 'taskmanager.numberOfTaskSlots')));
  const needed = Math.ceil((asNumber(at(job, 'parallelism')) ?? 0) / slots);
  const pods = (manager: unknown): JsonObject => {
    const pod = { ...asObject(at(podTemplate, 'spec')), ...asObject(at(manager, 'podTemplate', 'spec')) };
    const limits = {
      cpu: asAmount(at(manager, 'resource', 'cpu')),
      memory: engineBytes(at(manager, 'resource', 'memory')),
    };
    const others = asObjects(pod.containers).filter(({ name }) => name !== 'flink-main-container');
    return { ...pod, containers: [{ resources: at(manager, 'resources') ?? { limits } }, ...others] };
  };
  const { jobManager, taskManager } = flink;
  return [
    { what: 'job managers', count: asNumber(at(jobManager, 'replicas')) ?? 1, spec: pods(jobManager) },
    { what: 'task managers', count: asNumber(at(taskManager, 'replicas')) ?? needed, spec: pods(taskManager) },
  ];
}

/** Fields of a predictor with a server as the kind of a model has it. */
const SERVERS = [
  ...['model', 'huggingface', 'lightgbm', 'onnx', 'paddle', 'pmml'],
  ...['pytorch', 'sklearn', 'tensorflow', 'triton', 'xgboost'],
];

/** Workers of each replica where a model is served by several nodes, with the head, when the spec does not say. */
const PIPELINE_PARALLEL = 2;

/** Source: https://kserve.github.io/website/docs/reference/crd-api (InferenceServiceSpec) */
function inferenceService(
  served: JsonObject,
  { name, namespace = '' }: ObjectOfGraph,
  lookup: EngineLookup,
): EnginePods[] {
  const replicas = (part: string, pod: JsonObject): number => {
    // what an autoscaler scales to zero has a pod until then
    const least = Math.max(1, lookup.leastReplicas(namespace, `${name}-${part}`) ?? 1);
    return asNumber(pod.minReplicas) ?? least;
  };
  const predictor = asObject(served.predictor);
  const servers = SERVERS.flatMap((key) => (predictor[key] ? [asObject(predictor[key])] : []));
  const containers = [...asObjects(predictor.containers), ...servers];
  const count = replicas('predictor', predictor);
  const { workerSpec } = predictor;
  const workers = (asNumber(at(workerSpec, 'pipelineParallelSize')) ?? PIPELINE_PARALLEL) - 1;
  return [
    { what: 'pods', count, spec: { ...predictor, containers } },
    ...(workerSpec === undefined ? [] : [{ what: 'workers', count: count * workers, spec: asObject(workerSpec) }]),
    ...['transformer', 'explainer'].flatMap((part) => {
      const pod = asObject(served[part]);
      return served[part] === undefined ? [] : [{ what: `${part}s`, count: replicas(part, pod), spec: pod }];
    }),
  ];
}

/** One pod with the operators of topics and users. Source: https://strimzi.io/docs/operators/1.2.0/configuring (EntityOperatorSpec) */
function kafkaOperators({ entityOperator }: JsonObject): EnginePods[] {
  const operators = asObject(entityOperator);
  const containers = ['topicOperator', 'userOperator']
    .map((key) => operators[key])
    .filter((one) => one !== undefined)
    .map((one) => ({ resources: asObject(one).resources }));
  const pod = asObject(at(operators, 'template', 'pod'));
  return containers.length === 0 ? [] : [{ what: 'entity operator', count: 1, spec: { ...pod, containers } }];
}

/** Source: https://strimzi.io/docs/operators/1.2.0/configuring (KafkaNodePoolSpec) */
function kafkaBrokers({ replicas, resources, template }: JsonObject): EnginePods[] {
  const pod = asObject(at(template, 'pod'));
  return [{ what: 'brokers', count: asNumber(replicas) ?? 0, spec: { ...pod, containers: [{ resources }] } }];
}

/** Memory that Spark adds to that of the JVM, at least. */
const SPARK_OVERHEAD_BYTES = 384 * 2 ** 20;

/**
 * The driver, and the executors that it has at least. Limits of memory and GPUs are requests.
 *
 * Source: https://github.com/kubeflow/spark-operator/blob/v2.5.2/docs/api-docs.md, and for the memory
 * https://spark.apache.org/docs/4.0.1/running-on-kubernetes.html (spark.kubernetes.memoryOverheadFactor)
 */
function sparkApplication(spark: JsonObject): EnginePods[] {
  if (spark.suspend === true) return [];
  const { executor, dynamicAllocation: dynamic } = spark;
  const executors =
    at(dynamic, 'enabled') === true
      ? Math.max(1, asNumber(at(dynamic, 'minExecutors')) ?? 0)
      : (asNumber(at(executor, 'instances')) ?? 1);
  return [
    { what: 'driver', count: 1, spec: sparkPod(spark, asObject(spark.driver)), run: 'run' },
    { what: 'executors', count: executors, spec: sparkPod(spark, asObject(executor)), run: 'run' },
  ];
}

function sparkPod({ type, memoryOverheadFactor, nodeSelector }: JsonObject, part: JsonObject): JsonObject {
  const heap = engineBytes(part.memory ?? '1g');
  const ofProgram = ['Python', 'R'].includes(String(type)) ? 0.4 : 0.1;
  const factor = memoryOverheadFactor === undefined ? ofProgram : Number(memoryOverheadFactor);
  const overhead =
    part.memoryOverhead === undefined
      ? Math.max(SPARK_OVERHEAD_BYTES, heap * factor)
      : engineBytes(part.memoryOverhead);
  const memory = heap + overhead;
  const cpu = part.coreRequest ?? part.cores ?? 1;
  const device = asText(at(part, 'gpu', 'name'));
  const devices = device === undefined ? {} : { [device]: at(part, 'gpu', 'quantity') };
  const pod = asObject(at(part, 'template', 'spec'));
  const limits = { memory, ...devices, ...(part.coreLimit === undefined ? {} : { cpu: part.coreLimit }) };
  return {
    ...pod,
    nodeSelector: { ...asObject(pod.nodeSelector), ...asObject(nodeSelector), ...asObject(part.nodeSelector) },
    affinity: part.affinity ?? pod.affinity,
    tolerations: [...asObjects(pod.tolerations), ...asObjects(part.tolerations)],
    initContainers: part.initContainers,
    containers: [{ resources: { requests: { cpu, memory }, limits } }, ...asObjects(part.sidecars)],
  };
}

function scheduledSparkApplication({ suspend, template }: JsonObject): EnginePods[] {
  return suspend === true ? [] : sparkApplication(asObject(template));
}

/**
 * The nodes of a training, which begin together or not at all.
 *
 * Source: https://www.kubeflow.org/docs/components/trainer/operator-guides/runtime/
 */
function trainJob(training: JsonObject, { namespace = '' }: ObjectOfGraph, lookup: EngineLookup): EnginePods[] {
  if (training.suspend === true) return [];
  const { trainer, runtimeRef } = training;
  const kind = asText(at(runtimeRef, 'kind')) ?? 'ClusterTrainingRuntime';
  const runtime = lookup.trainingRuntime(kind, namespace, asText(at(runtimeRef, 'name')) ?? '');
  const base = nodeOfRuntime(at(runtime, 'spec'));
  const patches = asObjects(training.runtimePatches).map((patch) => nodeOfRuntime(patch.trainingRuntimeSpec));
  const tolerations = [base, ...patches].flatMap((one) => asObjects(one.tolerations));
  const given = at(trainer, 'resourcesPerNode');
  return [
    {
      what: 'training nodes',
      count: asNumber(at(trainer, 'numNodes')) ?? asNumber(at(runtime, 'spec', 'mlPolicy', 'numNodes')) ?? 1,
      spec: {
        ...Object.assign({}, base, ...patches),
        nodeSelector: Object.assign({}, ...[base, ...patches].map((one) => asObject(one.nodeSelector))),
        tolerations,
        containers: given === undefined ? base.containers : [{ resources: given }],
      },
      run: 'run',
    },
  ];
}

/** The pods that train, as a runtime or a patch of it has them. */
function nodeOfRuntime(runtime: unknown): JsonObject {
  const jobs = asObjects(at(runtime, 'template', 'spec', 'replicatedJobs'));
  return asObject(
    at(
      jobs.find(({ name }) => name === 'node'),
      'template',
      'spec',
      'template',
      'spec',
    ),
  );
}

function cronWorkflow(
  { suspend, workflowSpec }: JsonObject,
  object: ObjectOfGraph,
  lookup: EngineLookup,
): EnginePods[] {
  return suspend === true ? [] : workflow(asObject(workflowSpec), object, lookup);
}

/**
 * The pod of each step, with the pods of what the step makes and waits for. Steps need not fit beside each other: a pod that finds no room
 * waits until one beside it has ended.
 *
 * Source: https://argo-workflows.readthedocs.io/en/latest/fields/ (Template)
 */
function workflow(spec: JsonObject, { path }: ObjectOfGraph, lookup: EngineLookup): EnginePods[] {
  if (spec.suspend === true) return [];
  return asObjects(spec.templates).flatMap((template) => {
    const run = String(template.name);
    const { container, script, resource, containerSet } = template;
    const own = [container, script, ...asObjects(at(containerSet, 'containers')), ...asObjects(template.sidecars)];
    const containers = own.filter((one) => one !== undefined).map(asObject);
    if (containers.length === 0 && resource === undefined) return [];
    // Argo's own: one that begins, and one that waits or that makes the object
    const executor = { resources: lookup.argoExecutor };
    const pod = {
      nodeSelector: template.nodeSelector ?? spec.nodeSelector,
      affinity: template.affinity ?? spec.affinity,
      tolerations: asObjects(template.tolerations).length > 0 ? template.tolerations : spec.tolerations,
      initContainers: [executor, ...asObjects(template.initContainers)],
      containers: [executor, ...containers],
    };
    const made = madeBy(resource, path, lookup).map((one) => ({ ...one, what: `${one.what} of step ${run}`, run }));
    return [{ what: `pod of step ${run}`, count: 1, spec: pod, run }, ...made];
  });
}

/** The pods of an object that a step makes. */
function madeBy(resource: unknown, path: string, lookup: EngineLookup): EnginePods[] {
  const { action, manifest } = asObject(resource);
  if (typeof manifest !== 'string' || !['create', 'apply'].includes(String(action))) return [];
  let json: unknown;
  try {
    json = JSON.parse(manifest);
  } catch {
    // YAML, or a template of it: what it makes is known when it runs
    return [];
  }
  const object = objectFrom(path, asObject(json));
  const template = podTemplateOf(object);
  if (template) return [{ what: 'pods', count: asNumber(at(json, 'spec', 'parallelism')) ?? 1, spec: template.spec }];
  return enginePodsOf(object, lookup) ?? [];
}

const UNITS: { readonly [unit: string]: number } = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/** Bytes as Spark and Flink write them, such as `2g` or `1024m`: `m` is a mebibyte. */
function engineBytes(value: unknown): number {
  const match = /^([\d.]+)\s*([kmgtp])(b|ib?)?$/i.exec(String(value).trim());
  return match ? Number(match[1]) * UNITS[match[2].toLowerCase()] : asAmount(value);
}
