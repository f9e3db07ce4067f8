import { App, Chart } from 'cdk8s';
import fc from 'fast-check';

import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { AIZoneObjects } from '../../../src/kinds/ai-zone/ai-zone-objects';
import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { arbitraryOf } from '../../api/support/arbitrary';
import { condition } from '../support/conditions';
import {
  aiZone,
  API,
  child,
  fraudDetector,
  observed,
  ownedBy,
  sampleZone,
  sync,
  withNamespace,
  ZONE_HOOKS,
  ZONE_SETTINGS,
} from './support';

const NAME = 'production-inference-zone';

test('the documented sample gives its namespace, bounds, network, mesh, listener, dashboards, users and model', () => {
  const response = sync(sampleZone(), [], [fraudDetector()]);
  expect(condition(response, 'Accepted')).toMatchObject({ status: 'True' });
  expect(response.children.map(({ kind, metadata }) => `${kind} ${metadata.name}`).slice(0, -1)).toEqual([
    `Namespace ${NAME}`,
    'ResourceQuota zone',
    'LimitRange zone',
    'NetworkPolicy zone-default-deny',
    'NetworkPolicy zone-own-pods',
    'NetworkPolicy zone-name-lookup',
    'NetworkPolicy zone-peers',
    'NetworkPolicy zone-metrics-scraping',
    'NetworkPolicy zone-gateway',
    'NetworkPolicy zone-health-probes',
    'PeerAuthentication zone',
    'ListenerSet zone',
    'ConfigMap dashboard-inference-metrics',
    'ConfigMap dashboard-gpu-utilization',
    'RoleBinding zone-data-scientists',
    'RoleBinding zone-ml-engineers',
    'RoleBinding zone-model-reviewers',
    `ClusterRole nstarx:zone:${NAME}`,
    `ClusterRoleBinding nstarx:zone:${NAME}`,
    'AIModel fraud-detector',
  ]);
  expect(response.children.at(-1)).toMatchObject({ kind: 'ControllerRevision', metadata: { namespace: NAME } });
  expect(child(response, 'Namespace')?.metadata.labels).toMatchObject({
    'nstarx.io/zone': NAME,
    'nstarx.io/gateway-access': 'true',
    'istio.io/dataplane-mode': 'ambient',
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
  expect(child(response, 'ResourceQuota')?.spec?.hard).toMatchObject({
    'requests.nvidia.com/gpu': '8',
    'requests.cpu': '128',
    'requests.memory': '512Gi',
    'limits.memory': '512Gi',
    'requests.storage': '10Ti',
    'fast-ssd.storageclass.storage.k8s.io/requests.storage': '10Ti',
  });
  expect(child(response, 'NetworkPolicy', 'zone-peers')?.spec?.ingress).toEqual([
    { from: [{ namespaceSelector: { matchLabels: { 'nstarx.io/tier': 'frontend' } } }] },
  ]);
  expect(child(response, 'ListenerSet')?.spec).toMatchObject({
    listeners: [
      {
        hostname: `*.${NAME}.ml.example.com`,
        tls: { certificateRefs: [{ kind: 'Secret', name: 'inference-tls' }] },
      },
    ],
  });
  const { children } = response;
  expect(children.slice(0, -1).filter(({ kind }) => kind !== 'ConfigMap')).toMatchSnapshot();
});

test('a model of the zone is the one of that name and version, with the replicas, the autoscaling and the zone of the zone', () => {
  const original = fraudDetector({ rollbackTo: '2.0' });
  const model = child(sync(sampleZone(), [], [original]), 'AIModel');
  expect(model?.metadata).toMatchObject({
    name: 'fraud-detector',
    namespace: NAME,
    annotations: { 'nstarx.io/original': 'ml-models/fraud-detector' },
  });
  expect(model?.spec).toEqual({
    type: 'xgboost',
    version: '3.0',
    storage: { location: 's3://models/fraud/3.0' },
    serving: {
      engine: 'kserve',
      port: 8080,
      resources: { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '8Gi' } },
      zone: NAME,
      replicas: 5,
      autoscaling: expect.objectContaining({ enabled: true, minReplicas: 3, maxReplicas: 10 }) as object,
    },
  });
});

test('a zone without autoscaling runs a fixed number, whatever the original does', () => {
  const zone = aiZone('blue', { models: [{ name: 'fraud-detector', replicas: 2 }] });
  const original = fraudDetector({ serving: { replicas: 1, autoscaling: { maxReplicas: 9 } } });
  expect(child(sync(zone, [], [original]), 'AIModel')?.spec?.serving).toEqual({ replicas: 2, zone: 'blue' });
});

test('models are looked for where the platform keeps them, and nowhere else', () => {
  const response = sync(sampleZone(), [], [fraudDetector({}, 'somebody')]);
  expect(child(response, 'AIModel')).toBeUndefined();
  expect(condition(response, 'Accepted')?.status).toBe('True');
  expect(child(response, 'Namespace')).toBeDefined();
  expect(condition(response, 'ModelsReady')).toMatchObject({
    status: 'False',
    reason: 'NotMade',
    message:
      'spec.models[0].name must be an AIModel in ml-models, got "fraud-detector": make it there, or take it out of models',
  });
});

test('another version is none, but what runs already goes on', () => {
  const zone = sampleZone();
  const newer = fraudDetector({ version: '3.1' });
  const before = sync(zone, [], [newer]);
  expect(child(before, 'AIModel')).toBeUndefined();
  expect(condition(before, 'ModelsReady')?.message).toBe(
    'spec.models[0].version must be a version that there is of fraud-detector, got "3.0" where ml-models has 3.1: name that one, or bring 3.0 back',
  );
  const first = sync(zone, [], [fraudDetector()]);
  const children = observed(zone, first);
  const second = sync(zone, children, [newer, ...withNamespace(children)]);
  expect(child(second, 'AIModel')).toEqual(child(first, 'AIModel'));
  expect(condition(second, 'ModelsReady')?.message).toMatch(/It keeps running as it was$/);
  expect(JSON.stringify(second.children)).toBe(JSON.stringify(first.children));
});

test('an AIModel of someone else in the zone is left alone', () => {
  const zone = sampleZone();
  const theirs = fraudDetector({}, NAME);
  const response = sync(zone, [], [fraudDetector(), theirs]);
  expect(child(response, 'AIModel')).toBeUndefined();
  expect(condition(response, 'ModelsReady')?.message).toMatch(
    /^spec\.models\[0\]\.name must not be an AIModel that is in/,
  );
});

test('more GPUs than the zone has are refused by the field, and other models are made', () => {
  const gpus = { serving: { replicas: 1, resources: { limits: { 'nvidia.com/gpu': '2' } } } };
  const models = [
    { name: 'fraud-detector', replicas: 5 },
    { name: 'churn', replicas: 1 },
  ];
  const churn = { ...fraudDetector(), metadata: { name: 'churn', namespace: 'ml-models' } };
  const response = sync(sampleZone({ models }), [], [fraudDetector(gpus), churn]);
  expect(condition(response, 'ModelsReady')?.message).toBe(
    'spec.models[0].replicas must fit in the zone, got 5 with 2 nvidia.com/gpu each where the zone has 8: lower it, or raise spec.resources.compute.limits',
  );
  expect(response.children.filter(({ kind }) => kind === 'AIModel').map(({ metadata }) => metadata.name)).toEqual([
    'churn',
  ]);
});

test('the operator makes the same objects as static synthesis', () => {
  const zone = sampleZone({ models: undefined });
  const chart = new Chart(new App(), 'static', { disableResourceNameHashes: true });
  new AIZoneObjects(chart, 'any-id', {
    name: NAME,
    spec: zone.spec as unknown as AIZoneSpec,
    gateway: ZONE_SETTINGS.gateway,
    scraperPods: ZONE_SETTINGS.scraper,
    settings: ZONE_SETTINGS.aiZone,
  });
  expect(sync(zone).children.slice(0, -1)).toEqual(chart.toJson());
});

test('a namespace that was there before is refused, and none of its objects are touched', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } };
  const response = sync(sampleZone(), [], [namespace]);
  expect(response.children).toEqual([]);
  expect(response.status.phase).toBe('Failed');
  expect(condition(response, 'Accepted')).toMatchObject({
    status: 'False',
    message: `spec.targetNamespace must not be a namespace of someone else, got "${NAME}", which is there already: choose another one, or delete it`,
  });
});

