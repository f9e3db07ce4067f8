import { hooksOf } from '../../../operators/src/runtime/hooks';
import { mlWorkflowOperator } from '../../../operators/src/ml-workflow/ml-workflow-operator';
import { ML_WORKFLOW } from '../../../src/api/kinds/ml-workflow';
import { sampleOf } from '../../api/support/samples';
import { ofKind, sample, sync } from '../../operators/ml-workflow/support';
import { refusals } from '../apply';
import { conditionOf, type KubernetesObject, type ObjectReference } from '../types';
import { describeOperators } from './support/describe-operators';

const API = 'nstarx.io/v1alpha1';
const ARGO = 'argoproj.io/v1alpha1';
const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const NAME = 'fraud-detection-training';
const NAMESPACE = 'ml-workflows';
const RUN = `${NAME}-1700000000`;
const START = '2024-01-14T00:00:00Z';

interface Templates {
  readonly templates: readonly { readonly name: string; readonly resource?: { readonly manifest?: string } }[];
}

describeOperators(
  'the operator of MLWorkflows',
  [hooksOf(mlWorkflowOperator)],
  (bench) => {
    const ref = (apiVersion: string, kind: string, name = NAME): ObjectReference => ({
      apiVersion,
      kind,
      name,
      namespace: NAMESPACE,
    });
    const apply = async (...objects: KubernetesObject[]): Promise<void> => {
      expect(refusals(await bench.cluster.apply(objects, { force: true }))).toEqual([]);
    };
    const phase = (wanted: string, name = NAME): Promise<KubernetesObject> =>
      bench.cluster.waitFor(ref(API, 'MLWorkflow', name), ({ status }) => status?.phase === wanted, 60_000);
    /** As Argo Workflows 4.0.6 has a stage that may be tried again: a node for it, and one for its attempt. */
    const node = (stage: string, state: object) => [
      { id: stage, name: `${RUN}.${stage}`, type: 'Retry', progress: '0/1', ...state, children: [`${stage}-0`] },
      { id: `${stage}-0`, name: `${RUN}.${stage}(0)`, type: 'Pod', progress: '0/1', ...state },
    ];
    const nodes = (...all: (readonly { readonly id: string }[])[]): object =>
      Object.fromEntries(all.flat().map((one) => [one.id, one]));
    const done = (stage: string, finishedAt: string) =>
      node(stage, { phase: 'Succeeded', startedAt: START, finishedAt, progress: '1/1' });

    beforeAll(async () => {
      await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
      const missing = await bench.cluster.installCrds([{ group: 'sparkoperator.k8s.io', kind: 'SparkApplication' }]);
      expect(missing).toEqual([]);
    });

    // what Argo would have made; nothing owns it, and the next engine begins with the same names
    afterAll(async () => {
      await bench.cluster.delete(ref(ARGO, 'Workflow', RUN));
      await bench.cluster.delete(ref('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'training'));
    });

    test('the sample of the document waits for its schedule', async () => {
      await apply(sampleOf(ML_WORKFLOW) as unknown as KubernetesObject);
      const waiting = await phase('Waiting');
      expect(conditionOf(waiting, 'Accepted')?.status).toBe('True');
      // it follows the template
      const cron = await bench.cluster.waitFor(ref(ARGO, 'CronWorkflow'), () => true, 60_000);
      expect(cron.spec).toMatchObject({
        schedules: ['0 0 * * 0'],
        workflowSpec: { workflowTemplateRef: { name: NAME } },
      });
      // nothing of the template is unknown to Argo's schema: what it does not know would be gone
      const template = await bench.cluster.get(ref(ARGO, 'WorkflowTemplate'));
      expect(template.spec).toEqual(ofKind(sync(sample(), [], [], bench.settings), 'WorkflowTemplate')[0].spec);
    });

    test('the objects that its stages make are taken by the API server', async () => {
      const { spec } = await bench.cluster.get(ref(ARGO, 'WorkflowTemplate'));
      const manifests = (spec as unknown as Templates).templates
        .map(({ resource }) => resource?.manifest)
        .filter((manifest) => manifest !== undefined)
        .map((manifest) => JSON.parse(manifest.replaceAll('{{workflow.name}}', RUN)) as KubernetesObject);
      expect(manifests.map(({ kind }) => kind)).toEqual(['SparkApplication', 'TrainJob']);
      for (const manifest of manifests) {
        // the longest name that the API server makes
        const { generateName, ...metadata } = manifest.metadata as typeof manifest.metadata & { generateName: string };
        const object = { ...manifest, metadata: { ...metadata, name: `${generateName}abcde`, namespace: NAMESPACE } };
        const stored = await bench.cluster.create(object, { dryRun: true });
        expect(stored.spec).toMatchObject(manifest.spec!);
      }
    });

    test('a run of the schedule is followed through its stages until it has succeeded', async () => {
      const workflow = ref(ARGO, 'Workflow', RUN);
      await apply({
        apiVersion: ARGO,
        kind: 'Workflow',
        metadata: { name: RUN, namespace: NAMESPACE, labels: { 'nstarx.io/workflow': NAME } },
        spec: { workflowTemplateRef: { name: NAME } },
      });
      await phase('Pending');
      await apply({
        apiVersion: 'trainer.kubeflow.org/v1alpha1',
        kind: 'TrainJob',
        metadata: {
          name: 'training',
          namespace: NAMESPACE,
          labels: {
            'nstarx.io/workflow': NAME,
            'nstarx.io/workflow-run': RUN,
            'nstarx.io/workflow-stage': 'model-training',
          },
        },
        spec: { runtimeRef: { name: 'torch-distributed' } },
      });
      await bench.play(ref('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'training'), {
        trainerStatus: { progressPercentage: 67, lastUpdatedTime: START },
      });
      const first = [
        done('data-preparation', '2024-01-14T00:45:00Z'),
        done('feature-engineering', '2024-01-14T01:15:00Z'),
      ];
      const training = node('model-training', { phase: 'Running', startedAt: '2024-01-14T01:15:00Z' });
      await bench.cluster.patch(workflow, {
        status: { phase: 'Running', startedAt: START, nodes: nodes(...first, training) },
      });
      const running = await bench.cluster.waitFor(
        ref(API, 'MLWorkflow'),
        ({ status }) => status?.currentStage === 'model-training',
        60_000,
      );
      expect(running.status).toMatchObject({
        phase: 'Running',
        startTime: START,
        stages: [
          { name: 'data-preparation', status: 'Completed', duration: '45m' },
          { name: 'feature-engineering', status: 'Completed', duration: '1h15m' },
          { name: 'model-training', status: 'Running', progress: 67 },
          { name: 'model-evaluation', status: 'Pending' },
          { name: 'model-registration', status: 'Pending' },
        ],
      });
      const end = '2024-01-14T09:00:00Z';
      const last = ['model-training', 'model-evaluation', 'model-registration'].map((stage) => done(stage, end));
      await bench.cluster.patch(workflow, {
        status: { phase: 'Succeeded', finishedAt: end, nodes: nodes(...first, ...last) },
      });
      const succeeded = await phase('Succeeded');
      expect(succeeded.status).toMatchObject({ completionTime: end });
      expect(succeeded.status).not.toHaveProperty('currentStage');
      expect(conditionOf(succeeded, 'LastRunSucceeded')?.status).toBe('True');
      expect(conditionOf(succeeded, 'Ready')?.status).toBe('True');
    });

    test('with nothing new, nothing is written', async () => {
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes).toEqual([]);
    });

    test('a workflow of every other type of stage is taken, and runs when it is asked to', async () => {
      const image = 'registry.example.com/program:1.0';
      await apply({
        apiVersion: API,
        kind: 'MLWorkflow',
        metadata: { name: 'by-hand', namespace: NAMESPACE },
        spec: {
          type: 'evaluation',
          stages: [
            { name: 'load', type: 'data-pipeline', config: { pipeline: 'orders' } },
            { name: 'score', type: 'container', config: { image, command: ['score'] }, timeout: '1h', retries: 2 },
            { name: 'fit', type: 'ml-training', config: { framework: 'sklearn', image }, dependsOn: ['load'] },
            { name: 'check', type: 'evaluation', config: { metrics: ['auc'], image }, dependsOn: ['score', 'fit'] },
          ],
          checkpoints: { path: 'pvc://state/runs' },
        },
      });
      await phase('Waiting', 'by-hand');
      await bench.cluster.patch(ref(API, 'MLWorkflow', 'by-hand'), {
        metadata: { annotations: { 'nstarx.io/run': 'first' } },
      });
      const asked = await bench.cluster.waitFor(
        ref(API, 'MLWorkflow', 'by-hand'),
        (object) => conditionOf(object, 'RunRequested')?.status === 'True',
        60_000,
      );
      const name = /Workflow (by-hand-r[0-9a-f]{9})$/.exec(conditionOf(asked, 'RunRequested')?.message ?? '')![1];
      const workflow = ref(ARGO, 'Workflow', name);
      expect((await bench.cluster.get(workflow)).spec).toMatchObject({ workflowTemplateRef: { name: 'by-hand' } });
      // gone, it does not start again
      await bench.engine.settle();
      await bench.cluster.delete(workflow);
      await bench.engine.settle();
      expect(await bench.cluster.find(workflow)).toBeUndefined();
      expect(await bench.cluster.get(ref(API, 'MLWorkflow', 'by-hand'))).toMatchObject({
        status: { phase: 'Waiting' },
      });
    });

    test('a bad edit is named, and what is there stays', async () => {
      const before = await bench.cluster.get(ref(ARGO, 'WorkflowTemplate'));
      await bench.cluster.patch(ref(API, 'MLWorkflow'), { spec: { zone: 'nowhere' } });
      await bench.cluster.waitFor(
        ref(API, 'MLWorkflow'),
        (object) => conditionOf(object, 'ZoneAvailable')?.status === 'False',
        60_000,
      );
      await bench.engine.settle();
      expect((await bench.cluster.get(ref(ARGO, 'WorkflowTemplate'))).spec).toEqual(before.spec);
      await bench.cluster.patch(ref(API, 'MLWorkflow'), { spec: { zone: null } });
    });

    test('pushes start a workflow: what takes them is accepted as it is, and one push starts one run', async () => {
      const name = 'by-push';
      const own = `${name}-workflow-pushes`;
      const parts = [ref(ARGO, 'EventSource', own), ref(ARGO, 'Sensor', own), ref(GATEWAY_API, 'HTTPRoute', own)];
      await apply({
        apiVersion: API,
        kind: 'MLWorkflow',
        metadata: { name, namespace: NAMESPACE },
        spec: {
          type: 'training',
          trigger: { type: 'git', repository: 'https://github.com/acme/fraud', branch: 'release/1.x' },
          stages: [{ name: 'a', type: 'container', config: { image: 'registry.example.com/a:1.0.0' } }],
        },
      });
      await phase('Waiting', name);
      for (const part of parts) await bench.cluster.waitFor(part, () => true, 60_000);
      // Argo Events keeps what it does not know, so that what it has is what was meant
      const sensor = await bench.cluster.get(ref(ARGO, 'Sensor', own));
      expect(JSON.stringify(sensor.spec)).toContain('^refs/heads/release/1\\\\.x$');
      expect(conditionOf(await bench.cluster.get(ref(API, 'MLWorkflow', name)), 'TriggerReady')).toMatchObject({
        status: 'False',
        reason: 'NotDeployed',
      });
      // what the Sensor does
      const { triggers } = sensor.spec as unknown as {
        triggers: { template: { k8s: { source: { resource: KubernetesObject } } } }[];
      };
      const { metadata } = triggers[0].template.k8s.source.resource;
      expect(metadata).toMatchObject({ name, namespace: NAMESPACE });
      const delivery = { metadata: { annotations: { 'nstarx.io/run': '72d3162e-cc78-11e3-81ab-4c9367dc0958' } } };
      await bench.cluster.patch(ref(API, 'MLWorkflow', name), delivery);
      await bench.cluster.patch(ref(API, 'MLWorkflow', name), delivery);
      await bench.cluster.waitFor(
        ref(API, 'MLWorkflow', name),
        (object) => conditionOf(object, 'RunRequested')?.status === 'True',
        60_000,
      );
      await bench.engine.settle();
      const runs = await bench.cluster.list({ apiVersion: ARGO, kind: 'Workflow' }, { namespace: NAMESPACE });
      expect(runs.filter((run) => run.metadata.labels?.['nstarx.io/workflow'] === name)).toHaveLength(1);
      // with another trigger nothing listens
      await bench.cluster.patch(ref(API, 'MLWorkflow', name), {
        spec: { trigger: { type: 'manual', repository: null, branch: null } },
      });
      for (const part of parts) await bench.cluster.waitForGone(part, 60_000);
      await bench.cluster.delete(ref(API, 'MLWorkflow', name));
    });

    test('deleted, it leaves nothing', async () => {
      await bench.cluster.delete(ref(API, 'MLWorkflow'));
      await bench.cluster.waitForGone(ref(ARGO, 'WorkflowTemplate'), 60_000);
      await bench.cluster.waitForGone(ref(ARGO, 'CronWorkflow'), 60_000);
    });
  },
  { platform: { engines: { argoEvents: true } } },
);
