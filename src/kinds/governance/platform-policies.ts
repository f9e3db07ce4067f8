import { ApiObject, Lazy } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { AI_ZONE } from '../../api/kinds/ai-zone';
import { KINDS } from '../../api/kinds';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { violation } from '../../api/schema/cel';
import { objectSchema } from '../../api/schema/crd';
import { apiVersionOf, KindDefinition, Schema } from '../../api/schema/schema';
import { withDefaults } from '../../api/schema/validate';
import { environmentOf } from '../../contracts/environment-scope';
import { PLATFORM_GROUP } from '../../contracts/names';
import { METACONTROLLER_USER } from '../../contracts/metacontroller';
import { PlatformGateway } from '../../constructs/gateway';
import {
  binding,
  EVERY_PARAM,
  NOT_BEING_DELETED,
  policy,
  readOnlyRootFilesystemInZones,
  resourceRule,
  SPEC_CHANGES,
} from '../../constructs/security/admission-policies';
import { ZONE_LABEL } from '../ai-zone/plan';
import { OWN_LABELS } from '../child-names';
import { LakeFolders, LAKE_KINDS } from '../lake-folders';
import { placesAreReached } from './lake-rules';
import { breakGlass } from './break-glass';
import { engineObjects } from './engine-objects';
import {
  accountIsGranted,
  approvesThisGeneration,
  belongsToItsZone,
  CLAIMS_AN_OWNER,
  ENTERS_ZONE,
  gpusFitInZone,
  hostIsGranted,
  HostRules,
  imagesArePinned,
  ObjectRule,
  onlyApproves,
  priorityIsGranted,
  zoneIsGranted,
} from './rules';
import { runRequests } from './run-requests';
import { tenantPods, tenantServices } from './tenant-pods';

/** Options of the policies for the platform's kinds. */
export interface PlatformPoliciesProps {
  /**
   * The gateway that says which hosts a namespace may use.
   *
   * @default - hosts are not looked at
   */
  readonly gateway?: PlatformGateway;
  /**
   * Whether images in the specs of the kinds must have a digest, or a tag other than `latest`.
   *
   * @default true
   */
  readonly requirePinnedImages?: boolean;
  /**
   * Whether objects that break a rule are accepted with a warning and an audit annotation, to see what a cluster has
   * before it refuses anything. Synthesis refuses in any case.
   *
   * @default false
   */
  readonly warnOnly?: boolean;
  /**
   * Who reaches which folder of the bucket for models and data.
   *
   * @default - places in specs are not looked at
   */
  readonly lake?: LakeFolders;
  /**
   * Names of the Secrets that the platform gives to the pods of engines. Pods that a Spark driver makes have no others.
   *
   * @default - none
   */
  readonly engineSecretNames?: string[];
  /**
   * The kinds that the cluster has: a policy about another would wait for its definition.
   *
   * @default - all of the platform
   */
  readonly kinds?: readonly KindDefinition[];
}

