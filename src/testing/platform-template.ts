import { parseAllDocuments } from 'yaml';
import { PlatformApp } from '../app/platform-app';
import { checked } from '../contracts/checked';
import { fail } from '../contracts/errors';
import { isObject } from './matcher';
import { Entry, Section } from './section';
import { environmentNamed, synthesizedFiles } from './synthesis';

/**
 * Assertions over what an app synthesizes for one environment: its Kubernetes objects and its Terraform stacks.
 *
 * An assertion that does not hold throws an error, which names the closest candidates and what differs in them. In patterns,
 * objects may have further keys, on every level; `Match` has what says otherwise.
 *
 * A kind is that of Kubernetes, such as `Deployment`, and with the API group where two have it, such as `Ingress.networking.k8s.io`.
 * A type is that of Terraform, such as `aws_s3_bucket`.
 *
 * @example
 * const app = new PlatformApp();
 * const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
 * new DataPlatform(local, 'data-platform', { domain: 'ml.localhost.example' });
 *
 * const template = PlatformTemplate.fromApp(app, 'local');
 *
 * template.hasObject('Namespace', { metadata: { name: 'app-ml-team' } });
 * template.hasResource('helm_release', { chart: 'cert-manager', version: Match.anyValue() });
 * template.resourceCountIs('aws_s3_bucket', 0);
 */
@checked('PlatformTemplate')
export class PlatformTemplate {
  /**
   * Synthesizes one environment of an app, once. Nothing is left on the disk, the command line is not read, and the app's other
   * environments are neither checked nor made.
   *
   * @param environment name of the environment; default: the app's only one
   * @throws InvalidInputError when there is no such environment
   * @throws Error with all that is wrong with the environment, as PlatformApp.synth() does
   */
  public static fromApp(app: PlatformApp, environment?: string): PlatformTemplate {
    const chosen = environmentNamed('PlatformTemplate.fromApp', app, environment);
    const files = synthesizedFiles(app, [chosen]);
    const stacks = chosen._stacks().map(({ node: { id } }) => ({
      id,
      json: JSON.parse(files[`stacks/${id}/cdk.tf.json`]) as StackJson,
    }));
    return new PlatformTemplate(chosen.environmentName, objectsIn(files, `${chosen.environmentName}/`), stacks, stacks);
  }

  private constructor(
    private readonly environmentName: string,
    private readonly objects: Entry[],
    private readonly stacks: Stack[],
    private readonly allStacks: Stack[],
  ) {}

  /**
   * The template with only one of the Terraform stacks. Kubernetes objects are in no stack and stay.
   *
   * @param purpose `infrastructure`, `bootstrap`, or `workloads` with `Delivery.terraform()`
   * @throws InvalidInputError when the environment has no such stack
   */
  public inStack(purpose: string): PlatformTemplate {
    const stack = this.allStacks.find(({ id }) => id === `${this.environmentName}-${purpose}`);
    if (!stack) {
      fail(
        'PlatformTemplate.inStack',
        'purpose',
        `must name a stack of ${this.environmentName}`,
        purpose,
        `use one of: ${this.allStacks.map(({ id }) => id.slice(this.environmentName.length + 1)).join(', ')}`,
      );
    }
    return new PlatformTemplate(this.environmentName, this.objects, [stack], this.allStacks);
  }

  /** Asserts that an object of a kind matches. */
  public hasObject(kind: string, pattern: unknown): void {
    this.kubernetes().has('PlatformTemplate.hasObject', kind, pattern);
  }

  /** Asserts that every object of a kind matches, and that there is one. */
  public allObjects(kind: string, pattern: unknown): void {
    this.kubernetes().all('PlatformTemplate.allObjects', kind, pattern);
  }

  /** Asserts how many objects there are of a kind, or how many of them match. */
  public objectCountIs(kind: string, count: number, pattern?: unknown): void {
    this.kubernetes().countIs('PlatformTemplate.objectCountIs', kind, count, pattern);
  }

  /** The objects of a kind that match, or all, by `<namespace>/<name>`, or by their name where they have no namespace. */
  public findObjects(kind: string, pattern?: unknown): { [name: string]: { [key: string]: unknown } } {
    return this.kubernetes().find('PlatformTemplate.findObjects', kind, pattern);
  }

  /** Asserts that a Terraform resource of a type matches. */
  public hasResource(type: string, pattern: unknown): void {
    this.resources().has('PlatformTemplate.hasResource', type, pattern);
  }

  /** Asserts that every Terraform resource of a type matches, and that there is one. */
  public allResources(type: string, pattern: unknown): void {
    this.resources().all('PlatformTemplate.allResources', type, pattern);
  }

  /** Asserts how many Terraform resources there are of a type, or how many of them match. */
  public resourceCountIs(type: string, count: number, pattern?: unknown): void {
    this.resources().countIs('PlatformTemplate.resourceCountIs', type, count, pattern);
  }

