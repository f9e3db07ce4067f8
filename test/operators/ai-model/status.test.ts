import { JsonObject, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import {
  child,
  kserveDeployment,
  NAME,
  replicas,
  running,
  sample,
  sync,
  withAIModel,
  withStatus,
  zone,
} from './support';

const PARENT = sample();
const first = sync(PARENT);
const service = child(first, 'InferenceService');

function with_(status: JsonObject, deployment: JsonObject, before: JsonObject = {}): SyncResponse {
  const children = first.children.map((one) => (one.kind === 'InferenceService' ? withStatus(one, status) : one));
  return sync({ ...PARENT, status: before }, children, [kserveDeployment(service, deployment)]);
}

test('nothing is served before anything is there', () => {
  expect(first.status).toMatchObject({ phase: 'Deploying', replicas: 0, readyReplicas: 0, endpoints: [] });
  expect(first.status).not.toHaveProperty('version');
  expect(condition(first, 'Ready')).toMatchObject({ status: 'False', reason: 'Deploying' });
});

test('it serves when all replicas are ready and KServe says so', () => {
  const { children, related } = running(first, 3);
  const { status } = sync(PARENT, children, related);
  expect(status).toMatchObject({
    phase: 'Serving',
    version: '2.0',
    replicas: 3,
    readyReplicas: 3,
    selector: `nstarx.io/component=model-server,nstarx.io/ai-model=${NAME}`,
    endpoints: [
      `http://${NAME}-model.ml-models.svc.cluster.local:8080`,
      `https://${NAME}--ml-models.ml.example.com/v1/models/sentiment/predict`,
    ],
  });
});

test('KServe alone does not make it ready: the replicas do', () => {
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const { status } = with_(ready, replicas(2, 3));
  expect(status).toMatchObject({ phase: 'Deploying', readyReplicas: 2 });
});

test('the readiness of a previous generation does not count', () => {
  const { children, related } = running(first, 3);
  const next = sample({ version: '2.1' });
  const { status } = sync(next, children, related);
  expect(status).toMatchObject({ phase: 'Deploying', readyReplicas: 3 });
  const changed = sync(next, sync(next, children, related).children, [
    { ...kserveDeployment(service, replicas(3)), metadata: { ...related[0].metadata, generation: 2 } },
  ]);
  expect(condition(changed, 'Ready')).toMatchObject({ status: 'False' });
});

test('a Deployment that was not looked at yet does not count', () => {
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const response = with_(ready, { ...replicas(3), observedGeneration: 0 });
  expect(condition(response, 'Ready')).toMatchObject({ status: 'False' });
});

test('replicas that are lost after it served degrade it', () => {
  const { status } = with_({}, replicas(1, 3), { phase: 'Serving', version: '2.0' });
  expect(status).toMatchObject({ phase: 'Degraded', version: '2.0', readyReplicas: 1 });
});

const SETTLED = {
  conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: 'done' }],
};

test.each([
  ['whose pod is not ready', replicas(2, 3)],
  ['whose pod is gone', replicas(2, 2)],
  ['without any pod', replicas(0, 0)],
])('a settled roll-out %s is degraded, whatever the last report was', (_name, figures) => {
  for (const before of ['Serving', 'Degraded', 'Deploying', 'RollingBack']) {
    const response = with_({}, { ...figures, ...SETTLED }, { phase: before, version: '2.0' });
    expect(response.status.phase).toBe('Degraded');
    expect(condition(response, 'Ready')).toMatchObject({ status: 'False', reason: 'ReplicasLost' });
  }
});

test('a pod that does not start is in the condition, at once and also when the deadline is over', () => {
  const labels = { 'nstarx.io/component': 'model-server', 'nstarx.io/ai-model': NAME };
  const message = 'container has runAsNonRoot and image will run as root';
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ml-models', labels },
    status: {
      containerStatuses: [{ name: 'server', state: { waiting: { reason: 'CreateContainerConfigError', message } } }],
    },
  };
  const late = { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] };
  for (const [deployment, phase] of [
    [replicas(0, 3), 'Deploying'],
    [{ ...replicas(0, 3), ...late }, 'Failed'],
  ] as const) {
    const response = sync(PARENT, first.children, [kserveDeployment(service, deployment), pod]);
    expect(response.status.phase).toBe(phase);
    expect(condition(response, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'CreateContainerConfigError',
      message: expect.stringContaining(`${message}: set spec.serving.runAsUser to the number`) as string,
    });
  }
  // a pod of another model, and one of a former version while all is well, say nothing
  const other = { ...pod, metadata: { ...pod.metadata, labels: { ...labels, 'nstarx.io/ai-model': 'other' } } };
  const quiet = sync(PARENT, first.children, [kserveDeployment(service, replicas(0, 3)), other]);
  expect(condition(quiet, 'Ready')?.reason).toBe('Deploying');
  const { children, related } = running(first, 3);
  expect(condition(sync(PARENT, children, [...related, pod]), 'Ready')).toMatchObject({ status: 'True' });
});

