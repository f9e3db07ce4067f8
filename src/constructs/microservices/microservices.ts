import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { IMessageBus } from '../../contracts/message-bus';
import { INamespace } from '../../contracts/namespace';
import { IWorkload } from '../../contracts/workload';
import { Dependency } from './dependency';
import { DependencyGraph } from './dependency-graph';
import { toMarkdownTable } from './markdown-table';
import { toMermaid } from './mermaid';
import { ServiceGraph } from './service-graph';
import { toSvg } from './svg';

/** Properties of a graph of services. */
export interface MicroservicesProps {
  /** The namespace of the services that name none, and of the topics. */
  readonly namespace: INamespace;
  /**
   * The message bus of the topics.
   *
   * @default - there are no topics
   */
  readonly messageBus?: IMessageBus;
}

/**
 * Services that depend on each other. Each `Microservice` below it says once what it depends on; from that follow the environment variables with
 * addresses, network policies of both ends by port, users and permissions of databases, buckets and topics, and the order in which Argo CD
 * starts them.
 *
 * Dependencies that make services wait for each other are found at synthesis.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * const payments = new Microservice(shop, 'payments', { image: 'ghcr.io/acme/payments:1.4.2' });
 * new Microservice(shop, 'orders', {
 *   image: 'ghcr.io/acme/orders:1.4.2',
 *   dependencies: [Dependency.http(payments), Dependency.database(platform.database)],
 *   entryPoint: true,
 * });
 */
@checked('Microservices')
export class Microservices extends Construct {
  /** The namespace of the services that name none, and of the topics. */
  public readonly namespace: INamespace;
  private readonly graph: DependencyGraph;

  /** @throws InvalidInputError when the namespace or the bus is of another environment */
  public constructor(scope: Construct, id: string, props: MicroservicesProps) {
    super(scope, id);
    checkReferences(this, props);
    this.namespace = props.namespace;
    this.graph = new DependencyGraph(this, props.namespace, props.messageBus);
  }

  /**
   * Has a job, or another workload that is no service of the graph, depend on services. Argo CD applies it after all services, and nothing waits for
   * it.
   *
   * @throws InvalidInputError when it is a service of the graph, or depends on what is of other Microservices or of another environment
   */
  public addClient(workload: IWorkload, dependencies: Dependency[]): void {
    checkReferences(this, { workload });
    const { namespace, serviceAccountName: name } = workload.identity;
    const client = this.graph.addClient(workload, { kind: 'job', name, namespace, ports: [], details: [] });
    for (const dependency of dependencies) dependency._connect(this.graph, client);
  }

  /**
   * The graph as a flowchart of Mermaid, which GitHub and GitLab draw in a block of Markdown: services by namespace, what they depend on, and each
   * dependency with its port.
   */
  public toMermaid(): string {
    return toMermaid(this.graph.data(), this.node.id);
  }

  /** The graph as a picture that needs no program, nor fonts or scripts from elsewhere. */
  public toSvg(): string {
    return toSvg(this.graph.data(), this.node.id);
  }

  /** The graph as a table in Markdown, a row for each of its parts. */
  public toMarkdown(): string {
    return toMarkdownTable(this.graph.data());
  }

  /**
   * The graph as data.
   *
   * @internal
   */
  public _graph(): ServiceGraph {
    return this.graph.data();
  }
}
