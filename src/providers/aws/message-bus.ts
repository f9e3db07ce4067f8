import { MskCluster } from '@cdktf/provider-aws/lib/msk-cluster';
import { MskConfiguration } from '@cdktf/provider-aws/lib/msk-configuration';
import { Construct } from 'constructs';
import { Access, GrantOptions, ServiceBinding } from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { MessageBusProps, TopicProps } from '../../contracts/message-bus';
import { wholeUnits } from '../../contracts/quantity';
import { usesLabel } from '../backing-service';
import { BackingServices, metadata } from '../in-cluster/backing-services';
import { CredentialDelivery } from '../in-cluster/credential-delivery';
import { credentialsSecretName } from '../in-cluster/user-credentials';
import { BusGrant } from '../bus-grant';
import { busVariables, DEFAULT_PARTITIONS, MessageBus } from '../message-bus';
import { boundedName, byTier, IAwsEnvironment, Statement } from './contract';
import { EksCluster } from './eks-cluster';
import { KmsKey, LogGroup } from './encryption';
import { MskTopics } from './msk-topics';
import { ServiceSecurityGroup } from './network';

/** Amazon's own mechanism: the client signs with the role of its pod. */
const IAM_MECHANISM = 'AWS_MSK_IAM';

/** Port of the brokers for clients that sign. */
const IAM_PORT = 9098;

/** Key of the Secret with the addresses, which only Terraform knows. */
const SERVERS_KEY = 'bootstrap-servers';

/**
 * Kafka on Amazon MSK, without ZooKeeper: encrypted at rest and on the way, in subnets without a route to the internet, reached by the
 * cluster only. A workload that is bound gets a role through Pod Identity, which may use the topics that it was granted; there are no
 * passwords. The client needs Amazon's library `aws-msk-iam-auth`.
 *
 * The addresses of the brokers reach the namespaces of workloads in a Secret, since only Terraform knows them.
 */
@checked('IMessageBus')
export class MskMessageBus extends MessageBus {
  public readonly serviceName: string;
  public readonly saslMechanism = IAM_MECHANISM;
  public readonly resource: MskCluster;
  public readonly securityGroup: ServiceSecurityGroup;
  /** Encrypts the messages. */
  public readonly key: KmsKey;
  private readonly clusterName: string;
  private readonly topics: MskTopics;
  private readonly grants = new Map<string, BusGrant>();

