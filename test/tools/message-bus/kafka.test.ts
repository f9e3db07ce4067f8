import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { Namespace } from '../../../src/constructs/tenancy';
import { ServiceWorkload } from '../../../src/constructs/workloads';
import { Access, IWorkload } from '../../../src/contracts';
import { MessageBusSettings } from '../../../src/kinds/message-bus';
import { environmentOf, manifest, specOf } from '../../providers/in-cluster/support';
import { platformSettings } from '../../support/platform-settings';
import { mount, objects, textsBelow } from '../data-pipeline/support';
import { describeTool } from '../describe-tool';
import { KafkaServer, KafkaTestUser, jars, startKafka, whyNoKafka } from '../kafka';
import { pythonWith, PROGRAMS } from '../python';

const run = promisify(execFile);

const NAMESPACE = 'shop';
const USER = { name: `bus.${NAMESPACE}.engines`, password: 'engines-secret' };
/** Workloads with exact topics. */
const PRODUCER = `bus.${NAMESPACE}.producer`;
const CONSUMER = `bus.${NAMESPACE}.consumer`;
const ROWS = [
  { id: 1, amount: 5 },
  { id: 2, amount: 7 },
];
/** That of programs/flink-runner/image/pom.xml. */
const FLINK_CONNECTOR = 'org.apache.flink:flink-connector-kafka:5.0.0-2.1,org.apache.kafka:kafka-clients:4.2.0';