/**
 * Admission policies for the platform's kinds, for rules that need the user or another object:
 *
 * - Use of a zone: who creates an ABTest, AIModel, DataPipeline or MLWorkflow that names an AIZone, changes its spec or asks for a run, needs
 *   the verb `use` on that zone.
 * - Ownership by a zone: outside a zone's namespace, no object says that it is the zone's.
 * - Hosts: a namespace uses hosts of its own, and those that the gateway grants it.
 * - Accounts and priorities: who names a ServiceAccount or a PriorityClass in a spec needs the verb `use` on it, but for what is free
 *   for all.
 * - Pods in the namespaces of tenants (labelled `nstarx.io/team`, `nstarx.io/zone` or `nstarx.io/engines`), whatever makes them: they
 *   tolerate only devices that they ask for and zones that the namespace is granted, select no single node and none of the control plane,
 *   and have no priority above the tenants'. Services there have no `externalIPs`.
 * - Engines: the accounts of Spark and Flink make, change and delete their own executors and task managers, and nothing else.
 * - Pushes: what asks for runs when someone pushes changes the annotation for it, of workflows with that trigger, and nothing else.
 * - GPUs: what a model's replicas ask for at most fits in its zone, for every extended resource that the zone bounds.
 * - Images: every image in a spec has a digest, or a tag other than `latest`.
 * - Lake folders: every place in the bucket for models and data that a spec names is in a folder of the namespace, or in one
 *   that is shared with it. What Metacontroller copies into a zone is not held to it: the original was.
 * - Read-only root: in namespaces labelled `nstarx.io/zone`, containers must have a read-only root file system where the
 *   zone's `security.podSecurityPolicy` says so, which is the default.
 * - Labels: the labels by which the pods of the kinds are selected are the platform's: no person gives one to a pod, or to what makes
 *   pods of Kubernetes' own kinds.
 * - Approval: where RBAC lets a person write the status of a ModelDeployment, they set the condition `Approved` for the
 *   current generation, and change nothing else. Service accounts and `system:masters` are not held to it.
 * - Break-glass: who has a ModelDeployment served past the gate, by annotations of it, is a person with the verb `break-glass` on it, with a ticket,
 *   an end and their own name.
 *
 * Other changes of metadata, those of a status and of other subresources are not looked at, nor is an object that is being deleted. An
 * object that was there before is refused when its spec is changed next.
 *
 * The environment's objects are checked at synthesis with the same rules, as far as they do not need the user. One per
 * environment.
 */
export class PlatformPolicies extends Construct {
  private readonly actions: string[];

  public constructor(scope: Construct, id: string, props: PlatformPoliciesProps = {}) {
    super(scope, id);
    const environment = environmentOf(this);
    this.actions = (props.warnOnly ?? false) ? ['Warn', 'Audit'] : ['Deny'];
    const pinnedImages = props.requirePinnedImages ?? true;
    const hosts = props.gateway?._hosts;
    const kinds = props.kinds ?? KINDS;
    for (const kind of kinds) {
      this.add(kind, 'zone-use', 'Forbidden', zoneIsGranted(kind), { asked: ENTERS_ZONE });
      if (hosts) this.hosts(kind, hosts);
      this.add(kind, 'account-use', 'Forbidden', accountIsGranted(kind));
      this.add(kind, 'priority-use', 'Forbidden', priorityIsGranted(kind));
      if (pinnedImages) this.add(kind, 'pinned-images', 'Invalid', imagesArePinned(kind));
    }
    const { lake } = props;
    if (lake) LAKE_KINDS.filter((kind) => kinds.includes(kind)).forEach((kind) => this.lakeFolders(kind, lake));
    if (kinds.includes(MODEL_DEPLOYMENT)) {
      this.approval(MODEL_DEPLOYMENT);
      breakGlass(this);
    }
    this.ownLabels();
    if (kinds.includes(AI_ZONE)) {
      if (kinds.includes(AI_MODEL)) this.add(AI_MODEL, 'zone-gpus', 'Invalid', gpusFitInZone(), { params: AI_ZONE });
      this.zoneOwnership();
      readOnlyRootFilesystemInZones(this, ZONE_LABEL, this.actions);
    }
    tenantPods(this, this.actions);
    tenantServices(this, this.actions);
    engineObjects(this, this.actions, props.engineSecretNames ?? []);
    if (kinds.includes(ML_WORKFLOW)) runRequests(this, this.actions);
    this.node.addValidation({ validate: () => refusedObjects(environment, pinnedImages, hosts) });
  }

