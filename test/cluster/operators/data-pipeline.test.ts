import { dataPipelineOperator } from '../../../operators/src/data-pipeline/data-pipeline-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { baseName } from '../../../src/kinds/data-pipeline/plan';
import { DATA_PIPELINE } from '../../../src/api/kinds/data-pipeline';
import { sampleOf } from '../../api/support/samples';
import { refusals } from '../apply';
import { conditionOf, type KubernetesObject } from '../types';
import { describeOperators } from './support/describe-operators';

const SPARK = 'sparkoperator.k8s.io/v1beta2';
const RESULT = { state: 'Completed', recordsWritten: 1_523_456, failedChecks: [], durationSeconds: 932.4 };

describeOperators(
  'the operator of DataPipelines',
  [hooksOf(dataPipelineOperator)],
  (bench) => {
    const name = 'customer-etl-pipeline';
    const base = baseName(name);
    const run = `${base}-1767232800000000000`;
    let namespace: string;
    const ref = () => ({ apiVersion: 'nstarx.io/v1alpha1', kind: 'DataPipeline', name, namespace });
    const schedule = () => ({ apiVersion: SPARK, kind: 'ScheduledSparkApplication', name: base, namespace });
    const application = () => ({ apiVersion: SPARK, kind: 'SparkApplication', name: run, namespace });
    const phase = (wanted: string) => bench.cluster.waitFor(ref(), ({ status }) => status?.phase === wanted, 60_000);
    const configs = async () => {
      const found = await bench.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace });
      return found.flatMap(({ metadata }) => metadata.name ?? []).filter((one) => one.startsWith(name));
    };

    beforeAll(async () => {
      namespace = await bench.cluster.freshNamespace();
    });

    test('the sample of the document becomes a schedule of Spark, which Spark takes up', async () => {
      const sample = sampleOf(DATA_PIPELINE);
      const object = { ...sample, status: undefined, metadata: { name, namespace } } as unknown as KubernetesObject;
      expect(refusals(await bench.cluster.apply([object]))).toEqual([]);
      await bench.cluster.waitFor(schedule(), () => true, 60_000);
      await bench.play(schedule(), { scheduleState: 'Scheduled', nextRun: '2026-01-01T02:00:00Z' });
      const { status } = await phase('Scheduled');
      expect(status).toMatchObject({ nextRun: '2026-01-01T02:00:00Z' });
      expect(await configs()).toHaveLength(1);
    });

    test("a run that Spark's operator makes stays, and is seen", async () => {
      const made = await bench.cluster.waitFor(schedule(), () => true);
      const { template } = made.spec as { readonly template: Record<string, unknown> };
      const result = await bench.cluster.apply([
        {
          apiVersion: SPARK,
          kind: 'SparkApplication',
          metadata: {
            name: run,
            namespace,
            // what Spark's operator does: all labels of the schedule, and an owner that is no controller
            labels: { ...made.metadata.labels, 'sparkoperator.k8s.io/scheduled-app-name': base },
            ownerReferences: [
              {
                apiVersion: SPARK,
                kind: 'ScheduledSparkApplication',
                name: base,
                uid: made.metadata.uid!,
                blockOwnerDeletion: true,
              },
            ],
          },
          spec: template,
        },
      ]);
      expect(refusals(result)).toEqual([]);
      await bench.play(application(), {
        applicationState: { state: 'RUNNING' },
        driverInfo: {},
        lastSubmissionAttemptTime: null,
        terminationTime: null,
      });
      const { status } = await phase('Running');
      expect(status).toMatchObject({ state: 'Running' });
      await bench.engine.settle();
      const kept = await bench.cluster.waitFor(application(), () => true);
      expect(kept.metadata.deletionTimestamp).toBeUndefined();
      expect(kept.spec).toEqual(expect.objectContaining({ mainApplicationFile: 'local:///opt/pipeline/main.py' }));
    });

    test('an edit while it runs leaves it the program that it was started with', async () => {
      const [before] = await configs();
      await bench.cluster.patch(ref(), {
        spec: { transformations: [{ type: 'clean', config: { removeNulls: true } }] },
      });
      await bench.cluster.waitFor(schedule(), ({ spec }) => !JSON.stringify(spec).includes(before ?? ''), 60_000);
      await bench.engine.settle();
      expect(await configs()).toHaveLength(2);
      expect(await configs()).toContain(before);
    });

    test('what the program of the driver says is in the status, and the old program goes', async () => {
      await bench.cluster.apply([driver(namespace)]);
      await bench.play(
        { apiVersion: 'v1', kind: 'Pod', name: `${run}-driver`, namespace },
        {
          phase: 'Succeeded',
          containerStatuses: [
            {
              name: 'spark-kubernetes-driver',
              image: 'spark',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode: 0, message: JSON.stringify(RESULT) } },
            },
          ],
        },
      );
      await bench.play(application(), { applicationState: { state: 'COMPLETED' } });
      const { status } = await phase('Scheduled');
      expect(status).toMatchObject({ state: 'Completed', recordsProcessed: 1_523_456, duration: '15m32s' });
      expect(conditionOf({ status } as KubernetesObject, 'Ready')?.status).toBe('True');
      await bench.engine.settle();
      expect(await configs()).toHaveLength(1);
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes).toEqual([]);
    });

    test('a run that is asked for begins once, beside the schedule, and is told of', async () => {
      const runs = async () =>
        (await bench.cluster.list({ apiVersion: SPARK, kind: 'SparkApplication' }, { namespace })).filter(
          ({ metadata }) => metadata.annotations?.['nstarx.io/run'] !== undefined,
        );
      const requested = (wanted: string) =>
        bench.cluster.waitFor(ref(), ({ status }) => status?.requestedRun === wanted, 60_000);
      // as a stage of an MLWorkflow asks
      await bench.cluster.patch(ref(), { metadata: { annotations: { 'nstarx.io/run': '77aa.0.0' } } });
      await requested('77aa.0.0.Running');
      const [one, ...more] = await runs();
      expect(more).toEqual([]);
      await bench.cluster.patch(ref(), { spec: { retries: 4 } });
      await bench.engine.settle();
      const [kept] = await runs();
      expect([kept?.metadata.uid, kept?.spec]).toEqual([one?.metadata.uid, one?.spec]);
      const asked = { apiVersion: SPARK, kind: 'SparkApplication', name: one?.metadata.name ?? '', namespace };
      await bench.play(asked, {
        applicationState: { state: 'COMPLETED' },
        driverInfo: {},
        lastSubmissionAttemptTime: null,
        terminationTime: null,
      });
      await requested('77aa.0.0.Completed');
      await bench.cluster.delete(asked);
      await bench.cluster.waitForGone(asked, 60_000);
      await bench.engine.settle();
      expect(await runs()).toEqual([]);
      expect((await requested('77aa.0.0.Completed')).status?.requestedRun).toBe('77aa.0.0.Completed');
    });

    test('a run without a schedule, and a stream, are objects that the API server takes', async () => {
      const type = { apiVersion: 'nstarx.io/v1alpha1', kind: 'DataPipeline' };
      const schema = 'id BIGINT, amount DECIMAL(10, 2)';
      const once = {
        ...type,
        metadata: { name: 'once', namespace },
        spec: {
          timeout: '2h',
          source: { type: 'datalake', config: { path: 'pvc://landing/in', format: 'csv' } },
          sink: { type: 'kafka', config: { topic: 'orders' } },
        },
      };
      const stream = {
        ...type,
        metadata: { name: 'stream', namespace },
        spec: {
          engine: 'flink',
          source: { type: 'kafka', config: { topic: 'orders', options: { schema } } },
          sink: { type: 'datalake', config: { path: 's3://lake/orders/' } },
        },
      };
      expect(refusals(await bench.cluster.apply([once, stream]))).toEqual([]);
      const flink = {
        apiVersion: 'flink.apache.org/v1beta1',
        kind: 'FlinkDeployment',
        name: 'stream-pipeline',
        namespace,
      };
      await bench.cluster.waitFor(flink, () => true, 60_000);
      await bench.play(flink, { jobStatus: { state: 'RUNNING', startTime: '1767232800000' } });
      const running = ({ status }: KubernetesObject) => status?.phase === 'Running';
      const { status } = await bench.cluster.waitFor({ ...type, name: 'stream', namespace }, running, 60_000);
      expect(status).toMatchObject({ state: 'Running', lastRun: '2026-01-01T02:00:00Z' });
      const runs = async () =>
        (await bench.cluster.list({ apiVersion: SPARK, kind: 'SparkApplication' }, { namespace })).filter(
          ({ metadata }) => metadata.name?.startsWith('once-'),
        );
      await bench.cluster.waitFor(
        { ...type, name: 'once', namespace },
        (one) => one.status?.phase === 'Pending',
        60_000,
      );
      expect(await runs()).toHaveLength(1);
      // a change is another run; the previous one is gone
      const [before] = await runs();
      await bench.cluster.patch({ ...type, name: 'once', namespace }, { spec: { retries: 7 } });
      await bench.cluster.waitForGone(
        { apiVersion: SPARK, kind: 'SparkApplication', name: before?.metadata.name ?? '', namespace },
        60_000,
      );
      await bench.engine.settle();
      expect(await runs()).toHaveLength(1);
      for (const name of ['once', 'stream']) await bench.cluster.delete({ ...type, name, namespace });
    });

    test('a bad edit is told, and what runs stays', async () => {
      await bench.cluster.patch(ref(), { spec: { sink: { config: { partitionBy: ['_day'] } } } });
      const { status } = await phase('Degraded');
      expect(conditionOf({ status } as KubernetesObject, 'Accepted')?.message).toContain(
        'spec.sink.config.partitionBy',
      );
      await bench.cluster.waitFor(schedule(), () => true);
      await bench.cluster.waitFor(application(), () => true);
    });

    test('deleted, it leaves nothing', async () => {
      const made = await configs();
      await bench.cluster.delete(ref());
      await bench.cluster.waitForGone(schedule(), 60_000);
      await bench.cluster.waitForGone(application(), 60_000);
      for (const config of made) {
        await bench.cluster.waitForGone({ apiVersion: 'v1', kind: 'ConfigMap', name: config, namespace }, 60_000);
      }
      expect(await configs()).toEqual([]);
    });

    function driver(inNamespace: string): KubernetesObject {
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${run}-driver`,
          namespace: inNamespace,
          labels: {
            'nstarx.io/component': 'pipeline',
            'nstarx.io/data-pipeline': name,
            'spark-role': 'driver',
            'sparkoperator.k8s.io/app-name': run,
          },
        },
        // no scheduler takes it: this test plays the kubelet
        spec: {
          schedulerName: 'nobody',
          containers: [{ name: 'spark-kubernetes-driver', image: 'docker.io/apache/spark:4.0.1' }],
        },
      };
    }
  },
  { platform: {} },
);
