/** A rule of a Role. */
export interface EngineRule {
  /** API groups; the core group is empty. */
  readonly apiGroups: string[];
  /** Resources, in the plural. */
  readonly resources: string[];
  /** Verbs. */
  readonly verbs: string[];
}

const SPARK_RULES: EngineRule[] = [
  {
    apiGroups: [''],
    resources: ['pods', 'configmaps', 'persistentvolumeclaims', 'services'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  },
];

const FLINK_RULES: EngineRule[] = [
  {
    apiGroups: [''],
    resources: ['pods', 'configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'deployments/finalizers'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  },
];

const ARGO_RULES: EngineRule[] = [
  { apiGroups: ['argoproj.io'], resources: ['workflowtaskresults'], verbs: ['create', 'patch'] },
];

/** Steps that make Spark applications and trainings, ask for runs of pipelines, and give back what a failed run holds. */
const WORKFLOW_RESOURCE_RULES: EngineRule[] = [
  ...ARGO_RULES,
  {
    apiGroups: ['sparkoperator.k8s.io'],
    resources: ['sparkapplications'],
    verbs: ['create', 'get', 'list', 'delete'],
  },
  { apiGroups: ['trainer.kubeflow.org'], resources: ['trainjobs'], verbs: ['create', 'get', 'list', 'delete'] },
  { apiGroups: ['nstarx.io'], resources: ['datapipelines'], verbs: ['get', 'patch'] },
];

/** An engine whose pods need an account and connections in the namespaces that they run in. */
export class Engine {
  /** Spark: drivers make their executors, and both talk to each other. */
  public static readonly SPARK = new Engine(
    'spark',
    'sparkoperator.k8s.io/launched-by-spark-operator',
    SPARK_RULES,
    'spark-operator',
  );
  /** Flink: job managers make their task managers, keep their leader in a ConfigMap, and all talk to each other. */
  public static readonly FLINK = new Engine('flink', 'type', FLINK_RULES, 'flink-operator', 'flink-native-kubernetes');
  /** Argo Workflows: each step reports its result to the API server. */
  public static readonly ARGO_WORKFLOWS = new Engine(
    'argo-workflow',
    'workflows.argoproj.io/workflow',
    ARGO_RULES,
    'argo-workflows',
  );
  /**
   * Argo Workflows, for steps that make objects of other engines. No program of a user runs in them: they are Argo's own, so the
   * account of the steps that do can be without these permissions.
   */
  public static readonly ARGO_RESOURCES = new Engine(
    'argo-workflow-resources',
    'workflows.argoproj.io/workflow',
    WORKFLOW_RESOURCE_RULES,
    'argo-workflows',
  );
  /** Kubeflow Trainer: the pods of a training talk to each other. They need nothing of the API server. */
  public static readonly TRAINER = new Engine('trainer', 'jobset.sigs.k8s.io/jobset-name', [], 'kubeflow-trainer');

  private constructor(
    /** Name of the ServiceAccount and of the other objects. */
    public readonly accountName: string,
    /** Label that the engine puts on every pod. */
    public readonly podLabel: string,
    /** What the pods may do in their namespace. */
    public readonly rules: EngineRule[],
    /** Namespace of the engine's operator. */
    public readonly operatorNamespace: string,
    private readonly podLabelValue?: string,
  ) {}

  /**
   * The pods of the engine, as a label selector.
   *
   * @internal
   */
  public _podSelector(): { [key: string]: unknown } {
    return this.podLabelValue === undefined
      ? { matchExpressions: [{ key: this.podLabel, operator: 'Exists' }] }
      : { matchLabels: { [this.podLabel]: this.podLabelValue } };
  }
}
