import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { TopicProps } from '../../contracts/message-bus';
import { namespaceNameOf } from '../../contracts/namespace';
import { DependencyGraph, TopicPart } from './dependency-graph';

/**
 * A topic through which services of a `Microservices` tell each other something. Services that produce or consume it say so in their
 * dependencies, and may do nothing else with the message bus.
 *
 * One without a producer, or without a consumer, is found at synthesis.
 *
 * @example
 * const messageBus = environment.addMessageBus('kafka');
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core, messageBus });
 * const paid = new Topic(shop, 'orders-paid', { partitions: 6 });
 * new Microservice(shop, 'payments', {
 *   image: 'ghcr.io/acme/payments:1.4.2',
 *   dependencies: [Dependency.produces(paid)],
 *   entryPoint: true,
 * });
 * new Microservice(shop, 'shipping', { image: 'ghcr.io/acme/shipping:1.4.2', dependencies: [Dependency.consumes(paid)] });
 */
@checked('Topic')
export class Topic extends Construct {
  /** Its name in the bus: that of the namespace of the Microservices, a dot, and the construct's id. */
  public readonly topicName: string;

  /** @throws InvalidInputError when the Microservices have no message bus, the name is malformed or taken, or a prop is out of bounds */
  public constructor(scope: Construct, id: string, props: TopicProps = {}) {
    super(scope, id);
    const graph = DependencyGraph.of(this, 'Topic');
    const bus =
      graph.bus ??
      fail(this, 'messageBus', 'must be given to the Microservices', undefined, 'give it the bus of the environment');
    const namespace = namespaceNameOf(this, graph.namespace);
    this.topicName = `${namespace}.${id}`;
    bus.addTopic(this.topicName, props);
    const { partitions = 3 } = props;
    const details = [this.topicName, `${partitions} partition${partitions === 1 ? '' : 's'}`];
    const part: TopicPart = { kind: 'topic', name: id, namespace, ports: [], details, bus, topicName: this.topicName };
    graph.addTopic(this, part);
    this.node.addValidation({
      validate: () => [
        ...(graph.isCalledBy(part, 'produces')
          ? []
          : ['has no producer; add Dependency.produces() to the service that writes it, or remove it']),
        ...(graph.isCalledBy(part, 'consumes')
          ? []
          : ['has no consumer; add Dependency.consumes() to the service that reads it, or remove it']),
      ],
    });
  }
}
