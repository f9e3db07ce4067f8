import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { ARGO_EVENTS_NAMESPACE } from '../../components/argo-events';
import { KserveS3 } from '../../components/kserve';
import { Access, IGrantable, IObjectStore, SecretEnv, ServiceBinding } from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import {
  ARGO_ACCOUNT,
  ARGO_RESOURCES_ACCOUNT,
  EVENT_SOURCE_ACCOUNT,
  FLINK_ACCOUNT,
  RUN_REQUESTER_ACCOUNT,
  SPARK_ACCOUNT,
  TRAINER_ACCOUNT,
} from '../../contracts/engine-accounts';
import { EVENT_SOURCE_LABEL, SENSOR_LABEL } from '../../contracts/event-bus';
import { IWorkloadIdentity } from '../../contracts/identity';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { PlatformGateway } from '../gateway/platform-gateway';
import { API_SERVER_EGRESS, DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../tenancy/network-rules';
import { PodEnv } from '../workloads/env';

/** A rule of a Role. */
export interface EngineRule {
  /** API groups; the core group is empty. */
  readonly apiGroups: string[];
  /** Resources, in the plural. */
  readonly resources: string[];
  /** Verbs. */
  readonly verbs: string[];
}

/**
 * What a driver does: it makes, watches and deletes executors and the ConfigMap with their configuration. The Service of a driver is made
 * by Spark's operator, and executors have no claims of their own; see `SPARK_DRIVER_CONF`.
 *
 * Source: https://github.com/apache/spark/tree/v4.0.1/resource-managers/kubernetes/core/src/main/scala/org/apache/spark/scheduler/cluster/k8s
 */
const SPARK_RULES: EngineRule[] = [
  {
    apiGroups: [''],
    resources: ['pods'],
    verbs: ['get', 'list', 'watch', 'create', 'delete', 'deletecollection'],
  },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'deletecollection'] },
];

/**
 * What a job manager does: it makes, watches and deletes task managers, and keeps leaders and checkpoints in ConfigMaps. It reads its
 * own Deployment, which owns the task managers; Flink's operator makes and deletes that one.
 *
 * Source: https://github.com/apache/flink/blob/release-2.1/flink-kubernetes/src/main/java/org/apache/flink/kubernetes/kubeclient/Fabric8FlinkKubeClient.java
 */
const FLINK_RULES: EngineRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
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

/** A Sensor looks an object up before it changes it. */
const RUN_REQUEST_RULES: EngineRule[] = [
  { apiGroups: ['nstarx.io'], resources: ['mlworkflows'], verbs: ['get', 'patch'] },
];

/** An engine whose pods need an account and connections in the namespaces that they run in. */
export class Engine {
  /** Spark: drivers make their executors, and both talk to each other. The pod of a driver has to ask for the account's token. */
  public static readonly SPARK = new Engine(
    SPARK_ACCOUNT,
    'sparkoperator.k8s.io/launched-by-spark-operator',
    SPARK_RULES,
    'spark-operator',
    false,
  );
  /** Flink: job managers make their task managers, keep their leader in a ConfigMap, and all talk to each other. */
  public static readonly FLINK = new Engine(
    FLINK_ACCOUNT,
    'type',
    FLINK_RULES,
    'flink-operator',
    true,
    'flink-native-kubernetes',
  );
  /** Argo Workflows: each step reports its result to the API server, by Argo's own container beside the program. */
  public static readonly ARGO_WORKFLOWS = new Engine(
    ARGO_ACCOUNT,
    'workflows.argoproj.io/workflow',
    ARGO_RULES,
    'argo-workflows',
    false,
  );
  /**
   * Argo Workflows, for steps that make objects of other engines. No program of a user runs in them: they are Argo's own, so the
   * account of the steps that do can be without these permissions.
   */
  public static readonly ARGO_RESOURCES = new Engine(
    ARGO_RESOURCES_ACCOUNT,
    'workflows.argoproj.io/workflow',
    WORKFLOW_RESOURCE_RULES,
    'argo-workflows',
    true,
  );
  /** Kubeflow Trainer: the pods of a training talk to each other. They need nothing of the API server. */
  public static readonly TRAINER = new Engine(
    TRAINER_ACCOUNT,
    'jobset.sigs.k8s.io/jobset-name',
    [],
    'kubeflow-trainer',
    false,
  );

