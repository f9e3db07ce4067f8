import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { acls } from '../../src/providers/in-cluster/bus-users';
import { until } from '../support/waiting';
import { whyNoJava } from './java';
import { freePort } from './postgres';
import { cacheFolder, pythonWith, whyNoPython } from './python';

const run = promisify(execFile);

/** A version that Strimzi runs. */
const PACKAGES = 'org.apache.kafka:kafka_2.13:4.2.0,org.apache.kafka:kafka-tools:4.2.0,org.slf4j:slf4j-simple:1.7.36';

/** A user, with what Strimzi would give it. */
export interface KafkaTestUser {
  readonly name: string;
  readonly password: string;
  readonly acls: ReturnType<typeof acls>;
}

/** Kafka on 127.0.0.1, with TLS, SCRAM and access control lists, as Strimzi configures it. */
export interface KafkaServer {
  /** Addresses for clients. */
  readonly servers: string;
  /** The certificate of the authority, in PEM. */
  readonly ca: string;
  /** Makes a topic, as Strimzi's operator would. */
  addTopic(topic: string): Promise<void>;
  /** Puts messages into a topic, as nobody's user, or as a client with these properties. Fails with what the client says. */
  produce(topic: string, messages: readonly object[], properties?: { readonly [key: string]: string }): Promise<void>;
  /** Address where nobody is asked for a password and everything is permitted: that of the broker itself, and of a test that makes topics. */
  readonly inside: string;
  /** Ends the broker as a lost machine would; what it has kept stays. */
  halt(): Promise<void>;
  /** Starts it again, at the same addresses. */
  resume(): Promise<void>;
  /** The messages of a topic, as a client with these properties gets them. Fails with what the client says. */
  consume(topic: string, properties: { readonly [key: string]: string }): Promise<string>;
  /** Stops it. */
  stop(): Promise<void>;
}

/** Why there can be none on this machine, or undefined where there can. */
export function whyNoKafka(): string | undefined {
  const openssl = spawnSync('openssl', ['version']).status === 0 ? undefined : 'there is no openssl';
  return whyNoPython() ?? whyNoJava() ?? openssl;
}

