import { AI_MODEL } from '../../api/kinds/ai-model';
import { RUN_ANNOTATION } from '../../api/run-annotation';
import { KindDefinition, Schema } from '../../api/schema/schema';
import { MODEL_SERVER_ACCOUNT } from '../../constructs/engines/accounts';
import { RUN_REQUESTER_ACCOUNT } from '../../contracts/engine-accounts';
import { PLATFORM_GROUP } from '../../contracts/names';
import { NAMESPACE_OF_ZONE, pinned, SPEC_CHANGES } from '../../constructs/security/admission-policies';
import { TENANT_PRIORITY_CLASSES } from '../../contracts/placement';

/** What must hold for an object, in CEL. */
export interface ObjectRule {
  readonly expression: string;
  /** Expression for the message where it does not hold. */
  readonly message: string;
}

/** Fields with URLs, of which those that begin with `oci://` name images. */
const URLS = ['location', 'uri'];

/** Every image of a kind's object can be pulled again as it was, also one with a model; undefined for a kind without images. */
export function imagesArePinned(kind: KindDefinition, object = 'object'): ObjectRule | undefined {
  const own = valuesOf(kind, object, 'image');
  if (own === undefined) return undefined;
  const artifacts = URLS.flatMap((field) => valuesOf(kind, object, field) ?? []).map(
    (values) => `(${values}).filter(url, url.startsWith('oci://')).map(url, url.substring(6))`,
  );
  const images = [own, ...artifacts].join(' + ');
  return {
    expression: `(${images}).all(image, ${pinned('image')})`,
    message:
      `'spec: give each image a tag other than latest, or a digest: ' + ` +
      `(${images}).filter(image, !${pinned('image')}).join(', ')`,
  };
}

/** The hosts of namespaces: what a namespace may use, and what to do otherwise, as expressions (CEL). */
export interface HostRules {
  celAllows(namespace: string, host: string): string;
  celFix(namespace: string): string;
}

/** The namespace of the object may use the host that its spec names; undefined for a kind without hosts of its own. */
export function hostIsGranted(kind: KindDefinition, hosts: HostRules, object = 'object'): ObjectRule | undefined {
  if (kind.spec.properties?.host?.type !== 'string') return undefined;
  const host = `${object}.spec.host`;
  const namespace = `${object}.metadata.namespace`;
  return {
    expression: `!has(${host}) || ${hosts.celAllows(namespace, host)}`,
    message: `'spec.host: namespace ' + ${namespace} + ' may not use ' + ${host} + ': ' + ${hosts.celFix(namespace)}`,
  };
}

/** The user who writes the object may use the zone that it names; undefined for a kind without zones. */
export function zoneIsGranted(kind: KindDefinition): ObjectRule | undefined {
  const zone = fieldOf(kind, 'object', 'zone');
  if (!zone) return undefined;
  const { path, conditions } = zone;
  const field = path.replace('object.', '');
  const granted = `authorizer.group('${PLATFORM_GROUP}').resource('aizones').name(${path}).check('use').allowed()`;
  return {
    expression: `!(${conditions.join(' && ')}) || ${granted}`,
    message:
      `'${field}: ' + request.userInfo.username + ' may not use AIZone ' + ${path} + ': ` +
      `name a zone that you may use, or ask for the verb use on aizones/' + ${path}`,
  };
}

/** Whether a request makes an object run in its zone: it is new, has another spec, or asks for a run. */
export const ENTERS_ZONE = ((): string => {
  const run = (object: string): string => `${object}.metadata.?annotations[?'${RUN_ANNOTATION}'].orValue('')`;
  // whoever wrote that pushes start runs was asked then
  const byPush = `request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':${RUN_REQUESTER_ACCOUNT}'`;
  return `${SPEC_CHANGES.expression} || !(${run('object')} in ['', ${run('oldObject')}] || ${byPush})`;
})();

const ownerLabel = (object: string): string => `${object}.metadata.?labels[?'controller-uid'].orValue('')`;
const owners = (object: string): string => `${object}.metadata.?ownerReferences.orValue([])`;

