import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { App, Chart } from 'cdk8s';

import { OPERATORS } from '../../operators/src/operators';
import { METACONTROLLER_POD_LABELS, metacontroller } from '../../src/components/metacontroller';
import { NeuralPriorityClasses } from '../../src/constructs/scheduling';
import { CONTROLLER_LABELS } from '../../src/kinds/operators/metacontroller';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { HookDriver } from '../cluster/metacontroller/driver';
import { metacontrollerProgram } from '../cluster/metacontroller/real-engine';
import { RunningServer } from '../cluster/operators/support/describe-operators';
import { conditionOf, type KubernetesObject, type ObjectReference, referenceTo } from '../cluster/types';
import { Made, PROPS } from '../kinds/operators/support';
import { Authority } from '../operators/server/certificates';
import { syncRequest } from '../operators/support/requests';
import { until } from '../support/waiting';
import { describeNode, useWholePlatform } from './connect';
import { actor, applyAll, isReady, namespace, podsOf, reaches, small, underLoad } from './objects';
import type { NodeCluster } from './real-node';
import {
  hookServerImage,
  NAMED_USER_IMAGE,
  NEXT_SERVER_IMAGE,
  programImage,
  ROOT_IMAGE,
  SERVER_IMAGE,
} from './test-images';

const SYSTEM = 'nstarx-system';
const ENGINE = 'metacontroller';
const MODELS = 'ml-models';
const ZONE = 'zone-on-node';
const HOOKS = 'https://operators.nstarx-system.svc:8443/hooks';
const MODEL_IMAGE = 'registry.example.com/fraud:1.0';

/** A platform of which no third party is there but Prometheus' kinds: what the operators make is Kubernetes' own, and monitors. */
const GROUPS = ['monitoring.coreos.com'];
const SETTINGS: OperatorSettings = {
  apiGroups: GROUPS,
  scraper: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } },
  prometheusUrl: 'http://prometheus.monitoring.svc:9090',
  aiModel: { kserve: false },
  aiZone: { mesh: false, platformNamespaces: [SYSTEM, ENGINE] },
};