test('the user of an image is that of the spec, then that of the runtime, then its own', () => {
  const predictor = (serving: JsonObject): unknown =>
    child(sync(sample({}, serving)), 'InferenceService').spec?.predictor;
  const own = { engine: 'deployment', image: 'r.example.com/a:1' };
  const podOf = (serving: JsonObject): unknown => child(sync(sample({}, { ...own, ...serving })), 'Deployment').spec;
  const user = (runAsUser: unknown) => ({ securityContext: { runAsNonRoot: true, runAsUser } });
  expect(predictor({})).toMatchObject(user(1000));
  expect(predictor({ runAsUser: 12_345 })).toMatchObject(user(12_345));
  expect(podOf({})).not.toHaveProperty('template.spec.securityContext.runAsUser');
  expect(podOf({ runAsUser: 12_345 })).toMatchObject({ template: { spec: user(12_345) } });
});

test('a model that does not load fails, with what KServe says', () => {
  const failed = {
    modelStatus: {
      transitionStatus: 'BlockedByFailedLoad',
      lastFailureInfo: { reason: 'ModelLoadFailed', message: 'no saved_model.pb' },
    },
  };
  const response = with_(failed, replicas(0, 3));
  expect(response.status).toMatchObject({ phase: 'Failed' });
  expect(condition(response, 'Ready')).toMatchObject({ reason: 'ModelLoadFailed', message: 'no saved_model.pb' });
});

test('a runtime that is not there is named', () => {
  const failed = {
    modelStatus: {
      transitionStatus: 'InvalidSpec',
      lastFailureInfo: { reason: 'RuntimeNotRecognized', message: 'Waiting for runtime to become available' },
    },
  };
  const response = sync(
    PARENT,
    first.children.map((one) => (one.kind === 'InferenceService' ? withStatus(one, failed) : one)),
  );
  expect(response.status).toMatchObject({ phase: 'Failed' });
  expect(condition(response, 'Ready')).toMatchObject({
    reason: 'RuntimeNotRecognized',
    message: 'Waiting for runtime to become available (kserve-tensorflow-serving)',
  });
});

test('what KServe cannot make is said, with why', () => {
  const message = 'fails to reconcile predictor: deployments.apps "a-predictor" is forbidden: exceeded quota: q';
  const refused = { type: 'PredictorReady', status: 'False', reason: 'ReconcileFailed', message };
  const status = {
    conditions: [{ type: 'IngressReady', status: 'Unknown' }, refused, { ...refused, type: 'Ready' }],
    modelStatus: { transitionStatus: '' },
  };
  const none = sync(
    PARENT,
    first.children.map((one) => (one.kind === 'InferenceService' ? withStatus(one, status) : one)),
  );
  expect(none.status).toMatchObject({ phase: 'Failed' });
  expect(condition(none, 'Ready')).toMatchObject({ reason: 'ReconcileFailed', message });
  const former = kserveDeployment(service, replicas(3));
  const old = { ...former, metadata: { ...former.metadata, annotations: { 'nstarx.io/content': 'former' } } };
  const children = first.children.map((one) => (one.kind === 'InferenceService' ? withStatus(one, status) : one));
  expect(sync(PARENT, children, [old]).status).toMatchObject({ phase: 'Degraded', readyReplicas: 3 });
});

test('Pods of a previous version that cannot be made are no failure of the desired one', () => {
  const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' };
  const loading = with_({}, { ...replicas(0, 3), conditions: [refused] });
  expect(loading.status).toMatchObject({ phase: 'Deploying' });
  const short = with_({}, { ...replicas(0, 2), conditions: [refused] });
  expect(short.status).toMatchObject({ phase: 'Failed' });
  expect(condition(short, 'Ready')).toMatchObject({ reason: 'FailedCreate', message: 'exceeded quota' });
});

