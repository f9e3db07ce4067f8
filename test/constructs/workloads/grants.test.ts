import { App, Chart } from 'cdk8s';
import { Access } from '../../../src/contracts/backing-service';
import { CronJobWorkload, ServiceWorkload, ServiceWorkloadProps } from '../../../src/constructs/workloads';
import { containerOf, field, inEnvironment, render, setUp, TestCluster, TestDatabase } from './support';

function workload(props: Partial<ServiceWorkloadProps>, scope: ReturnType<typeof setUp>): ServiceWorkload {
  return new ServiceWorkload(scope.chart, 'api', { namespace: scope.namespace, image: 'example/api:1.0', ...props });
}

test('a grant brings variables, credentials, egress and a label, after the workload was made', () => {
  const scope = setUp();
  const database = new TestDatabase(scope.chart, 'database');
  const one = workload({ env: { MODE: 'fast' } }, scope);
  database.grantReadWrite(one);
  expect(database.bound).toEqual([['api', Access.READ_WRITE]]);
  expect(containerOf(render(one.deployment)).env).toEqual([
    { name: 'DATABASE_HOST', value: 'database.backing-services' },
    { name: 'DATABASE_PORT', value: '5432' },
    { name: 'MODE', value: 'fast' },
    {
      name: 'DATABASE_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'database-credentials', key: 'password' } },
    },
  ]);
  expect(field(render(one.networkPolicy), 'spec.egress')).toContainEqual({
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'backing-services' } },
        podSelector: { matchLabels: { db: 'database' } },
      },
    ],
    ports: [{ protocol: 'TCP', port: 5432 }],
  });
  expect(field(render(one.networkPolicy), 'spec.egress')).toHaveLength(2);
  expect(scope.namespace.labels['nstarx.io/uses-database']).toBe('true');
});

test('a grant to read is for reading; granted twice, the variables are there once', () => {
  const scope = setUp();
  const database = new TestDatabase(scope.chart, 'database');
  const job = new CronJobWorkload(scope.chart, 'nightly', {
    namespace: scope.namespace,
    image: 'a:1',
    schedule: '0 0 * * *',
  });
  expect(containerOf(render(job.cronJob)).env).toBeUndefined();
  database.grantRead(job);
  database.grantReadWrite(job);
  expect(database.bound).toEqual([
    ['nightly', Access.READ],
    ['nightly', Access.READ_WRITE],
  ]);
  const env = containerOf(render(job.cronJob)).env as { name: string }[];
  expect(env.map(({ name }) => name)).toEqual(['DATABASE_HOST', 'DATABASE_PORT', 'DATABASE_PASSWORD']);
});

test('a variable that has another value is refused at the grant', () => {
  const scope = setUp();
  const one = workload({ env: { DATABASE_HOST: 'x', DATABASE_PORT: '5432' } }, scope);
  expect(() => new TestDatabase(scope.chart, 'database').grantRead(one)).toThrow(
    '[test/api] env must have one value each, got "DATABASE_HOST": rename your variable; the backing service "database" sets it too.',
  );
});

test('two services that set one variable differently are refused at the second grant', () => {
  const scope = setUp();
  const one = workload({}, scope);
  new TestDatabase(scope.chart, 'database').grantRead(one);
  expect(() => new TestDatabase(scope.chart, 'archive').grantRead(one)).toThrow(
    '[test/api] env must have one value each, got "DATABASE_HOST": use two workloads; the backing services "database" and "archive" both set it.',
  );
});

test('a workload of another environment is refused', () => {
  const scope = setUp();
  const other = new Chart(new App(), 'other');
  inEnvironment(other, 'production', new TestCluster(other));
  const database = new TestDatabase(other, 'database');
  expect(() => database.grantRead(workload({}, scope))).toThrow(
    '[test/api] backing service "database" must be of its own environment test, got "other/database of environment production": use the one of test, or make this in production.',
  );
  expect(database.bound).toEqual([]);
});
