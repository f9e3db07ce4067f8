import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Access, IObjectStore, ServiceBinding } from '../../contracts/backing-service';
import { checkReferences, environmentOf } from '../../contracts/environment-scope';
import { dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { parseQuantity } from '../../contracts/quantity';
import { Tier } from '../../contracts/tier';
import { MODEL_SERVER_ACCOUNT } from '../../constructs/engines/accounts';
import { addModelServerNamespace } from '../../constructs/engines/model-server-namespaces';
import { PlatformGateway } from '../../constructs/gateway';
import { Namespace, NamespaceQuota, TeamRoles } from '../../constructs/tenancy';
import { LakeArea, lakeFolder } from '../../kinds/lake-folders';
import { ModelDeploymentSettings } from '../../kinds/model-deployment/settings';
import { MODEL_DEPLOYMENT_SIZES } from '../../kinds/model-deployment/sizes';

/** Options of the namespace that models are served in. */
export interface InferenceNamespaceProps {
  /** The gateway that requests come through. */
  readonly gateway: PlatformGateway;
  /** The bucket that models are fetched from. */
  readonly models: IObjectStore;
  /**
   * Name of the namespace.
   *
   * @default 'ml-inference'
   */
  readonly name?: string;
  /**
   * What its pods may use at most, all together.
   *
   * @default - by tier: room for some models with as many replicas as they may have, see `INFERENCE_ROOM`
   */
  readonly quota?: NamespaceQuota;
  /**
   * Name of a Secret in the namespace, of type `kubernetes.io/dockerconfigjson`, by which images are pulled.
   *
   * @default - the nodes may pull them
   */
  readonly registrySecretName?: string;
  /**
   * Group of the identity provider whose members may look at what runs in it. Who may change models there, the personas say.
   *
   * @default '<name>-viewers'
   */
  readonly viewerGroup?: string;
}

/** Models that a namespace has room for while each has all the replicas that it may have, and GPUs. */
export const INFERENCE_ROOM: { readonly [tier in Tier]: { readonly models: number; readonly gpus: number } } = {
  [Tier.LOCAL]: { models: 4, gpus: 4 },
  [Tier.DEVELOPMENT]: { models: 10, gpus: 4 },
  [Tier.STAGING]: { models: 3, gpus: 8 },
  [Tier.PRODUCTION]: { models: 3, gpus: 64 },
};

/** What the jobs have that scan and register a model, several at a time. */
const JOBS = { cpu: 2, memoryGiB: 4, pods: 20 };

/**
 * The namespace of the zero-touch deployment: Pod Security `restricted`, a quota that fits the sizes of the environment, no connections but those
 * that are declared, and the ServiceAccount `model-server`, which reads `models/<namespace>/` of the bucket and nothing else: by Pod Identity where
 * the provider has it, else with keys that are delivered into the namespace.
 *
 * The account is one for all model servers of the namespace: a role is bound to a ServiceAccount by its name, before there is any model, and
 * who may start a pod in a namespace can use each of its accounts. What keeps models apart is the namespace. Made before the operators, which it tells
 * of the account.
 */
export class InferenceNamespace extends Construct {
  /** The namespace. */
  public readonly namespace: Namespace;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** What reading the bucket takes: environment variables and connections. */
  public readonly binding: ServiceBinding;

  /** @throws InvalidInputError when the operators have been made, a reference is to another environment, or a prop is wrong */
  public constructor(scope: Construct, id: string, props: InferenceNamespaceProps) {
    super(scope, id);
    const { gateway, models, registrySecretName, name = 'ml-inference' } = props;
    if (registrySecretName !== undefined) dnsLabel(this, 'registrySecretName', registrySecretName);
    checkReferences(this, { gateway, models });
    const { tier } = environmentOf(this);
    this.namespace = new Namespace(this, 'Resource', {
      name,
      quota: props.quota ?? quotaOf(tier),
      // what holds for the pods of tenants holds here
      labels: { [`${PLATFORM_GROUP}/team`]: name },
    });
    const identity = { namespace: name, serviceAccountName: MODEL_SERVER_ACCOUNT };
    this.binding = models.bind(identity, Access.READ, { prefixes: [lakeFolder(LakeArea.MODELS, name)] });
    for (const [key, value] of Object.entries(this.binding.namespaceLabels)) this.namespace.addLabel(key, value);
    gateway.admit(this.namespace);
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'ServiceAccount', {
      metadata: {
        name: MODEL_SERVER_ACCOUNT,
        namespace: name,
        labels: {
          'app.kubernetes.io/name': MODEL_SERVER_ACCOUNT,
          'app.kubernetes.io/component': 'serving',
          'app.kubernetes.io/part-of': 'ml-platform',
        },
      },
      automountServiceAccountToken: false,
      imagePullSecrets: registrySecretName === undefined ? undefined : [{ name: registrySecretName }],
    });
    this.permitViewers(props.viewerGroup ?? `${name}-viewers`);
    addModelServerNamespace(this, { namespaceName: name, binding: this.binding });
  }

  /** What the operator of ModelDeployments has to know of the account; the settings of the environment have sizes and policies. */
  public get deploymentSettings(): Pick<
    ModelDeploymentSettings,
    'serviceAccountName' | 'accountNamespaces' | 'storage'
  > {
    const { env, secretEnv, egress } = this.binding;
    return {
      serviceAccountName: MODEL_SERVER_ACCOUNT,
      accountNamespaces: [this.namespace.namespaceName],
      storage: { env, secretEnv, egress },
    };
  }

  private permitViewers(group: string): void {
    new k8s.KubeRoleBinding(this, 'Viewers', {
      metadata: { name: 'team-viewers', namespace: this.namespace.namespaceName },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: TeamRoles.of(this).viewer },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
    });
  }
}

/** Room for models at their largest, each with the pod more that a roll-out has, and for the jobs. */
function quotaOf(tier: Tier): NamespaceQuota {
  const { models, gpus } = INFERENCE_ROOM[tier];
  const { cpu, memory, maxReplicas } = MODEL_DEPLOYMENT_SIZES[tier];
  const replicas = models * (maxReplicas + 1);
  const cores = replicas * (parseQuantity(cpu) ?? 0) + JOBS.cpu;
  const gibibytes = (replicas * (parseQuantity(memory) ?? 0)) / 2 ** 30 + JOBS.memoryGiB;
  return {
    cpu: String(Math.ceil(cores)),
    memory: `${Math.ceil(gibibytes)}Gi`,
    gpus,
    pods: replicas + JOBS.pods,
  };
}
