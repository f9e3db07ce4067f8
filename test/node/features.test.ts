import * as fs from 'node:fs';
import * as path from 'node:path';

import { featureStoreOperator } from '../../operators/src/feature-store/feature-store-operator';
import { hooksOf } from '../../operators/src/runtime/hooks';
import type { KubernetesObject as Answered, SyncResponse } from '../../operators/src/runtime/protocol';
import { EntityKeyType, FeatureSourceType, FeatureValueType } from '../../src/api/generated';
import { FEATURE_STORE } from '../../src/api/kinds/feature-store';
import { withDefaults } from '../../src/api/schema/validate';
import type { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { cacheRules } from '../../src/providers/in-cluster/cache-users';
import { conditionOf, type KubernetesObject, referenceTo } from '../cluster/types';
import { syncRequest } from '../operators/support/requests';
import { until } from '../support/waiting';
import { pythonWith, whyNoPython } from '../tools/python';
import { whyNoRedis } from '../tools/redis';
import { describeNode, useWholePlatform } from './connect';
import type { Image } from './images';
import { applyAll, isReady, podsOf, small } from './objects';
import { applyPlatform, deletePlatform } from './platform';
import { pythonEnvironment, pythonImage } from './python-images';
import { cacheImage, cacheServer, s3Image, s3Server } from './stores';

const NAMESPACE = 'feature-stores';
const BACKING = 'backing-services';
const FEAST_IMAGE = 'registry.example.com/feast:0.66';
const BUCKET = 'local-artifacts';
const USER = 'feature-stores.feature-store';
const PASSWORD = 'secret-of-the-cache';
const PROGRAMS = '/etc/feast/programs';
/** Packages of the environment that a pod of Feast does without. */
const UNUSED = ['pyspark', 'mypy', 'mypyc', '_duckdb.cpython-311-x86_64-linux-gnu.so', '_pytest', 'uvloop'];
/** Packages of Feast's image for S3 that the environment lacks, and another one has. */
const FOR_S3 = ['boto3', 'botocore', 's3transfer', 'jmespath'];
/** What the operator makes that is Kubernetes' own. */
const KINDS = [
  'ConfigMap',
  'ServiceAccount',
  'NetworkPolicy',
  'Job',
  'CronJob',
  'Deployment',
  'Service',
  'PodDisruptionBudget',
];
const { sync } = hooksOf(featureStoreOperator);

describeNode(
  'the jobs of a FeatureStore on a real node',
  (node) => {
    useWholePlatform(node);
    let settings: OperatorSettings;
    let desired: readonly KubernetesObject[] = [];
    let cron: KubernetesObject;
    const store = featureStore();

    beforeAll(async () => {
      const platform = await applyPlatform(node, [NAMESPACE, BACKING]);
      settings = {
        ...platform.settings,
        featureStore: { ...platform.settings.featureStore, feastImage: FEAST_IMAGE, replicas: 1 },
      };
      const s3 = await s3Image();
      await node.addImages([s3.image, await cacheImage(), await feastImage()]);
      const [s3Pod, cachePod] = [
        s3Server({ namespace: BACKING, labels: S3_LABELS, port: 8333 }),
        cacheServer({
          namespace: BACKING,
          labels: CACHE_LABELS,
          port: 6379,
          user: USER,
          password: PASSWORD,
          rules: cacheRules({ readable: [''], writable: [''] }),
        }),
      ];
      await applyAll(node, [s3Pod, cachePod, cacheService(), ...secrets()]);
      for (const pod of [s3Pod, cachePod]) await node.waitFor(referenceTo(pod), isReady, 60_000);
      await node.exec(BACKING, 's3', [s3.python, '-c', MAKE_BUCKET]);
      const { children } = sync(syncRequest(store), settings);
      desired = children;
      await applyAll(node, small(desired.filter(({ kind }) => KINDS.includes(kind))));
      cron = desired.find(({ kind }) => kind === 'CronJob')!;
    }, 300_000);
    afterAll(() => deletePlatform(node, [NAMESPACE, BACKING]));

    const pods = (component: string): Promise<KubernetesObject[]> =>
      podsOf(node, NAMESPACE, { 'nstarx.io/feature-store': 'shop', 'app.kubernetes.io/component': component });

    /** What the operator makes of what is there. */
    const status = async (): Promise<SyncResponse['status']> => {
      const there = desired.filter(({ kind }) => KINDS.includes(kind));
      const children = await Promise.all(there.map((one) => node.get(referenceTo(one))));
      const seen = await node.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: NAMESPACE });
      return sync(syncRequest(store, children as unknown as Answered[], seen as unknown as Answered[]), settings)
        .status;
    };

    const condition = async (type: string): Promise<unknown> =>
      conditionOf({ status: await status() } as unknown as KubernetesObject, type);

    /** Runs the job of the CronJob once, as if it were due. */
    const due = async (minute: number): Promise<KubernetesObject> => {
      const name = `${cron.metadata.name}-${minute}`;
      await node.kubectl(['-n', NAMESPACE, 'create', 'job', name, `--from=cronjob/${cron.metadata.name}`]);
      return node.get({ apiVersion: 'batch/v1', kind: 'Job', name, namespace: NAMESPACE });
    };

    const ended = async (job: KubernetesObject): Promise<KubernetesObject> => {
      const { name = '' } = job.metadata;
      const log = (): Promise<string> => node.kubectl(['-n', NAMESPACE, 'logs', `job/${name}`, '--tail=40']);
      return node
        .waitFor(referenceTo(job), (one) => conditionOf(one, 'Complete')?.status === 'True', 120_000)
        .catch(async (error: unknown) => {
          throw new Error(`${String(error)}\n${await log().catch(String)}`);
        });
    };

    /** Runs a script with the programs and the stores of the jobs, in a pod like theirs. */
    const inPod = async (name: string, script: string): Promise<void> => {
      const { spec } = cron as unknown as { spec: { jobTemplate: { spec: { template: KubernetesObject } } } };
      const template = structuredClone(spec.jobTemplate.spec.template) as unknown as {
        metadata: object;
        spec: { containers: { command: string[] }[] };
      };
      template.spec.containers[0].command = ['python', '-c', script];
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...template.metadata, name, namespace: NAMESPACE },
        spec: template.spec,
      } as unknown as KubernetesObject;
      await applyAll(node, small([pod]));
      const { phase } = (
        await node.waitFor(referenceTo(pod), (one) => /Succeeded|Failed/.test(String(one.status?.phase)), 120_000)
      ).status as { phase: string };
      if (phase !== 'Succeeded') throw new Error(await node.kubectl(['-n', NAMESPACE, 'logs', name]));
    };

    test('the definitions are registered in the bucket, and the server comes up', async () => {
      const apply = desired.find(({ kind }) => kind === 'Job')!;
      await ended(apply);
      expect(await condition('Registered')).toMatchObject({ status: 'True' });
      const deployment = desired.find(({ kind }) => kind === 'Deployment')!;
      await node.waitFor(referenceTo(deployment), (one) => conditionOf(one, 'Available')?.status === 'True', 180_000);
    });

    test('values of the bucket are materialized into the cache, and the server has them', async () => {
      await inPod('seed', SEED);
      await ended(await due(1));
      const [server] = await pods('feature-server');
      let answer: unknown;
      // it looks at the registry once a minute, and may have started before the definitions were there
      await until('the server to know the definitions', 90_000, async () => {
        const told = await node.exec(NAMESPACE, server.metadata.name ?? '', ['python', '-c', ASK]).catch(() => '');
        answer = told === '' ? undefined : JSON.parse(told);
        return answer !== undefined;
      });
      expect(answer).toEqual({ customer: [1, 2, 3], orders: [4, 7, null], revenue: [44, 70, null] });
      const said = (await status()) as { storage?: unknown; conditions: { type: string; message: string }[] };
      expect(said.conditions.find(({ type }) => type === 'Registered')).toMatchObject({ status: 'True' });
      const [pod] = (await pods('feature-materialize')).filter(({ metadata }) => /-1-/.test(metadata.name ?? ''));
      expect(JSON.parse(lastWord(pod) ?? '')).toMatchObject({
        format: 1,
        failed: {},
        updated: { orders: expect.any(Number) as unknown },
      });
    });

    test('what cannot be read fails the job, and the status says which features and why', async () => {
      await inPod('spoil', SPOIL);
      const job = await due(2);
      await until('a pod to have failed', 120_000, async () => {
        const mine = (await pods('feature-materialize')).filter(({ metadata }) => ownedBy(metadata, job));
        return mine.some(({ status: seen }) => seen?.phase === 'Failed');
      });
      expect(await condition('Computed')).toMatchObject({
        status: 'False',
        message: expect.stringMatching(/orders: ArrowInvalid: .*[Pp]arquet/) as unknown,
      });
      await node.kubectl(['-n', NAMESPACE, 'delete', 'job', job.metadata.name ?? '']);
    });

    test('a job that is told to stop as soon as it runs ends within its time, and says so', async () => {
      const job = await due(3);
      const mine = async (): Promise<KubernetesObject | undefined> =>
        (await pods('feature-materialize')).find(({ metadata }) => ownedBy(metadata, job));
      await until('the job to run', 60_000, async () => (await mine())?.status?.phase === 'Running');
      const pod = (await mine())!;
      const since = Date.now();
      await node.exec(NAMESPACE, pod.metadata.name ?? '', ['kill', '-TERM', '1']);
      const stopped = await node.waitFor(referenceTo(pod), ({ status: seen }) => seen?.phase === 'Failed', 60_000);
      expect(lastWord(stopped)).toMatch(/told to stop/);
      // it has 30 seconds, after which it is killed
      expect(Date.now() - since).toBeLessThan(10_000);
    });
  },
  whyNoPython() ?? whyNoRedis(),
);

