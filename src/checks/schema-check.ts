import { parseQuantity } from '../contracts/quantity';
import { suggestion } from '../contracts/suggestion';
import { Finding, ICheck } from './check';
import { at, JsonObject } from './json';
import { KindSchema, KubernetesSchema } from './kubernetes-schema';
import { ManifestGraph, ManifestGraphContext, manifestsAndBootstrap } from './manifest-graph';

/**
 * Objects of the built-in API groups are what the cluster's version of Kubernetes takes, as its API server with
 * `fieldValidation=Strict` judges: kind and apiVersion are served, every field is known and of its type, none that is required is
 * missing. Of custom resources, the metadata.
 *
 * Not judged: `status`, which apply ignores, and what only Terraform knows.
 */
export class SchemaCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const schema = KubernetesSchema.of(graph.context.kubernetesVersion);
    return manifestsAndBootstrap(graph).flatMap(({ path, name, kind, group, json }) =>
      problems(schema, graph.context, group, json).map((problem) => ({ path, message: `${kind} ${name}: ${problem}` })),
    );
  }
}

function problems(schema: KubernetesSchema, context: ManifestGraphContext, group: string, json: JsonObject): string[] {
  const apiVersion = String(json.apiVersion);
  const kind = String(json.kind);
  if (!schema.isBuiltIn(group))
    return new Walk(schema).value('#meta.v1.ObjectMeta', json.metadata, { key: 'metadata' });
  const served = schema.kind(apiVersion, kind);
  if (!served) return [notServed(schema, apiVersion, kind)];
  if (served.offByDefault && !isServed(context, apiVersion)) return [offByDefault(schema, served)];
  return new Walk(schema, kind, served.definition).value(`#${served.definition}`, json);
}

function notServed(schema: KubernetesSchema, apiVersion: string, kind: string): string {
  const others = schema.kindsNamed(kind);
  if (others.length > 0) {
    const removed = schema.removal(apiVersion, kind);
    const since = removed === undefined ? '' : `, which was removed in ${removed}`;
    return `Kubernetes ${schema.version} does not serve ${kind} in ${apiVersion}${since}; use ${others[0].apiVersion}`;
  }
  const near = suggestion(kind, schema.kindNames(apiVersion)) ?? suggestion(kind, schema.kindNames());
  const removed = schema.removal(apiVersion, kind);
  if (removed !== undefined) {
    return `Kubernetes ${schema.version} does not serve ${kind} in ${apiVersion}, which was removed in ${removed}; leave it out`;
  }
  const advice =
    near === undefined
      ? 'use one that `kubectl api-resources` lists'
      : `did you mean ${named(schema, apiVersion, near)}`;
  return `Kubernetes ${schema.version} has no kind ${kind} in ${apiVersion}; ${advice}`;
}

/** A kind, with its apiVersion where that is another than the one that was written. */
function named(schema: KubernetesSchema, apiVersion: string, kind: string): string {
  if (schema.kind(apiVersion, kind)) return kind;
  return `${kind} in ${schema.kindsNamed(kind)[0].apiVersion}`;
}

function offByDefault(schema: KubernetesSchema, { apiVersion, kind }: KindSchema): string {
  const on = schema.kindsNamed(kind).find((other) => !other.offByDefault);
  const [version, group] = apiVersion.split('/').reverse();
  const told = `environment.addExistingObject({ kind: 'APIService', name: '${version}.${group}' })`;
  const advice = on ? `use ${on.apiVersion}` : `where its API server was told to serve it, say so with ${told}`;
  return `Kubernetes ${schema.version} serves ${kind} in ${apiVersion} only when told to; ${advice}`;
}

/** Whether the cluster is known to serve an apiVersion that is off by default. */
function isServed({ objects }: ManifestGraphContext, apiVersion: string): boolean {
  const name = apiVersion.split('/').reverse().join('.');
  return (objects ?? []).some((object) => object.kind === 'APIService' && object.name === name);
}

/** Where in an object something is; undefined for the object itself. */
interface Path {
  readonly parent?: Path;
  readonly key: string | number;
}

/** Walks through one object. */
class Walk {
  private readonly found: string[] = [];

  public constructor(
    private readonly schema: KubernetesSchema,
    /** The object's kind and definition; empty where only its metadata is known. */
    private readonly kind = '',
    private readonly root = '',
  ) {}

  /** What is wrong with a value and everything in it. */
  public value(type: string, value: unknown, path?: Path): string[] {
    this.visit(type, value, path);
    return this.found;
  }

