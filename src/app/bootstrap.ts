import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { Release } from '@cdktf/provider-helm/lib/release';
import { ITerraformDependable, TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import { Manifest, objectFrom } from '../checks/manifest-graph';
import { BootStep } from '../checks/rehearsal/boot-step';
import { ICluster } from '../contracts/cluster';
import { Component, PodSecurityLevel } from '../contracts/component';
import { fail } from '../contracts/errors';
import { dnsLabel, PLATFORM_NAMESPACE } from '../contracts/names';
import { Origin, withOrigin } from '../contracts/origin';
import { addClusterProviders, escapeTemplate, hasToken, helmValues, manifestChart } from './helm';

const VALUES_CONFIG_MAP = 'platform-values';
const MANAGED_BY_TERRAFORM = { 'app.kubernetes.io/managed-by': 'terraform' };
const LAXEST_FIRST = [PodSecurityLevel.PRIVILEGED, PodSecurityLevel.BASELINE, PodSecurityLevel.RESTRICTED];

const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** The release with what holds values that only Terraform knows; a Secret of it may need any component. */
const TERRAFORM_VALUES = 'terraform-values';

/**
 * Objects of the program that pods wait for, and the release that makes them before those pods' components, whatever delivers the
 * rest: a volume without its class, or a pod without a node, would hold up the step that installs it, and all that come after.
 * Nodes go before what makes them when the environment is destroyed.
 */
const FOUNDATIONS: { readonly [kind: string]: string | undefined } = {
  'StorageClass.storage.k8s.io': 'storage-classes',
  'EC2NodeClass.karpenter.k8s.aws': 'node-pools',
  'NodePool.karpenter.sh': 'node-pools',
};

/** Objects of Kubernetes' own kinds, which nothing has to define. */
const OF_KUBERNETES = ['StorageClass.storage.k8s.io'];

interface RequiredNamespace {
  readonly podSecurity: PodSecurityLevel;
  readonly labels: { [key: string]: string };
}

/** What Terraform installs. */
export interface Installation {
  /** Components, each after those that it requires. */
  readonly components: Component[];
  /**
   * A component that comes when everything else of the stack is done.
   *
   * @default - none
   */
  readonly last?: Component;
}

/** What is left to apply once the stack `<env>-bootstrap` is. */
export interface AfterBootstrap {
  /** The steps of that stack. */
  readonly done: readonly BootStep[];
  /** Objects that it does not apply. */
  readonly manifests: Manifest[];
  /** The components of the environment. */
  readonly components: Component[];
}

/** A Helm release of the stack: a component, or objects. */
interface PlannedRelease {
  readonly name: string;
  readonly component?: Component;
  readonly objects: readonly { [key: string]: unknown }[];
  /** Releases of the stack that are done before it; they are planned before it. */
  readonly after: readonly string[];
}

/**
 * Whether Terraform applies an object of the program, before the components that need it.
 *
 * @param components those that Terraform installs
 */
export function isFoundation({ kind, group }: { kind: string; group: string }, components: Component[]): boolean {
  const key = `${kind}.${group}`;
  if (FOUNDATIONS[key] === undefined) return false;
  return OF_KUBERNETES.includes(key) || components.some(({ customResources }) => customResources.includes(key));
}

/**
 * What must exist in a cluster before its manifests: namespaces, classes of volumes, nodes, components, and the values that only
 * Terraform knows.
 */
export class Bootstrap {
  private readonly values = new Map<string, string>();
  private readonly objects: { [key: string]: unknown }[] = [];
  private readonly required = new Map<string, RequiredNamespace>();

  public constructor(
    private readonly stack: TerraformStack,
    private readonly origin: Origin,
  ) {}

  /** See IEnvironment.publishValue. */
  public publishValue(key: string, value: string): void {
    if (!/^[a-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(key)) {
      fail(
        this.stack,
        'publishValue',
        'must have a key of letters, digits, dots, hyphens and underscores',
        key,
        'name it like database.endpoint',
      );
    }
    if (this.values.has(key)) {
      fail(this.stack, 'publishValue', 'must have a key of its own', key, 'publish each value once');
    }
    this.values.set(key, value);
  }

  /** See IEnvironment.addBootstrapManifest. */
  public addManifest(manifest: { [key: string]: unknown }, source: IConstruct = this.stack): void {
    const { apiVersion, kind, metadata } = manifest as {
      apiVersion?: string;
      kind?: string;
      metadata?: { name?: string };
    };
    if (!apiVersion || !kind || !metadata?.name) {
      fail(
        this.stack,
        'addBootstrapManifest',
        'must have apiVersion, kind and metadata.name',
        { apiVersion, kind },
        'give a whole Kubernetes object',
      );
    }
    if (!hasToken(manifest)) {
      fail(
        this.stack,
        'addBootstrapManifest',
        'must hold a value that only Terraform knows',
        `${kind} ${metadata.name}`,
        'add it to a chart instead',
      );
    }
    this.objects.push(withOrigin(manifest, source.node.path, this.origin));
  }

  /** See IEnvironment.requireNamespace. */
  public requireNamespace(name: string, podSecurity: PodSecurityLevel, labels: { [key: string]: string } = {}): void {
    dnsLabel(this.stack, 'requireNamespace', name);
    const before = this.required.get(name) ?? { podSecurity, labels: {} };
    for (const [key, value] of Object.entries(labels)) {
      const other = before.labels[key];
      if (other !== undefined && other !== value) {
        fail(
          this.stack,
          'requireNamespace',
          `must not change the label ${key} of ${name}`,
          value,
          `leave it at ${other}`,
        );
      }
    }
    this.required.set(name, {
      podSecurity: LAXEST_FIRST.find((level) => level === before.podSecurity || level === podSecurity) ?? podSecurity,
      labels: { ...before.labels, ...labels },
    });
  }

  /** The namespaces that exist before any manifest, with their labels. */
  public namespaces(): { [name: string]: { [key: string]: string } } {
    const builtIn = Object.fromEntries(BUILT_IN_NAMESPACES.map((name) => [name, {}]));
    const made = [...this.required].map(([name, one]) => [name, labelsOf(one)] as const);
    // those that every cluster has are not made, so they get no labels
    return { ...Object.fromEntries(made), ...builtIn };
  }

  /** The objects that Terraform applies. */
  public manifests(): { [key: string]: unknown }[] {
    return [...this.objects];
  }

  /**
   * Requires the namespace that the stack's own objects and releases need.
   *
   * @param hasFoundations whether it applies objects of the program
   */
  public requireOwnNamespace(hasFoundations: boolean): void {
    if (hasFoundations || this.values.size > 0 || this.objects.length > 0) {
      this.requireNamespace(PLATFORM_NAMESPACE, PodSecurityLevel.RESTRICTED);
    }
  }

  /**
   * Puts everything into the stack.
   *
   * @param foundations the objects of the program that Terraform applies
   * @returns the steps in which it is applied
   */
  public render(cluster: ICluster, installation: Installation, foundations: Manifest[]): BootStep[] {
    addClusterProviders(this.stack, cluster.connection);
    const namespaces = this.renderNamespaces();
    this.renderValues(namespaces);
    const plan = this.plan(installation, foundations);
    this.renderReleases(plan, namespaces);
    return this.steps(plan, foundations);
  }

  /** The releases, each after those that it needs. */
  private plan({ components, last }: Installation, foundations: Manifest[]): PlannedRelease[] {
    const ofRelease = new Map<string, Manifest[]>();
    const makers = new Set<Component>();
    for (const one of foundations) {
      const key = `${one.kind}.${one.group}`;
      const release = FOUNDATIONS[key] ?? '';
      ofRelease.set(release, [...(ofRelease.get(release) ?? []), one]);
      components.filter(({ customResources }) => customResources.includes(key)).forEach((maker) => makers.add(maker));
    }
    // nodes come of a NodePool only where Karpenter runs, which requires the component with its kinds
    components.filter((one) => one.requires.some((needed) => has(makers, needed))).forEach((one) => makers.add(one));
    const isMaker = closure([...makers]);
    const objects = (release: string, after: string[]): PlannedRelease[] =>
      ofRelease.has(release)
        ? [{ name: release, objects: (ofRelease.get(release) ?? []).map(({ json }) => json), after }]
        : [];
    const install = (component: Component, after: PlannedRelease[]): PlannedRelease => ({
      name: component.name,
      component,
      objects: [],
      after: [...component.requires, ...after].map(({ name }) => name),
    });
    const classes = objects('storage-classes', []);
    const first = components.filter(({ name }) => isMaker.has(name)).map((one) => install(one, classes));
    const pools = objects(
      'node-pools',
      first.map(({ name }) => name),
    );
    const rest = components.filter(({ name }) => !isMaker.has(name)).map((one) => install(one, [...classes, ...pools]));
    const plan = [...classes, ...first, ...pools, ...rest];
    const all = (): string[] => plan.map(({ name }) => name);
    if (this.objects.length > 0) plan.push({ name: TERRAFORM_VALUES, objects: this.objects, after: all() });
    if (last) plan.push({ name: last.name, component: last, objects: [], after: all() });
    return plan;
  }

  private steps(plan: PlannedRelease[], foundations: Manifest[]): BootStep[] {
    const { id } = this.stack.node;
    const stepOf = (release: string): string => `stack ${id}, release ${release}`;
    const made = new Map<unknown, Manifest>(foundations.map((one) => [one.json, one]));
    const first: BootStep = {
      name: `stack ${id}, namespaces`,
      after: [],
      waits: false,
      components: [],
      manifests: this.firstObjects().map((json) => objectFrom(this.stack.node.path, json)),
    };
    return [
      first,
      ...plan.map(({ name, component, objects, after }) => ({
        name: stepOf(name),
        after: [first.name, ...after.map(stepOf)],
        waits: component?.needsManifests !== true,
        components: component ? [component] : [],
        manifests: objects.map((json) => made.get(json) ?? objectFrom(this.stack.node.path, json)),
      })),
    ];
  }

  /** What the stack makes before any release. */
  private firstObjects(): { [key: string]: unknown }[] {
    const namespaces = [...this.required]
      .filter(([name]) => !BUILT_IN_NAMESPACES.includes(name))
      .map(([name, required]) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: labelsOf(required) },
      }));
    if (this.values.size === 0) return namespaces;
    const metadata = { name: VALUES_CONFIG_MAP, namespace: PLATFORM_NAMESPACE };
    return [...namespaces, { apiVersion: 'v1', kind: 'ConfigMap', metadata }];
  }

  /** The metadata of an object that is a Terraform resource with this construct id. */
  private metadataOf<T extends object>(id: string, name: T, labels: { [key: string]: string }) {
    const { metadata } = withOrigin({ metadata: { ...name, labels } }, `${this.stack.node.path}/${id}`, this.origin);
    return metadata as T & { labels: { [key: string]: string }; annotations?: { [key: string]: string } };
  }

  private renderNamespaces(): Map<string, NamespaceV1> {
    const made = new Map<string, NamespaceV1>();
    for (const [name, required] of [...this.required].sort()) {
      if (BUILT_IN_NAMESPACES.includes(name)) continue;
      const id = `namespace-${name}`;
      made.set(name, new NamespaceV1(this.stack, id, { metadata: this.metadataOf(id, { name }, labelsOf(required)) }));
    }
    return made;
  }

  private renderValues(namespaces: Map<string, NamespaceV1>): void {
    if (this.values.size === 0) return;
    new ConfigMapV1(this.stack, VALUES_CONFIG_MAP, {
      metadata: this.metadataOf(
        VALUES_CONFIG_MAP,
        { name: VALUES_CONFIG_MAP, namespace: PLATFORM_NAMESPACE },
        MANAGED_BY_TERRAFORM,
      ),
      data: Object.fromEntries([...this.values].sort()),
      dependsOn: dependable([namespaces.get(PLATFORM_NAMESPACE)]),
    });
  }

  private renderReleases(plan: PlannedRelease[], namespaces: Map<string, NamespaceV1>): void {
    const releases = new Map<string, Release>();
    const chartOfObjects = plan.some(({ component }) => !component)
      ? manifestChart(this.stack, 'terraform-values-chart')
      : '';
    for (const { name, component, objects, after } of plan) {
      const { chart } = component ?? {};
      releases.set(
        name,
        new Release(this.stack, name, {
          name,
          repository: chart?.repository,
          chart: chart?.name ?? chartOfObjects,
          version: chart?.version,
          namespace: component?.namespace ?? PLATFORM_NAMESPACE,
          values: valuesOf(component?.values ?? { manifests: objects }, component === undefined),
          // a release that fails half-way is rolled back, and nothing that needs it starts before it runs
          atomic: component?.needsManifests !== true,
          wait: component?.needsManifests !== true,
          timeout: component?.timeoutSeconds,
          // all namespaces, since the webhook of a component may judge them
          dependsOn: dependable([...namespaces.values(), ...after.map((one) => releases.get(one))]),
        }),
      );
    }
  }
}

