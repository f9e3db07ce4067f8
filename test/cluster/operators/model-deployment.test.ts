import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { MODEL_DEPLOYMENT } from '../../../src/api/kinds/model-deployment';
import { sampleOf } from '../../api/support/samples';
import { refusals } from '../apply';
import { until } from '../../support/waiting';
import { conditionOf, type KubernetesObject, referenceTo } from '../types';
import { describeOperators } from './support/describe-operators';
import { installPriorityClass } from './support/small-models';

describeOperators(
  'the operator of ModelDeployments',
  [hooksOf(modelDeploymentOperator)],
  (bench) => {
    let namespace: string;
    const type = { apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment' };
    const ref = () => ({ ...type, name: 'fraud-detector', namespace });
    const deployment = () => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'fraud-detector-deployment',
      namespace,
    });
    const phase = (wanted: string) => bench.cluster.waitFor(ref(), ({ status }) => status?.phase === wanted, 60_000);

    beforeAll(async () => {
      await installPriorityClass(bench.cluster);
      namespace = await bench.cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    test('the sample of the document waits for its image', async () => {
      const sample = sampleOf(MODEL_DEPLOYMENT);
      const object = { ...sample, metadata: { name: 'fraud-detector', namespace } } as unknown as KubernetesObject;
      expect(refusals(await bench.cluster.apply([object]))).toEqual([]);
      const waiting = await phase('Validating');
      expect(conditionOf(waiting, 'ImageAvailable')?.status).toBe('False');
    });

    test('with an image it is deployed, and the pods run', async () => {
      const resources = { requests: { cpu: '100m', memory: '64Mi' } };
      const serving = { image: 'registry.example.com/fraud:2.1.0', resources };
      await bench.cluster.patch(ref(), { spec: { serving } });
      const deployed = await phase('Serving');
      expect(deployed.status).toMatchObject({ observedGeneration: 2, image: 'registry.example.com/fraud:2.1.0' });
      expect(conditionOf(deployed, 'Ready')?.status).toBe('True');
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes).toEqual([]);
    });

    test('what an autoscaler wrote stays, also when the image changes', async () => {
      await bench.cluster.patch(deployment(), { spec: { replicas: 5 } });
      await bench.cluster.patch(ref(), { spec: { serving: { image: 'registry.example.com/fraud:2.1.1' } } });
      await bench.cluster.waitFor(
        deployment(),
        ({ spec }) => JSON.stringify(spec?.template).includes('fraud:2.1.1') && spec?.replicas === 5,
      );
      await phase('Serving');
    });

    test('deleted, it leaves nothing', async () => {
      await bench.cluster.delete(ref());
      await bench.cluster.waitForGone(deployment(), 60_000);
      for (const kind of ['ConfigMap', 'Service', 'ServiceAccount']) {
        const left = await bench.cluster.list({ apiVersion: 'v1', kind }, { namespace });
        expect(
          left.map(({ metadata }) => metadata.name).filter((name) => name === 'fraud-detector-deployment'),
        ).toEqual([]);
      }
    });
  },
  { nodes: [{ name: 'worker-1' }] },
);

const DIGEST = { '1.0': 'a', '2.0': 'b', '3.0': 'c' } as const;
type Version = keyof typeof DIGEST;

/**
 * Signatures, MLflow and Prometheus are played: kwok has every pod end well, so a Job finds what it looks for, and the measurements of an
 * AnalysisRun are written by the test. Jobs, Deployments, admission and ownership are real.
 */
