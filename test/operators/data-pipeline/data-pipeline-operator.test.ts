import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import { DataPipelineSpec } from '../../../src/api/generated/data-pipeline';
import { DATA_PIPELINE } from '../../../src/api/kinds/data-pipeline';
import { validate, withDefaults } from '../../../src/api/schema/validate';
import { programFiles } from '../../../src/contracts/programs';
import { DataPipelineObjects } from '../../../src/kinds/data-pipeline/data-pipeline-objects';
import { condition, settled } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { platformSettings } from '../../support/platform-settings';
import { SETTINGS } from '../support/settings';
import { BASE, hooks, NAME, NAMESPACE, observed, of, sample, sync } from './support';

interface SparkSpec {
  readonly [field: string]: unknown;
  readonly driver: Record<string, unknown>;
  readonly executor: Record<string, unknown>;
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
  readonly arguments: readonly string[];
}
const template = (response = sync(sample())): SparkSpec =>
  (of(response, 'ScheduledSparkApplication').spec as unknown as { readonly template: SparkSpec }).template;

test('the documented sample is a schedule of Spark in the time zone of the spec, with the history that it asks for', () => {
  const response = sync(sample({ timeZone: 'Europe/Berlin', historyLimit: 3, concurrencyPolicy: 'Replace' }));
  expectGoodChildren(
    response.children.filter(({ kind }) => kind !== 'ControllerRevision'),
    NAMESPACE,
  );
  expect(response.children.map(({ kind }) => kind).sort()).toEqual([
    'ConfigMap',
    'ControllerRevision',
    'NetworkPolicy',
    'PrometheusRule',
    'ScheduledSparkApplication',
  ]);
  expect(of(response, 'ScheduledSparkApplication').metadata.name).toBe(BASE);
  expect(of(response, 'ScheduledSparkApplication').spec).toMatchObject({
    schedule: '0 2 * * *',
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Replace',
    suspend: false,
    successfulRunHistoryLimit: 3,
    failedRunHistoryLimit: 3,
  });
  const withoutProgram = response.children
    .filter(({ kind }) => kind !== 'ControllerRevision')
    .map((child) =>
      child.kind === 'ConfigMap'
        ? { ...child, metadata: { ...child.metadata, name: 'of-the-content' }, data: Object.keys(child.data as object) }
        : JSON.parse(JSON.stringify(child).replace(/-job-[0-9a-f]{10}/g, '-job-of-the-content')),
    );
  expect(withoutProgram).toMatchSnapshot();
});

