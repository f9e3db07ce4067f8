import { ApiObject, App as KubernetesApp, Chart } from 'cdk8s';
import { App as TerraformApp, TerraformStack } from 'cdktf';
import { Construct, IConstruct } from 'constructs';
import { ICheck } from '../checks/check';
import { LoadBalancerCheck } from '../checks/load-balancer-check';
import { ExistingObject, Manifest, ManifestGraph } from '../checks/manifest-graph';
import { BootStep } from '../checks/rehearsal/boot-step';
import { Operators } from '../checks/rehearsal/operators';
import { Rehearsal } from '../checks/rehearsal/rehearsal';
import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../contracts/backing-service';
import { checked } from '../contracts/checked';
import { ClusterProps, ICluster } from '../contracts/cluster';
import { Component, PodSecurityLevel } from '../contracts/component';
import { ComponentRegistry } from '../contracts/component-registry';
import { IEnvironment } from '../contracts/environment';
import { markEnvironment } from '../contracts/environment-scope';
import { fail } from '../contracts/errors';
import { IMessageBus, MessageBusProps } from '../contracts/message-bus';
import { dnsLabel, textInYaml } from '../contracts/names';
import { notesBelow } from '../contracts/notes';
import { NetworkPeer } from '../contracts/network';
import { Origin } from '../contracts/origin';
import { IProvider } from '../contracts/provider';
import { checkServiceName } from '../contracts/service-names';
import { Tier } from '../contracts/tier';
import { BackingServicesNamespace } from './backing-services-namespace';
import { Bootstrap, isFoundation } from './bootstrap';
import { addComponentObjects } from './component-objects';
import { Delivery } from './delivery';
import { EnvironmentGraph } from './environment-graph';
import { OutputFolders, reachabilityNotes } from './next-steps';

/** Options of an environment. */
export interface EnvironmentProps {
  /** Where it lives. */
  readonly provider: IProvider;
  /**
   * How much it is worth protecting.
   *
   * @default Tier.DEVELOPMENT
   */
  readonly tier?: Tier;
  /**
   * How its manifests and components reach the cluster.
   *
   * @default Delivery.files()
   */
  readonly delivery?: Delivery;
  /**
   * Tags for every cloud resource, beside `environment` and `managed-by`.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
  /**
   * Namespace of its backing services, which nothing else is put in: databases, caches, buckets and message buses have DNS names in it on every
   * provider. In an environment that is applied already, another name makes new and empty services inside the cluster.
   *
   * @default 'backing-services'; a composition may have another for its own
   */
  readonly backingServicesNamespace?: string;
}

/**
 * One deployment of the platform. Made by `PlatformApp.environment()`; the scope of compositions.
 *
 * @example
 * const staging = app.environment('staging', { provider: KindProvider.local(), tier: Tier.STAGING });
 * staging.addCluster();
 * new PriorityClasses(staging.addChart('scaling'), 'priorities');
 */
@checked('Environment')
export class Environment extends Construct implements IEnvironment {
  public readonly environmentName: string;
  public readonly tier: Tier;
  public readonly tags: { [key: string]: string };
  /** Where the environment lives. */
  public readonly provider: IProvider;
  /** How its manifests and components reach the cluster. */
  public readonly delivery: Delivery;
  /** The components that the environment installs. */
  public readonly components: ComponentRegistry;
  /** The stack `<env>-infrastructure`. */
  public readonly infrastructure: Construct;
  /** The stack `<env>-bootstrap`. */
  public readonly bootstrap: Construct;
  /**
   * What the environment's Kubernetes objects say of where they come from.
   *
   * @internal
   */
  public readonly _origin: Origin;
  private readonly terraformApp: TerraformApp;
  private readonly bootstrapContents: Bootstrap;
  private readonly graph: EnvironmentGraph;
  private readonly stacks: TerraformStack[] = [];
  private readonly serviceNames = new Set<string>();
  private readonly servicesNamespace: BackingServicesNamespace;
  private theCluster?: ICluster;
  private theScraper?: NetworkPeer;
  private delivered: Manifest[] = [];
  private boot: BootStep[] = [];

  /**
   * @param kubernetes the tree that its compositions and Kubernetes objects belong to
   * @param terraform the tree that its stacks belong to
   * @param constructPaths whether its Kubernetes objects name the construct that they come from
   */
  public constructor(
    kubernetes: KubernetesApp,
    terraform: TerraformApp,
    name: string,
    props: EnvironmentProps,
    constructPaths: boolean = true,
  ) {
    super(kubernetes, textInYaml('PlatformApp', 'environment', dnsLabel('PlatformApp', 'environment', name, 20)));
    this.environmentName = name;
    this.tier = props.tier ?? Tier.DEVELOPMENT;
    this.tags = { ...props.tags, environment: name, 'managed-by': 'ml-platform-constructs' };
    this.provider = props.provider;
    this.delivery = props.delivery ?? Delivery.files();
    this.servicesNamespace = new BackingServicesNamespace(this, props.backingServicesNamespace);
    markEnvironment(this);
    this.components = ComponentRegistry.attachTo(this);
    this.terraformApp = terraform;
    this.infrastructure = this._addStack('infrastructure');
    const bootstrap = this._addStack('bootstrap');
    this.bootstrap = bootstrap;
    this._origin = { environment: name, constructPaths };
    this.bootstrapContents = new Bootstrap(bootstrap, this._origin);
    this.graph = new EnvironmentGraph(this, this.tier, this._origin, this.bootstrapContents);
    this.node.addValidation({ validate: () => this.validate() });
  }

