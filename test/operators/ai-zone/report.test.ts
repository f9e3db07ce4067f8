import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import {
  aiZone,
  finalize,
  fraudDetector,
  observed,
  ownedBy,
  sampleZone,
  sync,
  withNamespace,
  withStatus,
  ZONE_SETTINGS,
} from './support';

const NAME = 'production-inference-zone';
const HARD = { hard: { 'requests.cpu': '128' } };
const USED = {
  ...HARD,
  used: { 'requests.cpu': '96', 'requests.memory': '384Gi', 'requests.nvidia.com/gpu': '6', 'requests.storage': '1Ti' },
};
const TAKEN = {
  conditions: [
    { type: 'Accepted', status: 'True' },
    { type: 'Programmed', status: 'True' },
  ],
};
const SERVING = {
  phase: 'Serving',
  readyReplicas: 5,
  endpoints: ['https://fraud-detector.inference.nstarx.io'],
  conditions: [{ type: 'Ready', status: 'True' }],
};

/** The second answer, when the children of the first are there with these statuses. */
function next(
  zone: KubernetesObject,
  statuses: Readonly<Record<string, object>>,
  more: readonly KubernetesObject[] = [],
  settings = ZONE_SETTINGS,
): SyncResponse {
  const first = sync(zone, [], [fraudDetector(), ...more], settings);
  const children = Object.entries(statuses).reduce(
    (objects, [kind, status]) => withStatus(objects, kind, { ...status }),
    observed(zone, first),
  );
  return sync(zone, children, [fraudDetector(), ...more, ...withNamespace(children)], settings);
}

test('before anything is there a zone is pending', () => {
  const { status } = sync(sampleZone(), [], [fraudDetector()]);
  expect(status.phase).toBe('Pending');
  expect(status.allocatedResources).toBeUndefined();
  expect(status.models).toEqual([]);
});

test('it is being provisioned until the quota counts and the Gateway listens', () => {
  expect(next(sampleZone(), { ListenerSet: TAKEN }).status.phase).toBe('Provisioning');
  const waiting = next(sampleZone(), { ResourceQuota: HARD });
  expect(waiting.status.phase).toBe('Provisioning');
  expect(condition(waiting, 'Reachable')).toMatchObject({ status: 'Unknown', reason: 'Waiting' });
});

test('then it is active, with what the documented status has', () => {
  const response = next(sampleZone(), { ResourceQuota: USED, ListenerSet: TAKEN, AIModel: SERVING });
  expect(response.status).toMatchObject({
    observedGeneration: 1,
    phase: 'Active',
    namespace: NAME,
    allocatedResources: { gpu: '6', cpu: '96', memory: '384Gi', storage: '1Ti' },
    models: [
      {
        name: 'fraud-detector',
        ready: 5,
        available: 5,
        endpoints: ['https://fraud-detector.inference.nstarx.io'],
      },
    ],
  });
  for (const type of ['Accepted', 'Ready', 'MeshReady', 'Reachable', 'ModelsReady', 'RetentionKept']) {
    expect([type, condition(response, type)?.status]).toEqual([type, 'True']);
  }
});

test('a listener that is refused degrades the zone and says why', () => {
  const conditions = [
    { type: 'Programmed', status: 'False', reason: 'Invalid', message: 'Secret inference-tls not found' },
  ];
  const response = next(sampleZone(), { ResourceQuota: HARD, ListenerSet: { conditions } });
  expect(response.status.phase).toBe('Degraded');
  expect(condition(response, 'Ready')).toMatchObject({ status: 'False', reason: 'Degraded' });
  expect(condition(response, 'Reachable')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: 'The Gateway refuses the listener: Secret inference-tls not found',
  });
});

test('models that start do not hold up the zone; models that failed degrade the zone', () => {
  const starting = next(sampleZone(), { ResourceQuota: HARD, ListenerSet: TAKEN, AIModel: { phase: 'Deploying' } });
  expect(starting.status.phase).toBe('Active');
  expect(condition(starting, 'ModelsReady')).toMatchObject({ status: 'False', reason: 'Starting' });
  const failed = next(sampleZone(), { ResourceQuota: HARD, ListenerSet: TAKEN, AIModel: { phase: 'Failed' } });
  expect(failed.status.phase).toBe('Degraded');
  expect(condition(failed, 'ModelsReady')?.message).toBe('Not well: fraud-detector (see its conditions)');
});

