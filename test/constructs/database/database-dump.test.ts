import { DatabaseDump, DatabaseDumpProps } from '../../../src/constructs/database';
import { stoppable } from '../../../src/constructs/workloads/stoppable';
import { Namespace } from '../../../src/constructs/tenancy';
import { Access, Tier } from '../../../src/contracts';
import { POSTGRES_IMAGE } from '../../../src/contracts/images';
import { KindProvider } from '../../../src/providers/kind';
import { temporaryApp } from '../../support/synth';
import { list, manifest, manifests, TestDatabase, TestEnvironment, TestStore, text } from '../tenancy/support';

function sample(props: Partial<DatabaseDumpProps> = {}, monitored = true) {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const database = new TestDatabase(environment);
  const store = new TestStore(environment, true);
  if (monitored) environment.useScraper({ namespace: 'monitoring' });
  const namespace = new Namespace(chart, 'data');
  const dump = new DatabaseDump(chart, 'models-dump', { database, store, namespace, ...props });
  const pod = manifest(dump, 'CronJob', 'models-dump').spec.jobTemplate.spec.template.spec;
  return { dump, pod, database, store, namespace };
}

test('the database is read, and the bucket written, as the same ServiceAccount', () => {
  const { database, store, pod } = sample();
  const identity = { namespace: 'data', serviceAccountName: 'models-dump' };
  expect(database.bound).toEqual([{ identity, access: Access.READ }]);
  expect(store.bound).toEqual([{ identity, access: Access.READ_WRITE }]);
  expect(pod.serviceAccountName).toBe('models-dump');
});

test('the dump is made and read through before anything is uploaded', () => {
  const [dump, ...others] = list(sample().pod.initContainers);
  expect(others).toEqual([]);
  expect(dump).toMatchObject({ name: 'dump', image: POSTGRES_IMAGE, command: ['/bin/sh', '-ec'] });
  const lines = text(dump.args[0]).split('\n');
  expect(lines).toEqual([
    "trap 'kill $! 2> /dev/null; exit 143' TERM",
    'export PGCONNECT_TIMEOUT=30',
    'file="/dump/$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump"',
    'pg_dump --format=custom --no-owner --no-privileges --file="$file" & wait $!',
    'pg_restore --file=/dev/null "$file" & wait $!',
  ]);
});

test('the connection comes from the binding, and variables are defined before they are used', () => {
  const env = list(sample().pod.initContainers[0].env);
  const at = (name: string) => env.findIndex((one) => text(one.name) === name);
  expect(env[at('PGPASSWORD')].value).toBe('$(DATABASE_PASSWORD)');
  expect(env[at('PGHOST')].value).toBe('$(DATABASE_HOST)');
  expect(env[at('DATABASE_PASSWORD')].valueFrom.secretKeyRef).toMatchObject({
    name: 'database-credentials',
    key: 'password',
  });
  for (const [name, source] of [
    ['PGPASSWORD', 'DATABASE_PASSWORD'],
    ['PGUSER', 'DATABASE_USERNAME'],
    ['PGHOST', 'DATABASE_HOST'],
    ['PGSSLMODE', 'DATABASE_SSLMODE'],
  ]) {
    expect(at(source)).toBeGreaterThanOrEqual(0);
    expect(at(name)).toBeGreaterThan(at(source));
  }
});

test('the upload goes to the bucket of the binding', () => {
  const [upload] = list(sample().pod.containers);
  expect(upload.command).toEqual(stoppable(['aws', 's3', 'cp', '/dump']));
  expect(upload.args[0]).toBe('s3://$(BACKUPS_BUCKET)/database-dumps/models/');
  const names = list(upload.env).map((one) => one.name);
  expect(names).toEqual(expect.arrayContaining(['BACKUPS_BUCKET', 'AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID']));
  expect(names).not.toContain('PGPASSWORD');
});

test('both containers are restricted and share the folder of the dump', () => {
  const { pod } = sample({ size: '3Gi' });
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  for (const container of [pod.containers[0], pod.initContainers[0]]) {
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    expect(container.volumeMounts).toContainEqual({ name: 'dump', mountPath: '/dump' });
    expect(container.resources.limits.memory).toBe('512Mi');
  }
  expect(pod.volumes).toContainEqual({ name: 'dump', emptyDir: { sizeLimit: '3Gi' } });
});