  /** Argo Events: what takes pushes to repositories. It needs nothing of the API server. */
  public static readonly EVENT_SOURCES = new Engine(
    EVENT_SOURCE_ACCOUNT,
    EVENT_SOURCE_LABEL,
    [],
    ARGO_EVENTS_NAMESPACE,
    false,
  );
  /** Argo Events: what asks for runs of workflows when someone pushed. An admission policy holds it to the annotation that does. */
  public static readonly RUN_REQUESTS = new Engine(
    RUN_REQUESTER_ACCOUNT,
    SENSOR_LABEL,
    RUN_REQUEST_RULES,
    ARGO_EVENTS_NAMESPACE,
    true,
  );

  private constructor(
    /** Name of the ServiceAccount and of the other objects. */
    public readonly accountName: string,
    /** Label that the engine puts on every pod. */
    public readonly podLabel: string,
    /** What the pods may do in their namespace. */
    public readonly rules: EngineRule[],
    /** Namespace of the engine's operator. */
    public readonly operatorNamespace: string,
    /**
     * Whether every pod of the account has its token; otherwise only a pod, or a container of it, that asks for it. Programs of users run in
     * pods of Spark and Argo Workflows.
     */
    public readonly mountsToken: boolean,
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

/** Options of an engine's account. */
export interface EngineAccountProps {
  /** The engine. */
  readonly engine: Engine;
  /** The namespace that its pods run in. */
  readonly namespace: INamespace;
  /**
   * Where its pods may connect to, beside DNS, each other, the API server and the services that it is granted.
   *
   * @default - nowhere
   */
  readonly egress?: NetworkPeer[];
}

/**
 * What an engine's pods need in a namespace that denies everything by default: a ServiceAccount, its Role, and network policies
 * with which they reach each other, the API server and the granted services. The engine's operator may call them.
 *
 * A grant to it (`store.grantReadWrite(account)`) gives its ServiceAccount the permissions and its pods the connections. It sets
 * no environment variables: the code that writes the pods puts `env` and `secretEnv` there.
 *
 * One per engine and namespace.
 */
@checked('IGrantable')
export class EngineAccount extends Construct implements IGrantable {
  /** The ServiceAccount's namespace and name. */
  public readonly identity: IWorkloadIdentity;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy. */
  public readonly networkPolicy: ApiObject;
  private readonly namespace: INamespace;
  private readonly podEnv = new PodEnv(this);
  private readonly connections: NetworkPeer[];

  public constructor(scope: Construct, id: string, props: EngineAccountProps) {
    super(scope, id);
    const { engine, namespace } = props;
    this.namespace = namespace;
    this.connections = [...(props.egress ?? [])];
    this.identity = { namespace: namespace.namespaceName, serviceAccountName: engine.accountName };
    const metadata = {
      name: engine.accountName,
      namespace: namespace.namespaceName,
      labels: {
        'app.kubernetes.io/name': engine.accountName,
        'app.kubernetes.io/component': 'engine',
        'app.kubernetes.io/part-of': 'ml-platform',
      },
    };
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'Resource', {
      metadata,
      automountServiceAccountToken: engine.mountsToken,
    });
    if (engine.rules.length > 0) {
      new k8s.KubeRole(this, 'Role', { metadata, rules: engine.rules });
      new k8s.KubeRoleBinding(this, 'RoleBinding', {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: engine.accountName },
        subjects: [{ kind: 'ServiceAccount', name: engine.accountName, namespace: namespace.namespaceName }],
      });
    }
    this.networkPolicy = new k8s.KubeNetworkPolicy(this, 'NetworkPolicy', {
      metadata: { ...metadata, name: `engine-${engine.accountName}` },
      // services can be granted until synthesis
      spec: Lazy.any({ produce: () => this.policy(engine) }) as k8s.NetworkPolicySpec,
    });
  }

  /** Environment variables of pods that use the granted services. */
  public get env(): { [name: string]: string } {
    return this.podEnv.env;
  }

  /** Environment variables of such pods from Secrets of the namespace. */
  public get secretEnv(): SecretEnv[] {
    return this.podEnv.secretEnv;
  }

  /** Where such pods connect to. */
  public get egress(): NetworkPeer[] {
    return [...this.connections];
  }

  public addBinding(serviceName: string, binding: ServiceBinding): void {
    this.podEnv.add(serviceName, binding);
    this.connections.push(...binding.egress);
    Object.entries(binding.namespaceLabels).forEach(([key, value]) => this.namespace.addLabel(key, value));
  }