/** Whether an object says anew whose it is, to Metacontroller (a label) or to Kubernetes. */
export const CLAIMS_AN_OWNER =
  `(${ownerLabel('object')} != '' || ${owners('object')}.size() > 0) && (oldObject == null || ` +
  `${ownerLabel('object')} != ${ownerLabel('oldObject')} || ${owners('object')} != ${owners('oldObject')})`;

/** Whether an object says that it belongs to another one. */
export function claims(owner: string): string {
  return `${ownerLabel('object')} == ${owner}.metadata.uid || ${owners('object')}.exists(owner, owner.uid == ${owner}.metadata.uid)`;
}

/** An object that says that it is a zone's, which is `params`, is in the namespace of the zone. */
export function belongsToItsZone(): ObjectRule {
  return {
    expression: `request.namespace == ${NAMESPACE_OF_ZONE} || !(${claims('params')})`,
    message:
      `'metadata: AIZone ' + params.metadata.name + ' owns nothing in namespace ' + request.namespace + ': ' + ` +
      `'leave out the label controller-uid and the entry of ownerReferences'`,
  };
}

/**
 * The user who writes the object may use the ServiceAccount that it names; undefined for a kind without one. The account `default` may do
 * nothing in a namespace of the platform.
 */
export function accountIsGranted(kind: KindDefinition): ObjectRule | undefined {
  const account = fieldOf(kind, 'object', 'serviceAccountName');
  if (!account) return undefined;
  const free = ['default', ...(kind === AI_MODEL ? [MODEL_SERVER_ACCOUNT] : [])];
  const resource = (path: string): string =>
    `authorizer.group('').resource('serviceaccounts').namespace(request.namespace).name(${path})`;
  return grantedField(account, 'serviceaccounts', free, resource);
}

/** The user who writes the object may use the PriorityClass that it names; undefined for a kind without one. */
export function priorityIsGranted(kind: KindDefinition): ObjectRule | undefined {
  const priority = fieldOf(kind, 'object', 'priorityClassName');
  if (!priority) return undefined;
  const resource = (path: string): string =>
    `authorizer.group('scheduling.k8s.io').resource('priorityclasses').name(${path})`;
  return grantedField(priority, 'priorityclasses', TENANT_PRIORITY_CLASSES, resource);
}

/** A name in a spec is free for all, or one that the user has the verb `use` on. */
function grantedField(
  { path, conditions }: SpecField,
  plural: string,
  free: readonly string[],
  resource: (path: string) => string,
): ObjectRule {
  const field = path.replace('object.', '');
  const names = `['${free.join("', '")}']`;
  return {
    expression: `!(${conditions.join(' && ')}) || ${path} in ${names} || ${resource(path)}.check('use').allowed()`,
    message:
      `'${field}: ' + request.userInfo.username + ' may not use ' + ${path} + ': leave it out, ' + ` +
      `'or ask for the verb use on ${plural}/' + ${path}`,
  };
}

/**
 * The GPUs of as many replicas as a model can have fit in its zone. Every extended resource (a name with a slash) that the
 * zone bounds counts: whole GPUs, slices of them, and those of other vendors.
 *
 * @param zone expression for an AIZone; the rule holds when the model is in another one
 */
export function gpusFitInZone(object = 'object', zone = 'params'): ObjectRule {
  const serving = `${object}.spec.serving`;
  const each = `${serving}.resources.limits`;
  const most = `${zone}.spec.resources.compute.limits`;
  const replicas =
    `(has(${serving}.autoscaling) && ${serving}.autoscaling.enabled ` +
    `? ${serving}.autoscaling.maxReplicas : ${serving}.replicas)`;
  const concerns = [
    `has(${serving}.zone)`,
    `${serving}.zone == ${zone}.metadata.name`,
    `has(${each})`,
    `has(${zone}.spec.resources)`,
    `has(${zone}.spec.resources.compute)`,
    `has(${most})`,
  ].join(' && ');
  const tooMany =
    `${each}.filter(name, name.contains('/') && name in ${most} && ` +
    `${replicas} * int(string(${each}[name])) > int(string(${most}[name])))`;
  return {
    expression: `!(${concerns}) || size(${tooMany}) == 0`,
    message:
      `'spec.serving: ' + string(${replicas}) + ' replicas are too many for AIZone ' + ${zone}.metadata.name + ', with ' + ` +
      `${tooMany}.map(name, string(${each}[name]) + ' ' + name + ' each where the zone has ' + string(${most}[name])).join(', ') + ` +
      `': lower ' + (has(${serving}.autoscaling) && ${serving}.autoscaling.enabled ? 'autoscaling.maxReplicas' : 'replicas') + ` +
      `' or the limits of a replica, or raise spec.resources.compute.limits of the zone'`,
  };
}

