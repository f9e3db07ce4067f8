import { ApiObject, JsonPatch } from 'cdk8s';
import * as fc from 'fast-check';
import { PlatformChecks } from '../../../src/checks/platform-checks';
import { GpuModel } from '../../../src/contracts/gpu';
import { CronJobWorkload, JobWorkload, Probe, ServiceWorkload, Volume } from '../../../src/constructs/workloads';
import { setUp, TestDatabase } from './support';

const CONTEXT = {
  namespaces: ['monitoring', 'backing-services'],
  scraperNamespaces: ['monitoring'],
  customResources: [
    'ServiceMonitor.monitoring.coreos.com',
    'PodMonitor.monitoring.coreos.com',
    'ClusterExternalSecret.external-secrets.io',
  ],
  clusterScopedResources: ['ClusterExternalSecret.external-secrets.io'],
};

const POD = '/spec/template/spec';

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const seconds = fc.integer({ min: 10, max: 300 });
const probe = maybe(
  fc.oneof(
    seconds.map((periodSeconds) => Probe.http('/health', { port: 8080, periodSeconds })),
    fc.constant(Probe.tcp({ port: 9000 })),
    fc.constant(Probe.command(['true'])),
  ),
);
const peer = fc.oneof(
  fc.record({ namespace: fc.constantFrom('a', 'b') }),
  fc.record({ namespace: fc.constantFrom('a', 'b'), ports: fc.constant<number[]>([80, 443]) }),
  fc.record({ cidrs: fc.constant<string[]>(['10.0.0.0/8']) }),
);
const VOLUMES = [Volume.emptyDir('cache', '/cache'), Volume.emptyDir('scratch', '/tmp')];
/** Without D and K no name ends in a word that says password or key; TOKEN has a K too. */
const VARIABLE = fc.stringMatching(/^[A-CE-JL-Z_]{1,8}$/);

const props = fc.record({
  image: fc.constantFrom('a:1', `registry.example/a/b@sha256:${'0'.repeat(64)}`),
  cpu: maybe(fc.constantFrom('50m', '1', '0.5')),
  memory: maybe(fc.constantFrom('64Mi', '1Gi', '1e9')),
  command: maybe(fc.array(fc.string(), { minLength: 1, maxLength: 2 })),
  env: maybe(fc.dictionary(VARIABLE, fc.string(), { maxKeys: 3 })),
  metricsPort: maybe(fc.constantFrom(8080, 9100)),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  ingress: maybe(fc.array(peer, { maxLength: 3 })),
  egress: maybe(fc.array(peer, { maxLength: 3 })),
  priorityClassName: maybe(fc.constant('system-cluster-critical')),
  nodePool: maybe(fc.constantFrom('general', 'gpu-t4')),
  gpus: maybe(fc.constantFrom(1, 2)),
  runAsUser: maybe(fc.constantFrom(1, 65_532)),
  volumes: maybe(fc.constantFrom(...VOLUMES).map((volume) => [volume])),
  imagePullSecrets: maybe(fc.constant<string[]>(['registry'])),
  readsDatabase: fc.boolean(),
  kind: fc.constantFrom('service', 'job', 'cron-job'),
});

function build(given: ReturnType<typeof props.generate>['value']): ReturnType<typeof setUp>['chart'] {
  const { chart, namespace } = setUp();
  const database = new TestDatabase(chart, 'database');
  new ApiObject(chart, 'registry', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'registry', namespace: 'team' },
  });
  const { kind, readsDatabase, ...others } = given;
  const all = { ...others, gpuModel: given.gpus && GpuModel.T4, namespace };
  const workload =
    kind === 'service'
      ? new ServiceWorkload(chart, 'one', { ...all, maxReplicas: 3 })
      : kind === 'job'
        ? new JobWorkload(chart, 'one', all)
        : new CronJobWorkload(chart, 'one', { ...all, schedule: '0 0 * * *' });
  if (readsDatabase) database.grantRead(workload);
  return chart;
}

test('whatever valid props a workload has, it passes all checks', () => {
  fc.assert(
    fc.property(props, (given) => {
      expect(PlatformChecks.run(build(given), { context: CONTEXT })).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each<[string, JsonPatch, string]>([
  ['image', JsonPatch.replace(`${POD}/containers/0/image`, 'a:latest'), 'whose content changes'],
  ['memory limit', JsonPatch.remove(`${POD}/containers/0/resources/limits/memory`), 'has no limits.memory'],
  ['privileges', JsonPatch.remove(`${POD}/containers/0/securityContext/capabilities`), 'unrestricted capabilities'],
  ['account', JsonPatch.replace(`${POD}/serviceAccountName`, 'other'), 'refers to ServiceAccount other'],
  ['labels', JsonPatch.replace('/spec/template/metadata/labels', {}), 'cannot reach DNS'],
])('the same checks find a workload whose %s was spoilt by a JSON patch', (_name, patch, message) => {
  const { chart, namespace } = setUp();
  const job = new JobWorkload(chart, 'one', { namespace, image: 'a:1' });
  expect(PlatformChecks.run(chart, { context: CONTEXT })).toEqual([]);
  (job.node.defaultChild as ApiObject).addJsonPatch(patch);
  const found = PlatformChecks.run(chart, { context: CONTEXT });
  expect(found).toHaveLength(1);
  expect(found[0].path).toBe('test/one/Resource');
  expect(found[0].message).toContain(message);
});

test('the same props give the same bytes', () => {
  fc.assert(
    fc.property(props, (given) => {
      expect(JSON.stringify(build(given).toJson())).toBe(JSON.stringify(build(given).toJson()));
    }),
    { numRuns: 50 },
  );
});