  /** The Terraform resources of a type that match, or all, by `<stack>/<type>.<id>`. */
  public findResources(type: string, pattern?: unknown): { [name: string]: { [key: string]: unknown } } {
    return this.resources().find('PlatformTemplate.findResources', type, pattern);
  }

  /** Asserts that a Terraform data source of a type matches. */
  public hasDataSource(type: string, pattern: unknown): void {
    this.dataSources().has('PlatformTemplate.hasDataSource', type, pattern);
  }

  /** The Terraform data sources of a type that match, or all, by `<stack>/data.<type>.<id>`. */
  public findDataSources(type: string, pattern?: unknown): { [name: string]: { [key: string]: unknown } } {
    return this.dataSources().find('PlatformTemplate.findDataSources', type, pattern);
  }

  /** Asserts that a Terraform provider, such as `aws`, has a configuration that matches. */
  public hasProvider(provider: string, pattern: unknown): void {
    const entries = this.entries((json) =>
      Object.entries(json.provider ?? {}).flatMap(([type, all]) =>
        all.map((value, at) => ({ type, name: `${type}[${at}]`, value })),
      ),
    );
    this.terraform(entries, 'provider', 'provider', 'providers').has('PlatformTemplate.hasProvider', provider, pattern);
  }

  /** Asserts that the Terraform output of a name matches, which has the key `value`. */
  public hasOutput(output: string, pattern: unknown): void {
    const entries = this.entries((json) =>
      Object.entries(json.output ?? {}).map(([type, value]) => ({ type, name: `output.${type}`, value })),
    );
    this.terraform(entries, 'output', 'output', 'outputs').has('PlatformTemplate.hasOutput', output, pattern);
  }

  private kubernetes(): Section {
    return new Section({ owner: this.environmentName, one: 'object', prop: 'kind', types: 'kinds' }, this.objects);
  }

  private resources(): Section {
    const entries = this.entries((json) => blocksOf(json.resource, ''));
    return this.terraform(entries, 'resource', 'type', 'resource types');
  }

  private dataSources(): Section {
    const entries = this.entries((json) => blocksOf(json.data, 'data.'));
    return this.terraform(entries, 'data source', 'type', 'data source types');
  }

  private terraform(entries: StackEntry[], one: string, prop: string, types: string): Section {
    const here = (entry: StackEntry) => this.stacks.some(({ id }) => id === entry.stack);
    const elsewhere = (type: string) => [
      ...new Set(entries.filter((entry) => entry.type === type && !here(entry)).map(({ stack }) => stack)),
    ];
    const owner = this.stacks.length === 1 ? this.stacks[0].id : this.environmentName;
    return new Section({ owner, one, prop, types }, entries.filter(here), elsewhere);
  }

  private entries(of: (json: StackJson) => Entry[]): StackEntry[] {
    return this.allStacks.flatMap(({ id, json }) =>
      of(json).map((entry) => ({ ...entry, stack: id, name: `${id}/${entry.name}` })),
    );
  }
}

interface StackEntry extends Entry {
  readonly stack: string;
}

interface Stack {
  readonly id: string;
  readonly json: StackJson;
}

interface Blocks {
  readonly [type: string]: { readonly [id: string]: { readonly [key: string]: unknown } };
}

/** A stack in Terraform's JSON syntax. */
interface StackJson {
  readonly resource?: Blocks;
  readonly data?: Blocks;
  readonly output?: { readonly [name: string]: { readonly [key: string]: unknown } };
  readonly provider?: { readonly [name: string]: { readonly [key: string]: unknown }[] };
}

/** The objects in the YAML files of a folder. Kustomizations are for kubectl, not for the cluster. */
function objectsIn(files: { [file: string]: string }, folder: string): Entry[] {
  const taken = new Set<string>();
  return Object.keys(files)
    .filter((file) => file.startsWith(folder) && /\.ya?ml$/.test(file))
    .flatMap((file) => parseAllDocuments(files[file], { version: '1.1' }))
    .map((document) => document.toJS() as unknown)
    .filter(isObject)
    .filter(({ apiVersion, kind }) => kind !== undefined && !/^kustomize\.config\.k8s\.io\//.test(String(apiVersion)))
    .map((value) => {
      const { apiVersion, kind, metadata } = value as unknown as ObjectJson;
      const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
      const name = [...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join('/');
      const unique = taken.has(`${kind} ${name}`) ? `${name} (${apiVersion})` : name;
      taken.add(`${kind} ${name}`);
      return { type: kind, alias: group === '' ? undefined : `${kind}.${group}`, name: unique, value };
    });
}

interface ObjectJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function blocksOf(blocks: Blocks = {}, prefix: string): Entry[] {
  return Object.entries(blocks).flatMap(([type, byId]) =>
    Object.entries(byId).map(([id, block]) => {
      // cdktf's comment, with the path of the construct
      const { '//': _comment, ...value } = block;
      return { type, name: `${prefix}${type}.${id}`, value };
    }),
  );
}