test('what the platform does not have is said, and not passed off as there', () => {
  const { gateway: _gateway, ...bare } = SETTINGS;
  const response = next(sampleZone(), { ResourceQuota: HARD }, [], bare);
  expect(response.status.phase).toBe('Degraded');
  expect(condition(response, 'MeshReady')).toMatchObject({ status: 'False', reason: 'NoMesh' });
  expect(condition(response, 'MeshReady')?.message).toMatch(/^spec\.networking\.serviceMesh\.enabled has no effect/);
  expect(condition(response, 'Reachable')).toMatchObject({ status: 'False', reason: 'NoGateway' });
  expect(condition(response, 'RetentionKept')).toBeUndefined();
});

test.each([
  ['30d', 'True'],
  ['720h', 'True'],
  ['31d', 'False'],
  ['30d1ms', 'False'],
])('a retention of %s with 30 days of Prometheus is kept: %s', (retention, status) => {
  const zone = sampleZone({ monitoring: { prometheus: { retention } } });
  expect(condition(next(zone, { ResourceQuota: HARD }), 'RetentionKept')?.status).toBe(status);
});

test('a namespace that is being deleted by hand is said', () => {
  const zone = sampleZone();
  const children = observed(zone, sync(zone)).map((object) =>
    object.kind === 'Namespace'
      ? { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T01:00:00Z' } }
      : object,
  );
  const response = sync(zone, children, withNamespace(children));
  expect(response.status.phase).toBe('Degraded');
  expect(condition(response, 'Ready')?.message).toMatch(/is being deleted; it is made again/);
});

function pod(name: string, spec: object, more: object = {}, namespace = 'blue'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { ...spec }, ...more };
}

function requests(cpu: string, memory: string, gpus?: string): object {
  const gpu = gpus === undefined ? {} : { 'nvidia.com/gpu': gpus };
  return { resources: { requests: { cpu, memory, ...gpu } } };
}

test('what the quota does not count is summed up over the Pods, as the scheduler sees them', () => {
  const zone = aiZone('blue');
  const pods = [
    pod('a', { containers: [requests('500m', '1Gi', '2'), requests('250m', '512Mi')] }),
    // an init container that needs more than what comes after it, and a sidecar that runs all along
    pod('b', {
      initContainers: [{ ...requests('100m', '64Mi'), restartPolicy: 'Always' }, requests('2', '256Mi')],
      containers: [requests('1', '448Mi')],
      overhead: { cpu: '150m' },
    }),
    pod('ended', { containers: [requests('64', '64Gi')] }, { status: { phase: 'Succeeded' } }),
    pod('elsewhere', { containers: [requests('64', '64Gi')] }, {}, 'green'),
  ];
  const children = observed(zone, sync(zone));
  const { status } = sync(zone, children, [...withNamespace(children), ...pods]);
  expect(status.allocatedResources).toEqual({ cpu: '3', memory: '2Gi', gpu: '2' });
});

test('all kinds of GPUs count', () => {
  const used = { 'requests.nvidia.com/gpu': '1', 'requests.nvidia.com/mig-1g.5gb': '2', 'requests.amd.com/gpu': '3' };
  const response = next(sampleZone(), { ResourceQuota: { ...HARD, used } });
  expect(response.status.allocatedResources).toMatchObject({ gpu: '6' });
});