test('a failure ends the run, stays visible and fires alerts', () => {
  const { dump } = sample();
  const { spec } = manifest(dump, 'CronJob', 'models-dump');
  expect(spec).toMatchObject({
    schedule: '30 1 * * *',
    concurrencyPolicy: 'Forbid',
    failedJobsHistoryLimit: 3,
    jobTemplate: { spec: { backoffLimit: 2, activeDeadlineSeconds: 14_400 } },
  });
  const { rules } = manifest(dump, 'PrometheusRule', 'models-dump').spec.groups[0];
  expect(list(rules).map((one) => one.expr)).toEqual([
    'time() - (kube_cronjob_status_last_successful_time{namespace="data",cronjob="models-dump"} or kube_cronjob_created{namespace="data",cronjob="models-dump"}) > 26 * 3600',
    'kube_job_status_failed{namespace="data",job_name=~"models-dump-[0-9]+"} > 0',
  ]);
});

test('where nothing scrapes there are no alerts', () => {
  const { dump } = sample({}, false);
  expect(dump.alerts).toBeUndefined();
  expect(manifests(dump).map((one) => one.kind)).not.toContain('PrometheusRule');
});

test('the namespace gets the labels by which credentials are delivered, and the pods may reach both services', () => {
  const { namespace, dump } = sample();
  expect(manifest(namespace, 'Namespace', 'data').metadata.labels).toMatchObject({
    'nstarx.io/uses-database': 'true',
    'nstarx.io/uses-backups': 'true',
  });
  const rules = list(manifest(dump, 'NetworkPolicy', 'models-dump').spec.egress);
  const ports = rules.flatMap((rule) => list(rule.ports).map((one) => one.port));
  expect(ports).toEqual(expect.arrayContaining([53, 443, 5432]));
});

test.each<[string, Partial<DatabaseDumpProps>, string]>([
  [
    'no space',
    { size: '3' },
    "[test/chart/models-dump] size must be a Kubernetes quantity of at least 1Mi, got \"3\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  ],
  [
    'an image that may change',
    { postgresImage: 'postgres:latest' },
    '[test/chart/models-dump] postgresImage must have a digest, or a tag other than latest, got "postgres:latest": pin a version, such as \'postgres:1.2.3\'; otherwise two pods of one workload may run different code.',
  ],
  [
    'a schedule that is none',
    { schedule: 'daily' },
    '[test/chart/models-dump/Resource] schedule must have five fields within their bounds',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => sample(props)).toThrow(message);
});

describe('a server with several databases', () => {
  function server() {
    const environment = temporaryApp().app.environment('sample', { provider: KindProvider.local(), tier: Tier.LOCAL });
    environment.addCluster();
    const database = environment.addDatabase('server');
    const props = {
      database,
      store: environment.addObjectStore('dumps', { versioned: false }),
      namespace: new Namespace(environment.addChart('ops'), 'ops'),
    };
    database.bind({ namespace: 'app', serviceAccountName: 'orders' }, Access.READ_WRITE, { database: 'orders' });
    const chart = environment.addChart('dumps');
    const findings = () => chart.node.findAll().flatMap((one) => one.node.validate());
    return { chart, props, findings };
  }

  test('a dump is of the database that is named, in a folder of its name', () => {
    const { chart, props } = server();
    const dump = new DatabaseDump(chart, 'orders-dump', { ...props, databaseName: 'orders' });
    const pod = manifest(dump, 'CronJob', 'orders-dump').spec.jobTemplate.spec.template.spec;
    expect(list(pod.initContainers[0].env)).toContainEqual({ name: 'SERVER_NAME', value: 'orders' });
    expect(list(pod.containers[0].args)).toContain('s3://$(DUMPS_BUCKET)/database-dumps/orders/');
  });

  test('one that is not dumped is found, where another is', () => {
    const { chart, props, findings } = server();
    new DatabaseDump(chart, 'server-dump', props);
    expect(findings()).toEqual([
      "dumps nothing of the database orders of server: add a DatabaseDump with databaseName: 'orders'",
    ]);
    new DatabaseDump(chart, 'orders-dump', { ...props, databaseName: 'orders' });
    expect(findings()).toEqual([]);
  });

  test('a name that can be none is refused', () => {
    const { chart, props } = server();
    expect(() => new DatabaseDump(chart, 'dump', { ...props, databaseName: 'my-orders' })).toThrow(
      'database must start with a letter and have at most 63 lower-case letters, digits and underscores, got "my-orders"',
    );
  });
});
