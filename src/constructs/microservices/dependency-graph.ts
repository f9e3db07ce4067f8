import { ApiObject, Lazy } from 'cdk8s';
import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';
import { IMessageBus } from '../../contracts/message-bus';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { nearest } from '../../contracts/scope';
import { IWorkload } from '../../contracts/workload';
import { ServiceEdge, ServiceEdgeKind, ServiceGraph, ServiceNode, ServiceNodeKind } from './service-graph';
import { StartupOrder } from './startup-order';

const GRAPH = Symbol.for('ml-platform-constructs.DependencyGraph');

/** Source: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';

/**
 * The wave of what nothing may wait for. Argo CD does not wait for the last wave, and takes for failed what is degraded in another one, as an
 * autoscaler is until the first metrics of its pods are there; a Job is waited for until it is done.
 *
 * Source: https://github.com/argoproj/argo-cd/blob/2c6e46a9a9bad359a89103bcc95a1ca3d5a5f420/gitops-engine/pkg/sync/sync_context.go, ../health/health_hpa.go
 */
const LAST_WAVE = '1000';

/** Something of a graph, as pictures show it. */
export interface Part {
  readonly kind: ServiceNodeKind;
  readonly name: string;
  readonly namespace?: string;
  readonly ports: readonly number[];
  readonly details: readonly string[];
}

/** A port of a service that others call. */
export interface CalledPort {
  readonly name: string;
  /** Port of the pods. */
  readonly port: number;
  readonly servicePort: number;
}

/** A service that others can call. */
export interface ServicePart extends Part {
  readonly workload: IWorkload;
  readonly host: string;
  readonly calledPorts: readonly CalledPort[];
  /** Opens one port of the pods to a peer. */
  admit(port: number, peer: NetworkPeer): void;
}

/** A topic that others produce and consume. */
export interface TopicPart extends Part {
  readonly bus: IMessageBus;
  readonly topicName: string;
}

/** What depends on others. */
export interface Client {
  readonly workload: IWorkload;
  readonly part: Part;
  /** What the names of variables stand for. */
  readonly variables: Map<string, unknown>;
}

interface Edge {
  readonly from: Part;
  readonly to: Part;
  readonly kind: ServiceEdgeKind;
  readonly port?: number;
}

/** Kinds of edges by which nothing waits for their end: that is outside the cluster. */
const UNORDERED: readonly ServiceEdgeKind[] = ['external'];

/** Who depends on whom in one `Microservices`. */
export class DependencyGraph {
  /**
   * The graph that a construct is part of.
   *
   * @param what its class
   * @throws InvalidInputError when it is part of none
   */
  public static of(scope: IConstruct, what: string): DependencyGraph {
    const found = nearest(scope, GRAPH) as DependencyGraph | undefined;
    const fix = `make it below one: new ${what}(shop, id, …)`;
    return found ?? fail(scope, 'scope', 'must be a Microservices or below one', scope.node.path, fix);
  }

  private readonly services = new Map<IConstruct, ServicePart>();
  /** Services by namespace and name. */
  private readonly names = new Map<string, IConstruct>();
  private readonly clients = new Map<IConstruct, Client>();
  private readonly topics = new Map<IConstruct, TopicPart>();
  /** What is not made here, by what stands for it. */
  private readonly others = new Map<object, Part>();
  /** By kind and name. */
  private readonly otherNames = new Set<string>();
  private readonly parts = new Set<Part>();
  private readonly edges = new Map<string, Edge>();
  private readonly ids = new Map<Part, number>();
  private readonly called = new Map<Part, Set<ServiceEdgeKind>>();
  private order?: StartupOrder<Part>;

  /** @param owner the construct whose children it is about */
  public constructor(
    private readonly owner: IConstruct,
    public readonly namespace: INamespace,
    public readonly bus: IMessageBus | undefined,
  ) {
    Object.defineProperty(owner, GRAPH, { value: this });
    owner.node.addValidation({ validate: () => this.cycleFindings() });
  }

  /** @throws InvalidInputError when its namespace has a part of that name */
  public addService(construct: IConstruct, part: ServicePart): Client {
    const key = `${part.namespace ?? ''}/${part.name}`;
    const other = this.names.get(key);
    if (other) {
      const fix = `choose another; ${other.node.path} has it`;
      fail(construct, 'name', 'must be unique among the services of a namespace', part.name, fix);
    }
    this.names.set(key, construct);
    this.services.set(construct, part);
    this.addPart(part);
    return { workload: part.workload, part, variables: new Map() };
  }

  public addTopic(construct: IConstruct, part: TopicPart): void {
    this.topics.set(construct, part);
    this.addPart(part);
  }

  /** Adds what calls services and is called by none. */
  public addClient(workload: IWorkload, part: Part): Client {
    if (this.services.has(workload)) {
      const fix = 'call addDependency() of the service';
      fail(workload, 'addClient', 'must be given what is no service of the graph', workload.node.path, fix);
    }
    const known = this.clients.get(workload);
    if (known) return known;
    const client: Client = { workload, part, variables: new Map() };
    this.clients.set(workload, client);
    this.addPart(part);
    const { defaultChild } = workload.node;
    if (defaultChild && ApiObject.isApiObject(defaultChild)) this.comesLast(defaultChild);
    return client;
  }

