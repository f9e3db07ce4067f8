import data from './kubernetes-schema.json';

/**
 * What API servers serve, version by version; scripts/kubernetes-schema.ts writes it. A text that does not hold in every
 * version ends with those in which it does: ` @35-`, ` @33-34`.
 */
export interface KubernetesSchemaData {
  /** The release that each minor version's data is from. */
  readonly releases: { readonly [version: string]: string };
  /** By apiVersion and kind: `Namespaced` or `Cluster`, and the definition. */
  readonly kinds: { readonly [kind: string]: string | string[] };
  /** By apiVersion and kind: the version of Kubernetes that no longer serves it, and the apiVersion to use. */
  readonly removed: { readonly [kind: string]: string };
  /** The values of each, with `|` between. */
  readonly enumerations: { readonly [name: string]: string | string[] };
  /** The type of each field, after `!` where it is required. */
  readonly definitions: { readonly [name: string]: { readonly [field: string]: string | string[] } };
}

const DATA: KubernetesSchemaData = data;

/** A kind of object, in one apiVersion. */
export interface KindSchema {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Name of its definition. */
  readonly definition: string;
  /** Whether an API server serves it only when told to: an alpha or beta version. */
  readonly offByDefault: boolean;
}

/** What an object consists of. */
export interface DefinitionSchema {
  /**
   * The type of each field: `[]` is a list, `[+]` one of which apply merges the elements, `{}` a map, `#Name` a definition, `?#Name` that or something that is
   * no object, `=Name` one of an enumeration's values; otherwise a scalar, or `any`.
   */
  readonly fields: ReadonlyMap<string, string>;
  /** The fields that it has to have. */
  readonly required: readonly string[];
}

/** The built-in API groups of one minor version of Kubernetes. */
export class KubernetesSchema {
  /**
   * The schema of a version. One that is older or newer than all that are known gets the oldest or newest.
   *
   * @param version like `1.35`; the newest by default
   */
  public static of(version?: string): KubernetesSchema {
    const known = Object.keys(DATA.releases).map(minorOf);
    const newest = Math.max(...known);
    const minor = Math.min(Math.max(version === undefined ? newest : minorOf(version), Math.min(...known)), newest);
    const schema = schemas.get(minor) ?? new KubernetesSchema(minor);
    schemas.set(minor, schema);
    return schema;
  }

  /** All kinds, by name. */
  private readonly byName = new Map<string, KindSchema[]>();
  private readonly definitions = new Map<string, DefinitionSchema>();
  private readonly groups = new Set<string>();

  private constructor(
    /** 35 for Kubernetes 1.35. */
    public readonly minor: number,
  ) {
    for (const [key, texts] of Object.entries(DATA.kinds)) {
      const [apiVersion, kind] = key.split(' ');
      this.groups.add(groupOf(apiVersion));
      const [scope, definition] = this.present(texts)?.split(' ') ?? [];
      if (definition === undefined) continue;
      const offByDefault = /v\d+(alpha|beta)\d+$/.test(apiVersion);
      const one = { apiVersion, kind, namespaced: scope === 'Namespaced', definition, offByDefault };
      // those that are on come first, and of these the newest
      const others = this.byName.get(kind) ?? [];
      this.byName.set(kind, offByDefault ? [...others, one] : [one, ...others]);
    }
    for (const key of Object.keys(DATA.removed)) this.groups.add(groupOf(key.split(' ')[0]));
  }

  /** Like `1.35`. */
  public get version(): string {
    return `1.${this.minor}`;
  }

  /** Whether Kubernetes itself has the API group, or once had it; other groups come from CustomResourceDefinitions. */
  public isBuiltIn(group: string): boolean {
    return this.groups.has(group);
  }

  /** The apiVersions of a kind; those that are on by default first, of these the newest. */
  public kindsNamed(kind: string): KindSchema[] {
    return this.byName.get(kind) ?? [];
  }

  /** Names of all kinds, or of those of one apiVersion. */
  public kindNames(apiVersion?: string): string[] {
    return [...this.byName]
      .filter(([, all]) => apiVersion === undefined || all.some((one) => one.apiVersion === apiVersion))
      .map(([name]) => name);
  }

  public kind(apiVersion: string, kind: string): KindSchema | undefined {
    return this.kindsNamed(kind).find((one) => one.apiVersion === apiVersion);
  }

  /** When Kubernetes ceased to serve an apiVersion of a kind. */
  public removal(apiVersion: string, kind: string): string | undefined {
    return DATA.removed[`${apiVersion} ${kind}`]?.split(' ')[0];
  }

  /** What an object of a type consists of. */
  public definition(name: string): DefinitionSchema {
    const known = this.definitions.get(name);
    if (known) return known;
    const fields = new Map<string, string>();
    const required: string[] = [];
    for (const [field, texts] of Object.entries(DATA.definitions[name] ?? {})) {
      const text = this.present(texts);
      if (text === undefined) continue;
      if (text.startsWith('!')) required.push(field);
      fields.set(field, text.replace(/^!/, ''));
    }
    const definition = { fields, required };
    this.definitions.set(name, definition);
    return definition;
  }

  /** The values of an enumeration. */
  public values(enumeration: string): string[] {
    return this.present(DATA.enumerations[enumeration])?.split('|') ?? [];
  }

  /** What holds in this version. */
  private present(texts: string | string[]): string | undefined {
    for (const text of typeof texts === 'string' ? [texts] : texts) {
      if (!text.includes(' @')) return text;
      const [, content, first, last] = /^(.*) @(\d+)-(\d*)$/.exec(text) ?? [];
      if (this.minor >= Number(first) && (last === '' || this.minor <= Number(last))) return content;
    }
    return undefined;
  }
}

const schemas = new Map<number, KubernetesSchema>();

/** `apps/v1` is the group `apps`; `v1` is the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

function minorOf(version: string): number {
  return Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Infinity);
}