describeNode('the operators on a real node', (node) => {
  useWholePlatform(node);
  const made = new Made({ settings: SETTINGS, apiGroups: GROUPS });
  const objects = made.objects as unknown as KubernetesObject[];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'operators-'));
  const caller = actor({
    namespace: ENGINE,
    name: 'caller',
    labels: METACONTROLLER_POD_LABELS,
    secrets: { '/tls': 'caller-tls', '/authority': 'caller-authority' },
  });
  const namespaces = [SYSTEM, ENGINE, MODELS, ZONE];
  let stopEngine = async (): Promise<void> => undefined;

  beforeAll(async () => {
    const program = metacontrollerProgram();
    const monitors = ['PodMonitor', 'PrometheusRule', 'ServiceMonitor'].map((kind) => ({ group: GROUPS[0], kind }));
    const controllerKinds = ['CompositeController', 'ControllerRevision', 'DecoratorController'];
    await node.installCrds([...monitors, ...controllerKinds.map((kind) => ({ group: 'metacontroller.k8s.io', kind }))]);
    await node.addImages([
      await hookServerImage(PROPS.image, folder),
      { name: MODEL_IMAGE, layers: [{ files: { '/model.json': { text: '{}' } } }] },
      ...(program === undefined ? [] : [await programImage(METACONTROLLER_IMAGE, program)]),
    ]);
    await applyAll(node, [
      ...(made.namespaceObjects as unknown as KubernetesObject[]),
      namespace(ENGINE),
      namespace(MODELS, { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    ]);
    await applyAll(node, [
      ...priorityClasses(),
      ...(await secrets()),
      ...small(objects.filter(({ kind }) => kind !== 'CompositeController')),
      caller,
    ]);
    stopEngine = await startEngine(node, objects, program);
  });
  afterAll(async () => {
    await stopEngine();
    const parents = await Promise.all(PARENTS.map((type) => node.list(type)));
    for (const parent of parents.flat()) {
      await node.patch(referenceTo(parent), { metadata: { finalizers: null } });
      await node.delete(referenceTo(parent));
    }
    for (const name of namespaces) await node.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    fs.rmSync(folder, { recursive: true, force: true });
  });

  describe('the hook server', () => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'operators', namespace: SYSTEM };
    const ask = async (folderOfFiles: string): Promise<string> => {
      const body = JSON.stringify(syncRequest(model('asked') as never));
      return node.kubectl(
        ['-n', ENGINE, 'exec', '-i', 'caller', '--', '/tool', 'post', `${HOOKS}/ai-model/sync`, folderOfFiles],
        body,
      );
    };

    test('comes up, asked over TLS', async () => {
      await node.waitFor(deployment, (one) => conditionOf(one, 'Available')?.status === 'True', 120_000);
      const pods = await podsOf(node, SYSTEM, { 'app.kubernetes.io/name': 'operators' });
      expect(pods.length).toBe(2);
    });

    test('answers who has a certificate of its authority, and nobody else', async () => {
      await node.waitFor(referenceTo(caller), isReady, 60_000);
      expect(await ask('/tls')).toMatch(/^200 \{.*"children":\[/);
      const refused = await ask('/authority').catch((error: unknown) => String(error));
      expect(refused).toMatch(/certificate required|bad certificate|^40[13]/);
    });

    test('is replaced without a call that is not answered', async () => {
      const { spec } = await node.get({ apiVersion: 'v1', kind: 'Service', name: 'operators', namespace: SYSTEM });
      const { clusterIP } = spec as { clusterIP: string };
      expect(clusterIP).toMatch(/^10\./);
      const before = (await podsOf(node, SYSTEM, { 'app.kubernetes.io/name': 'operators' })).map(uid);
      let isRolled = false;
      const rolling = (async () => {
        await node.kubectl(['-n', SYSTEM, 'rollout', 'restart', 'deployment/operators']);
        await node.kubectl(['-n', SYSTEM, 'rollout', 'status', 'deployment/operators', '--timeout=600s']);
        isRolled = true;
      })();
      const answers: string[] = [];
      while (!isRolled) answers.push((await ask('/tls').catch((error: unknown) => String(error))).slice(0, 100));
      await rolling;
      expect(answers.filter((answer) => !answer.startsWith('200 '))).toEqual([]);
      const after = (await podsOf(node, SYSTEM, { 'app.kubernetes.io/name': 'operators' })).map(uid);
      expect(after.filter((one) => before.includes(one))).toEqual([]);
    });
  });

  describe('a model', () => {
    const fraud = model('fraud', { replicas: 2 });
    const phase = (wanted: string): Promise<KubernetesObject> =>
      node.waitFor(referenceTo(fraud), ({ status }) => status?.phase === wanted, 120_000);
    const serving = async (image: string): Promise<void> => {
      await node.patch(referenceTo(fraud), { spec: { serving: { image } } });
      await node.waitFor(
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'fraud', namespace: MODELS },
        ({ metadata, spec, status = {} }) =>
          JSON.stringify(spec?.template).includes(image) &&
          status.observedGeneration === metadata.generation &&
          status.updatedReplicas === 2 &&
          status.replicas === 2 &&
          status.availableReplicas === 2,
        120_000,
      );
    };
    const url = async (): Promise<string> => {
      const { spec } = await node.get({ apiVersion: 'v1', kind: 'Service', name: 'fraud', namespace: MODELS });
      // by address: it is not the DNS that is tried
      return `http://${(spec as { clusterIP: string }).clusterIP}:8080/predict`;
    };

    test('that lies in an image is served', async () => {
      await node.create(fraud);
      const served = await phase('Serving');
      expect(served.status).toMatchObject({ readyReplicas: 2, version: '1.0' });
      expect(conditionOf(served, 'Ready')?.status).toBe('True');
      const [pod] = await podsOf(node, MODELS, { model_name: 'fraud' });
      const seen = JSON.parse(
        await node.exec(MODELS, pod.metadata.name ?? '', ['/tool', 'look', '/', '/mnt/models']),
      ) as {
        writable: object;
      };
      expect(seen.writable).toEqual({ '/': false, '/mnt/models': false });
    });

    test('goes to another image and back without a request that fails', async () => {
      const result = await underLoad(node, MODELS, await url(), async () => {
        await serving(NEXT_SERVER_IMAGE);
        await serving(SERVER_IMAGE);
      });
      expect(result.failed).toEqual([]);
      expect(Object.keys(result.versions).sort()).toEqual(['1.0', '1.1']);
      await phase('Serving');
    });

    test('is drained one pod after the other without a request that fails', async () => {
      const before = await podsOf(node, MODELS, { model_name: 'fraud' });
      const result = await underLoad(node, MODELS, await url(), async () => {
        for (const pod of before) await evict(node, pod);
        await until('other pods to be there', 120_000, async () => {
          const now = await podsOf(node, MODELS, { model_name: 'fraud' });
          return now.length === 2 && now.every(isReady) && !now.map(uid).some((one) => before.map(uid).includes(one));
        });
      });
      expect(result.failed).toEqual([]);
    });

    test('whose pods are killed serves again, and is not rolled back', async () => {
      const phases = new Set<unknown>();
      await node.kubectl(['-n', MODELS, 'delete', 'pod', '-l', 'model_name=fraud', '--grace-period=0', '--force']);
      await until('the model to serve again', 120_000, async () => {
        const { status } = await node.get(referenceTo(fraud));
        phases.add(status?.phase);
        const pods = await podsOf(node, MODELS, { model_name: 'fraud' });
        return status?.phase === 'Serving' && pods.length === 2 && pods.every(isReady);
      });
      expect([...phases]).not.toContain('RollingBack');
    });

    test('is deleted with all that was made of it', async () => {
      await node.delete(referenceTo(fraud));
      await node.waitForGone(referenceTo(fraud), 60_000);
      await until('its pods to be gone', 60_000, async () => {
        return (await podsOf(node, MODELS, { model_name: 'fraud' })).length === 0;
      });
    });
  });

  describe('a model deployment', () => {
    const server = modelDeployment('scorer', 3);
    const scraper = actor({ namespace: 'monitoring', name: 'scraper', labels: { ...SETTINGS.scraper.podLabels } });
    const neighbour = actor({ namespace: MODELS, name: 'neighbour' });
    const stranger = actor({ namespace: 'monitoring', name: 'stranger' });

    beforeAll(() => applyAll(node, [namespace('monitoring'), scraper, neighbour, stranger]));
    afterAll(async () => {
      await node.delete(referenceTo(server));
      await node.delete(referenceTo(neighbour));
      await node.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'monitoring' });
    });

    test('is ready when all its replicas are, and not before', async () => {
      await node.create(server);
      const early: unknown[] = [];
      const ready = await node.waitFor(
        referenceTo(server),
        (one) => {
          const { status, message } = conditionOf(one, 'Ready') ?? {};
          if (status === 'True' && !message?.startsWith('3 of 3')) early.push(message);
          return status === 'True';
        },
        120_000,
      );
      expect(early).toEqual([]);
      expect((await podsOf(node, MODELS, { 'app.kubernetes.io/name': 'scorer' })).filter(isReady).length).toBe(3);
      // its image's user is a name, and the spec gives the number
      expect(ready.status).toMatchObject({ phase: 'Deployed' });
    });

    test('names the image that answers by its digest', async () => {
      const { status } = await node.get(referenceTo(server));
      expect(status?.image).toMatch(/^registry\.example\.com\/named-user@sha256:[0-9a-f]{64}$/);
    });

    test('is reached by its namespace and the scraper, and by nobody else', async () => {
      const [pod] = await podsOf(node, MODELS, { 'app.kubernetes.io/name': 'scorer' });
      const address = `${(pod.status as { podIP: string }).podIP}:8080`;
      for (const [from, is] of [
        [neighbour, true],
        [scraper, true],
        [stranger, false],
      ] as const) {
        await node.waitFor(referenceTo(from), isReady, 60_000);
        expect(await reaches(node, from, [address])).toEqual({ [address]: is });
      }
    });
  });

  describe('a zone', () => {
    const zone: KubernetesObject = {
      apiVersion: 'nstarx.io/v1alpha1',
      kind: 'AIZone',
      metadata: { name: ZONE },
      spec: { type: 'inference', resources: { compute: { limits: { cpu: '4', memory: '8Gi' } } } },
    };
    const inZone: KubernetesObject = {
      ...model('zoned', { zone: ZONE }),
      metadata: { name: 'zoned', namespace: ZONE },
    };

    test('takes a model in, whose pods run', async () => {
      await node.create(zone);
      await node.waitFor(referenceTo(zone), ({ status }) => status?.phase === 'Active', 120_000);
      await node.create(inZone);
      await node.waitFor(referenceTo(inZone), ({ status }) => status?.phase === 'Serving', 120_000);
    });

    test('keeps its pods apart from those of others', async () => {
      const [server] = await podsOf(node, ZONE, { model_name: 'zoned' });
      const address = `${(server.status as { podIP: string }).podIP}:8080`;
      const neighbour = actor({ namespace: ZONE, name: 'neighbour' });
      await applyAll(node, [neighbour]);
      await node.waitFor(referenceTo(neighbour), isReady, 60_000);
      expect(await reaches(node, caller, [address])).toEqual({ [address]: false });
      expect(await reaches(node, server, [address, 'kubernetes.default.svc:443'])).toEqual({
        [address]: true,
        'kubernetes.default.svc:443': false,
      });
    });

    test('goes with all that is in it, once it is empty', async () => {
      await node.delete(referenceTo(inZone));
      await node.waitForGone(referenceTo(inZone), 60_000);
      await node.delete({ apiVersion: 'v1', kind: 'Pod', name: 'neighbour', namespace: ZONE });
      await node.delete(referenceTo(zone));
      await node.waitForGone(referenceTo(zone), 120_000);
    });
  });

  describe('an image that cannot run', () => {
    test.each([
      ['whose user is a name', 'named', NAMED_USER_IMAGE, 'runAsUser'],
      ['whose user is root', 'rooted', ROOT_IMAGE, 'runAsUser'],
      ['that is not there', 'missing', 'registry.example.com/nobody:1.0', 'nobody'],
    ])('%s: the status says why', async (_what, name, image, said) => {
      const object = model(name, { image });
      await node.create(object);
      const told = await node.waitFor(
        referenceTo(object),
        (one) => (conditionOf(one, 'Ready')?.message ?? '').includes(said),
        120_000,
      );
      expect(conditionOf(told, 'Ready')?.status).toBe('False');
      await node.delete(referenceTo(object));
    });

    test('whose user is a name runs once its number is given', async () => {
      const object = model('numbered', { image: NAMED_USER_IMAGE, runAsUser: 65_532 });
      await node.create(object);
      await node.waitFor(referenceTo(object), ({ status }) => status?.phase === 'Serving', 120_000);
      await node.delete(referenceTo(object));
    });
  });
});