test('driver and executors get what the spec says, no more, and are as Pod Security restricted asks', () => {
  const { driver, executor } = template();
  const gib = (memory: unknown, overhead: unknown) => (parseInt(String(memory)) + parseInt(String(overhead))) / 1024;
  expect([driver.cores, driver.coreRequest, gib(driver.memory, driver.memoryOverhead)]).toEqual([2, '2', 8]);
  expect([executor.cores, executor.coreRequest, gib(executor.memory, executor.memoryOverhead)]).toEqual([4, '4', 16]);
  expect(executor.instances).toBe(4);
  for (const pod of [driver, executor]) {
    expect(pod).toMatchObject({
      labels: { 'nstarx.io/component': 'pipeline', 'nstarx.io/data-pipeline': NAME, pipeline_name: NAME },
      serviceAccount: 'spark',
      javaOptions: '-Duser.timezone=UTC',
      podSecurityContext: { runAsNonRoot: true, runAsUser: 185, seccompProfile: { type: 'RuntimeDefault' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
  }
  expect(driver.ports).toEqual([{ name: 'metrics', containerPort: 8090, protocol: 'TCP' }]);
  expect(executor.template).toMatchObject({ spec: { automountServiceAccountToken: false } });
});

test('the program, what it does and the Secret are where the arguments say', () => {
  const response = sync(sample());
  const spec = template(response);
  const { metadata, data, immutable } = of(response, 'ConfigMap');
  expect(immutable).toBe(true);
  expect(Object.keys(data as object)).toEqual(
    [...Object.keys(programFiles('pipeline-runner')), 'pipeline.json'].sort(),
  );
  expect(JSON.parse((data as Record<string, string>)['pipeline.json'])).toMatchObject({
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: { source: { config: { query: 'SELECT * FROM customers WHERE updated_at > :last_run' } } },
  });
  expect(spec.volumes).toEqual([
    { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
    { name: 'work', emptyDir: { sizeLimit: '5Gi' } },
    { name: 'program', configMap: { name: metadata.name } },
    { name: 'source', secret: { secretName: 'customer-db-credentials', defaultMode: 0o440 } },
  ]);
  expect(spec.driver.volumeMounts).toEqual([
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'work', mountPath: '/opt/spark/work-dir' },
    { name: 'program', mountPath: '/opt/pipeline', readOnly: true },
    { name: 'source', mountPath: '/etc/pipeline/source', readOnly: true },
  ]);
  // the password is for the driver alone
  expect(JSON.stringify(spec.executor)).not.toContain('/etc/pipeline');
  expect(spec.mainApplicationFile).toBe('local:///opt/pipeline/main.py');
  expect(spec.arguments).toEqual([
    '/opt/pipeline/pipeline.json',
    ...['--source-connection', '/etc/pipeline/source', '--metrics-port', '8090', '--metrics-linger', '40'],
  ]);
  expect(spec.deps).toEqual({ packages: ['org.postgresql:postgresql:42.7.7', 'org.apache.hadoop:hadoop-aws:3.4.1'] });
});

test('with an image of the platform nothing is fetched, and its store is reached with its keys', () => {
  const secretEnv = [{ name: 'AWS_ACCESS_KEY_ID', secretName: 'lake', key: 'id' }];
  const dataPipeline = {
    sparkImage: 'registry.example.com/spark:4.0.1-1',
    env: { AWS_ENDPOINT_URL_S3: 'http://s3.backing-services.svc:8333', AWS_REGION: 'us-east-1' },
    secretEnv,
    priorityClassName: 'nstarx-batch-training',
    bootstrapServers: 'kafka:9092',
    lineage: { url: 'http://marquez:5000', apiKey: { name: 'OPENLINEAGE_API_KEY', secretName: 'marquez', key: 'key' } },
    sparkConf: { 'spark.sql.shuffle.partitions': '64' },
  };
  const response = sync(sample(), [], [], { ...SETTINGS, dataPipeline });
  const spec = template(response);
  expect(spec.image).toBe('registry.example.com/spark:4.0.1-1');
  expect(spec).not.toHaveProperty('deps');
  expect(spec.sparkConf).toEqual({
    'spark.sql.warehouse.dir': '/tmp/warehouse',
    'spark.hadoop.fs.s3a.aws.credentials.provider':
      'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider',
    'spark.hadoop.fs.s3a.endpoint': 'http://s3.backing-services.svc:8333',
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    'spark.hadoop.fs.s3a.endpoint.region': 'us-east-1',
    'spark.kubernetes.driver.ownPersistentVolumeClaim': 'false',
    'spark.kubernetes.driver.reusePersistentVolumeClaim': 'false',
    'spark.kubernetes.driver.service.deleteOnTermination': 'false',
    'spark.sql.shuffle.partitions': '64',
  });
  const key = { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 'lake', key: 'id' } } };
  expect(spec.executor.env).toContainEqual(key);
  expect(spec.driver).toMatchObject({ priorityClassName: 'nstarx-batch-training' });
  expect(spec.driver.env).toEqual(
    expect.arrayContaining([
      key,
      { name: 'KAFKA_BOOTSTRAP_SERVERS', value: 'kafka:9092' },
      { name: 'OPENLINEAGE_URL', value: 'http://marquez:5000' },
      { name: 'OPENLINEAGE_API_KEY', valueFrom: { secretKeyRef: { name: 'marquez', key: 'key' } } },
    ]),
  );
  const silent = template(sync(sample({ lineage: { enabled: false } }), [], [], { ...SETTINGS, dataPipeline }));
  expect(JSON.stringify(silent.driver.env)).not.toContain('OPENLINEAGE');
});

describe("the platform's message bus", () => {
  const bus = platformSettings();
  const topic = { type: 'kafka', config: { topic: 'orders', options: { schema: 'id BIGINT' } } };
  const lake = { type: 'datalake', config: { path: 's3://local-artifacts/lake/data-processing/orders/' } };
  const other = { topic: 'orders', bootstrapServers: 'kafka.acme.example:9092' };
  const ownTopic = (response: SyncResponse): string =>
    JSON.stringify(response.children.filter(({ kind }) => kind === 'ConfigMap'));
  const egress = (response: SyncResponse): string => JSON.stringify(of(response, 'NetworkPolicy').spec);

  test('a run of Spark reads the topic of its namespace, with a user of the namespace', () => {
    const response = sync(sample({ source: topic, transformations: undefined, sink: lake }), [], [], bus);
    const { driver, executor } = template(response);
    const { value = '{}' } = driver.env.find(({ name }) => name === 'KAFKA_PROPERTIES') ?? {};
    expect(JSON.parse(value)).toEqual(bus.messageBus?.properties);
    expect(driver.env).toContainEqual({
      name: 'BUS_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'bus-credentials.spark', key: 'password' } },
    });
    expect(JSON.stringify(executor.env)).not.toContain('BUS_');
    expect(ownTopic(response)).toContain('data-processing.orders');
    expect(egress(response)).toContain('"strimzi.io/name":"bus-kafka"');
  });

  test('a stream of Flink does, and no option of a spec changes how', () => {
    const options = { schema: 'id BIGINT', 'kafka.security.protocol': 'PLAINTEXT' };
    const source = { ...topic, config: { ...topic.config, options } };
    const spec = { schedule: undefined, engine: 'flink', source, transformations: undefined, sink: lake };
    const response = sync(sample(spec), [], [], bus);
    const statements = ownTopic(response);
    expect(statements).toContain("'properties.security.protocol' = 'SASL_SSL'");
    expect(statements).not.toContain('PLAINTEXT');
    expect(statements).toContain("'topic' = 'data-processing.orders'");
    expect(statements).toContain("'properties.ssl.truststore.certificates' = '{{env.BUS_CA}}'");
    expect(JSON.stringify(of(response, 'FlinkDeployment').spec)).toContain('bus-credentials.flink');
  });

  test.each([
    ['brokers of its own', other],
    ['a Secret with its brokers', { topic: 'orders', connection: { secretRef: { name: 'kafka' } } }],
  ])('a pipeline with %s gets nothing of it', (_, config) => {
    const response = sync(sample({ source: { type: 'kafka', config }, transformations: undefined }), [], [], bus);
    expect(condition(response, 'Accepted')).toMatchObject({ status: 'True' });
    expect(JSON.stringify(response.children)).not.toMatch(/BUS_|bus-kafka|data-processing\.orders/);
  });
});

test('retries and the time of a run are in the application', () => {
  const spec = template(sync(sample({ retries: 5, timeout: '1h30m' })));
  expect(spec.restartPolicy).toMatchObject({ type: 'OnFailure', onFailureRetries: 5, onSubmissionFailureRetries: 5 });
  expect(spec.driver.template).toEqual({
    spec: {
      activeDeadlineSeconds: 5400,
      automountServiceAccountToken: true,
      containers: [{ name: 'spark-kubernetes-driver' }],
    },
  });
  expect(template(sync(sample({ retries: 0 }))).restartPolicy).toEqual({ type: 'Never' });
});

test('a pipeline in a zone runs on the nodes of the zone', () => {
  const zone = {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIZone',
    metadata: { name: 'research' },
    spec: { isolation: 'node', resources: { compute: { nodeSelector: { pool: 'research' } } } },
  };
  const { driver, executor } = template(sync(sample({ zone: 'research' }), [], [zone]));
  for (const pod of [driver, executor]) {
    expect(pod).toMatchObject({
      nodeSelector: { pool: 'research' },
      tolerations: [{ key: 'nstarx.io/zone', operator: 'Equal', value: 'research', effect: 'NoSchedule' }],
    });
  }
  expect(hooks.customize({ parent: settled(sample({ zone: 'research' })) }, SETTINGS).relatedResources).toEqual([
    { apiVersion: 'nstarx.io/v1alpha1', resource: 'aizones', names: ['research'] },
    {
      apiVersion: 'v1',
      resource: 'pods',
      namespace: NAMESPACE,
      labelSelector: {
        matchLabels: { 'nstarx.io/component': 'pipeline', 'nstarx.io/data-pipeline': NAME, 'spark-role': 'driver' },
      },
    },
  ]);
  const without = sync(sample({ zone: 'gone' }));
  expect(condition(without, 'Accepted')?.message).toContain('spec.zone must be the name of an AIZone that exists');
});

test('without a schedule it runs once for each change of what it does; settings of the platform do not run it again', () => {
  const name = (change: object, dataPipeline = {}): string =>
    of(sync(sample({ schedule: undefined, ...change }), [], [], { ...SETTINGS, dataPipeline }), 'SparkApplication')
      .metadata.name;
  const first = name({});
  expect(first).toMatch(new RegExp(`^${BASE}-[0-9a-f]{10}$`));
  expect(name({ historyLimit: 9 })).toBe(first);
  expect(name({}, { sparkImage: 'registry.example.com/spark:2' })).toBe(first);
  expect(name({ timeout: '1h' })).not.toBe(first);
  expect(name({ resources: { executor: { instances: 9 } } })).not.toBe(first);
  expect(name({ quality: [{ name: 'some', type: 'row-count', min: 1 }] })).not.toBe(first);
});

test('a suspended pipeline without a schedule does not begin, and what has begun goes on', () => {
  const parent = sample({ schedule: undefined, suspend: true });
  expect(of(sync(parent), 'SparkApplication')).toBeUndefined();
  expect(sync(parent).status.phase).toBe('Suspended');
  const begun = observed(sync(sample({ schedule: undefined })));
  expect(of(sync(parent, begun), 'SparkApplication')).toBeDefined();
});

test('the same request has the same answer, and static synthesis gives the same objects', () => {
  expect(JSON.stringify(sync(sample()))).toBe(JSON.stringify(sync(sample())));
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new DataPipelineObjects(chart, 'pipeline', {
    name: NAME,
    namespace: NAMESPACE,
    spec: sample().spec as unknown as DataPipelineSpec,
    settings: { scraper: SETTINGS.scraper },
  });
  const ofOperator = sync(sample()).children.filter(({ kind }) => kind !== 'ControllerRevision');
  expect(chart.toJson()).toEqual(ofOperator);
});

test("the example of the kind's reference page is one that runs", () => {
  const { value } = validate(DATA_PIPELINE.spec, withDefaults(DATA_PIPELINE.spec, parse(DATA_PIPELINE.example)));
  const parent = { ...sample(), spec: value as Record<string, unknown> };
  const response = sync(parent, [], [], platformSettings());
  expect(condition(response, 'Accepted')).toMatchObject({ status: 'True' });
  expect(of(response, 'FlinkDeployment').spec).toMatchObject({ serviceAccount: 'flink' });
});

test('a bad edit names the field, and the last good objects stay', () => {
  const first = sync(sample());
  const source = { type: 'kafka', config: { topic: 'customers' } };
  const second = sync(sample({ source }), observed(first));
  expect(second.children.map(({ metadata }) => metadata.name)).toEqual(
    first.children.map(({ metadata }) => metadata.name),
  );
  expect(of(second, 'ScheduledSparkApplication')).toEqual(of(first, 'ScheduledSparkApplication'));
  expect(condition(second, 'Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('spec.source.config.bootstrapServers must be given') as unknown,
  });
  expect(second.status.phase).toBe('Degraded');
});

test('A, B, A: the objects of A come back', () => {
  const a = sync(sample());
  const b = sync(sample({ schedule: undefined, retries: 1 }), observed(a));
  expect(of(b, 'ScheduledSparkApplication')).toBeUndefined();
  expect(sync(sample(), observed(b)).children).toEqual(a.children);
});
