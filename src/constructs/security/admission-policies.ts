import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { PLATFORM_GROUP } from '../../contracts/names';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** The pod of whatever has one. */
const POD_SPEC = `object.kind == 'Pod' ? object.spec : (object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec)`;

const CONTAINERS = `variables.podSpec.containers + (has(variables.podSpec.initContainers) ? variables.podSpec.initContainers : [])`;

/** The same parts as an image name has in our own checks: a digest, or a tag. */
const PINNED = `c.image.matches('@sha256:[a-f0-9]{64}$') || (c.image.matches('^(.*/)?[^/:@]+:[A-Za-z0-9_][A-Za-z0-9_.-]*$') && !c.image.endsWith(':latest'))`;

const READ_ONLY = `has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem`;

/** What a policy says of every container of every workload. */
interface ContainerRule {
  readonly name: string;
  readonly condition: string;
  readonly message: string;
}

/** A policy that holds for every container in the teams' namespaces, whether a pod or what makes pods is written. */
function containerPolicy(scope: Construct, rule: ContainerRule): void {
  policy(scope, rule.name, {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        resourceRule('', 'v1', ['pods']),
        resourceRule('apps', 'v1', ['daemonsets', 'deployments', 'statefulsets']),
        resourceRule('batch', 'v1', ['cronjobs', 'jobs']),
      ],
    },
    // what is being deleted may still lose its finalizers
    matchConditions: [{ name: 'not-being-deleted', expression: '!has(object.metadata.deletionTimestamp)' }],
    variables: [
      { name: 'podSpec', expression: POD_SPEC },
      { name: 'containers', expression: CONTAINERS },
    ],
    validations: [
      {
        expression: `variables.containers.all(c, ${rule.condition})`,
        messageExpression: `'${rule.message}: ' + variables.containers.filter(c, !(${rule.condition})).map(c, c.name + ' (' + c.image + ')').join(', ')`,
        reason: 'Invalid',
      },
    ],
  });
  binding(scope, rule.name, { namespaceSelector: TEAM_NAMESPACES });
}

const TEAM_NAMESPACES = { matchExpressions: [{ key: `${PLATFORM_GROUP}/team`, operator: 'Exists' }] };

/** Refuses images that can change under a name. */
export function pinnedImages(scope: Construct): void {
  containerPolicy(scope, {
    name: `pinned-images.${PLATFORM_GROUP}`,
    condition: PINNED,
    message: 'give each image a tag other than latest, or a digest',
  });
}

/** Refuses containers that can write to their root file system, which Pod Security does not cover. */
export function readOnlyRootFilesystem(scope: Construct): void {
  containerPolicy(scope, {
    name: `read-only-root-filesystem.${PLATFORM_GROUP}`,
    condition: READ_ONLY,
    message: 'set securityContext.readOnlyRootFilesystem, and mount an emptyDir where files are written',
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
  binding(scope, name, { objectSelector: TEAM_NAMESPACES });
}

function policy(scope: Construct, name: string, spec: { [key: string]: unknown }): void {
  new ApiObject(scope, name, { apiVersion: API_VERSION, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec });
}

function binding(scope: Construct, name: string, matchResources: { [key: string]: unknown }): void {
  new ApiObject(scope, `${name}-binding`, {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'], matchResources },
  });
}

function resourceRule(apiGroup: string, apiVersion: string, resources: string[]): { [key: string]: string[] } {
  return { apiGroups: [apiGroup], apiVersions: [apiVersion], operations: ['CREATE', 'UPDATE'], resources };
}
