import { MskCluster } from '@cdktf/provider-aws/lib/msk-cluster';
import { MskConfiguration } from '@cdktf/provider-aws/lib/msk-configuration';
import { Construct } from 'constructs';
import { Access, BackingService, GrantOptions, ServiceBinding } from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { IMessageBus, MessageBusProps, TopicProps } from '../../contracts/message-bus';
import { wholeUnits } from '../../contracts/quantity';
import { usesLabel } from '../backing-service';
import { BackingServices, metadata } from '../in-cluster/backing-services';
import { CredentialDelivery } from '../in-cluster/credential-delivery';
import { credentialsSecretName } from '../in-cluster/user-credentials';
import { busVariables } from '../message-bus';
import { PrefixGrant } from '../prefix-grant';
import { boundedName, byTier, IAwsEnvironment, Statement } from './contract';
import { EksCluster } from './eks-cluster';
import { KmsKey, LogGroup } from './encryption';
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
export class MskMessageBus extends BackingService implements IMessageBus {
  public readonly serviceName: string;
  public readonly saslMechanism = IAM_MECHANISM;
  public readonly resource: MskCluster;
  public readonly securityGroup: ServiceSecurityGroup;
  /** Encrypts the messages. */
  public readonly key: KmsKey;
  private readonly clusterName: string;
  private readonly grants = new Map<string, PrefixGrant>();

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
      serverProperties: serverProperties(Math.min(3, brokers), props.retentionHours),
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
    aws.environment.addBootstrapManifest(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: metadata(this.endpointSecretName, 'credentials'),
        type: 'Opaque',
        stringData: { [SERVERS_KEY]: this.resource.bootstrapBrokersSaslIam },
      },
      this,
    );
    aws.environment.publishValue(`${id}.bootstrapServers`, this.resource.bootstrapBrokersSaslIam);
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    const user = `${identity.namespace}/${identity.serviceAccountName}`;
    const known = this.grants.get(user);
    const grant = known ?? PrefixGrant.ofBus(identity.namespace);
    grant.add(this, access, options);
    this.grants.set(user, grant);
    const larger = grant.writable.length > 0 ? Access.READ_WRITE : Access.READ;
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

  /** The Terraform provider has no topics. */
  public addTopic(name: string, _props: TopicProps = {}): void {
    const fix = 'leave it out: the first message makes it, with three partitions and the retention of the bus';
    fail(this, 'addTopic', 'must not be called for Amazon MSK', name, fix);
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

  /** Source: https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html */
  private statements({ namespace }: IWorkloadIdentity, { readable, writable }: PrefixGrant): Statement[] {
    const below = (kind: string, prefixes: readonly string[]): string[] =>
      prefixes.map((prefix) =>
        this.aws.arn('kafka', `${kind}/${this.clusterName}/${this.resource.clusterUuid}/${prefix}*`),
      );
    const allow = (actions: readonly string[], resources: string[]): Statement => ({
      Effect: 'Allow',
      Action: actions.map((action) => `kafka-cluster:${action}`),
      Resource: resources,
    });
    const own = [`${namespace}.`];
    return [
      allow(
        ['Connect', 'DescribeCluster', ...(writable.length > 0 ? ['WriteDataIdempotently'] : [])],
        [this.resource.arn],
      ),
      allow(['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData'], below('topic', readable)),
      allow(['AlterGroup', 'DescribeGroup'], below('group', own)),
      ...(writable.length > 0
        ? [
            allow(['CreateTopic', 'WriteData'], below('topic', writable)),
            allow(['AlterTransactionalId', 'DescribeTransactionalId'], below('transactional-id', own)),
          ]
        : []),
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
    'num.partitions': 3,
    'default.replication.factor': copies,
    'min.insync.replicas': Math.max(1, copies - 1),
    'log.retention.hours': retentionHours,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function instanceType(where: Construct, { tier }: IAwsEnvironment, { instanceType: given }: MessageBusProps): string {
  if (given !== undefined && !/^kafka\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(given)) {
    fail(where, 'instanceType', 'must be an instance type of Amazon MSK', given, 'name it like kafka.m7g.large');
  }
  return (
    given ?? byTier(tier, { development: 'kafka.t3.small', staging: 'kafka.m7g.large', production: 'kafka.m7g.large' })
  );
}

function storageGiB(where: Construct, { tier }: IAwsEnvironment, { storage }: MessageBusProps): number {
  if (storage === undefined) return byTier(tier, { development: 20, staging: 50, production: 100 });
  return wholeUnits(where, 'storage', storage, 'Gi', 1, 16_384);
}