  public constructor(
    scope: Construct,
    id: string,
    private readonly aws: IAwsEnvironment,
    private readonly cluster: EksCluster,
    props: MessageBusProps,
  ) {
    super(scope, id);
    this.serviceName = id;
    BackingServices.ofEnvironment(aws.environment);
    const zones = aws.network.databaseSubnetIds.length;
    const brokers = checkedBrokers(this, zones, props);
    const copies = Math.min(3, brokers);
    const name = boundedName(64, aws.name, id);
    this.clusterName = name;
    this.key = new KmsKey(this, 'key', aws, {
      purpose: `bus-${id}`,
      description: `Encrypts the message bus ${id} of ${aws.name}`,
    });
    this.securityGroup = new ServiceSecurityGroup(this, 'security-group', aws, {
      name: `bus-${id}`,
      description: `Message bus ${id} of ${aws.name}`,
      port: IAM_PORT,
      fromSecurityGroupId: cluster.securityGroupId,
    });
    const logs = new LogGroup(this, 'logs', aws, `/aws/msk/${name}`);
    const configuration = new MskConfiguration(this, 'configuration', {
      name,
      serverProperties: serverProperties(copies, props.retentionHours),
    });
    this.resource = new MskCluster(this, 'Resource', {
      clusterName: name,
      kafkaVersion: '3.9.x.kraft',
      numberOfBrokerNodes: brokers,
      brokerNodeGroupInfo: {
        clientSubnets: aws.network.databaseSubnetIds,
        instanceType: instanceType(this, aws, props),
        securityGroups: [this.securityGroup.resource.id],
        storageInfo: { ebsStorageInfo: { volumeSize: storageGiB(this, aws, props) } },
        connectivityInfo: { publicAccess: { type: 'DISABLED' } },
      },
      clientAuthentication: { unauthenticated: false, sasl: { iam: true, scram: false } },
      encryptionInfo: {
        encryptionAtRestKmsKeyArn: this.key.arn,
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
      },
      configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
      loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: logs.resource.name } } },
      tags: { Name: name },
    });
    this.topics = new MskTopics(this, 'topics', { clusterName: name, cluster: this.resource, copies });
    aws.environment.addBootstrapManifest(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: metadata(this, this.endpointSecretName, 'credentials'),
        type: 'Opaque',
        stringData: { [SERVERS_KEY]: this.resource.bootstrapBrokersSaslIam },
      },
      this,
    );
    aws.environment.publishValue(`${id}.bootstrapServers`, this.resource.bootstrapBrokersSaslIam);
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    return this.bindGrant(identity, (grant) => grant.prefixes.add(this, access, options));
  }

  protected bindGrant(identity: IWorkloadIdentity, change: (grant: BusGrant) => void): ServiceBinding {
    const user = `${identity.namespace}/${identity.serviceAccountName}`;
    const known = this.grants.get(user);
    const grant = known ?? new BusGrant(identity.namespace);
    change(grant);
    this.grants.set(user, grant);
    const writes = grant.writable.length + grant.produced.length > 0;
    const larger = writes ? Access.READ_WRITE : Access.READ;
    this.aws.grant(this.cluster, identity, `bus-${this.serviceName}`, larger, this.statements(identity, grant));
    const secretName = credentialsSecretName(this.serviceName, identity);
    if (known === undefined) this.deliver(identity, secretName);
    const { prefix, env } = busVariables(this, secretName);
    return {
      env,
      secretEnv: [{ name: `${prefix}_BOOTSTRAP_SERVERS`, secretName, key: SERVERS_KEY }],
      egress: [
        { cidrs: [...this.aws.network.databaseCidrs], ports: [IAM_PORT] },
        // the Pod Identity Agent on the node
        { cidrs: ['169.254.170.23/32'], ports: [80] },
      ],
      namespaceLabels: usesLabel(this.serviceName),
    };
  }

  protected makeTopic(name: string, props: TopicProps): void {
    this.topics.add(name, props);
  }

  private get endpointSecretName(): string {
    return `${this.serviceName}-endpoint`;
  }

  private deliver({ namespace, serviceAccountName }: IWorkloadIdentity, targetSecretName: string): void {
    const services = BackingServices.ofEnvironment(this.aws.environment);
    const name = `${this.endpointSecretName}.${namespace}.${serviceAccountName}`;
    new CredentialDelivery(services, name, {
      name,
      keys: [{ sourceSecretName: this.endpointSecretName, key: SERVERS_KEY }],
      namespaceLabels: { 'kubernetes.io/metadata.name': namespace },
      targetSecretName,
    });
  }

  /**
   * A client that writes without gaps and repetitions, as clients do by default, needs a permission of the whole cluster beside that of a topic.
   *
   * Sources: https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html,
   * https://docs.aws.amazon.com/msk/latest/developerguide/create-iam-access-control-policies.html
   */
  private statements({ namespace }: IWorkloadIdentity, grant: BusGrant): Statement[] {
    const { readable, writable, produced, consumed, groups } = grant;
    const exactly = (kind: string, names: readonly string[]): string[] =>
      names.map((name) => this.aws.arn('kafka', `${kind}/${this.clusterName}/${this.resource.clusterUuid}/${name}`));
    const below = (kind: string, prefixes: readonly string[]): string[] =>
      exactly(
        kind,
        prefixes.map((prefix) => `${prefix}*`),
      );
    const allow = (actions: readonly string[], resources: string[]): Statement => ({
      Effect: 'Allow',
      Action: actions.map((action) => `kafka-cluster:${action}`),
      Resource: resources,
    });
    const own = [`${namespace}.`];
    return [
      allow(
        ['Connect', 'DescribeCluster', ...(writable.length + produced.length > 0 ? ['WriteDataIdempotently'] : [])],
        [this.resource.arn],
      ),
      ...(readable.length > 0
        ? [
            allow(['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData'], below('topic', readable)),
            allow(['AlterGroup', 'DescribeGroup'], below('group', own)),
          ]
        : []),
      ...(writable.length > 0
        ? [
            allow(['CreateTopic', 'WriteData'], below('topic', writable)),
            allow(['AlterTransactionalId', 'DescribeTransactionalId'], below('transactional-id', own)),
          ]
        : []),
      ...(consumed.length > 0
        ? [
            allow(['DescribeTopic', 'ReadData'], exactly('topic', consumed)),
            allow(['AlterGroup', 'DescribeGroup'], exactly('group', groups)),
          ]
        : []),
      ...(produced.length > 0 ? [allow(['DescribeTopic', 'WriteData'], exactly('topic', produced))] : []),
    ];
  }
}