/** Starts Kafka, whose jars Spark fetches as it does those of a pipeline. */
export async function startKafka(users: readonly KafkaTestUser[]): Promise<KafkaServer> {
  const env = { ...process.env, CLASSPATH: (await jars(PACKAGES)).join(':') };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-'));
  const java = (main: string, ...args: string[]) =>
    run('java', ['-Xmx256m', main, ...args], { cwd: folder, env, timeout: 300_000 });
  const [clients, inside, controller] = await Promise.all([freePort(), freePort(), freePort()]);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', 'key', '-out', 'ca'], {
    cwd: folder,
  });
  const text = (file: string): string => fs.readFileSync(path.join(folder, file), 'utf8');
  const inline = (file: string): string => text(file).trim().replaceAll('\n', ' \\\n');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@localhost:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `CLIENTS://localhost:${clients},INSIDE://localhost:${inside},CONTROLLER://localhost:${controller}`,
    'advertised.listeners': `CLIENTS://localhost:${clients},INSIDE://localhost:${inside}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': inline('key'),
    'ssl.keystore.certificate.chain': inline('ca'),
    // that of `simple` in a Kafka of Strimzi
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // who comes by the listeners without a password: the broker itself, and this test
    'super.users': 'User:ANONYMOUS',
    'log.dirs': path.join(folder, 'data'),
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  };
  const file = path.join(folder, 'server.properties');
  fs.writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const scram = users.flatMap(({ name, password }) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]);
  await java('kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', file, ...scram);
  let log = '';
  let isStarted = false;
  let broker = launch();
  function launch() {
    const server = spawn('java', ['-Xmx512m', 'kafka.Kafka', file], { cwd: folder, env });
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        isStarted ||= log.includes('Kafka Server started');
        log = log.slice(-8192);
      });
    }
    const exit = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    return { server, exit };
  }
  const halt = async (): Promise<void> => {
    broker.server.kill('SIGKILL');
    await broker.exit;
  };
  const stop = async (): Promise<void> => {
    await halt();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const nobody = ['--bootstrap-server', `localhost:${inside}`];
  try {
    await until('Kafka', 120_000, () => {
      if (broker.server.exitCode !== null) throw new Error(`Kafka ended: ${log}`);
      // each command of Kafka's own is a second of CPU
      return Promise.resolve(isStarted);
    });
    for (const user of users) {
      for (const { resource, operations } of user.acls) {
        const kinds = { topic: '--topic', group: '--group', transactionalId: '--transactional-id' };
        const of = kinds[resource.type as keyof typeof kinds];
        const granted = operations.flatMap((operation) => ['--operation', operation]);
        const pattern = resource.patternType === 'prefix' ? 'prefixed' : resource.patternType;
        const principal = ['--allow-principal', `User:${user.name}`, '--resource-pattern-type', pattern];
        await java(
          'org.apache.kafka.tools.AclCommand',
          ...nobody,
          '--add',
          ...principal,
          of,
          resource.name,
          ...granted,
        );
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const clientConfig = (properties: { readonly [key: string]: string }): string => {
    const config = path.join(folder, 'client.properties');
    const lines = Object.entries(properties).map(
      ([key, value]) => `${key}=${value.trim().replaceAll('\n', ' \\\n')}\n`,
    );
    fs.writeFileSync(config, lines.join(''));
    return config;
  };
  return {
    servers: `localhost:${clients}`,
    ca: text('ca'),
    inside: `localhost:${inside}`,
    halt,
    resume: () => {
      broker = launch();
      return Promise.resolve();
    },
    addTopic: async (topic) => {
      await java('org.apache.kafka.tools.TopicCommand', ...nobody, '--create', '--topic', topic);
    },
    produce: async (topic, messages, properties) => {
      const main = 'org.apache.kafka.tools.ConsoleProducer';
      const lines = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
      const as =
        properties === undefined
          ? nobody
          : ['--bootstrap-server', properties['bootstrap.servers'], '--command-config', clientConfig(properties)];
      const { status, stderr } = spawnSync('java', [main, ...as, '--topic', topic], {
        input: lines,
        env,
        encoding: 'utf8',
      });
      // it ends well where the broker refuses what it sends
      if (status !== 0 || /Exception|ERROR/.test(stderr)) throw new Error(stderr);
    },
    consume: async (topic, properties) => {
      const config = clientConfig(properties);
      const options = ['--bootstrap-server', properties['bootstrap.servers'], '--topic', topic, '--from-beginning'];
      const until = ['--max-messages', '1', '--timeout-ms', '60000', '--command-config', config];
      const { stdout, stderr } = await java('org.apache.kafka.tools.consumer.ConsoleConsumer', ...options, ...until);
      if (stdout.trim() === '') throw new Error(stderr);
      return stdout;
    },
    stop,
  };
}

/** Jars of Maven packages with all that they need; that of Scala is Spark's own. */
export async function jars(packages: string): Promise<string[]> {
  const program = `
import glob, os, pyspark, sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.config("spark.master", "local[1]").config("spark.ui.enabled", "false")
builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
session = builder.config("spark.jars.packages", sys.argv[1]).config("spark.jars.ivy", sys.argv[2]).getOrCreate()
scala = glob.glob(os.path.join(pyspark.__path__[0], "jars", "scala-library-*.jar"))
print("JARS " + ",".join([session.sparkContext.getConf().get("spark.jars"), *scala]))
`;
  const known = path.join(
    cacheFolder('ivy'),
    `${createHash('sha256').update(packages).digest('hex').slice(0, 16)}.json`,
  );
  const found = fs.existsSync(known) ? (JSON.parse(fs.readFileSync(known, 'utf8')) as string[]) : [];
  // Spark takes half a minute to say the same again
  if (found.length > 0 && found.every((jar) => fs.existsSync(jar))) return found;
  const python = await pythonWith('pipeline-runner');
  const { stdout } = await run(python, ['-c', program, packages, cacheFolder('ivy')], { timeout: 900_000 });
  const [, said = ''] = /^JARS (.*)$/m.exec(stdout) ?? [];
  const fetched = said.split(',').map((jar) => jar.replace(/^file:(\/\/)?/, ''));
  // written at once: others may read it meanwhile
  fs.writeFileSync(`${known}.${process.pid}`, JSON.stringify(fetched));
  fs.renameSync(`${known}.${process.pid}`, known);
  return fetched;
}
