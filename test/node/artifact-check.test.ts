import { aiModelOperator } from '../../operators/src/ai-model/ai-model-operator';
import { hooksOf } from '../../operators/src/runtime/hooks';
import type { KubernetesObject as Answered } from '../../operators/src/runtime/protocol';
import type { NetworkPeer } from '../../src/contracts';
import { MODEL_IMAGES } from '../../src/kinds/ai-model/settings';
import { ARTIFACT_CHECK } from '../../src/kinds/ai-model/storage';
import type { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { type KubernetesObject, referenceTo } from '../cluster/types';
import { aiModel } from '../operators/ai-model/support';
import { syncRequest } from '../operators/support/requests';
import { SETTINGS } from '../operators/support/settings';
import { until } from '../support/waiting';
import { whyNoPython } from '../tools/python';
import { describeNode } from './connect';
import { applyAll, isReady, podsOf, small } from './objects';
import { s3Image, s3Server } from './stores';
import { rcloneImage } from './test-images';

const STORE_LABELS = { app: 's3' };
const STORE_PORT = 9000;
const UPLOAD = `
import boto3
s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:${STORE_PORT}", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
s3.create_bucket(Bucket="models")
s3.put_object(Bucket="models", Key="fraud/1/model.json", Body=b"{}")
`;

interface Said {
  readonly status: unknown;
  readonly reason?: string;
  readonly message?: string;
}

interface Ended {
  readonly exitCode: number;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

describeNode(
  "the check of a model's location on a real node",
  (node) => {
    let store = '';
    let models = '';
    let python = '';

    beforeAll(async () => {
      const s3 = await s3Image();
      python = s3.python;
      await node.addImages([await rcloneImage(MODEL_IMAGES.check), s3.image]);
      store = await node.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      models = await node.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      const server = s3Server({ namespace: store, labels: STORE_LABELS, port: STORE_PORT });
      const metadata = { namespace: models };
      await applyAll(node, [
        server,
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 's3', namespace: store },
          spec: { selector: STORE_LABELS, ports: [{ port: STORE_PORT }] },
        },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { ...metadata, name: 'default-deny' },
          spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
        },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { ...metadata, name: 'keys' },
          stringData: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
        },
      ]);
      await node.waitFor(referenceTo(server), isReady, 120_000);
      await node.exec(store, 's3', [python, '-c', UPLOAD]);
    });

    /** Lets the operator look for a model, and says what it makes of what it sees. */
    const check = async (name: string, location: string, options: { keys?: boolean; egress?: NetworkPeer } = {}) => {
      const { keys = true, egress = { namespace: store, podLabels: STORE_LABELS, ports: [STORE_PORT] } } = options;
      // by its whole name: moto takes a part of another one for a bucket's
      const env = {
        AWS_ENDPOINT_URL_S3: `http://s3.${store}.svc.cluster.local:${STORE_PORT}`,
        AWS_REGION: 'us-east-1',
      };
      const settings: OperatorSettings = {
        ...SETTINGS,
        aiModel: { kserve: false, storage: { env, egress: [egress] } },
      };
      const spec = {
        type: 'custom',
        version: '1.0',
        storage: { location, ...(keys ? { secretRef: { name: 'keys' } } : {}) },
        serving: { engine: 'deployment', image: 'registry.example.com/server:1.0', resources: {} },
      };
      const model = aiModel(spec, name);
      const parent = { ...model, metadata: { ...model.metadata, namespace: models } };
      const { sync } = hooksOf(aiModelOperator);
      const { children } = sync(syncRequest(parent), settings);
      expect(children.map(({ kind }) => kind)).toEqual(['NetworkPolicy', 'Job']);
      await applyAll(node, small(children));
      const job = referenceTo(children[1]);
      const pods = (): Promise<KubernetesObject[]> => podsOf(node, models, componentOf(name));
      const said = async (): Promise<Said | undefined> => {
        const now = [(await node.get(job)) as unknown as Answered];
        const { status } = sync(syncRequest(parent, now, (await pods()) as unknown as Answered[]), settings);
        return (status.conditions as (Said & { type: string })[]).find(({ type }) => type === 'ArtifactAvailable');
      };
      const until_ = async (reason: string): Promise<Said | undefined> => {
        let last: Said | undefined;
        await until(`${name} to be ${reason}`, 60_000, async () => (last = await said())?.reason === reason).catch(
          (error: unknown) => {
            throw new Error(`${String(error)}: ${JSON.stringify(last)}`);
          },
        );
        return last;
      };
      const ended = async (): Promise<Ended | undefined> =>
        (await pods()).map(lastEnd).find((one) => one !== undefined);
      return { until: until_, pods, ended };
    };

    test.each(['s3://models/fraud/1', 's3a://models/fraud/1/model.json'])('%s is found', async (location) => {
      const model = await check(location.endsWith('json') ? 'file' : 'folder', location);
      expect(await model.until('Found')).toMatchObject({ status: 'True' });
    });

    test.each([
      ['an object', 'object', 's3://models/fraud/2'],
      ['a bucket', 'bucket', 's3://nobody/fraud/1'],
    ])('%s that is not there is said to be missing', async (_what, name, location) => {
      const model = await check(`no-${name}`, location);
      expect(await model.until('NotFound')).toMatchObject({ status: 'False' });
      expect(await model.ended()).toMatchObject({ exitCode: 3, message: 'there is nothing' });
    });

    test('without keys it ends with a word on them, and asks nothing of the node', async () => {
      const model = await check('no-keys', 's3://models/fraud/1', { keys: false });
      expect((await model.until('CannotBeRead'))?.message).toMatch(/credential/i);
      const ended = await model.ended();
      expect(ended?.exitCode).toBe(4);
      expect(seconds(ended)).toBeLessThan(65);
    });

    test('where it may not go to the store, it ends within its time-outs and says so', async () => {
      const model = await check('no-egress', 's3://models/fraud/1', {
        egress: { cidrs: ['192.0.2.0/24'], ports: [443] },
      });
      expect((await model.until('CannotBeRead'))?.message).toMatch(/timeout|timed out|no answer within/);
      const ended = await model.ended();
      expect(ended?.exitCode).toBe(4);
      expect(seconds(ended)).toBeLessThan(65);
    });

    test('it heeds a signal while the store does not answer', async () => {
      const model = await check('stopped', 's3://models/fraud/1', {
        egress: { cidrs: ['192.0.2.0/24'], ports: [443] },
      });
      const running = async (): Promise<KubernetesObject | undefined> => (await model.pods()).find(isReady);
      await until('the check to run', 60_000, async () => (await running()) !== undefined);
      const pod = await running();
      await node.exec(models, pod?.metadata.name ?? '', ['/bin/kill', '-TERM', '1']);
      await until('the check to have ended', 10_000, async () => (await model.ended()) !== undefined);
      expect(await model.ended()).toMatchObject({
        exitCode: 143,
        message: expect.stringMatching(/stopped/) as unknown,
      });
      // and its pod, which would have a minute
      await until('the check to run again', 60_000, async () => (await running()) !== undefined);
      const next = referenceTo((await running()) ?? pod!);
      const since = Date.now();
      await node.kubectl(['-n', models, 'delete', 'pod', next.name, '--grace-period=60', '--wait=false']);
      await node.waitForGone(next, 60_000);
      expect(Date.now() - since).toBeLessThan(20_000);
    });
  },
  whyNoPython(),
);

function componentOf(name: string): Record<string, string> {
  return { 'nstarx.io/ai-model': name, 'nstarx.io/component': ARTIFACT_CHECK };
}

/** How the container of a pod ended, now or the last time. */
function lastEnd({ status }: KubernetesObject): Ended | undefined {
  const [container] = (status?.containerStatuses ?? []) as readonly {
    readonly state?: { readonly terminated?: Ended };
    readonly lastState?: { readonly terminated?: Ended };
  }[];
  return container?.state?.terminated ?? container?.lastState?.terminated;
}

function seconds(ended: Ended | undefined): number {
  return ended === undefined ? Infinity : (Date.parse(ended.finishedAt) - Date.parse(ended.startedAt)) / 1000;
}