/** A person's change of a status is the condition `Approved` and nothing else. */
export function onlyApproves(kind: KindDefinition): ObjectRule {
  const others = Object.keys(kind.status.properties ?? {}).filter((field) => field !== 'conditions');
  const same = others.map((field) => `object.?status.?${field} == oldObject.?status.?${field}`);
  const rest = (object: string): string => conditionsOf(object, `one.type != 'Approved'`);
  return {
    expression: [...same, `${rest('object')} == ${rest('oldObject')}`].join(' && '),
    message: `'status: set the condition Approved and nothing else: the rest is what the operator has observed'`,
  };
}

/** The condition `Approved` refers to the object as it is now, so that a change of the spec needs a new approval. */
export function approvesThisGeneration(): ObjectRule {
  const current = 'has(one.observedGeneration) && one.observedGeneration == object.metadata.generation';
  return {
    expression: `${conditionsOf('object', `one.type == 'Approved' && !(${current})`)} == []`,
    message:
      `'status.conditions: set observedGeneration of the condition Approved to ' + string(object.metadata.generation) + ` +
      `', after you have looked at the object as it is now'`,
  };
}

function conditionsOf(object: string, which: string): string {
  const conditions = `${object}.status.conditions`;
  return `(has(${object}.status) && has(${conditions}) ? ${conditions}.filter(one, ${which}) : [])`;
}

/** A field as an expression (CEL), and what must hold for it to be there. */
interface SpecField {
  readonly path: string;
  readonly conditions: readonly string[];
}

/** The text field of a name in a kind's spec, outside lists; undefined where the kind has none. */
function fieldOf(kind: KindDefinition, object: string, name: string): SpecField | undefined {
  return fields(kind.spec, `${object}.spec`, name)[0];
}

/**
 * An expression for the list of all values that the text fields of a name have in a kind's spec, also in its lists;
 * undefined where the kind has no such field.
 */
function valuesOf(kind: KindDefinition, object: string, name: string): string | undefined {
  const lists = valueLists(kind.spec, `${object}.spec`, name, []);
  return lists.length === 0 ? undefined : lists.join(' + ');
}

function fields(schema: Schema, at: string, name: string, given: readonly string[] = []): SpecField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${at}.${key}`;
    const conditions = alsoThere(schema, key, path, given);
    if (key === name && child.type === 'string') return [{ path, conditions }];
    return fields(child, path, name, conditions);
  });
}

function valueLists(schema: Schema, at: string, name: string, given: readonly string[]): string[] {
  const own = Object.entries(schema.properties ?? {}).filter(([key, child]) => key === name && child.type === 'string');
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${at}.${key}`;
    const conditions = alsoThere(schema, key, path, given);
    if (child.items) {
      return fields(child.items, 'one', name).map(({ path: value, conditions: there }) =>
        guarded(conditions, `${path}.map(one, ${there.join(' && ') || 'true'}, ${value})`),
      );
    }
    return valueLists(child, path, name, conditions);
  });
  return [...own.map(([key]) => guarded(alsoThere(schema, key, `${at}.${key}`, given), `[${at}.${key}]`)), ...below];
}

/** The conditions for a field to be there, given those for the struct that it is in. */
function alsoThere(schema: Schema, key: string, path: string, given: readonly string[]): readonly string[] {
  const always = (schema.required ?? []).includes(key) || schema.properties?.[key].default !== undefined;
  return always ? given : [...given, `has(${path})`];
}

function guarded(conditions: readonly string[], list: string): string {
  return conditions.length === 0 ? list : `(${conditions.join(' && ')} ? ${list} : [])`;
}
