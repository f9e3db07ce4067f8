import { IConstruct } from 'constructs';
import { Environment } from '../../app/environment';
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

/** The message bus `bus`, with a user for each account of Spark and Flink that reads and writes topics; undefined where there is none. */
export function addBus(
  where: IConstruct,
  environment: Environment,
  accounts: readonly EngineAccount[],
  namespaces: NeuralNamespaces,
  input: BusInput,
): IMessageBus | undefined {
  if (!isWanted(where, input)) return undefined;
  const bus = environment.addMessageBus('bus', input.messageBus);
  const { data, features, workflows } = namespaces;
  const shared = input.sharedTopics ?? {};
  const users = accounts.filter(
    ({ identity }) =>
      [SPARK_ACCOUNT, FLINK_ACCOUNT].includes(identity.serviceAccountName) &&
      identity.namespace !== workflows.namespaceName,
  );
  const known = [...new Set(users.map(({ identity }) => identity.namespace))];
  const unknown = Object.keys(shared).find((namespace) => !known.includes(namespace));
  if (unknown !== undefined) {
    const rule = `must be of a namespace in which Spark or Flink runs: ${known.join(', ')}`;
    fail(where, `sharedTopics.${unknown}`, rule, unknown, 'correct the name, or add the namespace to engineNamespaces');
  }
  for (const account of users) {
    const { namespace } = account.identity;
    const own = [`${namespace}.`];
    // those of the platform's own namespaces are one team's
    const others = [
      ...(namespace === features.namespaceName ? [`${data.namespaceName}.`] : []),
      ...(shared[namespace] ?? []),
    ];
    if (namespace === features.namespaceName) bus.grantRead(account, { prefixes: own });
    else bus.grantReadWrite(account, { prefixes: own });
    if (others.length > 0) bus.grantRead(account, { prefixes: others });
  }
  return bus;
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

/** How the pods of Spark and Flink use the bus, the same in each namespace; undefined where there is none. */
export function busSettings(
  bus: IMessageBus | undefined,
  accounts: readonly EngineAccount[],
): MessageBusSettings | undefined {
  if (bus === undefined) return undefined;
  const prefix = `${upperSnakeCase(bus.serviceName)}_`;
  const of = (name: string) =>
    accounts.find(({ identity, secretEnv }) => identity.serviceAccountName === name && secretEnv.some(isOfBus));
  const isOfBus = ({ name }: { readonly name: string }): boolean => name.startsWith(prefix);
  const [spark, flink] = [of(SPARK_ACCOUNT), of(FLINK_ACCOUNT)];
  const { env = {}, secretEnv = [], egress = [] } = spark ?? flink ?? {};
  const usesSecret = new Set(secretEnv.filter(isOfBus).map(({ name }) => name));
  const value = (name: string): string =>
    usesSecret.has(`${prefix}${name}`) ? `\${${prefix}${name}}` : env[`${prefix}${name}`];
  const brokers = usesSecret.has(`${prefix}CA`);
  return {
    properties: {
      'bootstrap.servers': value('BOOTSTRAP_SERVERS'),
      'security.protocol': value('SECURITY_PROTOCOL'),
      'sasl.mechanism': value('SASL_MECHANISM'),
      ...(brokers ? scram(value) : IAM),
    },
    sparkSecretEnv: (spark?.secretEnv ?? []).filter(isOfBus),
    flinkSecretEnv: (flink?.secretEnv ?? []).filter(isOfBus),
    egress,
    ...(brokers ? {} : { connector: 'msk' }),
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