/** The programs of pipelines on a real Kafka, with the settings that the composition makes and the access control lists of the provider. */
describeTool('programs on the message bus', whyNoKafka(), () => {
  let kafka: KafkaServer;
  let folder: string;
  let bus: MessageBusSettings;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bus-'));
    const users = synthesizedUsers();
    kafka = await startKafka(
      [USER.name, PRODUCER, CONSUMER].map((name) => ({ name, password: USER.password, acls: users(name) })),
    );
    const { properties, ...others } = platformSettings().messageBus!;
    bus = { ...others, properties: { ...properties, 'bootstrap.servers': kafka.servers } };
    const variables = { BUS_USERNAME: USER.name, BUS_PASSWORD: USER.password, BUS_CA: kafka.ca };
    env = { ...process.env, ...variables, KAFKA_PROPERTIES: JSON.stringify(bus.properties), OPENLINEAGE_URL: '' };
    await kafka.produce(`${NAMESPACE}.orders`, ROWS);
    await kafka.produce('vision.orders', ROWS);
    await kafka.addTopic(`${NAMESPACE}.jobs`);
    await kafka.addTopic(`${NAMESPACE}.jobs-of-others`);
  });

  afterAll(async () => {
    await kafka?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** The files of a job, with a folder in place of the bucket. */
  function jobOf(spec: object): { readonly home: string; readonly files: Readonly<Record<string, string>> } {
    const home = fs.mkdtempSync(path.join(folder, 'job-'));
    const { data } = objects(spec, { messageBus: bus, flinkImage: 'flink', folder: 's3://lake/pipelines' }).ConfigMap;
    return {
      home,
      files: {
        ...data,
        'pipeline.json': data['pipeline.json']
          .replaceAll('s3://lake', `file://${home}`)
          .replaceAll('s3://input', `file://${folder}`),
      },
    };
  }

  /** What a consumer of Kafka gets with the options that a job of Spark gives it; Spark's connector adds nothing to them but where it starts. */
  async function consumed(name: string): Promise<string> {
    const program =
      'import json; from sinks import kafka_options; print(json.dumps(kafka_options({}, None, None, "f")))';
    const { stdout } = await run(await pythonWith('pipeline-runner'), ['-c', program], {
      env: { ...env, PYTHONPATH: path.join(PROGRAMS, 'pipeline-runner', 'src') },
    });
    const options = Object.entries(JSON.parse(stdout) as Record<string, string>);
    return kafka.consume(name, {
      ...Object.fromEntries(options.map(([key, value]) => [key.replace(/^kafka\./, ''), value])),
      // as `groupIdPrefix` begins
      'group.id': `${NAMESPACE}.orders-1`,
    });
  }

  const lake = { type: 'datalake', config: { path: 's3://lake/rows/', format: 'json' } };

  test('the options of Spark read the topic of the namespace, by TLS and with its user', async () => {
    expect(await consumed(`${NAMESPACE}.orders`)).toContain('{"id":1,"amount":5}');
  });

  test('they are let into no topic of another namespace', async () => {
    await expect(consumed('vision.orders')).rejects.toThrow(/TopicAuthorizationException|Not authorized/);
  });

  /** A client with the password of a user, as a workload's would be. */
  const client = (user: string, more: Record<string, string> = {}): Record<string, string> => ({
    'bootstrap.servers': kafka.servers,
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${USER.password}";`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': kafka.ca,
    ...more,
  });
  const JOBS = `${NAMESPACE}.jobs`;
  const inGroup = (group: string) => ({ 'group.id': `${NAMESPACE}.${group}` });
  const NOT_AUTHORIZED = /AuthorizationException|Not authorized/;

  test('a producer writes its exact topic without gaps and repetitions, and reads neither that nor makes another', async () => {
    await kafka.produce(JOBS, ROWS, client(PRODUCER, { 'enable.idempotence': 'true', acks: 'all' }));
    await expect(kafka.consume(JOBS, client(PRODUCER, inGroup('producer')))).rejects.toThrow(NOT_AUTHORIZED);
    await expect(kafka.produce(`${JOBS}-of-others`, ROWS, client(PRODUCER))).rejects.toThrow(NOT_AUTHORIZED);
    await expect(kafka.produce(`${JOBS}-new`, ROWS, client(PRODUCER))).rejects.toThrow(NOT_AUTHORIZED);
  });

  test('a consumer reads its exact topic in its exact group, and writes nothing', async () => {
    expect(await kafka.consume(JOBS, client(CONSUMER, inGroup('consumer')))).toContain('{"id":1,"amount":5}');
    await expect(kafka.produce(JOBS, ROWS, client(CONSUMER))).rejects.toThrow(NOT_AUTHORIZED);
    await expect(kafka.consume(JOBS, client(CONSUMER, inGroup('others')))).rejects.toThrow(NOT_AUTHORIZED);
    const other = client(CONSUMER, inGroup('consumer'));
    await expect(kafka.consume(`${NAMESPACE}.orders`, other)).rejects.toThrow(NOT_AUTHORIZED);
  });

  test('Flink reads the topic of its namespace, with the connector of the image', async () => {
    const schema = 'id INT, amount INT';
    const source = {
      type: 'kafka',
      config: { topic: 'orders', options: { schema, 'scan.startup.mode': 'earliest-offset' } },
    };
    const { home, files } = jobOf({ engine: 'flink', source, sink: lake });
    const pipeline = JSON.parse(files['pipeline.json']) as { statements: string[] };
    // so that it ends
    pipeline.statements[0] = pipeline.statements[0].replace(/\)$/, ", 'scan.bounded.mode' = 'latest-offset')");
    mount(home, { ...files, 'pipeline.json': JSON.stringify(pipeline) });
    const python = await pythonWith('flink-runner');
    // Flink and Scala are PyFlink's own
    const found = (await jars(FLINK_CONNECTOR)).filter((jar) => !/scala-library|slf4j/.test(jar));
    await run(python, [path.join(home, 'main.py'), path.join(home, 'pipeline.json')], {
      env: { ...env, PIPELINE_WAIT: '1', HADOOP_CLASSPATH: found.join(':') },
      timeout: 600_000,
    });
    expect(textsBelow(path.join(home, 'rows')).join('').match(/"id":/g)).toHaveLength(2);
  });
});

/** The access control lists of users of Kafka, as the manifests have them. */
function synthesizedUsers(): (name: string) => KafkaTestUser['acls'] {
  const environment = environmentOf();
  const bus = environment.addMessageBus('bus');
  for (const topic of ['jobs', 'jobs-of-others']) bus.addTopic(`${NAMESPACE}.${topic}`);
  const chart = environment.addChart(NAMESPACE);
  const namespace = new Namespace(chart, 'namespace', { name: NAMESPACE });
  const workload = (name: string): IWorkload =>
    new ServiceWorkload(chart, name, { namespace, image: `registry.example/${name}:1.0.0` });
  bus.grantProduce(workload('producer'), [`${NAMESPACE}.jobs`]);
  bus.grantConsume(workload('consumer'), [`${NAMESPACE}.jobs`]);
  bus.bind({ namespace: NAMESPACE, serviceAccountName: 'engines' }, Access.READ_WRITE);
  return (name) => {
    const { authorization } = specOf(manifest(environment, 'KafkaUser', name));
    return (authorization as { acls: KafkaTestUser['acls'] }).acls;
  };
}
