import { until } from '../../../support/waiting';
import { conditionOf, type Identity, type KubernetesObject, type ObjectReference, referenceTo } from '../../types';
import { type Attack, changeRefused, DORA, FIONA, FRAUD, FRED, MALIK, refused, VISION } from '../attack';
import type { AttackBench } from '../bench';

const API = 'nstarx.io/v1alpha1';
const NOT_GRANTED = 'policy zone-use-<kind>: the verb use on the zone';
const NODES = 'nodes and GPUs that the tenant has no right to';

/** A model of a runtime of its own, which needs no look at a bucket before it is made. */
function model(name: string, version: string, zone?: string, namespace = FRAUD): KubernetesObject {
  return {
    apiVersion: API,
    kind: 'AIModel',
    metadata: { name, namespace },
    spec: {
      type: 'custom',
      version,
      storage: { location: 'hf://acme/model' },
      serving: {
        engine: 'deployment',
        image: 'registry.example.com/server:1',
        resources: { requests: { cpu: '1', memory: '1Gi' } },
        ...(zone ? { zone } : {}),
      },
    },
  };
}

function workflow(zone: string, namespace = FRAUD): KubernetesObject {
  const stages = [{ name: 'train', type: 'container', config: { image: 'registry.example.com/train:1' } }];
  return {
    apiVersion: API,
    kind: 'MLWorkflow',
    metadata: { name: 'train', namespace },
    spec: { type: 'training', zone, stages },
  };
}

function pipeline(zone: string, namespace = FRAUD): KubernetesObject {
  const place = (path: string) => ({ type: 'datalake', config: { path } });
  return {
    apiVersion: API,
    kind: 'DataPipeline',
    metadata: { name: 'clean', namespace },
    spec: { zone, source: place('s3://lake/raw'), transformations: [], sink: place('s3://lake/clean') },
  };
}

function abTest(versions: readonly (string | undefined)[], zone?: string): KubernetesObject {
  return {
    apiVersion: API,
    kind: 'ABTest',
    metadata: { name: 'compare', namespace: FRAUD },
    spec: {
      ...(zone === undefined ? {} : { zone }),
      variants: versions.map((version, at) => ({
        name: `variant-${at}`,
        modelRef: { name: 'once-in-a-zone', ...(version === undefined ? {} : { version }) },
        weight: at === 0 ? 100 : 0,
        control: at === 0,
      })),
      metric: { name: 'hits_total', goal: 'maximize' },
    },
  };
}

/** Waits until the operator has looked at the object as it is now. */
async function judged({ cluster }: AttackBench, ref: ObjectReference): Promise<KubernetesObject> {
  const isJudged = (one: KubernetesObject): boolean =>
    conditionOf(one, 'Accepted')?.observedGeneration === one.metadata.generation;
  return cluster.waitFor(ref, isJudged, 60_000);
}

/** Runs an attempt on a model of fraud that an administrator had in zone `training` as version 1, and has out of it as version 2. */
function afterTheZone(attempt: (bench: AttackBench, ref: ObjectReference) => Promise<void>): Attack['attempt'] {
  return async (bench) => {
    const { cluster } = bench;
    const ref = referenceTo(await cluster.create(model('once-in-a-zone', '1', 'training')));
    try {
      await judged(bench, ref);
      await cluster.patch(ref, { spec: { version: '2', serving: { zone: null } } });
      await judged(bench, ref);
      await attempt(bench, ref);
    } finally {
      await cluster.delete(ref);
      await cluster.waitForGone(ref, 60_000);
    }
  };
}

/** Expects that the operator says no to the object of now, with a message like this, and that nothing of the namespace is on the nodes of a zone. */
async function expectNo(bench: AttackBench, ref: ObjectReference, message: RegExp): Promise<void> {
  const accepted = conditionOf(await judged(bench, ref), 'Accepted');
  expect(accepted?.status).toBe('False');
  expect(accepted?.message).toMatch(message);
  const models = await bench.cluster.list({ apiVersion: API, kind: 'AIModel' }, { namespace: FRAUD });
  expect(models.filter(({ spec }) => (spec?.serving as { readonly zone?: string }).zone !== undefined)).toEqual([]);
}

/** An object of vision that says that it is a zone's, and is kept by a finalizer. */
async function forged({ cluster }: AttackBench, zone: string, how: 'label' | 'owner'): Promise<KubernetesObject> {
  const owner = await cluster.get({ apiVersion: API, kind: 'AIZone', name: zone });
  const { uid = '' } = owner.metadata;
  const reference = { apiVersion: API, kind: 'AIZone', name: zone, uid, controller: true, blockOwnerDeletion: true };
  const object = model('forged', '1', undefined, VISION);
  Object.assign(object.metadata, {
    finalizers: ['example.com/stay'],
    ...(how === 'label' ? { labels: { 'controller-uid': uid } } : { ownerReferences: [reference] }),
  });
  return object;
}