describe('deletion', () => {
  const made = (zone: KubernetesObject): KubernetesObject[] => observed(zone, sync(zone, [], [fraudDetector()]));
  const at = (kind: string, name: string, namespace: string, spec: object = {}): KubernetesObject => ({
    apiVersion: 'nstarx.io/v1alpha1',
    kind,
    metadata: { name, namespace },
    spec: { ...spec },
  });

  test('an empty zone goes, with everything', () => {
    const zone = sampleZone();
    const children = made(zone);
    const response = finalize(zone, children, [zone, ...withNamespace(children)]);
    // the finalizer stays until the children are gone
    expect(response).toMatchObject({ finalized: false, children: [], status: { phase: 'Terminating' } });
    expect(finalize(zone, [], [zone])).toMatchObject({ finalized: true, children: [] });
  });

  test('what says elsewhere that it is of the zone keeps nothing', () => {
    const zone = sampleZone();
    const forged = ownedBy(zone, at('AIModel', 'forged', 'team', {}));
    expect(finalize(zone, [forged], [zone])).toMatchObject({ finalized: true, children: [] });
    const own = ownedBy(zone, at('AIModel', 'own', NAME, {}));
    expect(finalize(zone, [forged, own], [zone])).toMatchObject({ finalized: false, children: [] });
  });

  test('what comes when the namespace is on its way out brings nothing back', () => {
    const zone = sampleZone();
    const children = made(zone).map((object) =>
      object.kind === 'Namespace'
        ? { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } }
        : object,
    );
    const late = at('AIModel', 'late', 'team', { serving: { zone: NAME } });
    expect(finalize(zone, children, [...withNamespace(children), late]).children).toEqual([]);
  });

  test.each([
    ['a Pod in it', pod('notebook', {}, { status: { phase: 'Running' } }, NAME), `Pod ${NAME}/notebook`],
    ['a workflow in it', at('MLWorkflow', 'nightly', NAME), `MLWorkflow ${NAME}/nightly`],
    ['an AIModel elsewhere', at('AIModel', 'churn', 'team', { serving: { zone: NAME } }), 'AIModel team/churn'],
    ['a pipeline elsewhere', at('DataPipeline', 'etl', 'data', { zone: NAME }), 'DataPipeline data/etl'],
    ['a zone below it', aiZone('below', { parent: NAME }), 'AIZone below'],
  ])('waits for %s', (_what, other, named) => {
    const zone = sampleZone();
    const children = made(zone);
    const related = [zone, ...withNamespace(children), other];
    const response = finalize(zone, children, related);
    expect(response.finalized).toBe(false);
    expect(response.status.phase).toBe('Terminating');
    expect(condition(response, 'DeletionBlocked')).toMatchObject({
      status: 'True',
      reason: 'InUse',
      message: `The zone still holds ${named}: remove them, or set spec.allowCascadingDeletion`,
    });
    expect(response.children.map(({ kind }) => kind)).toContain('Namespace');
    const allowed = sampleZone({ allowCascadingDeletion: true });
    expect(finalize(allowed, children, related).children).toEqual([]);
  });

  test('does not wait for its own models, for what has ended, and for what is in other namespaces', () => {
    const zone = sampleZone();
    const children = made(zone);
    const server = pod('fraud-1', {}, { status: { phase: 'Running' } }, NAME);
    const related = [
      zone,
      ...withNamespace(children),
      { ...server, metadata: { ...server.metadata, labels: { model_name: 'fraud-detector' } } },
      pod('job-1', {}, { status: { phase: 'Succeeded' } }, NAME),
      at('AIModel', 'churn', 'team', { serving: { zone: 'another' } }),
    ];
    expect(finalize(zone, children, related).children).toEqual([]);
  });

  test('does not wait for a namespace that is not its own', () => {
    const zone = sampleZone();
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } };
    const running = pod('notebook', {}, { status: { phase: 'Running' } }, NAME);
    expect(finalize(zone, [], [namespace, running]).finalized).toBe(true);
  });

  test('waits for the namespaces that the owners of its tenant made', () => {
    const zone = sampleZone();
    const metadata = { name: NAME };
    const status = { namespaces: [`${NAME}-lab`] };
    const tenant = ownedBy(zone, { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', metadata, status });
    const children = [...made(zone), tenant];
    expect(condition(finalize(zone, children, withNamespace(children)), 'DeletionBlocked')?.message).toMatch(
      `The zone still holds Namespace ${NAME}-lab of its tenant`,
    );
  });

  test('of many objects it names ten', () => {
    const zone = sampleZone();
    const children = made(zone);
    const models = [...Array(12).keys()].map((one) => at('AIModel', `m${one}`, 'team', { serving: { zone: NAME } }));
    const message = condition(
      finalize(zone, children, [...withNamespace(children), ...models]),
      'DeletionBlocked',
    )?.message;
    expect(message).toMatch(/AIModel team\/m7 and 2 more: remove them/);
  });
});
