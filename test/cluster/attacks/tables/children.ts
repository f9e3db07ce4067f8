import { DATA_PIPELINE } from '../../../../src/api/kinds/data-pipeline';
import { FEATURE_STORE } from '../../../../src/api/kinds/feature-store';
import { ML_WORKFLOW } from '../../../../src/api/kinds/ml-workflow';
import { until } from '../../../support/waiting';
import type { Cluster } from '../../cluster';
import { conditionOf, type Identity, type KubernetesObject, type ObjectReference, referenceTo } from '../../types';
import { type Attack, DORA, MALIK, METACONTROLLER, refused, VISION } from '../attack';
import {
  POD_SPEC,
  configMap,
  deployment,
  during,
  leavesAlone,
  model,
  networkPolicy,
  object,
  remove,
  sample,
  service,
  serviceAccount,
  sideBySide,
  with_,
  workload,
  type Json,
} from '../children';

/** Someone who may make pods and what makes them in a namespace, as a team's own role can be. */
const TESS = { user: 'tess', groups: ['vision-developers'] } satisfies Identity;
/** A member of the zone `training`. */
const ZARA: Identity = { user: 'zara', groups: ['training-ml-engineers'] };

const BY_METACONTROLLER = 'a hook server that an attacker has taken over';

const owner = (uid: string, kind = 'AIModel', apiVersion = 'nstarx.io/v1alpha1') => ({
  ownerReferences: [{ apiVersion, kind, name: 'churn', uid, controller: true, blockOwnerDeletion: true }],
});

const owned = (one: KubernetesObject, reference: object): KubernetesObject => ({
  ...one,
  metadata: { ...one.metadata, ...reference },
});

/** What the API server answers when Metacontroller's account does something. */
async function answerTo(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
}

