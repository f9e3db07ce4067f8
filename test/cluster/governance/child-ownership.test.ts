import { METACONTROLLER_USER } from '../../../src/contracts/metacontroller';
import { CHILD_OWNERSHIP } from '../../../src/kinds/operators/child-ownership';
import { Made } from '../../kinds/operators/support';
import { refusals } from '../apply';
import { describeCluster } from '../connect';
import { type Identity, type KubernetesObject, referenceTo } from '../types';

/** With every right: what is refused, the policy refuses. */
const ENGINE: Identity = { user: METACONTROLLER_USER, groups: ['system:masters'] };
const OTHER: Identity = { user: 'system:serviceaccount:kserve:kserve', groups: ['system:masters'] };
const UID = '00000000-0000-4000-8000-000000000000';
const ANOTHER_UID = '00000000-0000-4000-8000-000000000001';

const reference = (kind: string, uid = UID, apiVersion = 'nstarx.io/v1alpha1') => ({
  apiVersion,
  kind,
  name: 'churn',
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

describeCluster('what Metacontroller may write', (cluster) => {
  let namespace: string;
  let at = 0;

  beforeAll(async () => {
    const made = new Made({ apiGroups: [] });
    const policy = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) =>
      made.one(kind, CHILD_OWNERSHIP),
    );
    expect(refusals(await cluster.apply(policy as unknown as KubernetesObject[], { force: true }))).toEqual([]);
    namespace = await cluster.freshNamespace();
  });

  afterAll(async () => {
    const kept = await cluster.list({ apiVersion: 'v1', kind: 'Service' }, { namespace });
    for (const one of kept) await cluster.patch(referenceTo(one), { metadata: { finalizers: null } });
    for (const kind of ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy']) {
      await cluster.delete({ apiVersion: 'admissionregistration.k8s.io/v1', kind, name: CHILD_OWNERSHIP });
    }
  });

  function service(owner?: object, labels: object = {}): KubernetesObject {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: `victim-${at++}`,
        namespace,
        labels,
        // the garbage collector would remove what an unknown object owns
        finalizers: ['nstarx.io/of-the-test'],
        ...(owner ? { ownerReferences: [owner] } : {}),
      },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    } as KubernetesObject;
  }

  const answer = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error: unknown) => (error as Error).message,
    );
  const creates = (object: KubernetesObject, asUser = ENGINE) =>
    answer(cluster.create(object, { asUser, dryRun: true }));
  const changes = async (object: KubernetesObject, change: object, asUser = ENGINE): Promise<string> => {
    const stored = await cluster.create(object);
    return answer(cluster.patch(referenceTo(stored), change, { asUser, dryRun: true }));
  };
  const deletes = async (object: KubernetesObject, asUser = ENGINE): Promise<string> => {
    const stored = await cluster.create(object);
    return answer(cluster.delete(referenceTo(stored), { asUser, dryRun: true }));
  };
  const SELECTOR = { spec: { selector: { app: 'other' } } };

  test('creates what an object of the platform controls', async () => {
    expect(await creates(service(reference('AIModel')))).toBe('done');
    expect(await creates(service(reference('ModelDeployment', UID, 'mlifecycle.io/v1alpha1')))).toBe('done');
    for (const owner of [
      undefined,
      reference('ConfigMap', UID, 'v1'),
      { ...reference('AIModel'), controller: false },
    ]) {
      expect(await creates(service(owner))).toMatch(/has no object of the platform as its controller/);
    }
    // a kind of ours in a group that is not ours
    expect(await creates(service(reference('AIModel', UID, 'example.com/v1')))).toMatch(
      /has no object of the platform/,
    );
  });

  test('changes its children, and leaves them to their object', async () => {
    expect(await changes(service(reference('AIModel')), SELECTOR)).toBe('done');
    const handed = { metadata: { ownerReferences: [reference('AIModel', ANOTHER_UID)] } };
    expect(await changes(service(reference('AIModel')), handed)).toMatch(/belongs to AIModel churn/);
    // released, because it has another label now
    expect(await changes(service(reference('AIModel')), { metadata: { ownerReferences: null } })).toBe('done');
    expect(await changes(service(), SELECTOR)).toMatch(/is there already and belongs to no operator/);
    expect(await changes(service(reference('ReplicaSet', UID, 'apps/v1')), SELECTOR)).toMatch(
      /belongs to ReplicaSet churn/,
    );
    const takes = { metadata: { ownerReferences: [reference('AIModel')] } };
    expect(await changes(service(), { ...takes, ...SELECTOR })).toMatch(/belongs to no operator/);
  });

  test('takes an orphan back by its label', async () => {
    const takes = { metadata: { ownerReferences: [reference('AIModel')] } };
    expect(await changes(service(undefined, { 'controller-uid': UID }), takes)).toBe('done');
    expect(await changes(service(undefined, { 'controller-uid': ANOTHER_UID }), takes)).toMatch(
      /belongs to no operator/,
    );
  });

  test('deletes its children', async () => {
    expect(await deletes(service(reference('AIModel')))).toBe('done');
    expect(await deletes(service())).toMatch(/belongs to no operator: Metacontroller deletes only/);
    expect(await deletes(service(reference('ReplicaSet', UID, 'apps/v1')))).toMatch(/belongs to ReplicaSet churn/);
  });

  test('changes finalizers of the objects that it works for, and nothing else', async () => {
    const model: KubernetesObject = {
      apiVersion: 'nstarx.io/v1alpha1',
      kind: 'AIModel',
      metadata: { name: `model-${at++}`, namespace },
      spec: {
        type: 'custom',
        version: '1.0',
        storage: { location: 'pvc://models/churn' },
        serving: { image: 'registry.example.com/model:1.0', resources: { requests: { cpu: '1', memory: '1Gi' } } },
      },
    };
    const stored = referenceTo(await cluster.create(model));
    const change = (what: object) => answer(cluster.patch(stored, what, { asUser: ENGINE, dryRun: true }));
    expect(await change({ metadata: { finalizers: ['metacontroller.io/x'] } })).toBe('done');
    expect(await change({ spec: { version: '2.0' } })).toMatch(/belongs to no operator/);
    expect(await change({ metadata: { labels: { a: 'b' } } })).toMatch(/belongs to no operator/);
    await cluster.delete(stored);
  });

  test('others are not looked at', async () => {
    expect(await creates(service(), OTHER)).toBe('done');
    expect(await changes(service(), SELECTOR, OTHER)).toBe('done');
    expect(await deletes(service(), OTHER)).toBe('done');
  });
});
