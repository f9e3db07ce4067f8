import { Rule, Schema } from '../../src/api/schema/schema';

/** What this reads of a CustomResourceDefinition. */
export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind?: unknown; readonly plural?: unknown; readonly shortNames?: unknown };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
      readonly subresources?: Readonly<Record<string, unknown>>;
    }[];
  };
}

/**
 * Changes between a released definition and the present one that would refuse, drop or reinterpret objects that are
 * stored. Each is one line that begins with the place. What is added and optional is no such change.
 */
export function breakingChanges(released: Definition, present: Definition): string[] {
  const found: string[] = [];
  const { spec } = present;
  if (spec.scope !== released.spec.scope) found.push(`scope: ${released.spec.scope} became ${spec.scope}`);
  if (spec.names.kind !== released.spec.names.kind) found.push('kind: was renamed');
  const short = spec.names.shortNames as readonly string[];
  for (const name of (released.spec.names.shortNames ?? []) as readonly string[]) {
    if (!short.includes(name)) found.push(`short name ${name}: was removed`);
  }
  for (const version of released.spec.versions) {
    const now = spec.versions.find(({ name }) => name === version.name);
    if (!now?.served) {
      found.push(`${version.name}: is no longer served`);
      continue;
    }
    for (const name of Object.keys(version.subresources ?? {})) {
      if (JSON.stringify(now.subresources?.[name]) !== JSON.stringify(version.subresources?.[name])) {
        found.push(`${version.name}: subresource ${name} changed`);
      }
    }
    compare(version.schema.openAPIV3Schema, now.schema.openAPIV3Schema, version.name, found);
  }
  return found;
}

/** Keywords that bound a value from below or above. */
const LEAST = ['minimum', 'minLength', 'minItems', 'minProperties'] as const;
const MOST = ['maximum', 'maxLength', 'maxItems', 'maxProperties'] as const;
/** Keywords that must stay as they are. */
const FIXED = [
  'type',
  'format',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const;

function compare(before: Schema, after: Schema, at: string, found: string[]): void {
  const report = (what: string): void => void found.push(`${at}: ${what}`);
  for (const keyword of FIXED) {
    const [old, now] = [JSON.stringify(before[keyword]), JSON.stringify(after[keyword])];
    if (old !== now) report(`${keyword} changed from ${old} to ${now}`);
  }
  for (const keyword of LEAST) {
    const [old, now] = [before[keyword], after[keyword]];
    if (now !== undefined && (old === undefined || now > old))
      report(`${keyword} rose from ${old ?? 'none'} to ${now}`);
  }
  for (const keyword of MOST) {
    const [old, now] = [before[keyword], after[keyword]];
    if (now !== undefined && (old === undefined || now < old))
      report(`${keyword} fell from ${old ?? 'none'} to ${now}`);
  }
  if (after.exclusiveMinimum && !before.exclusiveMinimum) report('the minimum itself is now refused');
  if (after.enum) {
    const gone = before.enum?.filter((value) => !after.enum?.includes(value));
    // a status is written anew by its operator, and the API server asks nothing of a value that stays as it was (ratcheting)
    const isStatus = /^[^.]+\.status\./.test(at);
    if (!gone) report('was free and is now one of a list');
    else if (gone.length > 0 && !isStatus) report(`no longer allows ${gone.join(', ')}`);
  }
  if (before.default !== undefined && JSON.stringify(before.default) !== JSON.stringify(after.default)) {
    report(`default changed from ${JSON.stringify(before.default)} to ${JSON.stringify(after.default)}`);
  }
  if (before['x-kubernetes-preserve-unknown-fields'] && !after['x-kubernetes-preserve-unknown-fields']) {
    report('no longer keeps unknown fields');
  }
  for (const name of after.required ?? []) {
    const defaulted = after.properties?.[name]?.default !== undefined;
    if (!before.required?.includes(name) && !defaulted) found.push(`${at}.${name}: is now required`);
  }
  for (const rule of newRules(before, after)) report(`has the new rule ${rule.rule}`);
  compareChildren(before, after, at, found);
}

function compareChildren(before: Schema, after: Schema, at: string, found: string[]): void {
  for (const [name, property] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[name];
    if (now) compare(property, now, `${at}.${name}`, found);
    else found.push(`${at}.${name}: was removed or renamed`);
  }
  for (const [key, suffix] of [
    ['items', '[]'],
    ['additionalProperties', '.*'],
  ] as const) {
    const [old, now] = [before[key], after[key]];
    if (old && now) compare(old, now, `${at}${suffix}`, found);
    else if (old) found.push(`${at}${suffix}: was removed`);
  }
}

/** Rules that stored objects have never been asked. Those about a change (transition rules) apply to later updates only. */
function newRules(before: Schema, after: Schema): Rule[] {
  const old = new Set((before['x-kubernetes-validations'] ?? []).map(({ rule }) => rule));
  return (after['x-kubernetes-validations'] ?? []).filter(({ rule }) => !old.has(rule) && !/\boldSelf\b/.test(rule));
}
