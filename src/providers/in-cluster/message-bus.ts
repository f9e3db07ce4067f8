import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { strimzi, STRIMZI_NAMESPACE, STRIMZI_POD_LABELS } from '../../components/strimzi';
import { Access, GrantOptions, ServiceBinding } from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { ComponentRegistry } from '../../contracts/component-registry';
import { contentHash } from '../../contracts/content-hash';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { MessageBusProps, TopicProps } from '../../contracts/message-bus';
import { wholeUnits } from '../../contracts/quantity';
import { Tier } from '../../contracts/tier';
import { backingServicesNamespaceOf, isProtected, usesLabel } from '../backing-service';
import { BusGrant } from '../bus-grant';
import { busVariables, DEFAULT_PARTITIONS, MessageBus, SCRAM, topicConfig } from '../message-bus';
import { apiServerEgress, BackingServices, lazily, metadata, pods, podsIn, tcp, usersOf } from './backing-services';
import { BusUsers } from './bus-users';

/**
 * Strimzi 1.2 runs 4.2 and 4.3.
 *
 * Source: https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/kafka-versions.yaml
 */
const KAFKA_VERSION = '4.3.1';

/** Port of the listener for clients. */
const CLIENT_PORT = 9093;
/**
 * Ports that Strimzi uses itself: of the controllers, between brokers, and of its agent beside each.
 *
 * Source: https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaCluster.java
 */
const CONTROLLER_PORT = 9090;
const REPLICATION_PORT = 9091;
const AGENT_PORT = 8443;

const STORAGE_GIB: { [tier in Tier]: number } = {
  [Tier.LOCAL]: 5,
  [Tier.DEVELOPMENT]: 20,
  [Tier.STAGING]: 50,
  [Tier.PRODUCTION]: 100,
};

/** Memory of one broker, of which Strimzi gives Java the half, and its CPU request. */
const RESOURCES: { [tier in Tier]: { memory: string; cpu: string } } = {
  [Tier.LOCAL]: { memory: '1Gi', cpu: '100m' },
  [Tier.DEVELOPMENT]: { memory: '1Gi', cpu: '250m' },
  [Tier.STAGING]: { memory: '2Gi', cpu: '500m' },
  [Tier.PRODUCTION]: { memory: '4Gi', cpu: '1' },
};

/** What a broker that is a controller too can start and work with. */
const MIN_MEMORY_MIB = 768;

/** Each of the two operators of topics and users. */
const OPERATOR_RESOURCES = { requests: { cpu: '20m', memory: '256Mi' }, limits: { memory: '512Mi' } };

/** Names of the pool and of what Strimzi makes of a Kafka. */
const POOL_SUFFIX = '-brokers';

/**
 * The authority of the brokers' certificates is renewed half a year before it ends, so that whatever runs for less than that has the new one in
 * time: pods have it as they started.
 */
const CA = { generateCertificateAuthority: true, validityDays: 1825, renewalDays: 180 };

/**
 * Kafka in the cluster, run by Strimzi without ZooKeeper: every broker is a controller too. Clients reach it by TLS only, as users with a
 * password (SCRAM-SHA-512) and access control lists; nobody else is let in.
 *
 * With three brokers or more, each message is on three of them, and one can be lost with neither data nor availability.
 */
@checked('IMessageBus')
export class InClusterMessageBus extends MessageBus {
  public readonly serviceName: string;
  public readonly saslMechanism = SCRAM;
  private readonly users: BusUsers;
  private readonly copies: number;

  public constructor(environment: IEnvironment, name: string, cluster: ICluster, props: MessageBusProps) {
    const services = BackingServices.ofEnvironment(environment);
    services.reserveName(name, ['-kafka-bootstrap', '-kafka-brokers']);
    super(services, name);
    this.serviceName = name;
    this.check(environment.tier, props);
    const brokers = props.brokers ?? (isProtected(environment.tier) ? 3 : 1);
    this.copies = Math.min(3, brokers);
    ComponentRegistry.of(environment).require(strimzi({ watchedNamespace: environment.backingServicesNamespace }));
    this.addBrokers(environment.tier, cluster, props, brokers);
    this.addKafka(cluster, props);
    this.users = new BusUsers(services, this, 'users', this);
    this.addNetworkPolicies();
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    return this.bindGrant(identity, (grant) => grant.prefixes.add(this, access, options));
  }