  /** A policy for one kind, so that the API server checks the fields that it names against the kind's schema. */
  private add(
    kind: KindDefinition,
    rule: string,
    reason: string,
    holds: ObjectRule | undefined,
    { params, asked }: { readonly params?: KindDefinition; readonly asked?: string } = {},
  ): void {
    if (!holds) return;
    const name = policyName(rule, kind);
    policy(this, name, {
      failurePolicy: 'Fail',
      ...(params ? { paramKind: { apiVersion: apiVersionOf(params), kind: params.kind } } : {}),
      matchConstraints: { resourceRules: [resourceRule(kind.group, kind.version, [kind.plural])] },
      matchConditions: [NOT_BEING_DELETED, asked === undefined ? SPEC_CHANGES : { name: 'asked', expression: asked }],
      validations: [validation(holds, reason)],
    });
    binding(this, name, { validationActions: this.actions, ...(params ? { paramRef: EVERY_PARAM } : {}) });
  }

  private ownLabels(): void {
    const name = `own-labels.${PLATFORM_GROUP}`;
    policy(this, name, {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          resourceRule('', 'v1', ['pods', 'replicationcontrollers']),
          resourceRule('apps', 'v1', ['daemonsets', 'deployments', 'replicasets', 'statefulsets']),
          resourceRule('batch', 'v1', ['cronjobs', 'jobs']),
        ],
      },
      matchConditions: [NOT_BEING_DELETED, { name: 'by-a-person', expression: BY_A_PERSON }],
      variables: [
        { name: 'pod', expression: POD_LABELS },
        {
          name: 'own',
          expression: `!has(variables.pod.labels) ? [] : [${OWN_LABELS.map((label) => `'${label}'`).join(', ')}].filter(one, one in variables.pod.labels)`,
        },
      ],
      validations: [
        {
          expression: 'size(variables.own) == 0',
          messageExpression: `'the platform selects pods by ' + variables.own.join(', ') + ': use a label of a domain of your own'`,
          reason: 'Forbidden',
        },
      ],
    });
    binding(this, name, { validationActions: this.actions });
  }

  private lakeFolders(kind: KindDefinition, lake: LakeFolders): void {
    const name = policyName('lake-folders', kind);
    const { variables, rules } = placesAreReached(kind, lake);
    policy(this, name, {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [resourceRule(kind.group, kind.version, [kind.plural])] },
      matchConditions: [NOT_BEING_DELETED, SPEC_CHANGES, NOT_BY_METACONTROLLER],
      variables,
      validations: rules.map((rule) => validation(rule, 'Forbidden')),
    });
    binding(this, name, { validationActions: this.actions });
  }

  /** Grants may be added until the program is written out. */
  private hosts(kind: KindDefinition, hosts: HostRules): void {
    if (!hostIsGranted(kind, hosts)) return;
    const name = policyName('hosts', kind);
    policy(this, name, {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [resourceRule(kind.group, kind.version, [kind.plural])] },
      matchConditions: [NOT_BEING_DELETED, SPEC_CHANGES],
      validations: Lazy.any({
        produce: () => [hostIsGranted(kind, hosts)].flatMap((rule) => (rule ? [validation(rule, 'Forbidden')] : [])),
      }) as unknown,
    });
    binding(this, name, { validationActions: this.actions });
  }

  /**
   * Metacontroller takes what has a zone's uid in the label `controller-uid` for the zone's, and Kubernetes what names it in `ownerReferences`: such an
   * object in another namespace, kept by a finalizer, would keep the zone.
   */
  private zoneOwnership(): void {
    const name = `zone-ownership.${PLATFORM_GROUP}`;
    policy(this, name, {
      // it is about all kinds: without the kind AIZone, or before zones are watched, it must not hold up the whole cluster
      failurePolicy: 'Ignore',
      paramKind: { apiVersion: apiVersionOf(AI_ZONE), kind: AI_ZONE.kind },
      matchConstraints: { resourceRules: [{ ...resourceRule('*', '*', ['*']), scope: 'Namespaced' }] },
      matchConditions: [
        NOT_BEING_DELETED,
        { name: 'claims-an-owner', expression: CLAIMS_AN_OWNER },
        // what it has taken over before must not stop it
        NOT_BY_METACONTROLLER,
      ],
      validations: [validation(belongsToItsZone(), 'Forbidden')],
    });
    binding(this, name, { validationActions: this.actions, paramRef: EVERY_PARAM });
  }

  private approval(kind: KindDefinition): void {
    const name = policyName('approval', kind);
    policy(this, name, {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [resourceRule(kind.group, kind.version, [`${kind.plural}/status`])] },
      matchConditions: [{ name: 'by-a-person', expression: BY_A_PERSON }],
      validations: [onlyApproves(kind), approvesThisGeneration()].map((rule) => validation(rule, 'Forbidden')),
    });
    binding(this, name, { validationActions: this.actions });
  }
}