  private visit(type: string, value: unknown, path: Path | undefined): void {
    // the API server takes null for not given
    if (value === undefined || value === null || type === 'any' || isUnknown(value)) return;
    if (type.startsWith('[')) return this.list(type, value, path);
    if (type.startsWith('{}')) return this.map(type.slice(2), value, path);
    if (type.startsWith('?')) return isPlain(value) ? this.object(type.slice(2), value, path) : undefined;
    if (type.startsWith('#')) return this.object(type.slice(1), value, path);
    if (type.startsWith('=')) return this.enumeration(type.slice(1), value, path);
    const { rule, holds, fix } = SCALARS[type];
    if (!holds(value)) this.report(path, `must be ${rule}`, value, fix(value));
  }

  private list(type: string, value: unknown, path: Path | undefined): void {
    if (!Array.isArray(value)) {
      return this.report(path, 'must be a list', value, isPlain(value) ? 'put it into a list' : 'write a list');
    }
    const merged = type.startsWith('[+]');
    const inner = type.slice(merged ? 3 : 2);
    value.forEach((item: unknown, key) => {
      if (item === null && merged) this.report({ parent: path, key }, 'must be a value', item, 'leave it out');
      this.visit(inner, item, { parent: path, key });
    });
  }

  private map(type: string, value: unknown, path: Path | undefined): void {
    if (!isPlain(value)) {
      const what = type === 'string' ? 'strings' : 'values';
      return this.report(path, `must be a map of ${what}`, value, 'write key: value');
    }
    for (const key of Object.keys(value)) {
      if (!key.includes('TfToken[')) this.visit(type, value[key], { parent: path, key });
    }
  }

  private object(definition: string, value: unknown, path: Path | undefined): void {
    const { fields, required } = this.schema.definition(definition);
    if (!isPlain(value)) {
      const fix = fields.size === 0 ? 'write an object' : `write an object: ${this.listed(definition, path)}`;
      return this.report(path, `must be an object of type ${shortName(definition)}`, value, fix);
    }
    for (const key of Object.keys(value)) {
      const type = fields.get(key);
      if (type !== undefined) this.visit(type, value[key], { parent: path, key });
      else if (fields.size > 0 && !key.includes('TfToken[')) this.unknownField(definition, path, key);
    }
    for (const key of required) {
      if (value[key] !== undefined && value[key] !== null) continue;
      this.found.push(
        `${shown({ parent: path, key })} is missing, which Kubernetes ${this.schema.version} requires in ${shortName(definition)}; add it`,
      );
    }
  }

  private enumeration(name: string, value: unknown, path: Path | undefined): void {
    if (typeof value !== 'string') return this.visit('string', value, path);
    const values = this.schema.values(name);
    // many a field takes an empty text for not given
    if (value === '' || values.includes(value)) return;
    const near = suggestion(value, values);
    this.report(
      path,
      `must be one of ${values.filter((one) => one !== '').join(', ')}`,
      value,
      near === undefined ? 'use one of them' : `did you mean ${near}`,
    );
  }

  private unknownField(definition: string, path: Path | undefined, key: string): void {
    const elsewhere = this.placeOf(key, path);
    const near = suggestion(key, [...this.schema.definition(definition).fields.keys()]);
    // the very name further down is meant rather than a similar one here
    const meant = near === undefined || elsewhere?.isBelow ? elsewhere?.place : shown({ parent: path, key: near });
    const advice = meant === undefined ? this.listed(definition, path) : `did you mean ${meant}`;
    this.found.push(
      `${shown({ parent: path, key })} is no field of ${shortName(definition)} in Kubernetes ${this.schema.version}; ${advice}`,
    );
  }

  /** What fields there are, or where to see them. */
  private listed(definition: string, path: Path | undefined): string {
    const fields = [...this.schema.definition(definition).fields.keys()];
    if (fields.length <= MOST_FIELDS || this.kind === '') return `its fields are ${fields.join(', ')}`;
    const names = keysOf(path).filter((key) => typeof key === 'string');
    return `\`kubectl explain ${[this.kind.toLowerCase(), ...names].join('.')}\` lists its fields`;
  }