/** Runs something while a policy is not bound. */
async function withoutPolicy<T>({ cluster }: AttackBench, name: string, work: () => Promise<T>): Promise<T> {
  const ref = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', name };
  const { apiVersion, kind, spec } = await cluster.get(ref);
  await cluster.delete(ref);
  try {
    return await work();
  } finally {
    await cluster.create({ apiVersion, kind, metadata: { name }, spec });
  }
}

async function isAccepted({ cluster }: AttackBench, object: KubernetesObject): Promise<boolean> {
  return cluster.create(object, { asUser: DORA, dryRun: true }).then(
    () => true,
    () => false,
  );
}

function forgery(request: string, how: 'label' | 'owner'): Attack {
  return {
    who: 'data scientist of vision',
    request,
    gain: 'a zone that cannot be deleted, by anybody',
    defence: 'policy zone-ownership',
    attempt: async (bench) => {
      const message = /AIZone reserved owns nothing in namespace vision: leave out the label controller-uid/;
      await refused(await forged(bench, 'reserved', how), DORA, message)(bench);
    },
  };
}

const forbidden = (who: string, request: string, gain: string, object: KubernetesObject, by: Identity): Attack => ({
  who,
  request,
  gain,
  defence: 'RBAC: no persona of a tenant has it',
  attempt: refused(object, by, /is forbidden: User "\w+" cannot create resource/),
});

const named = (who: string, what: string, object: KubernetesObject, by: Identity): Attack => ({
  who,
  request: what,
  gain: NODES,
  defence: NOT_GRANTED,
  attempt: refused(object, by, new RegExp(`${(by as { user: string }).user} may not use AIZone`)),
});