test.each(['nstarx-system', 'ml-models', 'default', 'kube-public'])(
  'zone in namespace %s is refused',
  (targetNamespace) => {
    const response = sync(aiZone('blue', { targetNamespace }));
    expect(response.children).toEqual([]);
    expect(condition(response, 'Accepted')?.message).toMatch(
      /^spec\.targetNamespace must not be a namespace of Kubernetes or/,
    );
  },
);

test('a name that is too long for a label is refused by its path', () => {
  const response = sync(aiZone(`${'long-'.repeat(13)}er`, { targetNamespace: 'short' }));
  expect(response.children).toEqual([]);
  expect(condition(response, 'Accepted')?.message).toMatch(/^metadata\.name must have at most 63 characters/);
});

test('labels, users and peers come from all zones above', () => {
  const peer = { namespaceSelector: { matchLabels: { tier: 'web' } } };
  const top = aiZone('top', { namespaceLabels: { 'example.com/tenant': 'acme' } });
  const middle = aiZone('middle', { parent: 'top', security: { networkPolicies: { allowFrom: [peer] } } });
  const bottom = aiZone('bottom', { parent: 'middle', namespaceLabels: { color: 'red' } });
  const response = sync(bottom, [], [top, middle, bottom]);
  expect(child(response, 'Namespace')?.metadata.labels).toMatchObject({ 'example.com/tenant': 'acme', color: 'red' });
  expect(child(response, 'NetworkPolicy', 'zone-peers')?.spec?.ingress).toEqual([{ from: [peer] }]);
  expect(child(response, 'RoleBinding', 'zone-data-scientists')?.subjects).toEqual(
    ['top', 'middle', 'bottom'].map((name) => ({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Group',
      name: `${name}-data-scientists`,
    })),
  );
});