/** The labels of a pod, or of the pods that an object makes. */
const POD_LABELS =
  `object.kind == 'Pod' ? object.metadata : ` +
  `(object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.metadata : object.spec.template.metadata)`;
/** It writes what operators make of objects that were looked at themselves. */
const NOT_BY_METACONTROLLER = {
  name: 'not-by-metacontroller',
  expression: `request.userInfo.username != '${METACONTROLLER_USER}'`,
};

/** Operators are service accounts; users that RBAC does not bind are not bound by this either. */
const BY_A_PERSON =
  `!request.userInfo.username.startsWith('system:') && ` +
  `!(has(request.userInfo.groups) && 'system:masters' in request.userInfo.groups)`;

/** One policy a kind, so that each is named after what it looks at: `zone-use-aimodels.nstarx.io`. */
function policyName(rule: string, kind: KindDefinition): string {
  return `${rule}-${kind.plural}.${kind.group}`;
}

function validation(rule: ObjectRule, reason: string): { [key: string]: string } {
  return { expression: rule.expression, messageExpression: rule.message, reason };
}

/** An object of one of the platform's kinds, as the API server would see it. */
interface Found {
  readonly path: string;
  readonly kind: KindDefinition;
  readonly object: unknown;
}

/** What the policies would refuse among the objects below a construct; what depends on the user is left out. */
function refusedObjects(scope: IConstruct, pinnedImages: boolean, hosts?: HostRules): string[] {
  const objects = platformObjects(scope);
  const zones = objects.filter(({ kind }) => kind === AI_ZONE);
  return objects.flatMap((found) => {
    const images = pinnedImages ? imagesArePinned(found.kind, 'self.object') : undefined;
    const gpus = found.kind === AI_MODEL ? zones.map((zone) => refusal(gpusInZone, found, zone)) : [];
    const host = hosts && hostIsGranted(found.kind, hosts, 'self.object');
    const rules = [images, host].flatMap((rule) => (rule ? [refusal(rule, found)] : []));
    return [...rules, ...gpus].filter((message) => message !== undefined);
  });
}

const gpusInZone = gpusFitInZone('self.object', 'self.params');

/** The message of a rule that does not hold, with the path of the object that breaks it. */
function refusal(rule: ObjectRule, { path, kind, object }: Found, params?: Found): string | undefined {
  const schema: Schema = {
    type: 'object',
    properties: { object: schemaOf(kind), ...(params ? { params: schemaOf(params.kind) } : {}) },
  };
  const message = violation(
    { rule: rule.expression, messageExpression: rule.message, message: 'breaks a policy of the platform' },
    schema,
    { object, ...(params ? { params: params.object } : {}) },
  );
  return message === undefined ? undefined : `[${path}] ${message}`;
}

function platformObjects(scope: IConstruct): Found[] {
  return scope.node.findAll().flatMap((one) => {
    if (!ApiObject.isApiObject(one)) return [];
    const kind = KINDS.find((known) => known.kind === one.kind && apiVersionOf(known) === one.apiVersion);
    if (!kind) return [];
    return [{ path: one.node.path, kind, object: withDefaults(schemaOf(kind), one.toJson()) }];
  });
}

const schemas = new Map<KindDefinition, Schema>();

function schemaOf(kind: KindDefinition): Schema {
  const schema = schemas.get(kind) ?? objectSchema(kind);
  schemas.set(kind, schema);
  return schema;
}
