import { Chart, Testing } from 'cdk8s';
import { podTemplate, PodTemplateInput } from '../../src/constructs/workloads/pod';
import { ModelArtifactCheck } from '../../src/kinds/ai-model/storage';
import * as models from './ai-model/support';
import * as pipelines from './data-pipeline/support';
import * as features from './feature-store/support';
import * as workflows from './ml-workflow/support';

/** Each kind that makes pods which end, and how many of them there are in the example. */
const KINDS: [string, () => unknown, number][] = [
  ['a pipeline', () => Object.values(pipelines.objects({ source: pipelines.DATABASE, sink: pipelines.LAKE })), 2],
  [
    'a pipeline with a schedule',
    () => Object.values(pipelines.objects({ source: pipelines.DATABASE, sink: pipelines.LAKE, schedule: '0 2 * * *' })),
    2,
  ],
  // `feast apply`, two materializations, and the driver and executors of a batch view
  ['a feature store', () => features.items(), 5],
  // what the workflow's own pods have in common, the driver and executors of its Spark stage, and its training
  ['a workflow', () => new workflows.Synthesized(workflows.sampleSpec()).objects, 4],
  ['a workflow with a stage on Spark', () => sparkWorkflow(), 3],
  ['the baseline of a model', () => models.make(DRIFT), 1],
  ['the check of a model', () => modelCheck(), 1],
  ['a job', () => podTemplate({ ...POD, restartPolicy: 'Never' }), 1],
];

test.each(KINDS)('the pods of %s are not evicted to save or to patch a node', (_, make, count) => {
  const pods = endingPods(make());
  expect(pods).toHaveLength(count);
  for (const annotations of pods) {
    expect(annotations).toMatchObject({
      'karpenter.sh/do-not-disrupt': 'true',
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
    });
  }
});

test('pods that serve may be moved', () => {
  expect(podTemplate(POD).metadata).toEqual({ labels: {} });
});

type Json = { readonly [key: string]: unknown };

const POD: PodTemplateInput = {
  name: 'main',
  image: 'registry.example.com/program:1.2.0',
  labels: {},
  selector: {},
  serviceAccountName: 'main',
  ports: {},
  spread: false,
};

const DRIFT = {
  monitoring: {
    drift: { enabled: true, baseline: 's3://models/churn/training.parquet', features: ['age'] },
  },
} as never;

function sparkWorkflow(): unknown {
  const stage = { name: 'prepare', type: 'spark-job', config: { mainClass: 'com.acme.Prepare' } };
  return new workflows.Synthesized(workflows.specOf([stage])).objects;
}

function modelCheck(): unknown {
  const chart = new Chart(Testing.app(), 'chart');
  const storage = { location: 's3://models/churn' };
  new ModelArtifactCheck(chart, 'check', { name: 'churn', namespace: 'ml', spec: { storage, serving: {} } } as never);
  return Testing.synth(chart);
}

/** The annotations of all pods that end, wherever they are in an object. */
function endingPods(value: unknown): unknown[] {
  if (typeof value === 'string') return value.startsWith('{"apiVersion"') ? endingPods(JSON.parse(value)) : [];
  if (Array.isArray(value)) return value.flatMap(endingPods);
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Json;
  return [...own(object), ...Object.values(object).flatMap(endingPods)];
}

function own(object: Json): unknown[] {
  const { metadata, spec, driver, executor, podMetadata } = object as { [key: string]: Json | undefined };
  const ends = typeof spec?.restartPolicy === 'string' && spec.restartPolicy !== 'Always' && spec.containers;
  // the template of a node of a TrainJob says nothing of restarts, as its runtime does
  const trains = Array.isArray(spec?.containers) && (spec.containers as Json[]).some(({ name }) => name === 'node');
  return [
    ...(ends || trains ? [metadata?.annotations] : []),
    ...(driver && executor ? [driver.annotations, executor.annotations] : []),
    ...(podMetadata ? [podMetadata.annotations] : []),
  ];
}