describeOperators(
  'the way of a ModelDeployment, with signers and MLflow',
  [hooksOf(modelDeploymentOperator)],
  (bench) => {
    let namespace: string;
    const ref = () => ({ apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment', name: 'fraud', namespace });
    const deployment = () => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'fraud-deployment', namespace });
    const image = (version: Version) => `registry.example.com/fraud@sha256:${DIGEST[version].repeat(64)}`;
    const spec = (version: Version, more: object = {}) => ({
      model: { name: 'fraud', version, framework: 'onnx' },
      metrics: { accuracy: 0.94, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: {
        image: image(version),
        replicas: 1,
        autoscaling: { enabled: false, maxReplicas: 1 },
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
      ...more,
    });
    const jobs = async () => {
      const all = await bench.cluster.list({ apiVersion: 'batch/v1', kind: 'Job' }, { namespace });
      return all.map(({ metadata }) => metadata.name ?? '').sort();
    };
    const served = (version: Version) =>
      bench.cluster.waitFor(
        ref(),
        ({ status, metadata }) =>
          status?.phase === 'Serving' &&
          status.version === version &&
          status.observedGeneration === metadata.generation,
        120_000,
      );
    const deployed = (version: Version) =>
      bench.cluster.waitFor(deployment(), (one) => JSON.stringify(one.spec).includes(image(version)), 120_000);
    /** Prometheus' answers, as the controller of Argo Rollouts writes them: without a subresource for the status. */
    const measure = async (minutes: readonly number[], value: number) => {
      const [run] = await bench.cluster.list(
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' },
        { namespace },
      );
      const measurements = minutes.map((minute) => ({
        phase: 'Successful',
        value: `[${value}]`,
        finishedAt: new Date(Date.now() + minute * 60_000).toISOString().replace(/\.\d+/, ''),
      }));
      const status = { phase: 'Running', metricResults: [{ name: 'error-ratio', phase: 'Running', measurements }] };
      await bench.cluster.patch(referenceTo(run), { status });
    };

    beforeAll(async () => {
      await installPriorityClass(bench.cluster);
      namespace = await bench.cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    test('it is verified and registered before it is deployed, each once', async () => {
      const seen: unknown[] = [];
      const stop = watchPhases(() => bench.cluster.find(ref()), seen);
      const { apiVersion, kind } = ref();
      await bench.cluster.create({ apiVersion, kind, metadata: { name: 'fraud', namespace }, spec: spec('1.0') });
      const serving = await served('1.0');
      await stop();
      expect(conditionOf(serving, 'ImageVerified')).toMatchObject({ status: 'True', reason: 'Verified' });
      expect(conditionOf(serving, 'Registered')).toMatchObject({ status: 'True', reason: 'Registered' });
      expect(seen).toEqual(expect.arrayContaining(['Scanning', 'Registering', 'Serving']));
      expect(seen.indexOf('Scanning')).toBeLessThan(seen.indexOf('Registering'));
      const [verification, registration] = (await jobs()).map((name) => name.replace(/-[0-9a-f]{10}$/, '')).reverse();
      expect([verification, registration]).toEqual(['fraud-deployment-verification', 'fraud-deployment-registration']);
      const times = await Promise.all(
        (await jobs()).map(async (name) => {
          const { metadata } = await bench.cluster.get({ apiVersion: 'batch/v1', kind: 'Job', name, namespace });
          return Date.parse(String(metadata.creationTimestamp));
        }),
      );
      const made = Date.parse(String((await bench.cluster.get(deployment())).metadata.creationTimestamp));
      expect(Math.max(...times)).toBeLessThanOrEqual(made);
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes).toEqual([]);
    });

    test('a version with errors after its roll-out is left for the one before, and not tried again', async () => {
      await measure([0, 11], 0);
      await bench.cluster.waitFor(ref(), (one) => conditionOf(one, 'RolledBack')?.reason === 'NotNeeded');
      await bench.cluster.patch(ref(), { spec: spec('2.0') });
      await served('2.0');
      await deployed('2.0');
      await measure([0, 1, 2], 0.5);
      await deployed('1.0');
      const back = await served('1.0');
      expect(conditionOf(back, 'RolledBack')).toMatchObject({ status: 'True', reason: 'TooManyErrors' });
      await bench.engine.settle();
      await bench.engine.restart();
      await bench.engine.settle();
      await deployed('1.0');
      await bench.cluster.patch(ref(), { metadata: { annotations: { 'example.com/touched': 'yes' } } });
      await bench.engine.settle();
      await deployed('1.0');
    });

    test('rollbackTo brings a version back, and an unknown one is told with those that are kept', async () => {
      await bench.cluster.patch(ref(), { spec: spec('3.0') });
      await served('3.0');
      await bench.cluster.patch(ref(), { spec: { rollbackTo: '0.9' } });
      const told = await bench.cluster.waitFor(ref(), (one) => conditionOf(one, 'Accepted')?.status === 'False');
      expect(conditionOf(told, 'Accepted')?.message).toBe(
        'spec.rollbackTo must be a version that is kept, got "0.9": kept are 1.0, 3.0',
      );
      await deployed('3.0');
      await bench.cluster.patch(ref(), { spec: { rollbackTo: '1.0' } });
      const back = await served('1.0');
      expect(conditionOf(back, 'RolledBack')).toMatchObject({ status: 'True', reason: 'Requested' });
      await bench.cluster.patch(ref(), { spec: { rollbackTo: null } });
      await served('3.0');
    });

    test('a Job that is deleted runs again, and what is served stays', async () => {
      const [name] = await jobs();
      const job = { apiVersion: 'batch/v1', kind: 'Job', name, namespace };
      const { uid } = (await bench.cluster.get(job)).metadata;
      await bench.cluster.delete(job);
      await bench.cluster.waitFor(job, ({ metadata }) => metadata.uid !== uid, 60_000);
      await served('3.0');
    });

    test('deleted, it leaves no Job, no AnalysisRun and no revision', async () => {
      expect(await jobs()).not.toEqual([]);
      await bench.cluster.delete(ref());
      await bench.cluster.waitForGone(deployment(), 60_000);
      for (const [apiVersion, kind] of [
        ['batch/v1', 'Job'],
        ['argoproj.io/v1alpha1', 'AnalysisRun'],
        ['apps/v1', 'ControllerRevision'],
      ]) {
        await until(`no ${kind} to be left`, 60_000, async () => {
          return (await bench.cluster.list({ apiVersion, kind }, { namespace })).length === 0;
        });
      }
    });
  },
  {
    nodes: [{ name: 'worker-1' }],
    change: (settings) => ({
      ...settings,
      modelDeployment: {
        ...settings.modelDeployment!,
        signers: [{ publicKey: '-----BEGIN PUBLIC KEY-----\nplayed\n-----END PUBLIC KEY-----\n' }],
        mlflowUrl: 'http://mlflow.nstarx-system.svc.cluster.local:5000',
      },
    }),
  },
);

/** Notes each phase that an object has, until it is told to stop. */
function watchPhases(find: () => Promise<KubernetesObject | undefined>, seen: unknown[]): () => Promise<void> {
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      const phase = (await find())?.status?.phase;
      if (phase !== undefined && seen.at(-1) !== phase) seen.push(phase);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const looking = look();
  return () => {
    isOver = true;
    return looking;
  };
}
