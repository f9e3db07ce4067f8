import { Environment } from '../../../src/app';
import { Namespace } from '../../../src/constructs/tenancy';
import { ServiceWorkload } from '../../../src/constructs/workloads';
import { Access, IMessageBus, MessageBusProps } from '../../../src/contracts';
import { AwsOutput, Json, policyOf, resources, synthAws, theResource } from './terraform';

const streams = { namespace: 'orders', serviceAccountName: 'api' };

let output: AwsOutput;
let bus: IMessageBus;
beforeAll(() => {
  output = synthAws({
    contents: (environment) => {
      bus = environment.addMessageBus('bus', { managed: true });
      bus.bind(streams, Access.READ, { prefixes: ['payments.settled'] });
      bus.bind(streams, Access.READ_WRITE);
    },
  });
});

test('Amazon MSK is encrypted at rest and on the way, private, and asks everyone who they are', () => {
  expect(theResource(output.infrastructure, 'aws_msk_cluster')).toMatchObject({
    cluster_name: 'production-bus',
    kafka_version: '3.9.x.kraft',
    number_of_broker_nodes: 3,
    broker_node_group_info: {
      instance_type: 'kafka.m7g.large',
      connectivity_info: { public_access: { type: 'DISABLED' } },
      storage_info: { ebs_storage_info: { volume_size: 100 } },
    },
    client_authentication: { unauthenticated: false, sasl: { iam: true, scram: false } },
    encryption_info: {
      encryption_at_rest_kms_key_arn: expect.stringMatching(/^\$\{aws_kms_key\.bus_key_/),
      encryption_in_transit: { client_broker: 'TLS', in_cluster: true },
    },
    logging_info: { broker_logs: { cloudwatch_logs: { enabled: true } } },
  });
  expect(theResource(output.infrastructure, 'aws_msk_configuration').server_properties).toBe(
    'auto.create.topics.enable=true\nnum.partitions=3\ndefault.replication.factor=3\nmin.insync.replicas=2\nlog.retention.hours=168\n',
  );
  expect(
    resources(output.infrastructure, 'aws_vpc_security_group_ingress_rule').filter((rule) => rule.from_port === 9098),
  ).toHaveLength(1);
});

test('binding gives the mechanism, and the addresses from a Secret, since only Terraform knows them', () => {
  expect(bus.bind(streams, Access.READ)).toEqual({
    env: { BUS_SECURITY_PROTOCOL: 'SASL_SSL', BUS_SASL_MECHANISM: 'AWS_MSK_IAM' },
    secretEnv: [{ name: 'BUS_BOOTSTRAP_SERVERS', secretName: 'bus-credentials.api', key: 'bootstrap-servers' }],
    egress: [
      { cidrs: ['10.0.224.0/22', '10.0.228.0/22', '10.0.232.0/22'], ports: [9098] },
      { cidrs: ['169.254.170.23/32'], ports: [80] },
    ],
    namespaceLabels: { 'nstarx.io/uses-bus': 'true' },
  });
  expect(JSON.stringify(output.bootstrap)).toMatch(/bus-endpoint.*bootstrap-servers.*aws_msk_cluster/);
});

test('the role of a workload reaches its topics and the groups of its namespace, and makes what it writes', () => {
  const below = (kind: string, name: string) =>
    expect.stringMatching(`:kafka:.*:${kind}/production-bus/.*/${name}\\*$`);
  const actions = (statement: Json) => (statement.Action as string[]).map((one) => one.replace('kafka-cluster:', ''));
  const statements = policyOf(output.infrastructure, 'orders', 'api');
  expect(statements.map((one) => [actions(one), [one.Resource].flat()])).toEqual([
    [
      ['Connect', 'DescribeCluster', 'WriteDataIdempotently'],
      [expect.stringMatching(/^\$\{aws_msk_cluster\..*\.arn\}$/)],
    ],
    [
      ['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData'],
      [below('topic', 'orders\\.'), below('topic', 'payments\\.settled')],
    ],
    [['AlterGroup', 'DescribeGroup'], [below('group', 'orders\\.')]],
    [['CreateTopic', 'WriteData'], [below('topic', 'orders\\.')]],
    [['AlterTransactionalId', 'DescribeTransactionalId'], [below('transactional-id', 'orders\\.')]],
  ]);
});

test('without the choice, the bus is in the cluster', () => {
  const { infrastructure } = synthAws({ contents: (environment) => void environment.addMessageBus('bus') });
  expect(resources(infrastructure, 'aws_msk_cluster')).toEqual([]);
});

test.each<[MessageBusProps, string]>([
  [{ brokers: 4 }, 'brokers must be a multiple of the 3 zones, got 4'],
  [{ brokers: 2 }, 'brokers must be a whole number between 3 and 30, got 2'],
  [{ instanceType: 'm7g.large' }, 'instanceType must be an instance type of Amazon MSK, got "m7g.large"'],
  [{ storage: '20000Gi' }, 'storage must be'],
  [{ memory: '257Gi' }, 'memory must be a whole number of Mi between 1Mi and 262144Mi, got "257Gi"'],
  [{ retentionHours: 1.5 }, 'retentionHours must be a whole number'],
])('%j is refused', (props, message) => {
  const contents = {
    contents: (environment: Environment) => void environment.addMessageBus('bus', { managed: true, ...props }),
  };
  expect(() => synthAws(contents)).toThrow(message);
});

test('topics are made by CloudFormation, with what was said of them', () => {
  const { infrastructure } = synthAws({
    contents: (environment) => {
      const one = environment.addMessageBus('bus', { managed: true });
      one.addTopic('orders.payments', { partitions: 12, retentionHours: 24 });
      one.addTopic('orders.Last_State', { compacted: true });
    },
  });
  const stack = theResource(infrastructure, 'aws_cloudformation_stack');
  expect(stack).toMatchObject({
    name: 'production-bus-topics',
    parameters: { ClusterArn: expect.stringMatching(/^\$\{aws_msk_cluster\..*\.arn\}$/) },
  });
  const { Resources, Parameters } = JSON.parse(stack.template_body as string) as {
    Resources: { [id: string]: { Type: string; Properties: { [key: string]: unknown } } };
    Parameters: object;
  };
  expect(Parameters).toEqual({ ClusterArn: { Type: 'String' } });
  expect(Object.keys(Resources).filter((id) => !/^[A-Za-z0-9]+$/.test(id))).toEqual([]);
  const topics = Object.values(Resources).map(({ Type, Properties: { Configs, ...rest } }) => ({
    Type,
    ...rest,
    config: JSON.parse(Buffer.from(Configs as string, 'base64').toString()) as object,
  }));
  const common = { Type: 'AWS::MSK::Topic', ClusterArn: { Ref: 'ClusterArn' }, ReplicationFactor: 3 };
  expect(topics).toHaveLength(2);
  expect(topics).toEqual(
    expect.arrayContaining([
      {
        ...common,
        TopicName: 'orders.payments',
        PartitionCount: 12,
        config: { 'cleanup.policy': 'delete', 'retention.ms': '86400000' },
      },
      { ...common, TopicName: 'orders.Last_State', PartitionCount: 3, config: { 'cleanup.policy': 'compact' } },
    ]),
  );
  expect(resources(output.infrastructure, 'aws_cloudformation_stack')).toEqual([]);
});

test('exact topics are exact in the policy of the role, and no others are', () => {
  const { infrastructure } = synthAws({
    contents: (environment) => {
      const one = environment.addMessageBus('bus', { managed: true });
      one.addTopic('orders.jobs');
      one.addTopic('orders.results');
      const chart = environment.addChart('orders');
      const namespace = new Namespace(chart, 'orders');
      const workload = (name: string) =>
        new ServiceWorkload(chart, name, { namespace, image: `registry.example/${name}:1.0.0` });
      one.grantProduce(workload('producer'), ['orders.jobs']);
      one.grantConsume(workload('consumer'), ['orders.results'], 'orders.trainers');
    },
  });
  const exactly = (kind: string, name: string) =>
    expect.stringMatching(`:kafka:.*:${kind}/production-bus/[^/]*/${name}$`);
  const actions = (statement: Json) => (statement.Action as string[]).map((one) => one.replace('kafka-cluster:', ''));
  const statements = (name: string) =>
    policyOf(infrastructure, 'orders', name).map((one) => [actions(one), [one.Resource].flat()]);
  const cluster = [expect.stringMatching(/^\$\{aws_msk_cluster\..*\.arn\}$/)];
  expect(statements('producer')).toEqual([
    [['Connect', 'DescribeCluster', 'WriteDataIdempotently'], cluster],
    [['DescribeTopic', 'WriteData'], [exactly('topic', 'orders\\.jobs')]],
  ]);
  expect(statements('consumer')).toEqual([
    [['Connect', 'DescribeCluster'], cluster],
    [['DescribeTopic', 'ReadData'], [exactly('topic', 'orders\\.results')]],
    [['AlterGroup', 'DescribeGroup'], [exactly('group', 'orders\\.trainers')]],
  ]);
});

test.each([
  ['1Gi', 'kafka.t3.small'],
  ['2Gi', 'kafka.t3.small'],
  ['2049Mi', 'kafka.m7g.large'],
  ['20Gi', 'kafka.m7g.2xlarge'],
])('memory of %s is the instance type %s', (memory, type) => {
  const { infrastructure } = synthAws({
    contents: (environment) => void environment.addMessageBus('bus', { managed: true, memory }),
  });
  expect(theResource(infrastructure, 'aws_msk_cluster').broker_node_group_info).toMatchObject({ instance_type: type });
});
