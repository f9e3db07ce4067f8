import { Access, GrantOptions, IBackingService, ServiceBinding } from '../../contracts/backing-service';
import { ICache, IDatabase, IObjectStore } from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { upperSnakeCase } from '../../contracts/names';
import { IServiceWorkload } from '../../contracts/workload';
import { Client, DependencyGraph, Part } from './dependency-graph';
import { ExternalService } from './external-service';
import { ServiceNodeKind } from './service-graph';
import { Topic } from './topic';

/** A service of a graph, which others can call. */
export interface IMicroservice extends IServiceWorkload {
  /** DNS name of its Service inside the cluster. */
  readonly host: string;
  /** Port that its pods listen on. */
  readonly port: number;
}

/** How a service is called. */
export interface CallOptions {
  /**
   * Name of the port, which is one of the extraPorts of the service.
   *
   * @default - the one that `port` of the service is about
   */
  readonly portName?: string;
  /**
   * What the names of the environment variables begin with, such as `REGISTRY`; for two services of one name.
   *
   * @default - the name of the service in upper snake case
   */
  readonly variablePrefix?: string;
}

/** Which part of a database a service uses, and how. */
export interface DatabaseDependencyOptions {
  /**
   * Whether it only reads.
   *
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * The database of the server; see `GrantOptions.database`.
   *
   * @default - the one that the server begins with
   */
  readonly database?: string;
  /**
   * The schema; see `GrantOptions.schema`.
   *
   * @default - the schema of the service's namespace; with readOnly all schemas
   */
  readonly schema?: string;
}

/** Which part of a bucket or cache a service uses, and how. */
export interface StoreDependencyOptions {
  /**
   * Whether it only reads.
   *
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * The folders of the bucket, or the beginnings of keys of the cache; see `GrantOptions.prefixes`.
   *
   * @default - the whole bucket, all keys of the cache
   */
  readonly prefixes?: string[];
}

/** How a topic is consumed. */
export interface ConsumerOptions {
  /**
   * Name of the group of consumers that share the messages; it begins with the namespace of the consumer and a dot.
   *
   * @default - the namespace, a dot and the name of the consumer
   */
  readonly group?: string;
}

/**
 * What a service needs of another service, a backing service, a topic, or of something outside the cluster. It gives the service
 * environment variables, permissions and connections, both ends of them.
 *
 * All but `produces` and `consumes` order the start: what is depended on comes first. Topics order nothing between services; the message bus
 * comes before both of its ends.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * const stock = new Microservice(shop, 'stock', {
 *   image: 'ghcr.io/acme/stock:1.4.2',
 *   dependencies: [Dependency.database(platform.database)],
 * });
 * new Microservice(shop, 'orders', {
 *   image: 'ghcr.io/acme/orders:1.4.2',
 *   dependencies: [Dependency.http(stock)],
 *   entryPoint: true,
 * });
 */
@checked('Dependency')
export class Dependency {
  /**
   * Calls by HTTP. Of a service `model-registry` it gives `MODEL_REGISTRY_URL`, such as `http://model-registry.ml.svc.cluster.local:8080`, `_HOST` and
   * `_PORT`.
   */
  public static http(service: IMicroservice, options: CallOptions = {}): Dependency {
    return new Dependency((graph, client) => call('http', graph, client, service, options));
  }

  /**
   * Calls by gRPC. Of a service `model-registry` it gives `MODEL_REGISTRY_HOST` and `_PORT`. A connection stays with one pod for as long as it lasts.
   */
  public static grpc(service: IMicroservice, options: CallOptions = {}): Dependency {
    return new Dependency((graph, client) => call('grpc', graph, client, service, options));
  }

  /** Uses a database; see `IDatabase` for what it gives. */
  public static database(server: IDatabase, options: DatabaseDependencyOptions = {}): Dependency {
    const { readOnly, ...grant } = options;
    return new Dependency((graph, client) => {
      use(graph, client, server, { kind: 'database', ports: [server.port] }, accessOf(readOnly), grant);
    });
  }

  /** Uses a bucket; see `IObjectStore` for what it gives. */
  public static bucket(bucket: IObjectStore, options: StoreDependencyOptions = {}): Dependency {
    const { readOnly, ...grant } = options;
    return new Dependency((graph, client) => {
      use(graph, client, bucket, { kind: 'bucket', ports: [] }, accessOf(readOnly), grant);
    });
  }

  /** Uses a cache; see `ICache` for what it gives. */
  public static cache(cache: ICache, options: StoreDependencyOptions = {}): Dependency {
    const { readOnly, ...grant } = options;
    return new Dependency((graph, client) => {
      use(graph, client, cache, { kind: 'cache', ports: [cache.port] }, accessOf(readOnly), grant);
    });
  }

  /**
   * Writes messages to a topic. Of a topic `training-jobs` it gives `TRAINING_JOBS_TOPIC`, its whole name, beside what the bus gives (see
   * `IMessageBus`).
   */
  public static produces(topic: Topic): Dependency {
    return new Dependency((graph, client) => exchange('produces', graph, client, topic));
  }

  /** Reads the messages of a topic. It gives what `produces` gives, and `TRAINING_JOBS_GROUP`, the group of consumers. */
  public static consumes(topic: Topic, options: ConsumerOptions = {}): Dependency {
    return new Dependency((graph, client) => exchange('consumes', graph, client, topic, options));
  }

