import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { MessageBusSettings } from '../../../src/kinds/message-bus';
import { acls } from '../../../src/providers/in-cluster/bus-users';
import { platformSettings } from '../../support/platform-settings';
import { mount, objects, textsBelow } from '../data-pipeline/support';
import { describeTool } from '../describe-tool';
import { KafkaServer, jars, startKafka, whyNoKafka } from '../kafka';
import { pythonWith, PROGRAMS } from '../python';

const run = promisify(execFile);

const NAMESPACE = 'shop';
const USER = { name: `bus.${NAMESPACE}.engines`, password: 'engines-secret' };
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
    const prefixes = { readable: [`${NAMESPACE}.`], writable: [`${NAMESPACE}.`] };
    kafka = await startKafka([{ ...USER, acls: acls(NAMESPACE, prefixes) }]);
    const { properties, ...others } = platformSettings().messageBus!;
    bus = { ...others, properties: { ...properties, 'bootstrap.servers': kafka.servers } };
    const variables = { BUS_USERNAME: USER.name, BUS_PASSWORD: USER.password, BUS_CA: kafka.ca };
    env = { ...process.env, ...variables, KAFKA_PROPERTIES: JSON.stringify(bus.properties), OPENLINEAGE_URL: '' };
    await kafka.produce(`${NAMESPACE}.orders`, ROWS);
    await kafka.produce('vision.orders', ROWS);
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
