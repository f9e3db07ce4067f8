import { App, Chart } from 'cdk8s';

import { hooksOf } from '../../../operators/src/runtime/hooks';
import { aiZoneOperator } from '../../../operators/src/ai-zone/ai-zone-operator';
import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { compositeController } from '../../../src/kinds/operators/metacontroller';
import { AI_ZONE_OPERATOR } from '../../../src/kinds/ai-zone/operator';
import { leaseRole, operatorRole, ownRole } from '../../../src/kinds/operators/metacontroller';
import { sampleOf } from '../../api/support/samples';
import { FRAUD_SPEC } from '../../operators/ai-zone/support';
import { refusals } from '../apply';
import { until } from '../../support/waiting';
import { pod, podSpec } from '../fixtures';
import { conditionOf, type KubernetesObject, type ObjectReference } from '../types';
import { describeOperators } from './support/describe-operators';

const API = 'nstarx.io/v1alpha1';
const NAME = 'production-inference-zone';

describeOperators(
  'the operator of AIZones',
  [hooksOf(aiZoneOperator)],
  (bench) => {
    const zone = (name: string): ObjectReference => ({ apiVersion: API, kind: 'AIZone', name });
    const namespace = (name: string): ObjectReference => ({ apiVersion: 'v1', kind: 'Namespace', name });
    const inZone = (apiVersion: string, kind: string, name: string, inside = NAME): ObjectReference => ({
      apiVersion,
      kind,
      name,
      namespace: inside,
    });
    const model = (inside: string): ObjectReference => inZone(API, 'AIModel', 'fraud-detector', inside);
    const listeners = inZone('gateway.networking.k8s.io/v1', 'ListenerSet', 'zone');
    const aiZone = (name: string, spec: object = {}): KubernetesObject => ({
      apiVersion: API,
      kind: 'AIZone',
      metadata: { name },
      spec: { type: 'training', ...spec },
    });
    const apply = async (...objects: KubernetesObject[]): Promise<void> => {
      expect(refusals(await bench.cluster.apply(objects, { force: true }))).toEqual([]);
    };
    const phase = (name: string, wanted: string): Promise<KubernetesObject> =>
      bench.cluster.waitFor(zone(name), ({ status }) => status?.phase === wanted, 60_000);
    const says = (name: string, type: string, text: RegExp): Promise<KubernetesObject> =>
      bench.cluster.waitFor(zone(name), (object) => text.test(conditionOf(object, type)?.message ?? ''), 60_000);
    const refusal = async (object: KubernetesObject): Promise<string> =>
      bench.cluster.create(object, { dryRun: true }).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    const container = (requests: object, limits: object = requests): Record<string, unknown> =>
      podSpec({}, { resources: { requests, limits } });

    beforeAll(async () => {
      const model: KubernetesObject = {
        apiVersion: API,
        kind: 'AIModel',
        metadata: { name: 'fraud-detector', namespace: 'ml-models' },
        spec: { ...FRAUD_SPEC },
      };
      await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ml-models' } }, model);
    });

    test('the sample of the document becomes active', async () => {
      await apply(sampleOf(AI_ZONE) as unknown as KubernetesObject);
      await phase(NAME, 'Provisioning');
      await bench.play(listeners, {
        conditions: ['Accepted', 'Programmed'].map((type) => ({
          type,
          status: 'True',
          reason: type,
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        })),
      });
      const active = await phase(NAME, 'Active');
      expect(active.status).toMatchObject({
        namespace: NAME,
        allocatedResources: { cpu: '0', memory: '0', gpu: '0', storage: '0' },
        models: [{ name: 'fraud-detector', ready: 0 }],
      });
    });

    test('its model runs in it, and its state is that of the zone', async () => {
      const copy = await bench.cluster.get(model(NAME));
      expect(copy.spec).toMatchObject({
        version: '3.0',
        serving: { zone: NAME, replicas: 5, autoscaling: { maxReplicas: 10 } },
      });
      const endpoints = ['https://fraud-detector.inference.nstarx.io'];
      const conditions = [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Serving',
          message: '',
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ];
      await bench.play(model(NAME), { phase: 'Serving', readyReplicas: 5, endpoints, conditions });
      const served = await says(NAME, 'ModelsReady', /^All models are ready/);
      expect(served.status?.models).toEqual([{ name: 'fraud-detector', ready: 5, available: 5, endpoints }]);
    });

    test('the quota refuses what the zone does not have, and gives defaults to pods that request nothing', async () => {
      const gpus = (count: string) =>
        pod(NAME, 'gpus', container({ cpu: '1', memory: '1Gi', 'nvidia.com/gpu': count }));
      expect(await refusal(gpus('8'))).toBe('accepted');
      expect(await refusal(gpus('9'))).toMatch(/exceeded quota: zone, requested: .*requests\.nvidia\.com\/gpu=9/);
      expect(await refusal(pod(NAME, 'large', container({ cpu: '1', memory: '513Gi' })))).toMatch(
        /exceeded quota: zone/,
      );
      expect(await refusal(pod(NAME, 'modest'))).toBe('accepted');
      const claim = (size: string): KubernetesObject => ({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data', namespace: NAME },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'fast-ssd',
          resources: { requests: { storage: size } },
        },
      });
      expect(await refusal(claim('10Ti'))).toBe('accepted');
      expect(await refusal(claim('11Ti'))).toMatch(/fast-ssd\.storageclass\.storage\.k8s\.io\/requests\.storage=11Ti/);
      const balancer: KubernetesObject = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'way-in', namespace: NAME },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      };
      expect(await refusal(balancer)).toMatch(/services\.loadbalancers=1/);
    });

    test('Pod Security refuses what runs as root', async () => {
      const root = podSpec({ securityContext: { runAsUser: 0 } });
      expect(await refusal(pod(NAME, 'root', root))).toMatch(/violates PodSecurity "restricted:latest": runAsUser=0/);
    });

    test('what is used is reported', async () => {
      await apply(pod(NAME, 'notebook', container({ cpu: '3', memory: '2Gi', 'nvidia.com/gpu': '2' })));
      const used = await bench.cluster.waitFor(
        zone(NAME),
        ({ status }) => (status?.allocatedResources as { gpu?: string } | undefined)?.gpu === '2',
      );
      expect(used.status?.allocatedResources).toMatchObject({ cpu: '3', memory: '2Gi', gpu: '2' });
    });

    test('a second pass writes nothing', async () => {
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      // the related kinds are listed one after the other, and until then nothing is synced
      await until('a sync', 60_000, () => Promise.resolve(bench.engine.writes.length > 0));
      await bench.engine.settle();
      expect(bench.engine.changes).toEqual([]);
    });

    test('a bad edit is named and changes nothing; A, B, A gives what A gave', async () => {
      const quota = inZone('v1', 'ResourceQuota', 'zone');
      const before = await bench.cluster.get(quota);
      await bench.cluster.patch(zone(NAME), { spec: { monitoring: { grafana: { dashboards: ['nope'] } } } });
      await says(NAME, 'Accepted', /^spec\.monitoring\.grafana\.dashboards\[0\] must be a dashboard/);
      expect((await bench.cluster.get(quota)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      const spec = (size: string) => ({
        monitoring: { grafana: { dashboards: ['inference-metrics'] } },
        resources: { storage: { size } },
      });
      await bench.cluster.patch(zone(NAME), { spec: spec('5Ti') });
      await bench.cluster.waitFor(
        quota,
        ({ spec: { hard } = {} }) => (hard as Record<string, string>)['requests.storage'] === '5Ti',
      );
      await bench.cluster.waitForGone(inZone('v1', 'ConfigMap', 'dashboard-gpu-utilization'));
      await apply(sampleOf(AI_ZONE) as unknown as KubernetesObject);
      const after = await bench.cluster.waitFor(
        quota,
        ({ spec: { hard } = {} }) => (hard as Record<string, string>)['requests.storage'] === '10Ti',
      );
      expect(after.spec).toEqual(before.spec);
      await bench.cluster.waitFor(inZone('v1', 'ConfigMap', 'dashboard-gpu-utilization'), () => true);
    });

    test('a foreign label stays, an own one comes back', async () => {
      const labels = { 'example.com/seen': 'yes', 'pod-security.kubernetes.io/enforce': 'privileged' };
      await bench.cluster.patch(namespace(NAME), { metadata: { labels } });
      const fixed = await bench.cluster.waitFor(
        namespace(NAME),
        ({ metadata }) => metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted',
      );
      expect(fixed.metadata.labels?.['example.com/seen']).toBe('yes');
    });

    test('a zone with nodes of its own refuses Pods that could run elsewhere', async () => {
      const compute = { nodeSelector: { 'nstarx.io/zone': 'own-nodes' } };
      await apply(aiZone('own-nodes', { isolation: 'node', resources: { compute } }));
      await phase('own-nodes', 'Active');
      const there = podSpec({ nodeSelector: compute.nodeSelector });
      await bench.cluster.waitFor(inZone('v1', 'ServiceAccount', 'default', 'own-nodes'), () => true);
      // a new policy holds a moment after it is there
      for (let said = 'accepted'; said === 'accepted';) said = await refusal(pod('own-nodes', 'anywhere'));
      expect(await refusal(pod('own-nodes', 'anywhere'))).toMatch(
        /the Pods of zone own-nodes run on its own nodes: set the nodeSelector nstarx\.io\/zone=own-nodes/,
      );
      expect(await refusal(pod('own-nodes', 'there', there))).toBe('accepted');
    });

    test('what a zone hands down arrives in those below, also when it changes', async () => {
      const color = async (wanted: string | undefined): Promise<void> => {
        await bench.cluster.waitFor(namespace('lower'), ({ metadata }) => metadata.labels?.color === wanted);
      };
      await apply(aiZone('lower', { parent: 'upper' }));
      await says('lower', 'Accepted', /^spec\.parent must be an AIZone that there is, got "upper"/);
      expect((await bench.cluster.get(zone('lower'))).status?.phase).toBe('Failed');
      await apply(aiZone('upper', { namespaceLabels: { color: 'red' } }));
      await color('red');
      await apply(aiZone('upper', { namespaceLabels: { color: 'blue' } }));
      await color('blue');
      await apply(aiZone('upper'));
      await color(undefined);
      await apply(aiZone('upper', { parent: 'lower' }));
      await says('lower', 'Accepted', /lower → upper → lower/);
      await apply(aiZone('upper'));
      await says('lower', 'Accepted', /^The spec can be done/);
    });

    test('a namespace of someone else is left as it is', async () => {
      const theirs = await bench.cluster.freshNamespace();
      const before = await bench.cluster.get(namespace(theirs));
      await apply(aiZone('greedy', { targetNamespace: theirs }));
      await says('greedy', 'Accepted', /^spec\.targetNamespace must not be a namespace of someone else/);
      await bench.engine.settle();
      expect((await bench.cluster.get(namespace(theirs))).metadata.resourceVersion).toBe(
        before.metadata.resourceVersion,
      );
      expect(await bench.cluster.list({ apiVersion: 'v1', kind: 'ResourceQuota' }, { namespace: theirs })).toEqual([]);
      await bench.cluster.delete(zone('greedy'));
      await bench.cluster.waitForGone(zone('greedy'));
      expect((await bench.cluster.get(namespace(theirs))).metadata.deletionTimestamp).toBeUndefined();
    });

    test('a namespace that was deleted by hand comes back with all that was in it', async () => {
      const { metadata } = await bench.cluster.get(namespace('upper'));
      await bench.cluster.delete(namespace('upper'));
      await bench.cluster.waitFor(namespace('upper'), (object) => object.metadata.uid !== metadata.uid, 60_000);
      await bench.cluster.waitFor(
        inZone('networking.k8s.io/v1', 'NetworkPolicy', 'zone-default-deny', 'upper'),
        () => true,
      );
      await phase('upper', 'Active');
    });

    test('a zone that is in use is not deleted, and says what is in the way', async () => {
      await bench.cluster.delete(zone('upper'));
      await says('upper', 'DeletionBlocked', /^The zone still holds AIZone lower: remove them/);
      await bench.cluster.delete(zone('lower'));
      await bench.cluster.waitForGone(zone('lower'), 60_000);
      await bench.cluster.waitForGone(zone('upper'), 60_000);
      await bench.cluster.delete(zone(NAME));
      const blocked = await says(
        NAME,
        'DeletionBlocked',
        new RegExp(`^The zone still holds Pod ${NAME}/notebook: remove`),
      );
      expect(blocked.status?.phase).toBe('Terminating');
      expect((await bench.cluster.get(namespace(NAME))).metadata.deletionTimestamp).toBeUndefined();
    });

    test('when that has gone it is deleted, and leaves nothing', async () => {
      await bench.cluster.delete(inZone('v1', 'Pod', 'notebook'));
      await bench.cluster.waitForGone(zone(NAME), 60_000);
      await bench.cluster.waitForGone(namespace(NAME), 60_000);
      await bench.cluster.waitForGone(model(NAME));
      const labelSelector = `nstarx.io/zone=${NAME}`;
      for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
        const left = await bench.cluster.list({ apiVersion: 'rbac.authorization.k8s.io/v1', kind }, { labelSelector });
        expect(left).toEqual([]);
      }
      await bench.cluster.get(model('ml-models'));
    });

    test('a zone that allows it goes with what lives in it', async () => {
      await apply(pod('own-nodes', 'there', podSpec({ nodeSelector: { 'nstarx.io/zone': 'own-nodes' } })));
      await bench.cluster.patch(zone('own-nodes'), { spec: { allowCascadingDeletion: true } });
      await bench.cluster.delete(zone('own-nodes'));
      await bench.cluster.waitForGone(zone('own-nodes'), 60_000);
      await bench.cluster.waitForGone(namespace('own-nodes'), 60_000);
      const apiVersion = 'admissionregistration.k8s.io/v1';
      const policy = { apiVersion, kind: 'ValidatingAdmissionPolicy', name: 'zone-nodes-own-nodes.nstarx.io' };
      await bench.cluster.waitForGone(policy);
    });

    test('the rights of its role are enough', async () => {
      await bench.cluster.apply(engineRoles(), { force: true });
      const engine = await bench.start({
        controllers: [compositeController(AI_ZONE_OPERATOR, { url: 'https://operators' }, GROUPS) as KubernetesObject],
        hooks: { url: bench.server.url },
        identity: ENGINE,
        leaseNamespace: 'metacontroller',
      });
      const spec = { ...(sampleOf(AI_ZONE)?.spec ?? {}), isolation: 'node' };
      await apply(aiZone('rights', spec));
      await phase('rights', 'Provisioning');
      await bench.cluster.waitFor(model('rights'), () => true);
      const apiVersion = 'rbac.authorization.k8s.io/v1';
      await bench.cluster.waitFor({ apiVersion, kind: 'ClusterRoleBinding', name: 'nstarx:zone:rights' }, () => true);
      await bench.cluster.delete(zone('rights'));
      await bench.cluster.waitForGone(zone('rights'), 60_000);
      await bench.cluster.waitForGone(namespace('rights'), 60_000);
      expect(engine.writes.filter(({ code }) => code === 403)).toEqual([]);
      expect(engine.changes.length).toBeGreaterThan(20);
    });
  },
  {
    nodes: [{ name: 'worker-1', capacity: { 'nvidia.com/gpu': '8' } }],
    platform: { serviceMesh: true, selfServiceGroups: ['owners'] },
  },
);

const ENGINE = 'system:serviceaccount:metacontroller:metacontroller';
const GROUPS = [...new Set(AI_ZONE_OPERATOR.children.map(({ apiVersion }) => apiVersion.split('/')[0]))];

/** What Metacontroller may do for this operator, as the platform grants it. */
function engineRoles(): KubernetesObject[] {
  const chart = new Chart(new App(), 'roles', { disableResourceNameHashes: true });
  ownRole(chart, 'own');
  operatorRole(chart, 'operator', AI_ZONE_OPERATOR, GROUPS);
  leaseRole(chart, 'leases');
  const roles = chart.toJson() as KubernetesObject[];
  const apiGroup = 'rbac.authorization.k8s.io';
  const clusterRoles = roles.filter(({ kind }) => kind === 'ClusterRole');
  const bindings = clusterRoles.map(({ metadata: { name } }) => ({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `test-${name}` },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'metacontroller', namespace: 'metacontroller' }],
  }));
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'metacontroller' } }, ...roles, ...bindings];
}