  /** Uses something outside the cluster; see `ExternalService` for what it gives. It orders nothing. */
  public static external(service: ExternalService): Dependency {
    return new Dependency((graph, client) => {
      const { name, port, host } = service;
      const to = graph.other(client, service, { kind: 'external', name, ports: [port], details: [host] });
      client.workload.addBinding(name, service._binding());
      graph.addEdge({ from: client.part, to, kind: 'external', port });
    });
  }

  /** Starts after another service, and does not connect to it. */
  public static startsAfter(service: IMicroservice): Dependency {
    return new Dependency((graph, client) => {
      checkReferences(client.workload, { dependencies: service });
      graph.addEdge({ from: client.part, to: graph.service(client, service), kind: 'starts-after' });
    });
  }

  private constructor(private readonly connect: (graph: DependencyGraph, client: Client) => void) {}

  /**
   * Gives a client what the dependency takes.
   *
   * @internal
   */
  public _connect(graph: DependencyGraph, client: Client): void {
    this.connect(graph, client);
  }
}

function accessOf(readOnly = false): Access {
  return readOnly ? Access.READ : Access.READ_WRITE;
}

function call(
  kind: 'http' | 'grpc',
  graph: DependencyGraph,
  client: Client,
  service: IMicroservice,
  { portName = 'http', variablePrefix }: CallOptions,
): void {
  const { workload, part: from } = client;
  checkReferences(workload, { dependencies: service });
  const to = graph.service(client, service);
  const called =
    to.calledPorts.find(({ name }) => name === portName) ??
    fail(
      workload,
      'dependencies',
      `must name a port of ${to.name}`,
      portName,
      `use one of: ${to.calledPorts.map(({ name }) => name).join(', ')}`,
    );
  const prefix = variablePrefix ?? upperSnakeCase(to.name);
  if (!/^[A-Z][A-Z0-9_]*$/.test(prefix)) {
    fail(workload, 'variablePrefix', 'must be in upper snake case', prefix, "write it like 'STOCK'");
  }
  claim(client, prefix, to, 'give one of them a variablePrefix');
  const { host } = to;
  const port = String(called.servicePort);
  workload.addBinding(to.name, {
    ...NOTHING,
    env: {
      ...(kind === 'http' ? { [`${prefix}_URL`]: `http://${host}:${port}` } : {}),
      [`${prefix}_HOST`]: host,
      [`${prefix}_PORT`]: port,
    },
    // policies are about ports of pods, not of Services
    egress: [{ ...to.workload.peer, ports: [called.port] }],
  });
  to.admit(called.port, workload.peer);
  graph.addEdge({ from, to, kind, port: called.servicePort });
}

const NOTHING: ServiceBinding = { env: {}, secretEnv: [], egress: [], namespaceLabels: {} };

function use(
  graph: DependencyGraph,
  client: Client,
  service: IBackingService,
  { kind, ports }: { kind: ServiceNodeKind & ('database' | 'bucket' | 'cache'); ports: number[] },
  access: Access,
  options: GrantOptions,
): void {
  checkReferences(client.workload, { dependencies: service });
  const part: Part = { kind, name: service.serviceName, ports, details: [] };
  const to = graph.other(client, service, part);
  const given = Object.values(options).some((value) => value !== undefined) ? options : undefined;
  if (access === Access.READ) service.grantRead(client.workload, given);
  else service.grantReadWrite(client.workload, given);
  graph.addEdge({ from: client.part, to, kind, port: ports[0] });
}

function exchange(
  kind: 'produces' | 'consumes',
  graph: DependencyGraph,
  client: Client,
  topic: Topic,
  { group }: ConsumerOptions = {},
): void {
  const { workload, part: from } = client;
  checkReferences(workload, { dependencies: topic });
  const to = graph.topic(client, topic);
  const prefix = upperSnakeCase(to.name);
  const env = { [`${prefix}_TOPIC`]: to.topicName };
  if (kind === 'produces') {
    to.bus.grantProduce(workload, [to.topicName]);
    workload.addBinding(to.name, { ...NOTHING, env });
  } else {
    const name = groupOf(client, group);
    claim(client, `${prefix}_GROUP`, name, 'let one service consume the topic in one group');
    to.bus.grantConsume(workload, [to.topicName], name);
    workload.addBinding(to.name, { ...NOTHING, env: { ...env, [`${prefix}_GROUP`]: name } });
  }
  graph.addEdge({ from, to, kind });
}

/** Refuses a second meaning of a variable, or of what variables begin with. */
function claim({ workload, variables }: Client, name: string, meaning: unknown, fix: string): void {
  if (variables.has(name) && variables.get(name) !== meaning) {
    fail(workload, 'dependencies', 'must not have two for one variable', name, fix);
  }
  variables.set(name, meaning);
}

function groupOf({ workload, part }: Client, group: string | undefined): string {
  const { namespace } = workload.identity;
  if (group === undefined) return `${namespace}.${part.name}`;
  if (!group.startsWith(`${namespace}.`) || !/^[A-Za-z0-9._-]{1,249}$/.test(group) || group.endsWith('.')) {
    const rule = `must have a group that begins with '${namespace}.', the namespace of the consumer`;
    const fix = `write it like '${namespace}.${part.name}', of letters, digits, dots, underscores and hyphens`;
    fail(workload, 'dependencies', rule, group, fix);
  }
  return group;
}
