import { conditionOf, type KubernetesObject, type ObjectReference, referenceTo } from '../cluster/types';
import { whyNoCrds } from '../cluster/crds';
import { syncRequest } from '../operators/support/requests';
import { until } from '../support/waiting';
import { describeNode } from './connect';
import { actor, applyAll, isReady, namespace, podsOf, reaches, underLoad } from './objects';
import { CALLER, ENGINE, MODEL_IMAGE, MODELS, SETTINGS, SYSTEM, useOperators } from './operators';
import type { NodeCluster } from './real-node';
import { NAMED_USER_IMAGE, NEXT_SERVER_IMAGE, ROOT_IMAGE, SERVER_IMAGE } from './test-images';

const ZONE = 'zone-on-node';
const HOOKS = 'https://operators.nstarx-system.svc:8443/hooks';

describeNode(
  'the operators on a real node',
  (node) => {
    useOperators(node, [ZONE]);

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
        await node.waitFor(referenceTo(CALLER), isReady, 60_000);
        // the node learns a moment after the pods are ready where the Service leads
        await until('the Service to lead to the pods', 30_000, async () => {
          const answer = await ask('/tls').catch((error: unknown) => String(error));
          return !answer.includes('connection refused');
        });
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
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'fraud-model', namespace: MODELS },
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
        const { spec } = await node.get({ apiVersion: 'v1', kind: 'Service', name: 'fraud-model', namespace: MODELS });
        // by address: it is not the DNS that is tried
        return `http://${(spec as { clusterIP: string }).clusterIP}:8080/predict`;
      };

      test('that lies in an image is served', async () => {
        await node.create(fraud);
        const served = await phase('Serving');
        expect(served.status).toMatchObject({ readyReplicas: 2, version: '1.0' });
        expect(conditionOf(served, 'Ready')?.status).toBe('True');
        const [pod] = await podsOf(node, MODELS, { 'nstarx.io/ai-model': 'fraud' });
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
        const before = await podsOf(node, MODELS, { 'nstarx.io/ai-model': 'fraud' });
        const result = await underLoad(node, MODELS, await url(), async () => {
          for (const pod of before) await evict(node, pod);
          await until('other pods to be there', 120_000, async () => {
            const now = await podsOf(node, MODELS, { 'nstarx.io/ai-model': 'fraud' });
            return now.length === 2 && now.every(isReady) && !now.map(uid).some((one) => before.map(uid).includes(one));
          });
        });
        expect(result.failed).toEqual([]);
      });

      test('whose pods are killed serves again, and is not rolled back', async () => {
        const phases = new Set<unknown>();
        await node.kubectl([
          '-n',
          MODELS,
          'delete',
          'pod',
          '-l',
          'nstarx.io/ai-model=fraud',
          '--grace-period=0',
          '--force',
        ]);
        await until('the model to serve again', 120_000, async () => {
          const { status } = await node.get(referenceTo(fraud));
          phases.add(status?.phase);
          const pods = await podsOf(node, MODELS, { 'nstarx.io/ai-model': 'fraud' });
          return status?.phase === 'Serving' && pods.length === 2 && pods.every(isReady);
        });
        expect([...phases]).not.toContain('RollingBack');
      });

      test('is deleted with all that was made of it', async () => {
        await node.delete(referenceTo(fraud));
        await node.waitForGone(referenceTo(fraud), 60_000);
        await until('its pods to be gone', 60_000, async () => {
          return (await podsOf(node, MODELS, { 'nstarx.io/ai-model': 'fraud' })).length === 0;
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
        expect((await podsOf(node, MODELS, { 'nstarx.io/model-deployment': 'scorer' })).filter(isReady).length).toBe(3);
        // its image's user is a name, and the spec gives the number
        expect(ready.status).toMatchObject({ phase: 'Serving' });
      });

      test('names the image that answers by its digest', async () => {
        const { status } = await node.get(referenceTo(server));
        expect(status?.image).toMatch(/^registry\.example\.com\/named-user@sha256:[0-9a-f]{64}$/);
      });

      test('is reached by its namespace and the scraper, and by nobody else', async () => {
        const [pod] = await podsOf(node, MODELS, { 'nstarx.io/model-deployment': 'scorer' });
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
        const [server] = await podsOf(node, ZONE, { 'nstarx.io/ai-model': 'zoned' });
        const address = `${(server.status as { podIP: string }).podIP}:8080`;
        const neighbour = actor({ namespace: ZONE, name: 'neighbour' });
        await applyAll(node, [neighbour]);
        await node.waitFor(referenceTo(neighbour), isReady, 60_000);
        expect(await reaches(node, CALLER, [address])).toEqual({ [address]: false });
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
  },
  whyNoCrds(),
);

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
