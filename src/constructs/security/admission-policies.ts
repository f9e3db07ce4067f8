import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { PLATFORM_GROUP } from '../../contracts/names';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** The pod of whatever has one. */
const POD_SPEC = `object.kind == 'Pod' ? object.spec : (object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec)`;

const CONTAINERS = `variables.podSpec.containers + (has(variables.podSpec.initContainers) ? variables.podSpec.initContainers : [])`;

/** Whether an image can be pulled again as it was. The same parts as an image name has in our own checks: a digest, or a tag. */
export function pinned(image: string): string {
  return `(${image}.matches('@sha256:[a-f0-9]{64}$') || (${image}.matches('^(.*/)?[^/:@]+:[A-Za-z0-9_][A-Za-z0-9_.-]*$') && !${image}.endsWith(':latest')))`;
}

/** Whether container `c` cannot write to its root file system. */
const READ_ONLY = `has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem`;

/** What a policy says of every container of every workload. */
interface ContainerRule {
  readonly name: string;
  readonly condition: string;
  readonly message: string;
  /** Namespaces in which it holds. */
  readonly namespaceSelector: object;
  /** Kind whose objects switch it on, each as `params`; without one it is on. */
  readonly paramKind?: { readonly apiVersion: string; readonly kind: string };
  /** Whether the object in `params` switches it on. */
  readonly switchedOn?: string;
  /** What happens when it is broken; by default the object is refused. */
  readonly actions?: readonly string[];
}

/** A policy that holds for every container, whether a pod or what makes pods is written. */
function containerPolicy(scope: Construct, rule: ContainerRule): void {
  policy(scope, rule.name, {
    failurePolicy: 'Fail',
    ...(rule.paramKind ? { paramKind: rule.paramKind } : {}),
    matchConstraints: {
      resourceRules: [
        resourceRule('', 'v1', ['pods']),
        resourceRule('apps', 'v1', ['daemonsets', 'deployments', 'statefulsets']),
        resourceRule('batch', 'v1', ['cronjobs', 'jobs']),
      ],
    },
    // what is being deleted may still lose its finalizers
    matchConditions: [NOT_BEING_DELETED],
    variables: [
      { name: 'podSpec', expression: POD_SPEC },
      { name: 'containers', expression: CONTAINERS },
    ],
    validations: [
      {
        expression: `${rule.switchedOn ? `!(${rule.switchedOn}) || ` : ''}variables.containers.all(c, ${rule.condition})`,
        messageExpression: `'${rule.message}: ' + variables.containers.filter(c, !(${rule.condition})).map(c, c.name + ' (' + c.image + ')').join(', ')`,
        reason: 'Invalid',
      },
    ],
  });
  binding(scope, rule.name, {
    matchResources: { namespaceSelector: rule.namespaceSelector },
    ...(rule.paramKind ? { paramRef: EVERY_PARAM } : {}),
    ...(rule.actions ? { validationActions: rule.actions } : {}),
  });
}

/** Condition of a policy: the object is not on its way out. */
export const NOT_BEING_DELETED = {
  name: 'not-being-deleted',
  expression: '!has(object.metadata.deletionTimestamp)',
};

/** Condition of a policy: the object is new, or its spec is another. Metadata and status are free. */
export const SPEC_CHANGES = {
  name: 'spec-changes',
  expression: 'oldObject == null || object.spec != oldObject.spec',
};

/** Every object of the policy's `paramKind`, one after the other; where there is none, the policy says nothing. */
export const EVERY_PARAM = { selector: {}, parameterNotFoundAction: 'Allow' };

const TEAM_NAMESPACES = { matchExpressions: [{ key: `${PLATFORM_GROUP}/team`, operator: 'Exists' }] };

/** Refuses images that can change under a name. */
export function pinnedImages(scope: Construct): void {
  containerPolicy(scope, {
    name: `pinned-images.${PLATFORM_GROUP}`,
    condition: pinned('c.image'),
    message: 'give each image a tag other than latest, or a digest',
    namespaceSelector: TEAM_NAMESPACES,
  });
}

const READ_ONLY_MESSAGE = 'set securityContext.readOnlyRootFilesystem, and mount an emptyDir where files are written';

/** Refuses containers that can write to their root file system, which Pod Security does not cover. */
export function readOnlyRootFilesystem(scope: Construct): void {
  containerPolicy(scope, {
    name: `read-only-root-filesystem.${PLATFORM_GROUP}`,
    condition: READ_ONLY,
    message: READ_ONLY_MESSAGE,
    namespaceSelector: TEAM_NAMESPACES,
  });
}

/** The namespace of the AIZone in `params`, as an expression. */
export const NAMESPACE_OF_ZONE =
  '(has(params.spec.targetNamespace) ? params.spec.targetNamespace : params.metadata.name)';

/** The same in the namespaces of zones, where the zone asks for it. */
export function readOnlyRootFilesystemInZones(scope: Construct, zoneLabel: string, actions: readonly string[]): void {
  containerPolicy(scope, {
    name: `zone-read-only-root-filesystem.${PLATFORM_GROUP}`,
    condition: READ_ONLY,
    message: READ_ONLY_MESSAGE,
    namespaceSelector: { matchExpressions: [{ key: zoneLabel, operator: 'Exists' }] },
    paramKind: { apiVersion: `${PLATFORM_GROUP}/v1alpha1`, kind: 'AIZone' },
    actions,
    switchedOn:
      `${NAMESPACE_OF_ZONE} == request.namespace && ` +
      'params.spec.security.podSecurityPolicy.enabled && params.spec.security.podSecurityPolicy.readOnlyRootFilesystem',
  });
}

/** Refuses a team's namespace that enforces no Pod Security level: it would be a privileged one. */
export function podSecurityLevels(scope: Construct): void {
  const name = `pod-security-level.${PLATFORM_GROUP}`;
  policy(scope, name, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [resourceRule('', 'v1', ['namespaces'])] },
    validations: [
      {
        expression: `'pod-security.kubernetes.io/enforce' in object.metadata.labels`,
        message: 'label the namespace pod-security.kubernetes.io/enforce: restricted, baseline or privileged',
        reason: 'Invalid',
      },
    ],
  });
  binding(scope, name, { matchResources: { objectSelector: TEAM_NAMESPACES } });
}

/** A ValidatingAdmissionPolicy. */
export function policy(scope: Construct, name: string, spec: { [key: string]: unknown }): ApiObject {
  return new ApiObject(scope, name, {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec,
  });
}

/** The binding of a policy, of the same name unless there are several. It refuses, unless its spec says otherwise. */
export function binding(
  scope: Construct,
  name: string,
  spec: { [key: string]: unknown } = {},
  bindingName: string = name,
): ApiObject {
  return new ApiObject(scope, `${bindingName}-binding`, {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: bindingName },
    spec: { policyName: name, validationActions: ['Deny'], ...spec },
  });
}

/** Objects of these resources that are created or changed; their subresources are not among them. */
export function resourceRule(apiGroup: string, apiVersion: string, resources: string[]): { [key: string]: string[] } {
  return { apiGroups: [apiGroup], apiVersions: [apiVersion], operations: ['CREATE', 'UPDATE'], resources };
}