const PARENTS = OPERATORS.map(({ definition: { parent } }) => ({
  apiVersion: `${parent.group}/${parent.version}`,
  kind: parent.kind,
}));
const METACONTROLLER_IMAGE = 'ghcr.io/metacontroller/metacontroller:v4.17.2';

/** Those that the operators name unless the settings say otherwise. */
function priorityClasses(): KubernetesObject[] {
  const chart = new Chart(new App(), 'priorities', { disableResourceNameHashes: true });
  new NeuralPriorityClasses(chart, 'priorities');
  return chart.toJson() as KubernetesObject[];
}

/** An AIModel whose model lies in an image. */
function model(name: string, serving: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: { name, namespace: MODELS },
    spec: {
      type: 'custom',
      version: '1.0',
      storage: { location: `oci://${MODEL_IMAGE}` },
      serving: {
        engine: 'deployment',
        image: SERVER_IMAGE,
        replicas: 1,
        resources: { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '64Mi' } },
        ...serving,
      },
    },
  };
}

/** A ModelDeployment whose image's user is a name. */
function modelDeployment(name: string, replicas: number): KubernetesObject {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name, namespace: MODELS },
    spec: {
      model: { name, version: '1.0', framework: 'sklearn' },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: {
        image: NAMED_USER_IMAGE,
        runAsUser: 65_532,
        replicas,
        autoscaling: { enabled: false, maxReplicas: replicas },
        resources: { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '64Mi' } },
      },
    },
  };
}

