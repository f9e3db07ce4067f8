import { objectFrom, ObjectOfGraph } from '../../../src/checks/manifest-graph';
import { Operators } from '../../../src/checks/rehearsal/operators';
import { deployment, Json, object } from '../graph';
import { boot, component, GENERAL, GPU, GPUS, messages, pods } from './support';

const EIGHT = {
  ...GPU,
  pool: 'gpu-a100',
  instanceType: 'p4d.24xlarge',
  cpu: 96,
  memory: 1100 * 2 ** 30,
  gpus: 8,
  max: 2,
};
const BIG = {
  nodes: [GENERAL, EIGHT],
  gpus: [{ ...GPUS[0], pool: 'gpu-a100', perNode: 8, total: 16 }],
};
const NODES = { nodes: [GENERAL, GPU], gpus: GPUS };
const TOLERATIONS = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];
const container = (cpu: string, memory: string, gpus = 0) => ({
  name: 'a',
  resources: { requests: { cpu, memory }, limits: gpus === 0 ? {} : { 'nvidia.com/gpu': gpus } },
});
const trainJob = (numNodes: number, gpus = 8): Json =>
  object('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'train', {
    spec: {
      trainer: {
        numNodes,
        resourcesPerNode: { requests: { cpu: '8', memory: '64Gi' }, limits: { 'nvidia.com/gpu': gpus } },
      },
      runtimePatches: [
        {
          trainingRuntimeSpec: {
            template: {
              spec: {
                replicatedJobs: [
                  { name: 'node', template: { spec: { template: { spec: { tolerations: TOLERATIONS } } } } },
                ],
              },
            },
          },
        },
      ],
    },
  });
const spark = (name: string, instances: number): Json =>
  object('sparkoperator.k8s.io/v1beta2', 'ScheduledSparkApplication', name, {
    spec: {
      template: {
        type: 'Scala',
        driver: { cores: 1, memory: '512m', memoryOverhead: '512m' },
        executor: { cores: 1, memory: '1g', memoryOverhead: '1g', instances },
      },
    },
  });
const used = (result: ReturnType<typeof boot>) =>
  Object.fromEntries((result.capacity?.pools ?? []).map(({ node, requested }) => [node.pool, requested.cpu]));

test('the nodes of a training fit all at once', () => {
  const fits = boot({ wave: { manifests: [trainJob(2)] } }, BIG);
  expect(messages(fits)).toEqual([]);
  expect(used(fits)).toEqual({ general: 0, 'gpu-a100': 0 });
  expect(boot({ wave: { manifests: [trainJob(4)] } }, BIG).findings).toEqual([
    {
      path: 'test/TrainJob-train',
      message:
        'TrainJob train (wave): its training nodes ask for 8000m cpu, 65536Mi memory, 8 GPUs each, and 2 of 4 find no room beside what is applied before: pool gpu-a100 has at most 2 nodes (p4d.24xlarge), of which 0m of 192000m cpu, 0Mi of 2252800Mi memory, 0 of 16 GPUs are taken; raise max of the pool, give it a larger instanceType, or ask for less',
    },
  ]);
});

test('the nodes of a training fit all at once where nothing else is known of the nodes than GPUs', () => {
  expect(messages(boot({ wave: { manifests: [trainJob(2, 1)] } }, { gpus: GPUS }))).toEqual([]);
  expect(messages(boot({ wave: { manifests: [trainJob(3, 1)] } }, { gpus: GPUS }))).toEqual([
    'TrainJob train (wave): its training nodes ask for nvidia.com/gpu, of which all pods together ask for 3 by then and the cluster has 2; raise max of the pool, or run fewer',
  ]);
});

test('a run finds room beside what stays, and needs none beside other runs', () => {
  const filled = component('filled', pods({ replicas: 4 }, '500m', '1Gi'));
  // on the one of 4 nodes that is full they find none; each other one takes two pods of a core
  const runs = (instances: number) =>
    messages(
      boot({ wave: { components: [filled], manifests: [spark('a', instances), spark('b', instances)] } }, NODES),
    );
  expect(runs(5)).toEqual([]);
  expect(runs(6)).toEqual([
    expect.stringMatching(
      /^ScheduledSparkApplication a \(wave\): its driver asks for 1000m cpu, 1024Mi memory each, and 1 of 1 find no room .*; so do those of ScheduledSparkApplication b$/,
    ),
  ]);
});

