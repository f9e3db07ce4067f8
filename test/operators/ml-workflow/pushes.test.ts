import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { manual, objects, PLATFORM, sync } from './support';

const SETTINGS = { ...PLATFORM, mlWorkflow: { ...PLATFORM.mlWorkflow, pushNamespaces: ['ml-workflows'] } };
const PARENT = manual({ trigger: { type: 'git', repository: 'https://github.com/acme/fraud', branch: 'next' } });
const OWN = 'churn-workflow-pushes';

const state = (type: string, status: string, message = ''): JsonObject => ({ conditions: [{ type, status, message }] });

/** The objects of the workflow as the cluster has them, with what their controllers say. */
function cluster(changes: Readonly<Record<string, JsonObject>>): KubernetesObject[] {
  const deployed = state('Deployed', 'True');
  const status: Readonly<Record<string, JsonObject>> = {
    EventSource: deployed,
    Sensor: deployed,
    HTTPRoute: { parents: [state('Accepted', 'True')] },
    ...changes,
  };
  return sync(PARENT, [], [], SETTINGS).children.map((child) =>
    child.kind in status ? { ...child, status: status[child.kind] } : child,
  );
}

function pod(label: string, ready = 'True'): KubernetesObject {
  const labels = { 'nstarx.io/workflow': 'churn', 'owner-name': OWN, [label]: OWN };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: label, namespace: 'ml-workflows', labels },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
  };
}

const PODS = [pod('eventsource-name'), pod('sensor-name')];
const triggerReady = (children: readonly KubernetesObject[], pods = PODS) =>
  condition(sync(PARENT, children, pods, SETTINGS), 'TriggerReady');

test('it is ready when pushes arrive, and says where to', () => {
  expect(triggerReady(cluster({}))).toMatchObject({
    status: 'True',
    reason: 'Listening',
    message: `Pushes to branch next of https://github.com/acme/fraud start runs: its webhook posts them as JSON to https://churn--ml-workflows.${PLATFORM.gateway?.domain}/-/workflows/churn/pushes, with the secret in Secret churn-push`,
  });
});

test.each<[string, Readonly<Record<string, JsonObject>>, KubernetesObject[], string, RegExp]>([
  [
    'there is no bus',
    { Sensor: state('Deployed', 'False', 'EventBus not found.') },
    PODS,
    'NotDeployed',
    /Sensor .*: EventBus not found/,
  ],
  ['Argo Events has not looked', { EventSource: {} }, PODS, 'NotDeployed', /said nothing yet/],
  ['the Secret is missing', {}, [pod('sensor-name')], 'NotRunning', /it needs Secret churn-push with the key "secret"/],
  ['the Sensor is not ready', {}, [PODS[0], pod('sensor-name', 'False')], 'NotRunning', /No pod of Sensor/],
  [
    'the Gateway refuses the route',
    { HTTPRoute: { parents: [state('Accepted', 'False', 'NotAllowedByListeners')] } },
    PODS,
    'NotReached',
    /NotAllowedByListeners/,
  ],
])('it is not ready when %s', (_what, changes, pods, reason, message) => {
  const found = triggerReady(cluster(changes), pods);
  expect(found).toMatchObject({ status: 'False', reason });
  expect(found?.message).toMatch(message);
});

test('it is not ready while an object is missing', () => {
  const without = cluster({}).filter(({ kind }) => kind !== 'Sensor');
  expect(triggerReady(without)).toMatchObject({
    status: 'False',
    reason: 'BeingMade',
    message: `Not there yet: Sensor ${OWN}`,
  });
});

test('with another trigger nothing listens any more', () => {
  const response = sync(manual(), cluster({}), PODS, SETTINGS);
  expect(objects(response).map(({ kind }) => kind)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/EventSource|Sensor|HTTPRoute/)]),
  );
});

test('a push that is delivered again starts no second run', () => {
  const delivered = {
    ...PARENT,
    metadata: { ...PARENT.metadata, annotations: { 'nstarx.io/run': '72d3162e-cc78-11e3-81ab-4c9367dc0958' } },
  };
  const started = sync(delivered, cluster({}), PODS, SETTINGS);
  const again = sync(delivered, started.children, PODS, SETTINGS);
  const runs = (response: typeof started) => objects(response).filter(({ kind }) => kind === 'Workflow');
  expect(runs(started)).toHaveLength(1);
  expect(runs(again)).toEqual(runs(started));
});
