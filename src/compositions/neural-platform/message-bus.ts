import { IConstruct } from 'constructs';
import { Environment } from '../../app/environment';
import { Access, ServiceBinding } from '../../contracts/backing-service';
import { IMessageBus, MessageBusProps } from '../../contracts/message-bus';
import { FLINK_ACCOUNT, SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { fail } from '../../contracts/errors';
import { upperSnakeCase } from '../../contracts/names';
import { EngineAccount, EngineSelection } from '../../constructs/engines';
import { MessageBusSettings } from '../../kinds/message-bus';
import { NeuralNamespaces } from './neural-namespaces';

/** What the props of a neural platform say of its message bus. */
export interface BusInput {
  readonly createMessageBus?: boolean;
  readonly messageBus?: MessageBusProps;
  readonly sharedTopics?: { readonly [namespace: string]: readonly string[] };
  readonly kafkaBootstrapServers?: string;
  readonly engines: EngineSelection;
}

/** The message bus of a platform, and what the pods of Spark and Flink get of it. */
export interface PlatformBus {
  readonly bus: IMessageBus;
  readonly settings: MessageBusSettings;
}

/** The message bus `bus`, with a user for each account of Spark and Flink that reads and writes topics; undefined where there is none. */
export function addBus(
  where: IConstruct,
  environment: Environment,
  accounts: readonly EngineAccount[],
  namespaces: NeuralNamespaces,
  input: BusInput,
): PlatformBus | undefined {
  if (!isWanted(where, input)) return undefined;
  const bus = environment.addMessageBus('bus', input.messageBus);
  const { data, features, workflows } = namespaces;
  const shared = input.sharedTopics ?? {};
  // workflows name no topics, and features are computed from topics by Flink
  const users = accounts.filter(({ identity: { namespace, serviceAccountName } }) =>
    serviceAccountName === SPARK_ACCOUNT
      ? namespace !== workflows.namespaceName && namespace !== features.namespaceName
      : serviceAccountName === FLINK_ACCOUNT,
  );
  const known = [...new Set(users.map(({ identity }) => identity.namespace))];
  const unknown = Object.keys(shared).find((namespace) => !known.includes(namespace));
  if (unknown !== undefined) {
    const rule = `must be of a namespace in which Spark or Flink runs: ${known.join(', ')}`;
    fail(where, `sharedTopics.${unknown}`, rule, unknown, 'correct the name, or add the namespace to engineNamespaces');
  }
  const bindings = new Map<string, ServiceBinding>();
  for (const account of users) {
    const { namespace, serviceAccountName } = account.identity;
    const own = { prefixes: [`${namespace}.`] };
    // those of the platform's own namespaces are one team's
    const ofTeam = namespace === features.namespaceName ? [`${data.namespaceName}.`] : [];
    const others = [...ofTeam, ...(shared[namespace] ?? [])];
    if (namespace === features.namespaceName) bus.grantRead(account, own);
    else bus.grantReadWrite(account, own);
    if (others.length > 0) bus.grantRead(account, { prefixes: others });
    // the same in each namespace
    bindings.set(serviceAccountName, bus.bind(account.identity, Access.READ, own));
  }
  return { bus, settings: settings(bus, bindings.get(SPARK_ACCOUNT), bindings.get(FLINK_ACCOUNT)) };
}

function isWanted(where: IConstruct, { kafkaBootstrapServers: others, engines, ...input }: BusInput): boolean {
  const { createMessageBus: given, messageBus, sharedTopics } = input;
  const isUsed = (engines.spark ?? true) || (engines.flink ?? true);
  const created = given ?? (others === undefined && isUsed);
  if (created && others !== undefined) {
    const fix = 'leave one of them out: pipelines and features have one default';
    fail(where, 'createMessageBus', 'must not come with operators.kafkaBootstrapServers', others, fix);
  }
  for (const [prop, value] of Object.entries({ messageBus, sharedTopics })) {
    if (!created && value !== undefined) {
      const rule = 'must come with a message bus of the platform';
      fail(where, prop, rule, value, 'leave it out, or createMessageBus: false and operators.kafkaBootstrapServers');
    }
  }
  return created;
}

function settings(
  { serviceName }: IMessageBus,
  spark: ServiceBinding | undefined,
  flink: ServiceBinding | undefined,
): MessageBusSettings {
  const { env = {}, secretEnv = [], egress = [] } = spark ?? flink ?? {};
  const prefix = upperSnakeCase(serviceName);
  const value = (part: string): string => env[`${prefix}_${part}`] ?? `\${${prefix}_${part}}`;
  const hasPasswords = secretEnv.some(({ name }) => name === `${prefix}_PASSWORD`);
  return {
    properties: {
      'bootstrap.servers': value('BOOTSTRAP_SERVERS'),
      'security.protocol': value('SECURITY_PROTOCOL'),
      'sasl.mechanism': value('SASL_MECHANISM'),
      ...(hasPasswords ? scram(value) : IAM),
    },
    sparkSecretEnv: spark?.secretEnv ?? [],
    flinkSecretEnv: flink?.secretEnv ?? [],
    egress,
    ...(hasPasswords ? {} : { connector: 'msk' }),
  };
}

function scram(value: (name: string) => string): MessageBusSettings['properties'] {
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return {
    'sasl.jaas.config': `${module} required username="${value('USERNAME')}" password="${value('PASSWORD')}";`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': value('CA'),
  };
}

/** Source: https://github.com/aws/aws-msk-iam-auth */
const IAM: MessageBusSettings['properties'] = {
  'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
  'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
};