test('steps of a workflow fit one by one, each with what it makes', () => {
  const step = (name: string, memory: string): Json => ({ name, container: container('1', memory) });
  const make = { name: 'train', resource: { action: 'create', manifest: JSON.stringify(trainJob(4)) } };
  const workflow = (...templates: Json[]) =>
    object('argoproj.io/v1alpha1', 'WorkflowTemplate', 'flow', { spec: { templates } });
  const many = Array.from({ length: 9 }, (_, at) => step(`s${at}`, '3Gi'));
  expect(messages(boot({ wave: { manifests: [workflow(...many)] } }, NODES))).toEqual([]);
  expect(messages(boot({ wave: { manifests: [workflow(step('s', '5Gi'))] } }, { nodes: [GENERAL] }))).toEqual([
    expect.stringMatching(/^WorkflowTemplate flow \(wave\): its pod of step s asks for 5120Mi memory, and no node/),
  ]);
  expect(messages(boot({ wave: { manifests: [workflow(make)] } }, BIG))).toEqual([
    expect.stringMatching(
      /^WorkflowTemplate flow \(wave\): its training nodes of step train ask for .*2 of 4 find no room/,
    ),
  ]);
});

test('a Rollout that takes no old pod away has room for new ones', () => {
  const rollout = (strategy: Json): Json => ({
    ...deployment('api', { containers: [container('1500m', '1Gi')] }),
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    spec: { replicas: 4, strategy, template: { spec: { containers: [container('1500m', '1Gi')] } } },
  });
  const room = (strategy: Json) => messages(boot({ wave: { manifests: [rollout(strategy)] } }, NODES));
  expect(room({ canary: {} })).toEqual([]);
  expect(room({ canary: { maxUnavailable: 0 } })).toEqual([
    expect.stringMatching(/^Rollout api \(wave\): its new pods, while it is updated, ask for .* 1 of 1 find no room/),
  ]);
  for (const strategy of [{ blueGreen: {} }, { canary: { trafficRouting: {} } }]) {
    expect(room(strategy)).toEqual([expect.stringContaining('4 of 4 find no room')]);
  }
});

describe('what operators make', () => {
  /** A server, a Job and an autoscaler of each Model; a Model of each Zone. */
  const operators: Operators = {
    childrenOf: ({ kind, name, path }): ObjectOfGraph[] | undefined => {
      const made = (json: Json) => objectFrom(path, json);
      switch (kind) {
        case 'Zone':
          return [made(object('nstarx.io/v1', 'Model', `of-${name}`))];
        case 'Model':
          return [
            made({ ...deployment(name, { containers: [container('1', '3Gi')] }) }),
            made(
              object('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
                spec: { minReplicas: 2, scaleTargetRef: { kind: 'Deployment', name } },
              }),
            ),
            made(
              object('batch/v1', 'Job', `${name}-check`, {
                spec: { template: { spec: { containers: [container('1', '2Gi')] } } },
              }),
            ),
          ];
        default:
          return undefined;
      }
    },
  };
  const model = (name: string) => object('nstarx.io/v1', 'Model', name);
  const walk = (...manifests: Json[]) => boot({ wave: { manifests } }, NODES, { operators });

  test('stays count at the step of their object, as many as autoscalers keep', () => {
    const result = walk(model('a'));
    expect(messages(result)).toEqual([]);
    expect(used(result)).toEqual({ general: 2, 'gpu-t4': 0 });
    expect(result.uncounted).toEqual([]);
  });

  test('and what finds no room is found with the object of the program', () => {
    expect(walk(model('a'), model('b'), model('c')).findings).toEqual([
      {
        path: 'test/Model-c',
        message: expect.stringMatching(
          /^Model c \(wave\): the pods of Deployment c ask for 1000m cpu, 3072Mi memory each, and 2 of 2 find no room .*; so do those of Model a, Model b, Model c$/,
        ) as string,
      },
    ]);
  });

  test('is asked of what they make in turn', () => {
    expect(used(walk(object('nstarx.io/v1', 'Zone', 'z')))).toEqual({ general: 2, 'gpu-t4': 0 });
  });

  test('comes after the pods of the step that the program makes', () => {
    const first = deployment('api', { containers: [container('1', '2Gi')] });
    expect(messages(walk({ ...first, spec: { ...(first.spec as Json), replicas: 4 } }, model('a')))).toEqual([
      expect.stringMatching(/^Model a \(wave\)/),
    ]);
  });

  test('is said to be unknown where nobody tells', () => {
    expect(boot({ wave: { manifests: [model('a')] } }, NODES).uncounted).toEqual(['Model']);
  });
});