/** Attacks on zones: to run in one without the right to, and to keep one from being deleted. */
export const ZONES: readonly Attack[] = [
  named('data scientist of fraud', 'an AIModel in zone `training`', model('a', '1', 'training'), FRED),
  named('data scientist of fraud', 'a DataPipeline in zone `training`', pipeline('training'), FRED),
  named('data scientist of fraud', 'an MLWorkflow in zone `training`', workflow('training'), FRED),
  named('ML engineer of fraud', 'an ABTest that names zone `training`', abTest(['1', undefined], 'training'), FIONA),
  named(
    'ML engineer of vision, who may use another zone',
    'an AIModel in zone `reserved`',
    model('a', '1', 'reserved', VISION),
    MALIK,
  ),
  {
    who: 'data scientist of fraud',
    request: 'zone `training` in an AIModel that had none',
    gain: NODES,
    defence: NOT_GRANTED,
    attempt: changeRefused(
      model('later', '1'),
      { spec: { serving: { zone: 'training' } } },
      FRED,
      /spec\.serving\.zone: fred may not use AIZone training/,
    ),
  },
  {
    who: 'data scientist of fraud',
    request: 'another image in an AIModel that an administrator runs in zone `training`',
    gain: "a program of the attacker's on the nodes of the zone",
    defence: NOT_GRANTED,
    attempt: changeRefused(
      model('of-an-administrator', '1', 'training'),
      { spec: { serving: { image: 'registry.example.com/mine:1' } } },
      FRED,
      /spec\.serving\.zone: fred may not use AIZone training/,
    ),
  },
  {
    who: 'data scientist of fraud',
    request: 'a run of an MLWorkflow that an administrator has in zone `training`, by the annotation `nstarx.io/run`',
    gain: 'GPUs of the zone, as often as they like',
    defence: 'policy zone-use-mlworkflows: a run that is asked for enters the zone',
    attempt: changeRefused(
      workflow('training'),
      { metadata: { annotations: { 'nstarx.io/run': 'again' } } },
      FRED,
      /spec\.zone: fred may not use AIZone training/,
    ),
  },
  {
    who: 'data scientist of fraud',
    request: 'more replicas of an AIModel in zone `training`, by its subresource `scale`',
    gain: 'GPUs of the zone',
    defence: 'RBAC: no persona has aimodels/scale, which no policy sees',
    attempt: changeRefused(
      model('to-be-scaled', '1', 'training'),
      { spec: { replicas: 9 } },
      FRED,
      /cannot patch resource "aimodels\/scale"/,
      'scale',
    ),
  },
  {
    who: 'data scientist of fraud',
    request: '`rollbackTo` a version that was in zone `training`, in a spec that names no zone',
    gain: NODES,
    defence:
      'the operator goes back to a version of a zone only where the spec names the zone, for which the policy asks for the right',
    attempt: afterTheZone(async (bench, ref) => {
      await bench.cluster.patch(ref, { spec: { rollbackTo: '1' } }, { asUser: FRED });
      await expectNo(bench, ref, /spec\.rollbackTo must not enter an AIZone that the spec does not name, got "1"/);
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: `${ref.name}-model`, namespace: FRAUD };
      const { spec } = await bench.cluster.get(deployment);
      const template = spec?.template as { readonly metadata: { readonly labels: Record<string, string> } };
      expect(template.metadata.labels.model_version).toBe('2');
    }),
  },
  {
    who: 'data scientist of fraud',
    request: '`rollbackTo` the same version, with the zone in the spec',
    gain: NODES,
    defence: NOT_GRANTED,
    attempt: afterTheZone(async ({ cluster }, ref) => {
      const change = { spec: { rollbackTo: '1', serving: { zone: 'training' } } };
      await expect(cluster.patch(ref, change, { asUser: FRED })).rejects.toThrow(/fred may not use AIZone training/);
    }),
  },
  {
    who: 'ML engineer of fraud',
    request: 'an ABTest of a version that was in zone `training`, without the zone',
    gain: `${NODES}: the operator, which may use every zone, makes the AIModel`,
    defence:
      'the operator makes a version of a zone only where spec.zone names the zone, for which the policy asks for the right',
    attempt: afterTheZone(async (bench) => {
      const ref = referenceTo(await bench.cluster.create(abTest(['1', undefined]), { asUser: FIONA }));
      try {
        await expectNo(bench, ref, /modelRef\.version must not enter an AIZone that the test does not name, got "1"/);
      } finally {
        await bench.cluster.delete(ref);
        await bench.cluster.waitForGone(ref, 60_000);
      }
    }),
  },
  forbidden(
    'data scientist of fraud',
    'an AIZone of their own, with the nodes of another in `nodeSelector`',
    NODES,
    { apiVersion: API, kind: 'AIZone', metadata: { name: 'mine' }, spec: { type: 'training' } },
    FRED,
  ),
  forbidden(
    'data scientist of fraud',
    'an AIModel in the namespace of zone `training`',
    'what the namespace of the zone is let through to',
    model('intruder', '1', undefined, 'training'),
    FRED,
  ),
  forbidden(
    'ML engineer of fraud',
    'a ClusterRoleBinding to `nstarx:zone:training`',
    'the right to the zone',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'mine' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'nstarx:zone:training' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'fiona' }],
    },
    FIONA,
  ),
  forbidden(
    'ML engineer of fraud',
    'a ControllerRevision that looks like a version that an AIModel kept',
    'any spec, run by an ABTest',
    {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'forged', namespace: FRAUD, annotations: { 'nstarx.io/revision-of': 'AIModel/a' } },
      revision: 9,
    },
    FIONA,
  ),
  forgery('an AIModel with the uid of a zone in its label `controller-uid`, and a finalizer', 'label'),
  forgery('an AIModel with a zone in its `ownerReferences`, and a finalizer', 'owner'),
  {
    who: 'data scientist of vision',
    request: 'the same before the policy was there',
    gain: 'a zone that cannot be deleted, by anybody',
    defence: 'the operator waits for what is in the namespace of the zone only',
    attempt: async (bench) => {
      const { cluster } = bench;
      const zone = { apiVersion: API, kind: 'AIZone', name: 'to-be-deleted' };
      await cluster.create({
        apiVersion: API,
        kind: 'AIZone',
        metadata: { name: zone.name },
        spec: { type: 'training' },
      });
      await judged(bench, zone);
      const forgery = await forged(bench, zone.name, 'label');
      const ref = await withoutPolicy(bench, 'zone-ownership.nstarx.io', async () => {
        await until('the policy to be gone', 60_000, () => isAccepted(bench, forgery));
        return referenceTo(await cluster.create(forgery, { asUser: DORA }));
      });
      try {
        await cluster.delete(zone);
        await cluster.waitForGone(zone, 60_000);
      } finally {
        await cluster.patch(ref, { metadata: { finalizers: null } }).catch(() => undefined);
        await cluster.delete(ref);
        await cluster.waitForGone(ref, 60_000);
      }
    },
  },
  {
    who: 'data scientist of vision, who may use zone `training`',
    request: 'what is theirs: models, pipelines and workflows in the zone',
    gain: 'nothing: this is what the platform is for',
    defence: 'none is needed',
    attempt: async (bench) => {
      for (const object of [
        model('a', '1', 'training', VISION),
        pipeline('training', VISION),
        workflow('training', VISION),
      ]) {
        await refused(object, DORA, /^accepted$/)(bench);
      }
    },
  },
];
