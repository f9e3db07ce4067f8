/**
 * Writes src/checks/kubernetes-schema.json: what the API servers of the supported versions of Kubernetes serve, from the
 * OpenAPI documents and the Go types of the releases below. Run it by hand after a change of RELEASES, with Go on the PATH:
 *
 *     npx tsx scripts/kubernetes-schema.ts
 *
 * It is no part of the build or of CI, since it downloads about 200 MB through Go's module proxy. Go compares what it gets with
 * its checksum database.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { KubernetesSchemaData } from '../src/checks/kubernetes-schema';

/** A release for each minor version that a provider accepts, without the leading `v1.`; oldest first. */
const RELEASES = ['33.13', '34.4', '35.4', '36.3', '37.2'];

const FILE = path.join(__dirname, '..', 'src', 'checks', 'kubernetes-schema.json');

interface Property {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly 'x-kubernetes-list-type'?: string;
  readonly additionalProperties?: Property;
}

interface Definition extends Property {
  readonly properties?: { readonly [name: string]: Property };
  readonly required?: readonly string[];
}

interface Operation {
  readonly 'x-kubernetes-action'?: string;
  readonly 'x-kubernetes-group-version-kind'?: GroupVersionKind;
  readonly parameters?: readonly { readonly in: string; readonly schema?: Property }[];
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface OpenApi {
  readonly definitions: { readonly [name: string]: Definition };
  readonly paths: { readonly [path: string]: { readonly post?: Operation } };
}

/** Something that is the same in some versions of Kubernetes, as the text that says what it is. */
type ByVersion = Map<string, number[]>;

class Collector {
  public readonly releases: { [version: string]: string } = {};
  private readonly kinds = new Map<string, ByVersion>();
  private readonly definitions = new Map<string, Map<string, ByVersion>>();
  private readonly enumerations = new Map<string, ByVersion>();
  private readonly removed = new Map<string, string>();

  public add(release: string): void {
    const minor = Number(release.split('.')[0]);
    this.releases[`1.${minor}`] = `v1.${release}`;
    const kubernetes = moduleFolder('k8s.io/kubernetes', `v1.${release}`);
    const api = moduleFolder('k8s.io/api', `v0.${release}`);
    const document = JSON.parse(
      fs.readFileSync(path.join(kubernetes, 'api', 'openapi-spec', 'swagger.json'), 'utf8'),
    ) as OpenApi;
    const types = new GoTypes(api);
    const queue: string[] = [];
    for (const [url, { post }] of Object.entries(document.paths)) {
      const kind = post?.['x-kubernetes-group-version-kind'];
      const body = post?.parameters?.find((parameter) => parameter.in === 'body')?.schema?.$ref;
      // what ends in a name is a subresource, such as pods/{name}/eviction
      if (!kind || !body || url.includes('{name}')) continue;
      const { group, version } = kind;
      const scope = url.includes('/namespaces/{namespace}/') ? 'Namespaced' : 'Cluster';
      const key = `${group === '' ? version : `${group}/${version}`} ${kind.kind}`;
      // a review that is served in both scopes is namespaced here: its first path wins
      note(this.kinds, key, `${scope} ${shortName(body)}`, minor);
      queue.push(nameOf(body));
    }
    const seen = new Set<string>();
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push(...this.addDefinition(name, document.definitions[name], types, minor));
    }
    for (const [key, text] of types.removals()) this.removed.set(key, text);
  }

  /** Notes the fields of a definition; returns the definitions that they name. */
  private addDefinition(name: string, definition: Definition, types: GoTypes, minor: number): string[] {
    const fields = this.definitions.get(shortName(name)) ?? new Map<string, ByVersion>();
    this.definitions.set(shortName(name), fields);
    const next: string[] = [];
    for (const [field, property] of Object.entries(definition.properties ?? {})) {
      // apply ignores it
      const isStatus = field === 'status' && shortName(property.$ref ?? '') === `${shortName(name)}Status`;
      const found = isStatus ? undefined : reference(property);
      if (found !== undefined && !(found in SCALARS)) next.push(found);
      if (found !== undefined && SCALARS[found] === JSON_SCHEMA) next.push(found.replace(/Or\w+$/, ''));
      const values = types.enumeration(shortName(name), field);
      const enforced = !NOT_ENFORCED.has(`${shortName(name)}.${field}`);
      const required = enforced && definition.required?.includes(field) ? '!' : '';
      note(fields, field, required + (isStatus ? 'any' : typeText(property, values)), minor);
      if (values) note(this.enumerations, values.name, values.values.join('|'), minor);
    }
    return next;
  }