/** What cert-manager would write: the hook server's certificate, Metacontroller's, and of the caller of these tests. */
async function secrets(): Promise<KubernetesObject[]> {
  const authority = await Authority.create();
  const server = await authority.issue('operators.nstarx-system.svc');
  const client = await authority.issue('metacontroller', 'clientAuth');
  const secret = (inNamespace: string, name: string, stringData: Record<string, string>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: inNamespace },
    stringData: { 'ca.crt': authority.certificate, ...stringData },
  });
  const pair = ({ cert, key }: { cert: string; key: string }) => ({ 'tls.crt': cert, 'tls.key': key });
  return [
    secret(SYSTEM, 'operators-tls', pair(server)),
    secret(SYSTEM, 'operators-client-tls', pair(client)),
    secret(ENGINE, 'caller-tls', pair(client)),
    secret(ENGINE, 'caller-authority', {}),
  ];
}

/**
 * Starts what calls the hooks: Metacontroller as a pod, which asks the hook server's pods, where its program is at hand; or else the
 * driver of its protocol, with a hook server of its own. Returns what ends it.
 */
async function startEngine(
  node: NodeCluster,
  objects: readonly KubernetesObject[],
  program: string | undefined,
): Promise<() => Promise<void>> {
  const controllers = objects.filter(({ kind }) => kind === 'CompositeController');
  if (program === undefined) {
    const server = new RunningServer(OPERATORS, SETTINGS);
    await server.start();
    const engine = new HookDriver({ cluster: node, controllers, hooks: { url: server.url } });
    const stop = async (): Promise<void> => {
      await engine.stop();
      await server.stop();
    };
    await engine.start().catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return stop;
  }
  await applyAll(node, [...metacontrollerObjects(), ...controllers]);
  return async () => {
    for (const controller of controllers) await node.delete(referenceTo(controller));
  };
}