  /**
   * The environment's cluster.
   *
   * @throws InvalidInputError when there is none yet
   */
  public get cluster(): ICluster {
    return (
      this.theCluster ??
      fail(
        this,
        'cluster',
        'must be added before it is used',
        undefined,
        'add a composition such as DataPlatform, or call addCluster()',
      )
    );
  }

  /** Whether the environment has a cluster already. */
  public get hasCluster(): boolean {
    return this.theCluster !== undefined;
  }

  /**
   * Makes the environment's cluster.
   *
   * @throws InvalidInputError when there is one already
   */
  public addCluster(props: ClusterProps = {}): ICluster {
    if (this.theCluster) {
      fail(
        this,
        'addCluster',
        'must be called once',
        this.theCluster.clusterName,
        'pass environment.cluster to the second composition',
      );
    }
    this.theCluster = this.provider.createCluster(this, 'cluster', props);
    const { loadBalancerAnnotations } = this.theCluster;
    if (loadBalancerAnnotations) this.addCheck(new LoadBalancerCheck(loadBalancerAnnotations));
    return this.theCluster;
  }

  /** Makes a PostgreSQL database. */
  public addDatabase(name: string, props: DatabaseProps = {}): IDatabase {
    return this.provider.createDatabase(this, this.newServiceName(name), this.cluster, props);
  }

  /** Makes a cache. */
  public addCache(name: string, props: CacheProps = {}): ICache {
    return this.provider.createCache(this, this.newServiceName(name), this.cluster, props);
  }

  /** Makes a message bus. */
  public addMessageBus(name: string, props: MessageBusProps = {}): IMessageBus {
    return this.provider.createMessageBus(this, this.newServiceName(name), this.cluster, props);
  }

  /** Makes a bucket. */
  public addObjectStore(name: string, props: ObjectStoreProps = {}): IObjectStore {
    return this.provider.createObjectStore(this, this.newServiceName(name), this.cluster, props);
  }

  /**
   * Adds a chart: Kubernetes objects that are written to one folder. Those without a name get one without a hash.
   *
   * @example
   * const chart = environment.addChart('flags');
   * new ApiObject(chart, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'flags' } });
   *
   * @param id a DNS label of at most 53 characters, such as `workloads`; the name of the folder
   * @throws InvalidInputError when the id is malformed or taken
   */
  public addChart(id: string): Chart {
    dnsLabel(this, 'addChart', id, 53);
    if (this.node.tryFindChild(id)) {
      fail(
        this,
        'addChart',
        'must have an id of its own',
        id,
        `choose another; there are already: ${this.node.children.map((child) => child.node.id).join(', ')}`,
      );
    }
    return new Chart(this, id, { disableResourceNameHashes: true });
  }

  /** Adds a check of the whole graph, beside the built-in ones. */
  public addCheck(check: ICheck): void {
    this.graph.addCheck(check);
  }

  /**
   * Tells the checks of an object that is in the cluster although no manifest makes it, such as a Secret made by hand with the
   * credentials of an image registry.
   *
   * @example
   * environment.addExistingObject({ kind: 'Secret', name: 'registry', namespace: 'app-ml-team' });
   */
  public addExistingObject(object: ExistingObject): void {
    this.graph.addExistingObject(object);
  }

  public get backingServicesNamespace(): string {
    return this.servicesNamespace.name;
  }

  public get scraper(): NetworkPeer | undefined {
    return this.theScraper;
  }

  public useScraper(scraper: NetworkPeer): void {
    if (this.theScraper) {
      fail(this, 'useScraper', 'must be called once', scraper, 'have one Monitoring in the environment');
    }
    this.theScraper = scraper;
  }

  public publishValue(key: string, value: string): void {
    this.bootstrapContents.publishValue(key, value);
  }

  public addBootstrapManifest(manifest: { [key: string]: unknown }, source?: IConstruct): void {
    this.bootstrapContents.addManifest(manifest, source);
  }

  public requireNamespace(name: string, podSecurity: PodSecurityLevel, labels: { [key: string]: string } = {}): void {
    this.servicesNamespace.use(name);
    this.bootstrapContents.requireNamespace(name, podSecurity, labels);
  }

  public importNamespace(name: string, labels: { [key: string]: string } = {}): void {
    dnsLabel(this, 'importNamespace', name);
    this.graph.importNamespace(name, labels);
  }