function valuesOf(values: { [key: string]: unknown }, areObjects: boolean): string[] | undefined {
  if (Object.keys(values).length === 0) return undefined;
  // objects as JSON, as those in the stack of workloads are
  if (areObjects && !hasToken(values)) return [escapeTemplate(JSON.stringify(values, undefined, 2))];
  return [helmValues(values)];
}

/** Names of some components and of all that they require. */
export function closure(components: Component[]): Set<string> {
  const names = new Set<string>();
  const visit = (component: Component): void => {
    if (names.has(component.name)) return;
    names.add(component.name);
    component.requires.forEach(visit);
  };
  components.forEach(visit);
  return names;
}

function has(components: ReadonlySet<Component>, component: Component): boolean {
  return [...components].some(({ name }) => name === component.name);
}

function labelsOf(namespace: RequiredNamespace): { [key: string]: string } {
  return {
    ...namespace.labels,
    ...MANAGED_BY_TERRAFORM,
    'pod-security.kubernetes.io/enforce': namespace.podSecurity,
    'pod-security.kubernetes.io/audit': namespace.podSecurity,
    'pod-security.kubernetes.io/warn': namespace.podSecurity,
  };
}

function dependable(resources: (ITerraformDependable | undefined)[]): ITerraformDependable[] | undefined {
  const present = resources.filter((resource) => resource !== undefined);
  return present.length > 0 ? present : undefined;
}