function checkedBrokers(where: Construct, zones: number, { brokers, retentionHours }: MessageBusProps): number {
  checkWhole(where, 'retentionHours', retentionHours, 1, 87_600, 'give hours, such as 168 for a week');
  const count =
    checkWhole(where, 'brokers', brokers, zones, 30, `give as many for each of the ${zones} zones`) ?? zones;
  if (count % zones !== 0) {
    fail(where, 'brokers', `must be a multiple of the ${zones} zones`, count, 'give as many for each zone');
  }
  return count;
}

function serverProperties(copies: number, retentionHours = 168): string {
  const properties = {
    // within what the role of a workload lets it make
    'auto.create.topics.enable': true,
    'num.partitions': DEFAULT_PARTITIONS,
    'default.replication.factor': copies,
    'min.insync.replicas': Math.max(1, copies - 1),
    'log.retention.hours': retentionHours,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function instanceType(
  where: Construct,
  { tier }: IAwsEnvironment,
  { instanceType: given, memory }: MessageBusProps,
): string {
  if (given !== undefined && !/^kafka\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(given)) {
    fail(where, 'instanceType', 'must be an instance type of Amazon MSK', given, 'name it like kafka.m7g.large');
  }
  if (given !== undefined) return given;
  if (memory !== undefined) return smallestWith(where, memory);
  return byTier(tier, { development: 'kafka.t3.small', staging: 'kafka.m7g.large', production: 'kafka.m7g.large' });
}

/** The usual instance types of brokers by memory in GiB, the smallest first (https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-sizes.html). */
const INSTANCE_TYPES: { readonly name: string; readonly memoryGiB: number }[] = [
  { name: 'kafka.t3.small', memoryGiB: 2 },
  { name: 'kafka.m7g.large', memoryGiB: 8 },
  { name: 'kafka.m7g.xlarge', memoryGiB: 16 },
  { name: 'kafka.m7g.2xlarge', memoryGiB: 32 },
  { name: 'kafka.m7g.4xlarge', memoryGiB: 64 },
  { name: 'kafka.m7g.8xlarge', memoryGiB: 128 },
  { name: 'kafka.m7g.12xlarge', memoryGiB: 192 },
  { name: 'kafka.m7g.16xlarge', memoryGiB: 256 },
];

function smallestWith(where: Construct, memory: string): string {
  const largest = INSTANCE_TYPES[INSTANCE_TYPES.length - 1];
  const memoryMiB = wholeUnits(where, 'memory', memory, 'Mi', 1, largest.memoryGiB * 1024);
  return (INSTANCE_TYPES.find(({ memoryGiB }) => memoryGiB * 1024 >= memoryMiB) ?? largest).name;
}

function storageGiB(where: Construct, { tier }: IAwsEnvironment, { storage }: MessageBusProps): number {
  if (storage === undefined) return byTier(tier, { development: 20, staging: 50, production: 100 });
  return wholeUnits(where, 'storage', storage, 'Gi', 1, 16_384);
}