const S3_LABELS = {
  'app.kubernetes.io/name': 'seaweedfs',
  'app.kubernetes.io/instance': 'seaweedfs',
  'app.kubernetes.io/component': 'seaweedfs-all-in-one',
};
const CACHE_LABELS = { 'app.kubernetes.io/name': 'valkey', 'app.kubernetes.io/instance': 'valkey-cache' };

const MAKE_BUCKET = `
import boto3
s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:8333", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
s3.create_bucket(Bucket="${BUCKET}")
`;

/** What a run of Spark leaves: values of two features of one query, of two customers. */
const SEED = `
import sys
sys.path.insert(0, "${PROGRAMS}")
from datetime import datetime, timedelta, timezone
import pyarrow as pa
from feature_data import append, read_job
job = read_job("${PROGRAMS}/materialize.json")
view = next(each for each in job["views"] if each["name"] == "orders")
moment = datetime.now(timezone.utc) - timedelta(hours=1)
append(job, view, pa.table({
    "customer": pa.array([1, 1, 2], pa.int64()),
    "orders": pa.array([3, 4, 7], pa.int64()),
    "revenue": pa.array([30.5, 44.0, 70.0], pa.float64()),
    "event_timestamp": pa.array([moment - timedelta(hours=1), moment, moment], pa.timestamp("us", tz="UTC")),
}))
`;