  private policy(engine: Engine): k8s.NetworkPolicySpec {
    const pods = engine._podSelector();
    return {
      podSelector: pods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: pods }, ...ruleSide({ namespace: engine.operatorNamespace })] }],
      egress: [
        { to: [{ podSelector: pods }] },
        ...(engine.rules.length > 0 ? [API_SERVER_EGRESS] : []),
        // an imported namespace may have no policy of its own for it
        DNS_EGRESS,
        ...this.connections.map(egressTo),
      ],
    };
  }
}

/** Name of the ServiceAccount that model servers run as. */
export const MODEL_SERVER_ACCOUNT = 'model-server';

/** The label with which KServe marks the pods of an InferenceService. */
const INFERENCE_SERVICE_LABEL = 'serving.kserve.io/inferenceservice';

/** Options of the account of model servers. */
export interface ModelServerAccountProps {
  /** The namespace that models are served in. */
  readonly namespace: INamespace;
  /** The bucket that models are loaded from. */
  readonly models: IObjectStore;
  /**
   * The folders of the bucket that models are loaded from, each with a slash at its end.
   *
   * @default - the whole bucket
   */
  readonly folders?: string[];
  /** The gateway that requests come through. */
  readonly gateway: PlatformGateway;
}

/**
 * What the pods of InferenceServices need in a namespace: the ServiceAccount `model-server`, which may read the bucket of models;
 * the gateway's routes; and network policies with which the gateway reaches their port 8080, and they the bucket.
 *
 * KServe's storage initializer gets the bucket's keys from the Secrets that the ServiceAccount lists, where the cluster has no
 * workload identity. One per namespace.
 */
export class ModelServerAccount extends Construct {
  /** The ServiceAccount's namespace and name. */
  public readonly identity: IWorkloadIdentity;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy. */
  public readonly networkPolicy: ApiObject;
  /**
   * How KServe reaches the bucket.
   *
   * @default - AWS's S3, with the permissions of the ServiceAccount
   */
  public readonly s3?: KserveS3;
  /** What reading the bucket takes: environment variables and connections. */
  public readonly binding: ServiceBinding;

  public constructor(scope: Construct, id: string, props: ModelServerAccountProps) {
    super(scope, id);
    const namespace = props.namespace.namespaceName;
    this.identity = { namespace, serviceAccountName: MODEL_SERVER_ACCOUNT };
    const binding = props.models.bind(this.identity, Access.READ, { prefixes: props.folders });
    this.binding = binding;
    this.s3 = s3Of(binding, props.models.region);
    for (const [key, value] of Object.entries(binding.namespaceLabels)) props.namespace.addLabel(key, value);
    props.gateway.admit(props.namespace);
    const secrets = [...new Set(binding.secretEnv.map(({ secretName }) => secretName))].map((name) => ({ name }));
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'Resource', {
      metadata: {
        name: MODEL_SERVER_ACCOUNT,
        namespace,
        labels: {
          'app.kubernetes.io/name': MODEL_SERVER_ACCOUNT,
          'app.kubernetes.io/component': 'serving',
          'app.kubernetes.io/part-of': 'ml-platform',
        },
      },
      automountServiceAccountToken: false,
      ...(secrets.length > 0 ? { secrets } : {}),
    });
    const pods = { matchExpressions: [{ key: INFERENCE_SERVICE_LABEL, operator: 'Exists' }] };
    this.networkPolicy = new k8s.KubeNetworkPolicy(this, 'NetworkPolicy', {
      metadata: { name: 'inference-services', namespace },
      spec: {
        podSelector: pods,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: ruleSide(props.gateway.peer), ports: tcpPorts([8080]) }],
        egress: [...binding.egress.map(egressTo), DNS_EGRESS],
      },
    });
  }
}

/** How KServe reaches a bucket that is not AWS's own; undefined for AWS's S3 with the permissions of the ServiceAccount. */
function s3Of(binding: ServiceBinding, region: string): KserveS3 | undefined {
  const url = binding.env.AWS_ENDPOINT_URL_S3;
  const key = (name: string) => binding.secretEnv.find((variable) => variable.name === name)?.key;
  const accessKeyIdKey = key('AWS_ACCESS_KEY_ID');
  const secretAccessKeyKey = key('AWS_SECRET_ACCESS_KEY');
  if (url === undefined || accessKeyIdKey === undefined || secretAccessKeyKey === undefined) return undefined;
  const { host, protocol } = new URL(url);
  return { endpoint: host, tls: protocol === 'https:', region, accessKeyIdKey, secretAccessKeyKey };
}
