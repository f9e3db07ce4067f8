import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { ChildRule, OperatorDefinition } from '../../api/operator-definition';
import { METACONTROLLER_USER } from '../../contracts/metacontroller';
import { ControlledKind, controlledKinds } from '../../contracts/controlled-kinds';
import { PLATFORM_GROUP } from '../../contracts/names';
import { binding, policy } from '../../constructs/security/admission-policies';
import { childRules } from './metacontroller';

/** Name of the policy and of its binding. */
export const CHILD_OWNERSHIP = `child-ownership.${PLATFORM_GROUP}`;

/** The label by which Metacontroller knows the children of an object, and its orphans: the uid of the object. */
const SELECTOR_LABEL = 'controller-uid';

/**
 * Metacontroller writes what belongs to the objects that it works for, and nothing else. It applies children with force and asks for no
 * owner: without this, an object of a user takes over whatever has the name of one of its children, and removes it when it goes.
 *
 * - It creates nothing without an object of ours as the controller.
 * - It changes what such an object controls, and leaves it to that object; or it takes back an orphan, which still has the uid of the
 *   object in its label.
 * - It deletes what such an object controls.
 * - Of the objects that it works for it changes the finalizers.
 *
 * Other users are not looked at, nor is another controller.
 */
export function childOwnership(
  scope: Construct,
  definitions: readonly OperatorDefinition[],
  groups: readonly string[],
  kinds?: readonly string[],
): void {
  const own = definitions.map((definition) => ({
    parent: definition.parent,
    children: childRules(definition, groups, kinds),
  }));
  // those of the user's operators are added until the environment is synthesized
  const all = (): readonly ControlledKind[] => [...own, ...controlledKinds(scope)];
  policy(scope, CHILD_OWNERSHIP, {
    failurePolicy: 'Fail',
    matchConstraints: Lazy.any({ produce: () => ({ resourceRules: resourcesOf(all()) }) }) as unknown,
    matchConditions: [
      { name: 'by-metacontroller', expression: `request.userInfo.username == '${METACONTROLLER_USER}'` },
    ],
    variables: [
      { name: 'before', expression: controllersOf('oldObject') },
      { name: 'after', expression: controllersOf('object') },
      { name: 'what', expression: `request.kind.kind + ' ' + request.name` },
      { name: 'owner', expression: OWNER },
    ],
    validations: Lazy.any({ produce: () => validations(all()) }) as unknown,
  });
  binding(scope, CHILD_OWNERSHIP);
}

function resourcesOf(kinds: readonly ControlledKind[]): object[] {
  const parents = kinds.map(({ parent }) => ({
    apiVersion: `${parent.group}/${parent.version}`,
    resource: parent.plural,
  }));
  return resourceRules([...kinds.flatMap(({ children }) => children), ...parents]);
}

function validations(kinds: readonly ControlledKind[]): object[] {
  return [
    {
      expression: `request.operation != 'CREATE' || (size(variables.after) == 1 && ${isOurs(kinds, 'variables.after[0]')})`,
      messageExpression: `variables.what + ' has no object of the platform as its controller'`,
      reason: 'Forbidden',
    },
    {
      expression: `request.operation != 'UPDATE' || ${[keeps(kinds), adopts(kinds), upkeep(kinds)].join(' || ')}`,
      messageExpression: `variables.what + ' is there already and belongs to ' + variables.owner + ': Metacontroller changes only what an object of the platform made'`,
      reason: 'Forbidden',
    },
    {
      expression: `request.operation != 'DELETE' || (size(variables.before) == 1 && ${isOurs(kinds, 'variables.before[0]')})`,
      messageExpression: `variables.what + ' belongs to ' + variables.owner + ': Metacontroller deletes only what an object of the platform made'`,
      reason: 'Forbidden',
    },
  ];
}

/** Who had the object before. */
const OWNER = `size(variables.before) == 0 ? 'no operator' : variables.before[0].kind + ' ' + variables.before[0].name`;

/** The references to a controller of an object, at most one. */
function controllersOf(object: string): string {
  const references = `${object}.metadata.ownerReferences`;
  return `${object} == null || !has(${references}) ? [] : ${references}.filter(one, has(one.controller) && one.controller)`;
}

/** Whether a reference is to an object of a kind that an operator works for. */
function isOurs(definitions: readonly ControlledKind[], reference: string): string {
  const groups = [...new Set(definitions.map(({ parent }) => parent.group))].sort();
  const ofGroup = (group: string): string => {
    const kinds = definitions.filter(({ parent }) => parent.group === group).map(({ parent }) => `'${parent.kind}'`);
    return `(${reference}.apiVersion.startsWith('${group}/') && ${reference}.kind in [${kinds.sort().join(', ')}])`;
  };
  return `(${groups.map(ofGroup).join(' || ')})`;
}

/** A child stays one, or is released because it has another label now. */
function keeps(definitions: readonly ControlledKind[]): string {
  const same = 'size(variables.after) == 0 || variables.after[0].uid == variables.before[0].uid';
  return `(size(variables.before) == 1 && ${isOurs(definitions, 'variables.before[0]')} && (${same}))`;
}

/** An orphan is taken back. */
function adopts(definitions: readonly ControlledKind[]): string {
  const label = `has(oldObject.metadata.labels) && '${SELECTOR_LABEL}' in oldObject.metadata.labels`;
  const ours = `size(variables.after) == 1 && ${isOurs(definitions, 'variables.after[0]')}`;
  return `(size(variables.before) == 0 && ${ours} && ${label} && oldObject.metadata.labels['${SELECTOR_LABEL}'] == variables.after[0].uid)`;
}

/** The finalizers of an object that it works for, and nothing else, are changed. */
function upkeep(definitions: readonly ControlledKind[]): string {
  const resources = definitions.map(({ parent }) => `'${parent.plural}.${parent.group}'`).sort();
  const same = ['?spec', 'metadata.?labels', 'metadata.?annotations', 'metadata.?ownerReferences'].map(
    (path) => `object.${path} == oldObject.${path}`,
  );
  return `(request.resource.resource + '.' + request.resource.group in [${resources.join(', ')}] && ${same.join(' && ')})`;
}

/** One rule for each version of a group. */
function resourceRules(kinds: readonly Pick<ChildRule, 'apiVersion' | 'resource'>[]): object[] {
  const versions = new Map<string, Set<string>>();
  for (const { apiVersion, resource } of kinds) {
    versions.set(apiVersion, (versions.get(apiVersion) ?? new Set()).add(resource));
  }
  return [...versions].map(([apiVersion, resources]) => {
    const [version, group = ''] = apiVersion.split('/').reverse();
    return {
      apiGroups: [group],
      apiVersions: [version],
      operations: ['CREATE', 'UPDATE', 'DELETE'],
      resources: [...resources].sort(),
    };
  });
}