/** What the chart of Metacontroller makes of our values. */
function metacontrollerObjects(): KubernetesObject[] {
  const [[key, value]] = Object.entries(CONTROLLER_LABELS);
  const { values } = metacontroller({ controllerSelector: `${key}=${value}` });
  const { clusterRole, commandArgs } = values as { clusterRole: { aggregationRule: object }; commandArgs: string[] };
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: ENGINE };
  const account = { kind: 'ServiceAccount', name: ENGINE, namespace: ENGINE };
  const container = {
    name: ENGINE,
    image: METACONTROLLER_IMAGE,
    args: commandArgs,
    readinessProbe: { httpGet: { path: '/readyz', port: 8081 } },
    livenessProbe: { httpGet: { path: '/healthz', port: 8081 } },
    resources: { limits: { memory: '1Gi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ENGINE, namespace: ENGINE } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, aggregationRule: clusterRole.aggregationRule },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: ENGINE },
      subjects: [account],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: ENGINE, namespace: ENGINE },
      spec: {
        selector: { matchLabels: METACONTROLLER_POD_LABELS },
        template: {
          metadata: { labels: METACONTROLLER_POD_LABELS },
          spec: {
            serviceAccountName: ENGINE,
            securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container],
          },
        },
      },
    },
  ];
}

/** Evicts a pod as `kubectl drain` does: asks again while its budget does not allow it. */
async function evict(node: NodeCluster, pod: KubernetesObject): Promise<void> {
  const { name = '', namespace: inNamespace = '' } = pod.metadata;
  const ref: ObjectReference = { apiVersion: 'v1', kind: 'Pod', name, namespace: inNamespace };
  await until(`${name} to be evicted`, 120_000, async () => {
    const { code } = await node.rest.request('POST', `${await node.rest.objectPath(ref)}/eviction`, {
      body: JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: inNamespace } }),
    });
    return code < 400 || code === 404;
  });
}

function uid({ metadata }: KubernetesObject): string {
  return metadata.uid ?? '';
}