  /**
   * Chooses the namespace of the backing services where the user has not, for a composition that has one of its own.
   *
   * @internal
   * @throws InvalidInputError when another is chosen already, or something is in the default one
   */
  public _placeBackingServices(namespace: string): void {
    this.servicesNamespace.choose(namespace);
  }

  /**
   * Tells the rehearsal what the platform's operators make of its kinds.
   *
   * @internal
   */
  public _useOperators(operators: Operators): void {
    this.graph.useOperators(operators);
  }

  /**
   * Puts what is decided by the whole graph into the stacks. Called by `PlatformApp.synth()`.
   *
   * @internal
   */
  public _prepare(): void {
    if (!this.theCluster) return;
    if (this.graph.whole) return this.graph.refuseLateObjects(this.graph.whole);
    const components = this.components.sorted();
    components.forEach((component) => this.requireNamespace(component.namespace, component.podSecurity));
    const installation = this.delivery._deliverComponents(this, components);
    const installed = [...installation.components, ...(installation.last ? [installation.last] : [])];
    addComponentObjects(this, [...new Set([...components, ...installed])]);
    const isApplied = (one: IConstruct) =>
      ApiObject.isApiObject(one) && isFoundation({ kind: one.kind, group: one.apiGroup }, installed);
    this.bootstrapContents.requireOwnNamespace(this.node.findAll().some(isApplied));
    const { manifests } = this.graph.complete([...components, ...installed], this.theCluster);
    const foundations = manifests.filter((manifest) => isApplied(manifest.source));
    this.delivered = manifests.filter((manifest) => !foundations.includes(manifest));
    const done = this.bootstrapContents.render(this.theCluster, installation, foundations);
    const rest = { done, manifests: this.delivered, components };
    this.boot = [...done, ...this.delivery._stepsAfterBootstrap(this, rest)];
    this.delivery._deliverManifests(this);
  }

  /**
   * The environment's manifests; complete after `_prepare()`.
   *
   * @internal
   */
  public _manifests(): ManifestGraph {
    return this.graph.whole ?? this.graph.with(this.components.sorted(), this.theCluster);
  }

  /**
   * The manifests but for those that Terraform applies before the components; complete after `_prepare()`.
   *
   * @internal
   */
  public _deliveredManifests(): Manifest[] {
    return this.delivered;
  }

  /**
   * The walk through its first boot; complete after `_prepare()`.
   *
   * @internal
   */
  public _rehearsal(): Rehearsal {
    return this.graph.rehearsal(this._manifests(), this.boot, this.theCluster);
  }

  /**
   * The components that a user applies with kubectl, since nothing else installs them.
   *
   * @internal
   */
  public _filedComponents(): Component[] {
    return this.delivery._filedComponents(this.components.sorted());
  }

  /**
   * Whether CustomResourceDefinitions are applied by a step of their own, before the other manifests.
   *
   * @internal
   */
  public _appliesCrdsApart(): boolean {
    return this.delivery._appliesCrdsApart();
  }

  /**
   * Files for whoever applies the manifests with kubectl, by path.
   *
   * @internal
   */
  public _kubectlFiles(): Map<string, string> {
    return this.delivery._kubectlFiles(this);
  }

  /**
   * The commands that apply the output, in their order, for the report.
   *
   * @internal
   */
  public _nextSteps(folders: OutputFolders): string[] {
    return this.delivery._nextSteps(this, folders);
  }

  /**
   * What a person has to know before the commands, for the report.
   *
   * @internal
   */
  public _notes(): string[] {
    return [...(this.theCluster === undefined ? [] : reachabilityNotes(this.theCluster)), ...notesBelow(this)];
  }

  /**
   * The environment's Terraform stacks, in the order in which they are applied.
   *
   * @internal
   */
  public _stacks(): TerraformStack[] {
    return [...this.stacks];
  }

  /**
   * Adds a Terraform stack with the provider's backend and settings, which is applied after those that there are.
   *
   * @internal
   */
  public _addStack(purpose: string): TerraformStack {
    const stack = new TerraformStack(this.terraformApp, `${this.environmentName}-${purpose}`);
    markEnvironment(this, stack);
    this.stacks.slice(-1).forEach((before) => stack.addDependency(before));
    this.stacks.push(stack);
    this.provider.configureStack(stack, this);
    return stack;
  }

  private validate(): string[] {
    if (!this.theCluster) {
      return ['has no cluster: add a composition such as DataPlatform, or call addCluster()'];
    }
    const findings = [...this.graph.findings(this._manifests()), ...this._rehearsal().findings];
    return findings.map(({ path, message }) => `[${path}] ${message}`);
  }

  private newServiceName(name: string): string {
    checkServiceName(this, 'name', name);
    textInYaml(this, 'name', name);
    if (this.serviceNames.has(name)) {
      fail(
        this,
        'name',
        'must be unique among the backing services of an environment',
        name,
        `choose another; there are already: ${[...this.serviceNames].join(', ')}`,
      );
    }
    this.serviceNames.add(name);
    return name;
  }
}