  public data(): KubernetesSchemaData {
    const minors = Object.keys(this.releases).map((version) => Number(version.slice(2)));
    return {
      releases: this.releases,
      kinds: sorted(this.kinds, (one) => shown(one, minors)),
      removed: Object.fromEntries([...this.removed].filter(([key]) => !this.kinds.has(key)).sort()),
      enumerations: sorted(this.enumerations, (one) => shown(one, minors)),
      definitions: sorted(this.definitions, (fields) => sorted(fields, (one) => shown(one, minors))),
    };
  }
}

function note(all: Map<string, ByVersion>, key: string, text: string, minor: number): void {
  const one = all.get(key) ?? new Map<string, number[]>();
  all.set(key, one);
  const minors = one.get(text) ?? [];
  if (![...one.values()].flat().includes(minor)) one.set(text, [...minors, minor]);
}

/** The text alone where it holds in every version, otherwise each with its versions: `int32 @35-` or `string @33-34`. */
function shown(one: ByVersion, minors: readonly number[]): string | string[] {
  const texts = [...one].map(([text, present]) => {
    if (present.length === minors.length) return text;
    if (present[present.length - 1] - present[0] + 1 !== present.length) throw new Error(`${text} comes and goes`);
    const last = present[present.length - 1];
    return `${text} @${present[0]}-${last === minors[minors.length - 1] ? '' : last}`;
  });
  return texts.length === 1 ? texts[0] : texts;
}

function sorted<T, U>(all: Map<string, T>, of: (one: T) => U): { [key: string]: U } {
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, of(one)]));
}

/** Fields without which API servers take an object, though the document calls them required: test/cluster/platform/schema.test.ts. */
const NOT_ENFORCED = new Set([
  'apiextensions.v1.CustomResourceDefinitionVersion.served',
  'batch.v1.PodFailurePolicy.rules',
  'core.v1.HTTPHeader.value',
  'core.v1.ISCSIPersistentVolumeSource.lun',
  'core.v1.ISCSIVolumeSource.lun',
  'core.v1.LimitRangeSpec.limits',
  'core.v1.PreferredSchedulingTerm.preference',
  'core.v1.SleepAction.seconds',
  'core.v1.Sysctl.value',
  'discovery.v1.EndpointSlice.endpoints',
  'networking.v1.NetworkPolicySpec.podSelector',
  'rbac.v1.RoleRef.apiGroup',
  'scheduling.v1.PriorityClass.value',
]);

const JSON_SCHEMA = '?#apiextensions.v1.JSONSchemaProps';

/** Definitions that are no objects with known fields. */
const SCALARS: { readonly [name: string]: string } = {
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'any',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': JSON_SCHEMA,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': JSON_SCHEMA,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': JSON_SCHEMA,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'any',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'date-time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'date-time',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'int-or-string',
};

/** See DefinitionSchema.fields in src/checks/kubernetes-schema.ts. */
function typeText(property: Property, values?: Enumeration): string {
  const { type, format, $ref, items, additionalProperties } = property;
  if ($ref !== undefined) return SCALARS[nameOf($ref)] ?? `#${shortName($ref)}`;
  if (items) return (isAssociative(property) ? '[+]' : '[]') + typeText(items, values);
  if (additionalProperties) return `{}${typeText(additionalProperties)}`;
  if (type === 'string' && values) return `=${values.name}`;
  if (type === 'object') return 'any';
  if (type === undefined) throw new Error(`no type: ${JSON.stringify(property)}`);
  return format ?? type;
}

function isAssociative(property: Property): boolean {
  return ['map', 'set'].includes(property['x-kubernetes-list-type'] ?? '');
}

function reference({ $ref, items, additionalProperties }: Property): string | undefined {
  if ($ref !== undefined) return nameOf($ref);
  const inner = items ?? additionalProperties;
  return inner && reference(inner);
}

function nameOf(ref: string): string {
  return ref.replace('#/definitions/', '');
}

function shortName(ref: string): string {
  return nameOf(ref).replace(/^io\.k8s\.(api|[a-z-]+\.pkg\.apis)\./, '');
}

interface Enumeration {
  readonly name: string;
  readonly values: readonly string[];
}

/** The package whose types the others use. */
const CORE = 'core.v1';

/** What the OpenAPI document does not say: enumerations, and when a version of a kind was removed. */
class GoTypes {
  private readonly constants = new Map<string, string>();
  /** The values of an enumeration. */
  private readonly values = new Map<string, string[]>();
  /** The type of a field. */
  private readonly types = new Map<string, string>();
  private readonly embedded: [outer: string, inner: string][] = [];
  private readonly removed = new Map<string, string>();