const asEngine = { asUser: METACONTROLLER } as const;
const UID = '00000000-0000-4000-8000-000000000000';
const SERVED = [
  ['v1', 'Service'],
  ['apps/v1', 'Deployment'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
] as const;

/** Attacks by the names of objects, which their children have. */
export const CHILDREN: readonly Attack[] = [
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment called default-deny',
    gain: "the tenant's network policy, rewritten to let in and removed with the ModelDeployment",
    defence: 'names of children; policy child-ownership',
    attempt: leavesAlone(networkPolicy('default-deny'), deployment('default-deny'), MALIK),
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment called allow-dns',
    gain: 'name lookup for no pod of the namespace',
    defence: 'names of children; policy child-ownership',
    attempt: leavesAlone(networkPolicy('allow-dns'), deployment('allow-dns'), MALIK),
  },
  {
    who: 'member of the zone training',
    request: 'a ModelDeployment called zone-default-deny in the namespace of the zone',
    gain: 'an open zone that says it is ready',
    defence: 'names of children; policy child-ownership',
    attempt: async (bench) => {
      await bench.cluster.waitFor(referenceTo(networkPolicy('zone-default-deny', 'training')), () => true, 60_000);
      await leavesAlone(
        networkPolicy('zone-default-deny', 'training'),
        deployment('zone-default-deny', 'training'),
        ZARA,
      )(bench);
    },
  },
  {
    who: 'data scientist of vision',
    request: 'an AIModel called like the Service ml-backend of the team, on its port',
    gain: "the requests to the team's Service",
    defence: 'names of children; policy child-ownership',
    attempt: leavesAlone(service('ml-backend'), model('ml-backend', { port: 80 }), DORA),
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment called platform-values',
    gain: "the ConfigMap with the platform's values for the namespace",
    defence: 'names of children; policy child-ownership',
    attempt: leavesAlone(configMap('platform-values'), deployment('platform-values'), MALIK),
  },
  {
    who: 'data scientist of vision',
    request: 'an AIModel called spark',
    gain: 'the ServiceAccount of Spark, gone with the model',
    defence: 'names of children; policy child-ownership',
    attempt: leavesAlone(serviceAccount('spark'), model('spark'), DORA),
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment whose Deployment would be that of the team',
    gain: "another program in the team's Deployment",
    defence: 'condition NameTaken; policy child-ownership',
    attempt: leavesAlone(
      workload('web-deployment'),
      deployment('web'),
      MALIK,
      /Deployment web-deployment, which was not made by an operator/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an AIModel whose Service would be that of the team',
    gain: "the requests to the team's Service",
    defence: 'condition NameTaken; policy child-ownership',
    attempt: leavesAlone(
      service('web-model'),
      model('web'),
      DORA,
      /Service web-model, which was not made by an operator/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an AIModel whose server KServe would put behind the Service of the team',
    gain: "the requests to the team's Service, which KServe rewrites whoever made it",
    defence: 'condition NameTaken',
    attempt: leavesAlone(
      service('web-predictor'),
      model('web', { image: undefined, runAsUser: 1000 }, VISION, 'sklearn'),
      DORA,
      /Service web-predictor, which was not made by an operator/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a FeatureStore whose network policy would be that of the team',
    gain: 'a network policy that lets in more, and goes with the store',
    defence: 'condition NameTaken; policy child-ownership',
    attempt: leavesAlone(
      networkPolicy('shop-features'),
      sample(FEATURE_STORE, 'shop'),
      DORA,
      /NetworkPolicy shop-features, which was not made by an operator/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a DataPipeline whose network policy would be that of the team',
    gain: 'a network policy that lets out to everywhere, and goes with the pipeline',
    defence: 'condition NameTaken; policy child-ownership',
    attempt: leavesAlone(
      networkPolicy('orders-pipeline'),
      sample(DATA_PIPELINE, 'orders'),
      DORA,
      /NetworkPolicy orders-pipeline, which was not made by an operator/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an MLWorkflow called like a WorkflowTemplate of the team',
    gain: "other stages in the team's runs",
    defence: 'condition NameTaken; policy child-ownership',
    attempt: leavesAlone(
      object('argoproj.io/v1alpha1', 'WorkflowTemplate', 'nightly', {
        spec: { entrypoint: 'main', templates: [{ name: 'main', suspend: {} }] },
      }),
      sample(ML_WORKFLOW, 'nightly'),
      DORA,
      /WorkflowTemplate nightly, which was not made by an operator/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an AIModel with a name that is taken, which is given up later',
    gain: 'nothing: it is served once the name is free',
    defence: 'condition NameTaken, which goes by itself',
    attempt: async (bench) => {
      const { cluster, engine } = bench;
      const squatter = await cluster.create(service('late-model'));
      await during(bench, model('late'), DORA, async (seen) => {
        expect(conditionOf(seen, 'Accepted')?.reason).toBe('NameTaken');
        const { items } = {
          items: await cluster.list({ apiVersion: 'v1', kind: 'ServiceAccount' }, { namespace: VISION }),
        };
        expect(items.map(({ metadata }) => metadata.name)).not.toContain('late-model');
        await remove(cluster, referenceTo(squatter));
        await cluster.waitFor(referenceTo(seen), (one) => conditionOf(one, 'Accepted')?.status === 'True', 60_000);
        await engine.settle();
        expect((await cluster.get(referenceTo(squatter))).metadata.ownerReferences).toMatchObject([
          { kind: 'AIModel', name: 'late', controller: true },
        ]);
      });
    },
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment called like the AIModel of a colleague',
    gain: 'the Service, the network policy and the account of the model',
    defence: 'names of children',
    attempt: sideBySide(model('churn'), deployment('churn'), SERVED),
  },
  {
    who: 'ML engineer of vision',
    request: 'an AIModel called cards-features beside the FeatureStore cards',
    gain: 'the Service and the account of the store',
    defence: 'names of children',
    attempt: sideBySide(sample(FEATURE_STORE, 'cards'), model('cards-features'), SERVED),
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment called churn-predictor beside the AIModel churn',
    gain: "the Deployment and the Service that KServe makes of a colleague's model",
    defence: 'names of children',
    attempt: sideBySide(model('churn'), deployment('churn-predictor'), SERVED),
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment called orders-pipeline beside the DataPipeline orders',
    gain: 'the network policy of the pipeline',
    defence: 'names of children',
    attempt: sideBySide(sample(DATA_PIPELINE, 'orders'), deployment('orders-pipeline'), SERVED),
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment of the model churn beside the AIModel churn',
    gain: 'a share of the requests to the model, by the label model_name of its pods',
    defence: 'labels of the platform: nstarx.io/ai-model, nstarx.io/model-deployment',
    attempt: async (bench) => {
      const { cluster } = bench;
      await during(bench, model('churn'), DORA, async () => {
        await during(bench, deployment('mine', VISION, 'churn'), MALIK, async () => {
          const selector = (await selectorOf(cluster, 'churn-model')) ?? {};
          expect(Object.entries(selector)).toContainEqual(['nstarx.io/ai-model', 'churn']);
          expect(await podLabelsOf(cluster, 'mine-deployment')).not.toMatchObject(selector);
        });
      });
    },
  },
  {
    who: 'data scientist of vision',
    request: 'a FeatureStore called like the Service of the team',
    gain: "a share of the requests to the team's Service, and what its network policy lets through",
    defence: 'the label app.kubernetes.io/name of pods is that of their kind',
    attempt: async (bench) => {
      const { cluster } = bench;
      await with_(cluster, service('shop'), async () => {
        await during(bench, sample(FEATURE_STORE, 'shop'), DORA, async () => {
          const labels = await podLabelsOf(cluster, 'shop-features');
          expect(labels).toMatchObject({
            'nstarx.io/feature-store': 'shop',
            'app.kubernetes.io/name': 'feature-store',
          });
          expect(labels).not.toMatchObject((await selectorOf(cluster, 'shop')) ?? {});
        });
      });
    },
  },
  ...['nstarx.io/ai-model', 'nstarx.io/feature-store', 'nstarx.io/workflow'].map((label): Attack => ({
    who: 'developer of vision who may make pods',
    request: `a Deployment whose pods have the label ${label}`,
    gain: 'a share of the requests to a model or store of a colleague, and of what may reach it',
    defence: 'policy own-labels',
    attempt: async (bench) => {
      await letMakePods(bench.cluster);
      const label_ = { [label]: 'churn' };
      expect(await answerTo(bench.cluster.create(workload('bait', label_), { asUser: TESS, dryRun: true }))).toMatch(
        /the platform selects pods by nstarx.io/,
      );
      // the honest use
      expect(await answerTo(bench.cluster.create(workload('bait'), { asUser: TESS, dryRun: true }))).toBe('done');
    },
  })),
  {
    who: 'developer of vision who may make pods',
    request: 'a label of a model at a pod that is there',
    gain: 'a share of the requests to the model',
    defence: 'policy own-labels',
    attempt: async ({ cluster }) => {
      await letMakePods(cluster);
      const pod = object('v1', 'Pod', 'bait', { spec: { ...POD_SPEC, schedulerName: 'nobody' } });
      await with_(cluster, pod, async (stored) => {
        const change = { metadata: { labels: { 'nstarx.io/ai-model': 'churn' } } };
        expect(await answerTo(cluster.patch(referenceTo(stored), change, { asUser: TESS }))).toMatch(
          /the platform selects pods by nstarx.io\/ai-model/,
        );
      });
    },
  },
  {
    who: 'data scientist of vision',
    request: 'a ControllerRevision that says to be one of a model',
    gain: 'a spec of their own, which an ABTest would serve as an older version',
    defence: 'roles of the personas; an ABTest reads those that the model controls',
    attempt: refused(
      object('apps/v1', 'ControllerRevision', 'churn-forged', {
        metadata: {
          name: 'churn-forged',
          namespace: VISION,
          annotations: { 'nstarx.io/revision-of': 'AIModel/churn' },
        },
        revision: 1,
      }),
      DORA,
      /cannot create resource "controllerrevisions"/,
    ),
  },
  ...(
    [
      ['v1', 'Pod', { spec: POD_SPEC }],
      ['v1', 'Secret', { stringData: { key: 'value' } }],
      ['apps/v1', 'DaemonSet', workload('child')],
      ['rbac.authorization.k8s.io/v1', 'Role', { rules: [] }],
    ] as const
  ).map(([apiVersion, kind, more]): Attack => ({
    who: BY_METACONTROLLER,
    request: `a ${kind} as the child of an object`,
    gain: `a ${kind} in any namespace`,
    defence: "Metacontroller's roles, which are made from the child rules",
    attempt: async ({ cluster }) => {
      const child = owned(object(apiVersion, kind, 'child', more), owner(UID));
      const named = { ...child, metadata: { ...child.metadata, name: 'child', namespace: VISION } };
      const answer = await answerTo(cluster.create({ ...named, apiVersion, kind }, { ...asEngine, dryRun: true }));
      expect(answer).toMatch(/cannot create resource/);
    },
  })),
  {
    who: BY_METACONTROLLER,
    request: 'a change of the Service of a team, with an object of the attacker as its owner',
    gain: 'any Service, ConfigMap, ServiceAccount or network policy of the cluster',
    defence: 'policy child-ownership',
    attempt: byEngine(
      async (cluster, ref) =>
        cluster.patch(ref, { metadata: owner(UID), spec: { selector: { app: 'bait' } } }, asEngine),
      /Service victim is there already and belongs to no operator/,
    ),
  },
  {
    who: BY_METACONTROLLER,
    request: 'the deletion of the Service of a team',
    gain: 'the deletion of any child kind in any namespace',
    defence: 'policy child-ownership',
    attempt: byEngine((cluster, ref) => cluster.delete(ref, asEngine), /Service victim belongs to no operator/),
  },
  {
    who: BY_METACONTROLLER,
    request: 'the child of one object for another object',
    gain: 'what a colleague made, under an object of the attacker',
    defence: 'policy child-ownership',
    attempt: byEngine(
      (cluster, ref) => cluster.patch(ref, { metadata: owner('00000000-0000-4000-8000-000000000001') }, asEngine),
      /Service victim is there already and belongs to AIModel churn/,
      owner(UID),
    ),
  },
  {
    who: BY_METACONTROLLER,
    request: 'a change of what a Deployment of a team controls',
    gain: 'what the engines and controllers of others made',
    defence: 'policy child-ownership',
    attempt: byEngine(
      (cluster, ref) => cluster.patch(ref, { spec: { selector: { app: 'bait' } } }, asEngine),
      /belongs to Deployment churn/,
      owner(UID, 'Deployment', 'apps/v1'),
    ),
  },
  {
    who: BY_METACONTROLLER,
    request: 'a Deployment without an owner',
    gain: 'a workload that goes with no object',
    defence: 'policy child-ownership',
    attempt: async ({ cluster }) => {
      const answer = await answerTo(cluster.create(workload('stray'), { ...asEngine, dryRun: true }));
      expect(answer).toMatch(/Deployment stray has no object of the platform as its controller/);
    },
  },
  {
    who: BY_METACONTROLLER,
    request: 'a Deployment that a ConfigMap owns',
    gain: 'a workload that goes with no object of the platform',
    defence: 'policy child-ownership',
    attempt: async ({ cluster }) => {
      const stray = owned(workload('stray'), owner(UID, 'ConfigMap', 'v1'));
      const answer = await answerTo(cluster.create(stray, { ...asEngine, dryRun: true }));
      expect(answer).toMatch(/Deployment stray has no object of the platform as its controller/);
    },
  },
  {
    who: BY_METACONTROLLER,
    request: 'another image in the AIModel of a tenant',
    gain: "any program, under a user's name",
    defence: 'policy child-ownership',
    attempt: async ({ cluster }) => {
      await with_(cluster, model('victim'), async (stored) => {
        const now = await cluster.get(referenceTo(stored));
        const image = { spec: { serving: { image: 'registry.example.com/evil:1.0' } } };
        const change = cluster.patch(referenceTo(now), image, { ...asEngine, dryRun: true });
        expect(await answerTo(change)).toMatch(
          /AIModel victim is there already and belongs to no operator|cannot patch/,
        );
      });
    },
  },
];

/** What is done to a Service, as Metacontroller, is refused, and the Service stays as it was. */
function byEngine(
  work: (cluster: Cluster, ref: ObjectReference) => Promise<unknown>,
  message: RegExp,
  owners: object = {},
): Attack['attempt'] {
  return async ({ cluster }) => {
    // the garbage collector would remove what an unknown object owns
    const kept = { finalizers: ['nstarx.io/of-the-test'] };
    const victim = owned(service('victim'), { ...owners, ...kept });
    const stored = await cluster.create(victim);
    const ref = referenceTo(stored);
    try {
      expect(await answerTo(work(cluster, ref))).toMatch(message);
      expect((await cluster.get(ref)).spec).toEqual(stored.spec);
    } finally {
      await cluster.patch(ref, { metadata: { finalizers: null } });
      await remove(cluster, ref);
    }
  };
}

async function selectorOf(cluster: Cluster, name: string): Promise<Json | undefined> {
  const { spec } = await cluster.get({ apiVersion: 'v1', kind: 'Service', name, namespace: VISION });
  return (spec as { readonly selector?: Json }).selector;
}

async function podLabelsOf(cluster: Cluster, name: string): Promise<Json> {
  const { spec } = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: VISION });
  return (spec as { readonly template: { readonly metadata: { readonly labels: Json } } }).template.metadata.labels;
}

/** Tess gets the role of a developer, once. */
async function letMakePods(cluster: Cluster): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const role = object(`${group}/v1`, 'Role', 'developer', {
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['create'] },
    ],
  });
  const binding = object(`${group}/v1`, 'RoleBinding', 'developer', {
    roleRef: { apiGroup: group, kind: 'Role', name: 'developer' },
    subjects: [{ apiGroup: group, kind: 'User', name: TESS.user }],
  });
  for (const one of [role, binding]) {
    if ((await cluster.find(referenceTo(one))) === undefined) await cluster.create(one);
  }
  await until('the rights of a developer', 20_000, async () => {
    const answer = await answerTo(cluster.create(workload('bait'), { asUser: TESS, dryRun: true }));
    return !answer.includes('cannot create resource');
  });
}