test('the replicas of a rollout are counted out of those that there are', () => {
  const scaled = sample({}, { autoscaling: { minReplicas: 2, maxReplicas: 10 } });
  const start = sync(scaled);
  const { children } = running(start, 3);
  const rolling = kserveDeployment(child(start, 'InferenceService'), { ...replicas(6), updatedReplicas: 3 });
  expect(condition(sync(scaled, children, [rolling]), 'Ready')?.message).toBe(
    '6 replicas are ready: 3 of 6 replicas are of the desired version',
  );
});

test('a rollout that is stuck says why', () => {
  const stuck = {
    ...replicas(0, 3),
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }],
  };
  expect(with_({}, stuck).status.phase).toBe('Failed');
  expect(condition(with_({}, stuck), 'Ready')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
});

test('what an autoscaler adds is not waited for', () => {
  const scaled = sample({}, { autoscaling: { minReplicas: 3, maxReplicas: 10 } });
  const start = sync(scaled);
  const { children } = running(start, 3);
  const growing = { ...kserveDeployment(child(start, 'InferenceService'), replicas(3, 6)), spec: { replicas: 6 } };
  expect(sync(scaled, children, [growing]).status).toMatchObject({ phase: 'Serving', replicas: 6, readyReplicas: 3 });
});

test('without KServe the Deployment is looked at', () => {
  const settings = withAIModel({ kserve: false, storage: { checkArtifacts: false } });
  const start = sync(PARENT, [], [], settings);
  const children = start.children.map((one): KubernetesObject =>
    one.kind === 'Deployment'
      ? { ...one, metadata: { ...one.metadata, generation: 1 }, status: { observedGeneration: 1, ...replicas(3) } }
      : one,
  );
  expect(sync(PARENT, children, [], settings).status).toMatchObject({ phase: 'Serving', readyReplicas: 3 });
});

test('a bad spec names the version that is served meanwhile, not the one that was on its way', () => {
  const { children, related } = running(first, 3);
  const served = sync(PARENT, children, related);
  const next = sync({ ...sample({ version: '2.1' }), status: served.status }, children, related);
  expect(next.status).toMatchObject({ phase: 'Deploying', version: '2.0' });
  const bad = sync({ ...sample({ version: '2.2' }, { zone: 'nowhere' }), status: next.status }, next.children, related);
  expect(bad.status).toMatchObject({ phase: 'Degraded', version: '2.0' });
  expect(condition(bad, 'Ready')?.message).toMatch(/; version 2\.0 is served meanwhile$/);
});

test('a spec that never was good is failed', () => {
  const bad = sync(sample({}, { zone: 'nowhere' }));
  expect(bad.status).toMatchObject({ phase: 'Failed', endpoints: [] });
  expect(bad.children).toEqual([]);
});

test('more GPUs than the zone has are refused, with the field', () => {
  const small = zone('inference', { resources: { compute: { limits: { 'nvidia.com/gpu': '4' } } } });
  const response = sync(sample({}, { zone: 'inference', autoscaling: { maxReplicas: 6 } }), [], [small]);
  expect(condition(response, 'Accepted')?.message).toBe(
    'spec.serving.autoscaling.maxReplicas must not need more nvidia.com/gpu than the 4 of zone inference; 6 replicas with 1 each need 6, ' +
      "got 6: use at most 4, or raise the zone's limit.",
  );
  expect(sync(sample({}, { zone: 'inference' }), [], [small]).children).not.toEqual([]);
});

test('a zone with another namespace gives its nodes, and says what it does not give', () => {
  const far = zone('inference', { resources: { compute: { nodeSelector: { 'nstarx.io/zone': 'inference' } } } });
  const response = sync(sample({}, { zone: 'inference' }), [], [far]);
  expect(child(response, 'InferenceService').spec).toMatchObject({
    predictor: { nodeSelector: { 'nstarx.io/zone': 'inference' }, labels: { 'nstarx.io/zone': 'inference' } },
  });
  expect(condition(response, 'InZone')).toMatchObject({ status: 'True', reason: 'OnItsNodes' });
  const near = { ...far, spec: { ...far.spec, targetNamespace: 'ml-models' } };
  expect(condition(sync(sample({}, { zone: 'inference' }), [], [near]), 'InZone')?.reason).toBe('InItsNamespace');
});