  protected bindGrant(identity: IWorkloadIdentity, change: (grant: BusGrant) => void): ServiceBinding {
    const secretName = this.users.add(identity, change);
    const namespace = backingServicesNamespaceOf(this);
    const { env, secretEnv } = busVariables(this, secretName);
    const servers = `${this.serviceName}-kafka-bootstrap.${namespace}.svc.cluster.local`;
    return {
      env: { ...env, [`${this.prefix}_BOOTSTRAP_SERVERS`]: `${servers}:${CLIENT_PORT}` },
      secretEnv,
      egress: [{ namespace, podLabels: this.brokerLabels, ports: [CLIENT_PORT] }],
      namespaceLabels: usesLabel(this.serviceName),
    };
  }

  protected makeTopic(name: string, props: TopicProps): void {
    const objectName = `${this.serviceName}.${name}`;
    new ApiObject(this, `topic-${name}`, {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaTopic',
      metadata: this.ofBus(
        /^[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?$/.test(objectName) && !/\.[.-]|-\./.test(objectName)
          ? objectName
          : `${this.serviceName}.${contentHash(name)}`,
        'topic',
      ),
      spec: {
        topicName: name,
        partitions: props.partitions ?? DEFAULT_PARTITIONS,
        replicas: this.copies,
        config: topicConfig(props),
      },
    });
  }

  private get prefix(): string {
    return busVariables(this, '').prefix;
  }

  private get brokerLabels(): { [key: string]: string } {
    return { 'strimzi.io/cluster': this.serviceName, 'strimzi.io/name': `${this.serviceName}-kafka` };
  }

  private get operatorLabels(): { [key: string]: string } {
    return { 'strimzi.io/cluster': this.serviceName, 'strimzi.io/name': `${this.serviceName}-entity-operator` };
  }

  /** Metadata of an object that Strimzi takes for one of this Kafka. */
  private ofBus(name: string, component: string): { [field: string]: unknown } {
    const base = metadata(this, name, component);
    return { ...base, labels: { ...base.labels, 'strimzi.io/cluster': this.serviceName } };
  }

  private addBrokers(tier: Tier, cluster: ICluster, props: MessageBusProps, brokers: number): void {
    const { cpu } = RESOURCES[tier];
    const memory = props.memory ?? RESOURCES[tier].memory;
    new ApiObject(this, 'brokers', {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaNodePool',
      metadata: this.ofBus(`${this.serviceName}${POOL_SUFFIX}`, 'kafka'),
      spec: {
        replicas: brokers,
        roles: ['controller', 'broker'],
        storage: {
          type: 'jbod',
          volumes: [
            {
              id: 0,
              type: 'persistent-claim',
              size: props.storage ?? `${STORAGE_GIB[tier]}Gi`,
              class: cluster.defaultStorageClass,
              kraftMetadata: 'shared',
              // the messages stay when the Kafka is deleted
              deleteClaim: false,
            },
          ],
        },
        resources: { requests: { cpu, memory }, limits: { memory } },
      },
    });
  }

  private addKafka(cluster: ICluster, { retentionHours = 168 }: MessageBusProps): void {
    const leastInSync = Math.max(1, this.copies - 1);
    const zones = cluster.capabilities.zones.length > 1;
    new ApiObject(this, 'Resource', {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'Kafka',
      metadata: metadata(this, this.serviceName, 'kafka'),
      spec: {
        kafka: {
          version: KAFKA_VERSION,
          metadataVersion: '4.3-IV0',
          listeners: [
            {
              name: 'tls',
              port: CLIENT_PORT,
              type: 'internal',
              tls: true,
              authentication: { type: SCRAM.toLowerCase() },
            },
          ],
          authorization: { type: 'simple' },
          config: {
            // within what the access control lists let a user make
            'auto.create.topics.enable': true,
            'num.partitions': DEFAULT_PARTITIONS,
            'default.replication.factor': this.copies,
            'min.insync.replicas': leastInSync,
            'offsets.topic.replication.factor': this.copies,
            'transaction.state.log.replication.factor': this.copies,
            'transaction.state.log.min.isr': leastInSync,
            'log.retention.hours': retentionHours,
          },
          template: {
            pod: {
              topologySpreadConstraints: [
                {
                  maxSkew: 1,
                  topologyKey: zones ? 'topology.kubernetes.io/zone' : 'kubernetes.io/hostname',
                  whenUnsatisfiable: 'ScheduleAnyway',
                  labelSelector: { matchLabels: this.brokerLabels },
                },
              ],
            },
          },
        },
        clusterCa: CA,
        entityOperator: {
          topicOperator: { resources: OPERATOR_RESOURCES },
          // its Secrets are apart from those that External Secrets makes
          userOperator: { resources: OPERATOR_RESOURCES, secretPrefix: 'kafka.' },
        },
      },
    });
  }

  private addNetworkPolicies(): void {
    const brokers = pods(this.brokerLabels);
    const operator = podsIn(STRIMZI_NAMESPACE, { ...STRIMZI_POD_LABELS });
    new k8s.KubeNetworkPolicy(this, 'network-policy', {
      metadata: metadata(this, this.serviceName, 'kafka'),
      spec: {
        podSelector: { matchLabels: this.brokerLabels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          { from: [usersOf(this.serviceName)], ports: tcp(CLIENT_PORT) },
          { from: [brokers], ports: tcp(CONTROLLER_PORT, REPLICATION_PORT) },
          { from: [operator], ports: tcp(CONTROLLER_PORT, REPLICATION_PORT, AGENT_PORT) },
          { from: [pods(this.operatorLabels)], ports: tcp(REPLICATION_PORT) },
        ],
        // brokers read their certificates from Secrets
        egress: [{ to: [brokers], ports: tcp(CONTROLLER_PORT, REPLICATION_PORT) }, apiServerEgress()],
      },
    });
    new k8s.KubeNetworkPolicy(this, 'operator-network-policy', {
      metadata: metadata(this, `${this.serviceName}-entity-operator`, 'kafka'),
      spec: {
        podSelector: { matchLabels: this.operatorLabels },
        policyTypes: ['Egress'],
        egress: lazily(() => [{ to: [brokers], ports: tcp(REPLICATION_PORT) }, apiServerEgress()]),
      },
    });
  }

  private check(
    tier: Tier,
    { brokers, storage, memory, retentionHours, managed, instanceType }: MessageBusProps,
  ): void {
    if (managed === true && tier !== Tier.LOCAL) {
      fail(
        this,
        'managed',
        'must be false where the provider has no message bus of its own',
        managed,
        'leave it out, or use a provider that has one',
      );
    }
    if (instanceType !== undefined && managed !== true) {
      fail(this, 'instanceType', 'must come with managed', instanceType, 'leave it out: brokers are pods');
    }
    checkWhole(this, 'brokers', brokers, 1, 9, 'give 1, or 3 so that one can be lost');
    if (brokers !== undefined && brokers % 2 === 0) {
      fail(this, 'brokers', 'must be odd, since they vote', brokers, 'give 1, 3, 5, 7 or 9');
    }
    if (storage !== undefined) wholeUnits(this, 'storage', storage, 'Gi', 1, 65_536);
    if (memory !== undefined) wholeUnits(this, 'memory', memory, 'Mi', MIN_MEMORY_MIB, 2 ** 20);
    checkWhole(this, 'retentionHours', retentionHours, 1, 87_600, 'give hours, such as 168 for a week');
  }
}
