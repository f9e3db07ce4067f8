import { Namespace } from '../../../src/constructs/tenancy';
import { ServiceWorkload } from '../../../src/constructs/workloads';
import { Access, IWorkload, MessageBusProps, Tier } from '../../../src/contracts';
import { environmentOf, manifest, manifestsOf, specOf } from './support';

const API = { namespace: 'orders', serviceAccountName: 'api' };

interface Acl {
  readonly resource: { readonly type: string; readonly name: string; readonly patternType: string };
  readonly operations: string[];
}

/** Two workloads of the namespace `orders`. */
function workloadsOf(environment: ReturnType<typeof environmentOf>): { producer: IWorkload; consumer: IWorkload } {
  const chart = environment.addChart('orders');
  const namespace = new Namespace(chart, 'orders');
  const workload = (name: string) =>
    new ServiceWorkload(chart, name, { namespace, image: `registry.example/${name}:1.0.0` });
  return { producer: workload('producer'), consumer: workload('consumer') };
}

function aclsOf(environment: ReturnType<typeof environmentOf>, user: string): string[] {
  const { authorization } = specOf(manifest(environment, 'KafkaUser', user)) as { authorization: { acls: Acl[] } };
  return authorization.acls.map(
    ({ resource: { type, name, patternType }, operations }) => `${type} ${patternType} ${name}: ${operations.join()}`,
  );
}

test.each([
  [Tier.LOCAL, 1, 1, 1, '5Gi'],
  [Tier.DEVELOPMENT, 1, 1, 1, '20Gi'],
  [Tier.STAGING, 3, 3, 2, '50Gi'],
  [Tier.PRODUCTION, 3, 3, 2, '100Gi'],
])('in tier %s, %i brokers keep %i copies', (tier, brokers, copies, inSync, size) => {
  const environment = environmentOf(tier);
  environment.addMessageBus('bus');
  const pool = specOf(manifest(environment, 'KafkaNodePool', 'bus-brokers'));
  expect(pool).toMatchObject({
    replicas: brokers,
    roles: ['controller', 'broker'],
    storage: { volumes: [{ type: 'persistent-claim', size, deleteClaim: false }] },
  });
  expect(specOf(manifest(environment, 'Kafka', 'bus')).kafka).toMatchObject({
    config: {
      'default.replication.factor': copies,
      'min.insync.replicas': inSync,
      'offsets.topic.replication.factor': copies,
      'transaction.state.log.replication.factor': copies,
    },
  });
});

test('clients reach it by TLS only, with a password, and nobody may do what no list names', () => {
  const environment = environmentOf();
  environment.addMessageBus('bus');
  expect(specOf(manifest(environment, 'Kafka', 'bus')).kafka).toMatchObject({
    listeners: [{ port: 9093, type: 'internal', tls: true, authentication: { type: 'scram-sha-512' } }],
    authorization: { type: 'simple' },
  });
});

test('each workload has a user with the topics of its namespace, and reaches no groups of others', () => {
  const environment = environmentOf();
  const bus = environment.addMessageBus('bus');
  bus.bind(API, Access.READ);
  expect(aclsOf(environment, 'bus.orders.api')).toEqual([
    'topic prefix orders.: Read,Describe,DescribeConfigs',
    'group prefix orders.: Read,Describe',
  ]);
});

test('a writer makes and writes topics, and may read what it writes; the larger grant counts', () => {
  const environment = environmentOf();
  const bus = environment.addMessageBus('bus');
  bus.bind(API, Access.READ, { prefixes: ['payments.settled'] });
  bus.bind(API, Access.READ_WRITE);
  expect(aclsOf(environment, 'bus.orders.api')).toEqual([
    'topic prefix orders.: Read,Describe,DescribeConfigs',
    'topic prefix payments.settled: Read,Describe,DescribeConfigs',
    'topic prefix orders.: Write,Create',
    'group prefix orders.: Read,Describe',
    'transactionalId prefix orders.: Write,Describe',
  ]);
});

test('exact topics give exactly their rights, and no right over those that begin alike', () => {
  const environment = environmentOf();
  const bus = environment.addMessageBus('bus');
  for (const topic of ['orders.jobs', 'orders.results', 'payments.settled']) bus.addTopic(topic);
  const { producer, consumer } = workloadsOf(environment);
  bus.grantProduce(producer, ['payments.settled', 'orders.jobs']);
  bus.grantConsume(consumer, ['orders.results']);
  bus.grantConsume(consumer, ['orders.jobs'], 'orders.trainers');
  expect(aclsOf(environment, 'bus.orders.producer')).toEqual([
    'topic literal orders.jobs: Write,Describe',
    'topic literal payments.settled: Write,Describe',
  ]);
  expect(aclsOf(environment, 'bus.orders.consumer')).toEqual([
    'topic literal orders.jobs: Read,Describe',
    'topic literal orders.results: Read,Describe',
    'group literal orders.consumer: Read',
    'group literal orders.trainers: Read',
  ]);
});

test('exact topics come beside what was granted by prefixes', () => {
  const environment = environmentOf();
  const bus = environment.addMessageBus('bus');
  bus.addTopic('payments.settled');
  const { producer } = workloadsOf(environment);
  bus.grantRead(producer);
  bus.grantProduce(producer, ['payments.settled']);
  expect(aclsOf(environment, 'bus.orders.producer')).toEqual([
    'topic prefix orders.: Read,Describe,DescribeConfigs',
    'topic literal payments.settled: Write,Describe',
    'group prefix orders.: Read,Describe',
  ]);
});