/** A file that is none. */
const SPOIL = `
import sys
sys.path.insert(0, "${PROGRAMS}")
from feature_data import filesystem_of, read_job
job = read_job("${PROGRAMS}/materialize.json")
view = next(each for each in job["views"] if each["name"] == "orders")
filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
with filesystem.open_output_stream(f"{path}/run_date=2999-01-01/part-0.parquet") as file:
    file.write(b"this is no table")
`;

const ASK = `
import json, urllib.request
body = json.dumps({"feature_service": "shop", "entities": {"customer": [1, 2, 3]}}).encode()
request = urllib.request.Request("http://127.0.0.1:6566/get-online-features", body, {"Content-Type": "application/json"})
answer = json.load(urllib.request.urlopen(request, timeout=30))
print(json.dumps(dict(zip(answer["metadata"]["feature_names"], [each["values"] for each in answer["results"]]))))
`;

/** A FeatureStore with two features of one query, as the API server stores it. */
function featureStore(): Answered {
  const query = 'SELECT customer, orders, revenue, event_timestamp FROM totals';
  const source = { type: FeatureSourceType.BATCH, query };
  const spec = {
    entities: [{ name: 'customer', joinKey: 'customer', type: EntityKeyType.INT64 }],
    features: [
      { name: 'orders', type: FeatureValueType.INT64, source },
      { name: 'revenue', type: FeatureValueType.DOUBLE, source },
    ],
    serving: { online: {} },
  };
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'FeatureStore',
    metadata: { name: 'shop', namespace: NAMESPACE },
    spec: withDefaults(FEATURE_STORE.spec, spec) as Answered['spec'],
  };
}

/** Feast with what it takes for S3, as its image has it. */
async function feastImage(): Promise<Image> {
  const environment = await pythonEnvironment('feature-jobs', UNUSED);
  const folders = Object.fromEntries(
    FOR_S3.map((name) => [path.join(packagesOf(environment.python), name), name] as const),
  );
  const other = packagesOf(await pythonWith('model-jobs'));
  const more = Object.fromEntries(Object.entries(folders).map(([target, name]) => [target, path.join(other, name)]));
  const image = pythonImage(FEAST_IMAGE, environment, { folders: more });
  return { ...image, entrypoint: [], env: { PATH: `${path.dirname(environment.python)}:/usr/bin:/bin` } };
}

function packagesOf(python: string): string {
  const library = path.join(path.dirname(path.dirname(python)), 'lib');
  return path.join(library, fs.readdirSync(library)[0], 'site-packages');
}

function cacheService(): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'cache', namespace: BACKING },
    spec: { selector: CACHE_LABELS, ports: [{ port: 6379 }] },
  };
}

/** What the synthesized pods take from External Secrets. */
function secrets(): KubernetesObject[] {
  const secret = (name: string, stringData: Record<string, string>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData,
  });
  return [
    secret('s3-credentials', { 'access-key-id': 'a', 'secret-access-key': 'b' }),
    secret('cache-credentials.feature-store', { username: USER, password: PASSWORD }),
  ];
}

function ownedBy({ labels }: KubernetesObject['metadata'], { metadata: { name } }: KubernetesObject): boolean {
  return labels?.['batch.kubernetes.io/job-name'] === name;
}

/** What a pod's container said when it ended. */
function lastWord({ status }: KubernetesObject): string | undefined {
  const [container] = (status?.containerStatuses ?? []) as readonly {
    readonly state?: { readonly terminated?: { readonly message?: string } };
  }[];
  return container?.state?.terminated?.message;
}