  /** Where else in the object a field of that name is: the place that has most of the path, and of these the one least deep. */
  private placeOf(name: string, path: Path | undefined): { place: string; isBelow: boolean } | undefined {
    const keys = keysOf(path).filter((key) => typeof key === 'string');
    let best: { place: string[]; shared: number } | undefined;
    const seen = new Set<string>();
    let level = this.root === '' ? [] : [{ definition: this.root, place: [] as string[] }];
    while (level.length > 0) {
      const next: typeof level = [];
      for (const { definition, place } of level) {
        if (seen.has(definition)) continue;
        seen.add(definition);
        for (const [field, type] of this.schema.definition(definition).fields) {
          const here = [...place, field];
          const shared = here.findIndex((key, index) => key !== keys[index]);
          if (field === name && (!best || shared > best.shared)) best = { place: here, shared };
          const [, list, inner] = /^(\[\+?\])?#(.*)$/.exec(type) ?? [];
          if (inner !== undefined) next.push({ definition: inner, place: list ? [...place, `${field}[]`] : here });
        }
      }
      level = next;
    }
    return best && { place: best.place.join('.'), isBelow: best.shared === keys.length };
  }

  private report(path: Path | undefined, rule: string, given: unknown, fix: string): void {
    // the content of a Secret belongs into no log
    if (this.kind === 'Secret' && /^(data|stringData)\b/.test(shown(path))) {
      this.found.push(`${shown(path)} ${rule}, got another ${typeof given}; correct it`);
      return;
    }
    this.found.push(`${shown(path)} ${rule}, got ${brief(given)}; ${fix}`);
  }
}

interface Scalar {
  readonly rule: string;
  readonly holds: (value: unknown) => boolean;
  readonly fix: (value: unknown) => string;
}

const isWhole = (value: unknown, bits: number): boolean =>
  Number.isInteger(value) && Math.abs(Number(value) + 0.5) < 2 ** (bits - 1);

function numberFix(value: unknown): string {
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return `write ${Number(value)} without quotes`;
  return typeof value === 'number' ? 'write a whole number in these bounds' : 'write a whole number';
}

const wholeNumber = (bits: number): Scalar => ({
  rule: `a whole number of ${bits} bits`,
  holds: (value) => isWhole(value, bits),
  fix: numberFix,
});

/** The types that are no objects, lists or maps. */
const SCALARS: { readonly [type: string]: Scalar } = {
  string: {
    rule: 'a string',
    holds: (value) => typeof value === 'string',
    fix: (value) =>
      typeof value === 'number' || typeof value === 'boolean' ? `write '${String(value)}'` : 'write a string',
  },
  boolean: {
    rule: 'true or false',
    holds: (value) => typeof value === 'boolean',
    fix: (value) => (value === 'true' || value === 'false' ? `write ${value} without quotes` : 'write one of them'),
  },
  int32: wholeNumber(32),
  int64: wholeNumber(64),
  integer: wholeNumber(64),
  double: { rule: 'a number', holds: (value) => typeof value === 'number', fix: numberFix },
  byte: {
    rule: 'base64',
    holds: (value) =>
      typeof value === 'string' &&
      /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, '')),
    fix: () => "encode it with Buffer.from(text).toString('base64'), or use stringData where a Secret takes text",
  },
  'date-time': {
    rule: 'a time',
    holds: (value) =>
      value instanceof Date ||
      (typeof value === 'string' &&
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
        !Number.isNaN(Date.parse(value))),
    fix: () => "write it like '2026-01-31T12:00:00Z'",
  },
  quantity: {
    rule: 'a quantity',
    holds: (value) =>
      typeof value === 'number' ||
      (typeof value === 'string' && parseQuantity(value.replace(/^[+-]/, '')) !== undefined),
    fix: () => "write it like '500m', '2' or '4Gi'",
  },
  'int-or-string': {
    rule: 'a whole number or a string',
    holds: (value) => typeof value === 'string' || isWhole(value, 32),
    fix: () => "write it like 8080, '25%' or the name of a port",
  },
};

/** What only Terraform knows. */
function isUnknown(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('TfToken[');
  // number tokens are huge negative numbers
  if (typeof value === 'number') return value < -1e290;
  return typeof at(value, 'resolve') === 'function';
}

function isPlain(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function shortName(definition: string): string {
  return definition.slice(definition.lastIndexOf('.') + 1);
}

function keysOf(path: Path | undefined): (string | number)[] {
  return path ? [...keysOf(path.parent), path.key] : [];
}

/** `spec.ports[0].name`; keys that are no names are in quotes. */
function shown(path: Path | undefined): string {
  if (!path) return 'the object';
  return keysOf(path)
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    )
    .join('')
    .replace(/^\./, '');
}

const MOST_FIELDS = 12;

const MOST_CHARACTERS = 60;

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