  public constructor(root: string) {
    for (const group of ['core', ...fs.readdirSync(root)]) {
      for (const version of fs.existsSync(path.join(root, group, 'register.go')) ? [] : folders(root, group)) {
        const folder = path.join(root, group, version);
        const sources = fs.readdirSync(folder).filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'));
        const text = sources.map((file) => fs.readFileSync(path.join(folder, file), 'utf8')).join('\n');
        this.readEnumerations(`${group}.${version}`, text);
        this.readRemovals(version, text);
      }
    }
  }

  /** The values of a field. */
  public enumeration(definition: string, field: string): Enumeration | undefined {
    const name = this.typeOf(definition, field);
    const values = name === undefined ? undefined : this.values.get(name);
    return name === undefined || !values ? undefined : { name, values };
  }

  private typeOf(struct: string, field: string): string | undefined {
    return (
      this.types.get(`${struct}.${field}`) ??
      this.embedded
        .filter(([outer]) => outer === struct)
        .map(([, inner]) => this.typeOf(inner, field))
        .find((type) => type !== undefined)
    );
  }

  public removals(): Map<string, string> {
    return this.removed;
  }

  private readEnumerations(prefix: string, text: string): void {
    // a value may be commented out
    const code = text.replace(/^\s*\/\/.*$/gm, '');
    for (const [, name, value] of code.matchAll(/\b(\w+)\s+\w+\s*= "([^"]*)"/g)) this.constants.set(name, value);
    for (const [, name] of text.matchAll(/\/\/ \+enum\n(?:\/\/.*\n)*type (\w+) string\n/g)) {
      const values = [
        ...[...code.matchAll(new RegExp(`\\w\\s+${name}\\s*= "([^"]*)"`, 'g'))].map(([, value]) => value),
        ...[...code.matchAll(new RegExp(`= ${name}\\((?:"([^"]*)"|(?:\\w+\\.)?(\\w+))\\)`, 'g'))].map(
          ([, value, constant]) => value ?? this.constants.get(constant),
        ),
      ];
      if (values.length > 0) this.values.set(`${prefix}.${name}`, values.sort());
    }
    for (const [, struct, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      for (const [, type] of body.matchAll(/^\t(\w+)\s+`json:",inline"/gm)) {
        this.embedded.push([`${prefix}.${struct}`, `${prefix}.${type}`]);
      }
      for (const [, other, type, json] of body.matchAll(/^\t\w+\s+(?:\*|\[\])?(\w+\.)?(\w+)\s+`json:"(\w+)/gm)) {
        this.types.set(`${prefix}.${struct}.${json}`, `${other ? CORE : prefix}.${type}`);
      }
    }
  }

  private readRemovals(version: string, text: string): void {
    const group = /const GroupName = "([^"]*)"/.exec(text)?.[1];
    const returns = (kind: string, method: string): string | undefined =>
      new RegExp(`func \\(in \\*${kind}\\) APILifecycle${method}\\(\\).*\\n\\treturn (.*)\\n`).exec(text)?.[1];
    for (const [, kind] of text.matchAll(/func \(in \*(\w+)\) APILifecycleRemoved\(\)/g)) {
      const removed = returns(kind, 'Removed')?.replace(', ', '.');
      const replacement = /Group: "(.*)", Version: "(.*)", Kind: "(.*)"/.exec(returns(kind, 'Replacement') ?? '');
      if (group === undefined || removed === undefined || kind.endsWith('List')) continue;
      const instead = replacement ? ` ${replacement[1] === '' ? '' : `${replacement[1]}/`}${replacement[2]}` : '';
      this.removed.set(`${group}/${version} ${kind}`, removed + instead);
    }
  }
}

function folders(root: string, group: string): string[] {
  const folder = path.join(root, group);
  if (!fs.statSync(folder).isDirectory()) return [];
  return fs.readdirSync(folder).filter((name) => /^v\d/.test(name));
}

function moduleFolder(module: string, version: string): string {
  const output = execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
    cwd: '/',
    encoding: 'utf8',
  });
  return (JSON.parse(output) as { readonly Dir: string }).Dir;
}

/** One line for each kind, definition and enumeration, so that a new release shows as a diff. */
function text(data: KubernetesSchemaData): string {
  const sections = Object.entries(data).map(([name, entries]) => {
    const lines = Object.entries(entries as object).map(
      ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

const collector = new Collector();
for (const release of RELEASES) collector.add(release);
fs.writeFileSync(FILE, text(collector.data()));