  /** The service that a construct is, which a client depends on. */
  public service(client: Client, construct: IConstruct): ServicePart {
    const found = this.services.get(construct) ?? this.unknown(client, construct, 'Microservice');
    if (found === client.part) {
      fail(client.workload, 'dependencies', 'must be other services', construct.node.path, 'leave it out');
    }
    return found;
  }

  /** The topic that a construct is, which a client depends on. */
  public topic(client: Client, construct: IConstruct): TopicPart {
    return this.topics.get(construct) ?? this.unknown(client, construct, 'Topic');
  }

  /** What is not made here; the first that asks for it adds it. */
  public other(client: Client, target: object, part: Part): Part {
    const known = this.others.get(target);
    if (known) return known;
    const key = `${part.kind} ${part.name}`;
    if (this.otherNames.has(key)) {
      const fix = 'make it once and use that object everywhere, or rename one';
      fail(client.workload, 'dependencies', `must not have two of kind ${part.kind} with one name`, part.name, fix);
    }
    this.otherNames.add(key);
    this.others.set(target, part);
    this.addPart(part);
    return part;
  }

  public addEdge(edge: Edge): void {
    this.order = undefined;
    this.edges.set([this.ids.get(edge.from), this.ids.get(edge.to), edge.kind, edge.port].join(), edge);
    const kinds = this.called.get(edge.to);
    if (kinds) kinds.add(edge.kind);
    else this.called.set(edge.to, new Set([edge.kind]));
    if (edge.kind === 'consumes') this.called.set(edge.from, (this.called.get(edge.from) ?? new Set()).add(edge.kind));
  }

  /** Whether anything depends on a part by one of some kinds of edges, or it consumes, where that is one of them. */
  public isCalledBy(part: Part, ...kinds: ServiceEdgeKind[]): boolean {
    const found = this.called.get(part);
    return found !== undefined && kinds.some((kind) => found.has(kind));
  }

  /** Has Argo CD apply an object when all is ready that a part waits for; known at synthesis. */
  public comesAtStep(object: ApiObject, part: Part): void {
    annotate(object, () => {
      const step = this.startupOrder.stepOf(part);
      return step === undefined || step === 0 ? undefined : String(step);
    });
  }

  /** Has Argo CD apply an object after all that anything waits for. */
  public comesLast(object: ApiObject): void {
    annotate(object, () => (this.hasOrder() ? LAST_WAVE : undefined));
  }

  /** The graph as data. */
  public data(): ServiceGraph {
    const names = this.namesOfParts();
    const nodes = [...this.parts].map((part): ServiceNode => {
      const { kind, namespace, ports, details } = part;
      const startupStep = kind === 'external' ? undefined : this.startupOrder.stepOf(part);
      return { name: names.get(part) ?? part.name, kind, namespace, startupStep, ports, details };
    });
    const edges = [...this.edges.values()].map(({ from, to, kind, port }): ServiceEdge => {
      return { from: names.get(from) ?? from.name, to: names.get(to) ?? to.name, kind, port };
    });
    return { nodes, edges };
  }

  private addPart(part: Part): void {
    this.ids.set(part, this.parts.size);
    this.parts.add(part);
    this.order = undefined;
  }

  private unknown(client: Client, construct: IConstruct, what: string): never {
    const fix = `use a ${what} of ${this.owner.node.path}, or make both below one Microservices`;
    const given = `${construct.constructor.name} ${construct.node.path}`;
    fail(client.workload, 'dependencies', `must be of its own Microservices ${this.owner.node.path}`, given, fix);
  }

  private get startupOrder(): StartupOrder<Part> {
    if (this.order) return this.order;
    const waitsFor = new Map([...this.parts].map((part) => [part, new Set<Part>()]));
    for (const { from, to, kind } of this.edges.values()) {
      if (!UNORDERED.includes(kind)) waitsFor.get(from)?.add(to);
    }
    this.order = new StartupOrder(waitsFor);
    return this.order;
  }

  private hasOrder(): boolean {
    return [...this.edges.values()].some(({ kind }) => !UNORDERED.includes(kind));
  }

  private cycleFindings(): string[] {
    return this.startupOrder.cycles().map((cycle) => {
      const names = [...cycle, cycle[0]].map(({ name }) => name).join(' -> ');
      return `has services that wait for each other: ${names}; remove one of these dependencies, or have one service tell the other by a Topic, which orders nothing`;
    });
  }

  /** The names, each with what it takes to be unique. */
  private namesOfParts(): Map<Part, string> {
    const count = new Map<string, number>();
    for (const { name } of this.parts) count.set(name, (count.get(name) ?? 0) + 1);
    const workloads = ['gateway', 'service', 'job'];
    return new Map(
      [...this.parts].map((part) => {
        const { name, kind, namespace = '' } = part;
        if (count.get(name) === 1) return [part, name];
        return [part, workloads.includes(kind) ? `${namespace}/${name}` : `${name} (${kind})`];
      }),
    );
  }
}

/** An annotation whose value is known at synthesis; undefined for none. */
function annotate(object: ApiObject, produce: () => string | undefined): void {
  object.metadata.addAnnotation(SYNC_WAVE, Lazy.any({ produce }) as string);
}
