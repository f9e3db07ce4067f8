import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { condition, settled } from '../support/conditions';
import { syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

const HOOKS = hooksOf(modelDeploymentOperator);

const PARENT: KubernetesObject = {
  apiVersion: 'mlifecycle.io/v1',
  kind: 'ModelDeployment',
  metadata: { name: 'web', namespace: 'vision', uid: 'own', generation: 1 },
  spec: {
    model: { name: 'churn', version: '1.0', framework: 'sklearn' },
    metrics: { accuracy: 0.9, f1_score: 0.9 },
    fairness: { demographic_parity: 0.02 },
    drift: { score: 0.05 },
    serving: { image: 'registry.example.com/churn:1.0' },
  },
};

function service(more: Partial<KubernetesObject['metadata']> = {}, name = 'web-deployment'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'vision', ...more } };
}

const controlledBy = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ kind, name, uid, controller: true }],
});

const sync = (found: readonly KubernetesObject[], children: readonly KubernetesObject[] = []) =>
  HOOKS.sync(syncRequest(PARENT, children, found), SETTINGS);

test('what is there and is not its own holds up all that it would make, and the condition says whose it is', () => {
  for (const [more, whose] of [
    [{}, 'was not made by an operator'],
    [controlledBy('Deployment', 'cards', 'other'), 'is controlled by Deployment cards'],
    [controlledBy('ModelDeployment', 'web', 'former'), 'is controlled by ModelDeployment web'],
    [
      { ...controlledBy('AIModel', 'a', 'other'), deletionTimestamp: 'now' },
      'is controlled by AIModel a and is being deleted',
    ],
    [{ labels: { 'controller-uid': 'other' } }, 'was not made by an operator'],
    // an owner that is no controller owns no name
    [{ ownerReferences: [{ kind: 'ModelDeployment', name: 'web', uid: 'own' }] }, 'was not made by an operator'],
  ] as const) {
    const response = sync([service(more)]);
    expect(response.children).toEqual([]);
    expect(condition(response, 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'NameTaken',
      message: `metadata.name must not lead to the name of what is there: Service web-deployment, which ${whose}: remove that one, or use another name`,
    });
  }
});

test('its own children and orphans, and what has other names, are nothing to wait for', () => {
  for (const found of [
    service(controlledBy('ModelDeployment', 'web', 'own')),
    service({ labels: { 'controller-uid': 'own' } }),
    service({}, 'web'),
  ]) {
    const response = sync([found]);
    expect(condition(response, 'Accepted')).toMatchObject({ status: 'True' });
    expect(response.children.map(({ kind }) => kind)).toContain('Service');
  }
});

test('a name that is taken later keeps the children of the last good spec', () => {
  const { children } = sync([]);
  const [revision] = children.filter(({ kind }) => kind === 'ControllerRevision');
  const response = sync([service()], [revision]);
  expect(condition(response, 'Accepted')?.reason).toBe('NameTaken');
  expect(response.children.map(({ kind }) => kind).sort()).toEqual(children.map(({ kind }) => kind).sort());
});

test('names are asked for until the object is ready as it is now', () => {
  const asked = (parent: KubernetesObject) =>
    HOOKS.customize({ parent }, SETTINGS).relatedResources.flatMap(({ resource, names }) => (names ? [resource] : []));
  expect(asked(PARENT)).toEqual([
    'serviceaccounts',
    'configmaps',
    'services',
    'deployments',
    'horizontalpodautoscalers',
    'poddisruptionbudgets',
    'networkpolicies',
    'httproutes',
    'servicemonitors',
    'prometheusrules',
  ]);
  expect(asked(settled(PARENT))).toEqual([]);
  const changed = { ...settled(PARENT), metadata: { ...PARENT.metadata, generation: 2 } };
  expect(asked(changed)).toHaveLength(10);
});
