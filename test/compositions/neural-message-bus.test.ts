import {
  AwsProvider,
  DataPlatform,
  Environment,
  KindProvider,
  NeuralPlatform,
  NeuralPlatformProps,
  Tier,
} from '../../src';
import { ManifestGraph } from '../../src/checks';
import { platformSettings } from '../support/platform-settings';
import { temporaryApp } from '../support/synth';

function platformWith(props: (platform: DataPlatform) => NeuralPlatformProps = () => ({})) {
  const environment = temporaryApp().app.environment('local', { provider: KindProvider.local() });
  const platform = new DataPlatform(environment, 'platform', { domain: 'ml.example.com' });
  platform.addTeam('vision');
  return { environment, neural: new NeuralPlatform(environment, 'neural', props(platform)) };
}

interface KafkaUser {
  readonly spec: {
    readonly authorization: {
      readonly acls: {
        readonly resource: { readonly type: string; readonly name: string };
        readonly operations: string[];
      }[];
    };
  };
}

/** What each user may do with topics, as `<user> <Read or Write> <beginning>`. */
function topicsOf(environment: Environment): string[] {
  const users = ManifestGraph.of(environment).manifests.filter(({ kind }) => kind === 'KafkaUser');
  return users
    .flatMap(({ name, json }) =>
      (json as unknown as KafkaUser).spec.authorization.acls
        .filter(({ resource }) => resource.type === 'topic')
        .map(({ resource, operations }) => `${name.replace(/^bus\./, '')} ${operations[0]} ${resource.name}`),
    )
    .sort();
}

test('pipelines write the topics of their namespace, and features read these and their own', () => {
  expect(topicsOf(platformWith().environment)).toEqual([
    'data-processing.flink Read data-processing.',
    'data-processing.flink Write data-processing.',
    'data-processing.spark Read data-processing.',
    'data-processing.spark Write data-processing.',
    'feature-stores.flink Read data-processing.',
    'feature-stores.flink Read feature-stores.',
  ]);
});

test('a namespace of a team has topics of its own, and reads of others what is shared with it', () => {
  const { environment } = platformWith((platform) => ({
    engineNamespaces: [platform.addTeam('research')],
    sharedTopics: { research: ['data-processing.orders'] },
  }));
  expect(topicsOf(environment).filter((line) => line.startsWith('research'))).toEqual([
    'research.flink Read data-processing.orders',
    'research.flink Read research.',
    'research.flink Write research.',
    'research.spark Read data-processing.orders',
    'research.spark Read research.',
    'research.spark Write research.',
  ]);
});

test('the settings of the operators hold no password, and no variable of the bus is in pods that do not use it', () => {
  const { messageBus, ...others } = platformSettings();
  const variables = ['BUS_USERNAME', 'BUS_PASSWORD', 'BUS_CA'];
  expect(messageBus?.sparkSecretEnv.map(({ name }) => name)).toEqual(variables);
  expect(messageBus?.flinkSecretEnv.map(({ name }) => name)).toEqual(variables);
  expect(messageBus?.egress).toEqual([
    {
      namespace: 'backing-services',
      podLabels: { 'strimzi.io/cluster': 'bus', 'strimzi.io/name': 'bus-kafka' },
      ports: [9093],
    },
  ]);
  expect(JSON.stringify(others)).not.toContain('BUS_');
});

test('on Amazon MSK, programs sign with the role of their pod', () => {
  const environment = temporaryApp().app.environment('dev', {
    provider: AwsProvider.inRegion('eu-west-1', { account: '123456789012' }),
    tier: Tier.DEVELOPMENT,
  });
  const neural = new NeuralPlatform(environment, 'neural', {
    domain: 'ml.example.com',
    messageBus: { managed: true },
  });
  const settings = neural._bus?.settings;
  expect(neural.messageBus.saslMechanism).toBe('AWS_MSK_IAM');
  expect(settings).toMatchObject({
    properties: {
      'bootstrap.servers': '${BUS_BOOTSTRAP_SERVERS}',
      'sasl.mechanism': 'AWS_MSK_IAM',
      'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
    },
    connector: 'msk',
  });
  expect(settings?.flinkSecretEnv.map(({ name }) => name)).toEqual(['BUS_BOOTSTRAP_SERVERS']);
});

test.each<[string, NeuralPlatformProps]>([
  ['it is left out', { createMessageBus: false }],
  ['another Kafka is named', { operators: { kafkaBootstrapServers: 'kafka.acme.example:9092' } }],
  ['nothing uses it', { engines: { spark: false, flink: false } }],
])('there is none where %s', (_, props) => {
  const { environment, neural } = platformWith(() => props);
  expect(topicsOf(environment)).toEqual([]);
  expect(() => neural.messageBus).toThrow('messageBus must be part of the platform');
});

test.each<[NeuralPlatformProps, string]>([
  [
    { createMessageBus: true, operators: { kafkaBootstrapServers: 'kafka.acme.example:9092' } },
    'createMessageBus must not come with operators.kafkaBootstrapServers, got "kafka.acme.example:9092"',
  ],
  [{ createMessageBus: false, messageBus: { brokers: 3 } }, 'messageBus must come with a message bus of the platform'],
  [{ createMessageBus: false, sharedTopics: {} }, 'sharedTopics must come with a message bus of the platform'],
  [{ sharedTopics: { vision: ['a.b'] } }, 'sharedTopics.vision must be of a namespace in which Spark or Flink runs'],
  [{ sharedTopics: { 'data-processing': ['orders'] } }, 'prefixes must be the beginnings of names of topics'],
])('%j is refused', (props, message) => {
  expect(() => platformWith(() => props)).toThrow(message);
});
