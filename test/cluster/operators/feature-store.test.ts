import { featureStoreOperator } from '../../../operators/src/feature-store/feature-store-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { contentName } from '../../../src/kinds/child-names';
import { FEATURE_STORE } from '../../../src/api/kinds/feature-store';
import { sampleOf } from '../../api/support/samples';
import { refusals } from '../apply';
import { describeWrite } from '../metacontroller/engine';
import { conditionOf, type KubernetesObject } from '../types';
import { describeOperators } from './support/describe-operators';

const API = 'nstarx.io/v1alpha1';
const NAME = 'customer-features';
const SPARK = 'sparkoperator.k8s.io/v1beta2';
const FLINK = 'flink.apache.org/v1beta1';
const QUERY = 'SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id';

describeOperators(
  'the operator of FeatureStores',
  [hooksOf(featureStoreOperator)],
  (bench) => {
    let namespace: string;
    const at = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, name, namespace });
    const store = (name = NAME) => at(API, 'FeatureStore', name);
    const stream = () =>
      at(FLINK, 'FlinkDeployment', contentName(NAME, 'stream-purchase-frequency', ['purchase_frequency'], 45));
    const status = (holds: (found: KubernetesObject) => boolean, name = NAME) =>
      bench.cluster.waitFor(
        store(name),
        (found) => found.status?.observedGeneration === found.metadata.generation && holds(found),
        90_000,
      );
    const phase = (wanted: string, name = NAME) => status((found) => found.status?.phase === wanted, name);
    const definitions = async (): Promise<string[]> => {
      const found = await bench.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace });
      return found
        .filter(({ metadata }) => metadata.labels?.['nstarx.io/content'] === 'feature-definitions')
        .flatMap(({ metadata }) => metadata.name ?? [])
        .sort();
    };
    const spark = async (): Promise<KubernetesObject> => {
      const kind = { apiVersion: SPARK, kind: 'ScheduledSparkApplication' };
      const [found] = await bench.cluster.list(kind, { namespace });
      return found;
    };
    /** In place of Spark's and Flink's operators. */
    const compute = async (state: object): Promise<void> => {
      const { metadata } = await spark();
      await bench.play(at(SPARK, 'ScheduledSparkApplication', metadata.name!), {
        scheduleState: 'Scheduled',
        lastRun: null,
        nextRun: null,
        ...state,
      });
    };
    const podOf = (job: string, name: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: {
          'nstarx.io/feature-store': NAME,
          'app.kubernetes.io/component': 'feature-materialize',
          'batch.kubernetes.io/job-name': job,
        },
      },
      // no scheduler takes it: this test plays the kubelet
      spec: {
        schedulerName: 'nobody',
        securityContext: { runAsNonRoot: true, runAsUser: 1001, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'job',
            image: 'registry.example.com/feast:1',
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    });

    beforeAll(async () => {
      namespace = await bench.cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    test('the sample of the document is registered and served', async () => {
      const { apiVersion, kind, spec } = sampleOf(FEATURE_STORE)!;
      const object = { apiVersion, kind, metadata: { name: NAME, namespace }, spec } as unknown as KubernetesObject;
      expect(refusals(await bench.cluster.apply([object]))).toEqual([]);
      const served = await phase('Serving');
      expect(conditionOf(served, 'Ready')?.status).toBe('True');
      expect(conditionOf(served, 'Registered')?.status).toBe('True');
      expect(conditionOf(served, 'Fresh')?.status).toBe('Unknown');
      expect(served.status).toMatchObject({ features: { total: 3, serving: 0, failing: 0 } });
      expect(await definitions()).toHaveLength(1);
    });

    test('computed once, its features are fresh; what the materialization says is in the status', async () => {
      const run = `${(await spark()).metadata.name}-1767232800000000000`;
      await compute({ lastRunName: run, pastSuccessfulRunNames: [run] });
      await bench.play(stream(), { jobStatus: { state: 'RUNNING' } });
      await status((found) => (found.status?.features as { serving: number }).serving === 2);
      await bench.cluster.apply([podOf(`${contentName(NAME, 'materialize', [], 52)}-29000000`, 'materialized')]);
      const told = {
        format: 1,
        failed: {},
        lastUpdate: 1767232860,
        updated: { churn_probability: 1767232860 },
        offline: { bytes: 156_000_000_000, partitions: 365 },
      };
      const container = { name: 'job', image: 'feast', imageID: '', ready: false, restartCount: 0 };
      const terminated = { exitCode: 0, message: JSON.stringify(told), finishedAt: '2026-01-01T02:02:00Z' };
      await bench.play(at('v1', 'Pod', 'materialized'), {
        phase: 'Succeeded',
        containerStatuses: [{ ...container, state: { terminated } }],
      });
      const found = await status(({ status: one }) => one?.storage !== undefined);
      expect(found.status).toMatchObject({
        phase: 'Serving',
        features: { total: 3, serving: 3, failing: 0 },
        lastUpdate: '2026-01-01T02:01:00Z',
        storage: { offline: { size: '156GB', partitions: 365 } },
      });
    });

    test('at rest, a second look writes nothing', async () => {
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes.map(describeWrite)).toEqual([]);
    });

    test('another feature is another version of the definitions; the previous one stays', async () => {
      const [before] = await definitions();
      const { spec } = await bench.cluster.get(store());
      const { features } = spec as { readonly features: object[] };
      const added = { name: 'total', type: 'double', source: { type: 'batch', query: QUERY } };
      await bench.cluster.patch(store(), { spec: { features: [...features, added] } });
      const served = await status(
        ({ status: one }) => one?.phase === 'Serving' && (one.features as { total: number }).total === 4,
      );
      expect(await definitions()).toHaveLength(2);
      expect(await definitions()).toContain(before);
      const { metadata } = await bench.cluster.get(at('v1', 'ConfigMap', before));
      expect(conditionOf(served, 'VersionsKept')?.message).toContain(metadata.labels?.['nstarx.io/version']);
      const jobs = await bench.cluster.list({ apiVersion: 'batch/v1', kind: 'Job' }, { namespace });
      expect(jobs.filter((job) => job.metadata.name?.includes('-apply-'))).toHaveLength(1);
      // and back again: the same version, byte for byte
      await bench.cluster.patch(store(), { spec: { features } });
      const deployment = at('apps/v1', 'Deployment', `${NAME}-features`);
      await bench.cluster.waitFor(deployment, (found) => JSON.stringify(found.spec).includes(before), 60_000);
      await phase('Serving');
      expect(await definitions()).toHaveLength(2);
    });

    test('what Spark cannot compute is told, and served as it was', async () => {
      const failed = `${(await spark()).metadata.name}-1767236400000000000`;
      await compute({ lastRunName: failed, pastFailedRunNames: [failed] });
      const found = await phase('Degraded');
      expect(found.status).toMatchObject({ features: { total: 3, failing: 1 } });
      expect(conditionOf(found, 'Computed')?.message).toContain('customer_lifetime_value');
      expect(conditionOf(found, 'Ready')?.status).toBe('True');
      await compute({ pastFailedRunNames: null });
      await phase('Serving');
    });

    test('a bad edit changes nothing, and names the field', async () => {
      const before = await definitions();
      await bench.cluster.patch(store(), { spec: { serving: { online: { storage: 'cassandra' } } } });
      const bad = await phase('Degraded');
      expect(conditionOf(bad, 'Accepted')?.message).toContain('spec.serving.online.secretRef must name a Secret');
      expect(await definitions()).toEqual(before);
      await bench.cluster.waitFor(stream(), ({ metadata }) => metadata.deletionTimestamp === undefined);
      await bench.cluster.patch(store(), { spec: { serving: { online: { storage: 'redis' } } } });
      await phase('Serving');
    });

    test('without old versions, the previous definitions go', async () => {
      await bench.cluster.patch(store(), { spec: { versioning: { enabled: false } } });
      await status((found) => conditionOf(found, 'VersionsKept')?.reason === 'Off');
      await bench.engine.settle();
      expect(await definitions()).toHaveLength(1);
    });

    test('the API server takes every kind of store', async () => {
      const secretRef = { name: 'online' };
      const stores = ['redis', 'valkey', 'postgres', 'cassandra', 'dynamodb'].map((storage) => ({
        storage,
        secretRef,
      }));
      const [batch] = (sampleOf(FEATURE_STORE)!.spec as { features: object[] }).features;
      for (const [index, online] of stores.entries()) {
        const spec = { features: [batch], serving: { online, offline: { path: 's3://features/x' } } };
        const parent = { apiVersion: API, kind: 'FeatureStore', metadata: { name: `s${index}`, namespace }, spec };
        const { children } = hooksOf(featureStoreOperator).sync({ parent, children: {} }, bench.settings);
        const written = children as unknown as KubernetesObject[];
        expect(written.length).toBeGreaterThan(8);
        expect(refusals(await bench.cluster.apply(written, { dryRun: true }))).toEqual([]);
      }
    });

    test('deleted, it leaves nothing', async () => {
      await bench.cluster.delete(store());
      await bench.cluster.waitForGone(store(), 60_000);
      await bench.cluster.waitForGone(stream(), 90_000);
      for (const { apiVersion, kind } of featureStoreOperator.definition.children) {
        for (const { metadata } of await bench.cluster.list({ apiVersion, kind }, { namespace })) {
          if (metadata.name?.startsWith(NAME))
            await bench.cluster.waitForGone(at(apiVersion, kind, metadata.name), 60_000);
        }
      }
    });
  },
  { nodes: [{ name: 'worker-1', capacity: { cpu: '16', memory: '64Gi' } }] },
);
