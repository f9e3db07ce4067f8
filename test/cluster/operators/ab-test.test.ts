import { abTestOperator } from '../../../operators/src/ab-test/ab-test-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { contentName } from '../../../src/kinds/child-names';
import { refusals } from '../apply';
import { conditionOf, type KubernetesObject } from '../types';
import { describeOperators } from './support/describe-operators';

const NSTARX = 'nstarx.io/v1alpha1';

/** The AIModel that the test makes for the version that is not served now. */
const CURRENT = contentName('fraud', 'current', [], 52);

describeOperators('the operator of ABTests', [hooksOf(abTestOperator)], (bench) => {
  let namespace: string;
  const model = (name: string) => ({ apiVersion: NSTARX, kind: 'AIModel', name, namespace });
  const abTest = () => ({ apiVersion: NSTARX, kind: 'ABTest', name: 'fraud', namespace });
  const route = () => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    name: 'fraud-ab-test',
    namespace,
  });
  const serving = { resources: { requests: { cpu: '1', memory: '1Gi' } } };
  const spec = (version: string) => ({
    type: 'sklearn',
    version,
    storage: { location: `s3://models/fraud/${version}` },
    serving,
  });
  const answers = (name: string, version: string) => {
    const Ready = { type: 'Ready', status: 'True', reason: 'Available', lastTransitionTime: '2026-01-01T00:00:00Z' };
    return bench.play(model(name), { phase: 'Serving', version, conditions: [Ready] });
  };
  const weights = (object: KubernetesObject): Record<string, number> => {
    const rules = object.spec?.rules as { backendRefs: { name: string; weight: number }[] }[];
    return Object.fromEntries(rules.at(-1)!.backendRefs.map(({ name, weight }) => [name, weight]));
  };

  beforeAll(async () => {
    namespace = await bench.cluster.freshNamespace();
    const metadata = { name: 'fraud-detector', namespace };
    const original = { apiVersion: NSTARX, kind: 'AIModel', metadata, spec: spec('3.1') };
    const { uid } = (await bench.cluster.create(original)).metadata;
    const revision = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: 'fraud-detector-1',
        namespace,
        labels: { 'app.kubernetes.io/component': 'revision' },
        annotations: { 'nstarx.io/revision-of': 'AIModel/fraud-detector', 'nstarx.io/version': '3.0' },
        ownerReferences: [{ apiVersion: NSTARX, kind: 'AIModel', name: 'fraud-detector', uid, controller: true }],
      },
      revision: 1,
      data: { spec: spec('3.0'), objects: [] },
    };
    expect(refusals(await bench.cluster.apply([revision]))).toEqual([]);
    await answers('fraud-detector', '3.1');
  });

  test('it makes a model of the other version, and waits for it', async () => {
    const object = {
      apiVersion: NSTARX,
      kind: 'ABTest',
      metadata: { name: 'fraud', namespace },
      spec: {
        variants: [
          { name: 'current', modelRef: { name: 'fraud-detector', version: '3.0' }, weight: 90, control: true },
          { name: 'candidate', modelRef: { name: 'fraud-detector', version: '3.1' }, weight: 10 },
        ],
        stickiness: { type: 'header', name: 'x-customer-id' },
        metric: { name: 'fraud_caught_total', goal: 'maximize', minimumEffect: 0.3 },
        guardrails: [{ name: 'inference_latency_p95_seconds', max: 0.25 }],
        promotion: { strategy: 'automatic', steps: [50, 100] },
      },
    };
    expect(refusals(await bench.cluster.apply([object as unknown as KubernetesObject]))).toEqual([]);
    const pending = await bench.cluster.waitFor(abTest(), ({ status }) => status?.phase === 'Pending');
    expect(conditionOf(pending, 'VariantsReady')?.status).toBe('False');
    await bench.cluster.waitFor(model(CURRENT), ({ spec: desired }) => desired?.version === '3.0');
    expect(await bench.cluster.find(route())).toBeUndefined();
  });

  test('when it answers, traffic is shared', async () => {
    await answers(CURRENT, '3.0');
    const running = await bench.cluster.waitFor(abTest(), ({ status }) => status?.phase === 'Running');
    expect(running.status).toMatchObject({ url: `https://fraud--${namespace}.ml.example.com/` });
    expect(weights(await bench.cluster.get(route()))).toEqual({ [`${CURRENT}-model`]: 90, 'fraud-detector-model': 10 });
  });

  test('a second look writes nothing', async () => {
    await bench.engine.settle();
    bench.engine.forgetWrites();
    await bench.engine.restart();
    await bench.engine.settle();
    expect(bench.engine.changes).toEqual([]);
  });

  test('figures of the analysis find a winner, and the steps follow', async () => {
    const [analysis] = await bench.cluster.list(
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' },
      { namespace },
    );
    const { name = '' } = analysis.metadata;
    const figures = {
      'samples/current': 9000,
      'samples/candidate': 3000,
      'successes/current': 900,
      'successes/candidate': 600,
    };
    // without a subresource for the status, as the controller of Argo Rollouts writes it
    const measured = (startedAt: string, finishedAt: string) => ({
      status: {
        phase: 'Running',
        startedAt,
        metricResults: Object.entries(figures).map(([metric, value]) => ({
          name: metric,
          phase: 'Running',
          measurements: [{ phase: 'Successful', finishedAt, value: `[${value}]` }],
        })),
      },
    });
    const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString().replace(/\.\d+/, '');
    const ref = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', name, namespace };
    const [start, now, later] = [minutes(-13 * 24 * 60), minutes(0), minutes(30)];
    await bench.cluster.patch(ref, measured(start, now));
    const promoting = await bench.cluster.waitFor(abTest(), ({ status }) => status?.phase === 'Promoting');
    expect(promoting.status).toMatchObject({ winner: 'candidate' });
    expect(weights(await bench.cluster.get(route()))).toEqual({ [`${CURRENT}-model`]: 50, 'fraud-detector-model': 50 });
    await bench.cluster.patch(ref, measured(start, later));
    await bench.cluster.waitFor(abTest(), ({ status }) => status?.phase === 'Completed');
    expect(weights(await bench.cluster.get(route()))).toEqual({ 'fraud-detector-model': 100 });
    await bench.cluster.waitForGone(model(CURRENT));
    const ended = await bench.cluster.get(ref);
    expect(ended.spec?.terminate).toBe(true);
  });

  test('deleted, it leaves the model that was there before, and nothing of its own', async () => {
    await bench.cluster.delete(abTest());
    await bench.cluster.waitForGone(route(), 60_000);
    await bench.cluster.waitForGone(
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', name: 'fraud-ab-test', namespace },
      60_000,
    );
    expect(await bench.cluster.find(model('fraud-detector'))).toBeDefined();
  });
});
