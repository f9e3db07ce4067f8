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
  if (!schema.isBuiltIn(group)) return new Walk(schema).value('#meta.v1.ObjectMeta', json.metadata, ['metadata']);
  const served = schema.kind(apiVersion, kind);
  if (!served) return [notServed(schema, apiVersion, kind)];
  if (served.offByDefault && !isServed(context, apiVersion)) return [offByDefault(schema, served)];
  return new Walk(schema, kind, served.definition).value(`#${served.definition}`, json, []);
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

type Path = readonly (string | number)[];

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
  public value(type: string, value: unknown, path: Path): string[] {
    this.visit(type, value, path);
    return this.found;
  }

  private visit(type: string, value: unknown, path: Path): void {
    // the API server takes null for not given
    if (value === undefined || value === null || type === 'any' || isUnknown(value)) return;
    if (type.startsWith('[]')) return this.list(type.slice(2), value, path);
    if (type.startsWith('{}')) return this.map(type.slice(2), value, path);
    if (type.startsWith('?')) return isPlain(value) ? this.visit(type.slice(1), value, path) : undefined;
    if (type.startsWith('#')) return this.object(type.slice(1), value, path);
    if (type.startsWith('=')) return this.enumeration(type.slice(1), value, path);
    const { rule, holds, fix } = SCALARS[type];
    if (!holds(value)) this.report(path, `must be ${rule}`, value, fix(value));
  }

  private list(type: string, value: unknown, path: Path): void {
    if (!Array.isArray(value)) {
      return this.report(path, 'must be a list', value, isPlain(value) ? 'put it into a list' : 'write a list');
    }
    value.forEach((item, index) => this.visit(type, item, [...path, index]));
  }

  private map(type: string, value: unknown, path: Path): void {
    if (!isPlain(value)) {
      return this.report(
        path,
        `must be a map of ${type === 'string' ? 'strings' : 'values'}`,
        value,
        'write key: value',
      );
    }
    for (const [key, inner] of Object.entries(value)) {
      if (!key.includes('TfToken[')) this.visit(type, inner, [...path, key]);
    }
  }

  private object(definition: string, value: unknown, path: Path): void {
    if (!isPlain(value)) {
      const fix =
        this.schema.fields(definition).size === 0
          ? 'write an object'
          : `write an object: ${this.listed(definition, path)}`;
      return this.report(path, `must be an object of type ${shortName(definition)}`, value, fix);
    }
    const fields = this.schema.fields(definition);
    for (const [name, inner] of Object.entries(value)) {
      const field = fields.get(name);
      if (field) {
        this.visit(field.type, inner, [...path, name]);
      } else if (fields.size > 0 && !name.includes('TfToken[')) {
        this.found.push(this.unknownField(definition, path, name));
      }
    }
    for (const [name, { required }] of fields) {
      if (required && (value[name] === undefined || value[name] === null)) {
        this.found.push(
          `${shown([...path, name])} is missing, which Kubernetes ${this.schema.version} requires in ${shortName(definition)}; add it`,
        );
      }
    }
  }

  private enumeration(name: string, value: unknown, path: Path): void {
    if (typeof value !== 'string') return this.visit('string', value, path);
    const values = this.schema.values(name);
    if (value === '' || values.includes(value)) return;
    const near = suggestion(value, values);
    this.report(
      path,
      `must be one of ${values.filter((one) => one !== '').join(', ')}`,
      value,
      near === undefined ? 'use one of them' : `did you mean ${near}`,
    );
  }

  private unknownField(definition: string, path: Path, name: string): string {
    const fields = [...this.schema.fields(definition).keys()];
    const near = suggestion(name, fields);
    const elsewhere = near === undefined ? this.placeOf(name, path) : undefined;
    const advice =
      near !== undefined
        ? `did you mean ${shown([...path, near])}`
        : elsewhere !== undefined
          ? `did you mean ${elsewhere}`
          : this.listed(definition, path);
    return `${shown([...path, name])} is no field of ${shortName(definition)} in Kubernetes ${this.schema.version}; ${advice}`;
  }

  /** What fields there are, or where to see them. */
  private listed(definition: string, path: Path): string {
    const fields = [...this.schema.fields(definition).keys()];
    if (fields.length <= MOST_FIELDS || this.kind === '') return `its fields are ${fields.join(', ')}`;
    const names = [this.kind.toLowerCase(), ...path.filter((part) => typeof part === 'string')];
    return `\`kubectl explain ${names.join('.')}\` lists its fields`;
  }

  /** Where else in the object a field of that name is: the place that has most of the path, and of these the one least deep. */
  private placeOf(name: string, path: Path): string | undefined {
    let best: { place: string[]; shared: number } | undefined;
    const seen = new Set<string>();
    let level = this.root === '' ? [] : [{ definition: this.root, place: [] as string[] }];
    for (let depth = 0; depth < 6 && level.length > 0; depth++) {
      const next: typeof level = [];
      for (const { definition, place } of level) {
        if (seen.has(definition)) continue;
        seen.add(definition);
        for (const [field, { type }] of this.schema.fields(definition)) {
          const list = type.startsWith('[]');
          const here = [...place, list ? `${field}[]` : field];
          if (field === name) {
            const shared = here.findIndex((part, index) => part !== path[index]);
            if (!best || shared > best.shared) best = { place: [...place, field], shared };
          }
          const inner = /^(?:\[\])?#(.*)$/.exec(type)?.[1];
          if (inner !== undefined) next.push({ definition: inner, place: here });
        }
      }
      level = next;
    }
    return best?.place.join('.');
  }

  private report(path: Path, rule: string, given: unknown, fix: string): void {
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

/** `spec.ports[0].name`; keys that are no names stand in quotes. */
function shown(path: Path): string {
  return path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : /^[\w$-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
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