test('parents in a cycle, and parents that are not there, are named', () => {
  const message = (zone: KubernetesObject, ...others: KubernetesObject[]): string | undefined =>
    condition(sync(zone, [], [zone, ...others]), 'Accepted')?.message;
  expect(message(aiZone('a', { parent: 'b' }), aiZone('b', { parent: 'a' }))).toBe(
    'spec.parent must not lead back to a zone: a → b → a. Remove one of these parents',
  );
  expect(message(aiZone('a', { parent: 'b' }))).toBe(
    'spec.parent must be an AIZone that there is, got "b": make it, or name another',
  );
  expect(message(aiZone('a', { parent: 'b' }), aiZone('b', { parent: 'c' }))).toBe(
    'spec.parent must be an AIZone that there is, got "c" (it is the parent of b): make it, or name another',
  );
});

test('a bad edit names the field and leaves everything as it was', () => {
  const zone = sampleZone();
  const first = sync(zone, [], [fraudDetector()]);
  const children = observed(zone, first);
  const related = [fraudDetector(), ...withNamespace(children)];
  const bad = { ...zone, spec: { ...zone.spec, monitoring: { grafana: { dashboards: ['nope'] } } } };
  const second = sync(bad, children, related);
  expect(condition(second, 'Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringMatching(/^spec\.monitoring\.grafana\.dashboards\[0\] must be a dashboard/) as string,
  });
  expect(second.children).toEqual(first.children);
  expect(sync(zone, children, related).children).toEqual(first.children);
});

test('the engine is asked for no more than is needed', () => {
  const rules = (zone: KubernetesObject) => ZONE_HOOKS.customize({ parent: zone }, ZONE_SETTINGS).relatedResources;
  const asked = rules(sampleZone());
  expect(asked[0]).toEqual({ apiVersion: 'v1', resource: 'namespaces', names: [NAME] });
  expect(asked[1]).toEqual({
    apiVersion: 'v1',
    resource: 'pods',
    namespace: NAME,
    labelSelector: { matchExpressions: [{ key: 'nstarx.io/component', operator: 'NotIn', values: ['model-server'] }] },
  });
  // what the quota does not count has to be summed up
  expect(rules(aiZone('blue'))[1]).toEqual({ apiVersion: 'v1', resource: 'pods', namespace: 'blue' });
  const known = ZONE_HOOKS.definition.related.map(({ apiVersion, resource }) => `${apiVersion}/${resource}`);
  expect(asked.map(({ apiVersion, resource }) => `${apiVersion}/${resource}`)).toEqual(known);
});

/** What a random spec rarely gets right. */
const WITHOUT_FAULTS: JsonObject = {
  parent: undefined,
  namespaceLabels: undefined,
  targetNamespace: undefined,
  resources: { compute: { limits: { cpu: '8', 'nvidia.com/gpu': 2 } } },
  networking: { ingress: { tls: { secretName: 'blue-tls' } }, serviceMesh: {} },
  monitoring: { grafana: { dashboards: ['inference-metrics'] } },
};

test('random specs: the same bytes each time, one object a name, nothing but the kinds of the definition', () => {
  const kinds = ZONE_HOOKS.definition.children.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`);
  let accepted = 0;
  fc.assert(
    fc.property(arbitraryOf(AI_ZONE.spec), fc.boolean(), (spec, fixed) => {
      const given = spec as JsonObject;
      const zone = aiZone('blue', fixed ? { ...given, ...WITHOUT_FAULTS } : given);
      const related = [zone, ownedBy(aiZone('x'), fraudDetector())];
      const first = sync(zone, [], related);
      expect(JSON.stringify(sync(zone, [], related))).toBe(JSON.stringify(first));
      if (first.children.length > 0) accepted += 1;
      const made = first.children.filter(({ kind }) => kind !== 'ControllerRevision');
      const keys = made.map(({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { apiVersion, kind, metadata } of made) {
        expect(kinds).toContain(`${apiVersion}/${kind}`);
        expect(metadata.name.length).toBeLessThanOrEqual(kind.startsWith('Validating') ? 253 : 63);
        expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'ml-platform', 'nstarx.io/zone': 'blue' });
      }
      if (first.children.length === 0) expect(condition(first, 'Accepted')?.message).toMatch(/spec\.\w+/);
    }),
    { numRuns: 200, seed: 7 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test('parents are read as AIZones of this API', () => {
  expect(ZONE_HOOKS.definition.parent.kind).toBe('AIZone');
  expect(`${ZONE_HOOKS.definition.parent.group}/${ZONE_HOOKS.definition.parent.version}`).toBe(API);
});