test('a workload of another environment is granted no topic', () => {
  const { producer } = workloadsOf(environmentOf());
  const bus = environmentOf().addMessageBus('bus');
  bus.addTopic('orders.jobs');
  expect(() => bus.grantProduce(producer, ['orders.jobs'])).toThrow(
    'backing service "bus" must be of its own environment',
  );
});

test.each([
  [Tier.LOCAL, undefined, '1Gi'],
  [Tier.PRODUCTION, undefined, '4Gi'],
  [Tier.PRODUCTION, '1Gi', '1Gi'],
  [Tier.LOCAL, '1536Mi', '1536Mi'],
])('in tier %s, memory of %s gives each broker %s, of which Strimzi gives Java its share', (tier, memory, size) => {
  const environment = environmentOf(tier);
  environment.addMessageBus('bus', { memory });
  const { resources } = specOf(manifest(environment, 'KafkaNodePool', 'bus-brokers'));
  expect(resources).toMatchObject({ requests: { memory: size }, limits: { memory: size } });
  // a size of Java's own would not follow it
  expect(JSON.stringify(manifestsOf(environment, 'Kafka'))).not.toContain('jvmOptions');
});

test('the user has the password that External Secrets made, which reaches its namespace with the certificate authority', () => {
  const environment = environmentOf();
  environment.addMessageBus('bus').bind(API, Access.READ);
  const { authentication } = specOf(manifest(environment, 'KafkaUser', 'bus.orders.api'));
  const source = 'user.bus.bus.orders.api';
  expect(authentication).toEqual({
    type: 'scram-sha-512',
    password: { valueFrom: { secretKeyRef: { name: source, key: 'password' } } },
  });
  // the name that the password is for is that of the user
  expect(JSON.stringify(manifest(environment, 'ExternalSecret', source))).toContain('"username":"bus.orders.api"');
  const delivery = specOf(manifest(environment, 'ClusterExternalSecret', `backing-services-${source}`));
  expect(delivery).toMatchObject({
    externalSecretName: 'bus-credentials.api',
    namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': 'orders' } }],
    externalSecretSpec: {
      data: [
        { secretKey: 'username', remoteRef: { key: source, property: 'username' } },
        { secretKey: 'password', remoteRef: { key: source, property: 'password' } },
        { secretKey: 'ca.crt', remoteRef: { key: 'bus-cluster-ca-cert', property: 'ca.crt' } },
      ],
    },
  });
  const role = manifest(environment, 'Role', `read-${source}`) as unknown as { rules: { resourceNames: string[] }[] };
  expect(role.rules.flatMap(({ resourceNames }) => resourceNames)).toEqual([source, 'bus-cluster-ca-cert']);
});

test('two buses have users of their own', () => {
  const environment = environmentOf();
  for (const name of ['bus', 'events']) environment.addMessageBus(name).bind(API, Access.READ);
  expect(manifestsOf(environment, 'KafkaUser').map(({ metadata }) => metadata.name)).toEqual([
    'bus.orders.api',
    'events.orders.api',
  ]);
});

test('only users reach the port for clients, and Strimzi the others', () => {
  const environment = environmentOf();
  environment.addMessageBus('bus');
  const { ingress, egress } = specOf(manifest(environment, 'NetworkPolicy', 'bus')) as {
    ingress: { from: object[]; ports: { port: number }[] }[];
    egress: object[];
  };
  const to = (port: number) => ingress.filter(({ ports }) => ports.some((one) => one.port === port));
  expect(to(9093).map(({ from }) => from)).toEqual([
    [{ namespaceSelector: { matchLabels: { 'nstarx.io/uses-bus': 'true' } } }],
  ]);
  expect(ingress.flatMap(({ ports }) => ports.map(({ port }) => port)).sort()).toEqual([
    8443, 9090, 9090, 9091, 9091, 9091, 9093,
  ]);
  expect(JSON.stringify(egress)).not.toContain('9093');
});

test('a topic is what was said', () => {
  const environment = environmentOf(Tier.PRODUCTION);
  const bus = environment.addMessageBus('bus');
  bus.addTopic('orders.payments', { partitions: 12, retentionHours: 24 });
  bus.addTopic('orders.Last_State', { compacted: true });
  const topics = manifestsOf(environment, 'KafkaTopic');
  expect(topics.map(specOf)).toEqual([
    {
      topicName: 'orders.payments',
      partitions: 12,
      replicas: 3,
      config: { 'cleanup.policy': 'delete', 'retention.ms': 86_400_000 },
    },
    { topicName: 'orders.Last_State', partitions: 3, replicas: 3, config: { 'cleanup.policy': 'compact' } },
  ]);
  for (const { metadata } of topics) expect(metadata.name).toMatch(/^bus\.[a-z0-9.-]+$/);
});

test.each<[MessageBusProps, string]>([
  [{ brokers: 2 }, 'brokers must be odd, since they vote, got 2'],
  [{ brokers: 0 }, 'brokers must be a whole number between 1 and 9, got 0'],
  [{ storage: '10GB' }, 'storage must be'],
  [{ memory: '512Mi' }, 'memory must be a whole number of Mi between 768Mi and 1048576Mi, got "512Mi"'],
  [{ retentionHours: 0 }, 'retentionHours must be a whole number between 1 and 87600, got 0'],
  [{ managed: true }, 'managed must be false where the provider has no message bus of its own, got true'],
  [{ instanceType: 'kafka.m7g.large' }, 'instanceType must come with managed, got "kafka.m7g.large"'],
])('%j is refused', (props, message) => {
  expect(() => environmentOf(Tier.STAGING).addMessageBus('bus', props)).toThrow(message);
});
