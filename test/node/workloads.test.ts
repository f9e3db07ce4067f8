import { GpuModel } from '../../src/contracts';
import {
  CronJobWorkload,
  DataProcessingCronJob,
  JobWorkload,
  MlBackend,
  Probe,
  ServiceWorkload,
  TrainingJob,
  Volume,
} from '../../src/constructs/workloads';
import { Namespace } from '../../src/constructs/tenancy';
import { conditionOf, type KubernetesObject, type ObjectReference } from '../cluster/types';
import { TestCluster, TestEnvironment } from '../constructs/tenancy/support';
import { describeNode } from './connect';
import { actor, applyAll, isReady, namespace, podsOf, reaches, small } from './objects';
import { API_PORT, NODE_ADDRESS, NODE_NAME } from './node-config';
import { SERVER_IMAGE } from './test-images';

const TEAM = 'workloads';
const FRIENDS = 'workloads-friends';
const TEAM_LABELS = { 'app.kubernetes.io/name': 'client' };
const NODE = { apiVersion: 'v1', kind: 'Node', name: NODE_NAME };
const GPU_LABEL = 'nvidia.com/gpu.product';

/** One of each workload, in a namespace of a team. */
function workloads(): KubernetesObject[] {
  const environment = new TestEnvironment();
  new TestCluster(environment, {
    gpus: [{ pool: 'gpu', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4', perNode: 4, total: 4 }],
  });
  const chart = environment.chart();
  const team = new Namespace(chart, TEAM, { quota: { cpu: '8', memory: '32Gi', gpus: 4 } });
  const common = { namespace: team, image: SERVER_IMAGE };
  new ServiceWorkload(chart, 'web', {
    ...common,
    port: 8080,
    metricsPort: 9090,
    env: { PORTS: '8080,9090', GREETING: 'hello' },
    secretEnv: [{ name: 'PASSWORD', secretName: 'password', key: 'password' }],
    volumes: [Volume.configMap('settings', '/etc/settings')],
    livenessProbe: Probe.http('/healthz'),
    readinessProbe: Probe.http('/ready'),
    ingress: [{ namespace: FRIENDS, podLabels: TEAM_LABELS }],
    egress: [{ namespace: FRIENDS, podLabels: TEAM_LABELS, ports: [8080] }],
  });
  // not ready for seconds, in which its liveness probe would have ended it
  new MlBackend(chart, 'backend', { ...common, replicas: 1, env: { READY_AFTER: '8' } });
  new JobWorkload(chart, 'once', { ...common, args: ['exit', '0'] });
  new JobWorkload(chart, 'fails', { ...common, args: ['exit', '3'], backoffLimit: 0 });
  new TrainingJob(chart, 'training', { ...common, args: ['exit', '0'], gpuModel: GpuModel.T4, gpus: 2 });
  new CronJobWorkload(chart, 'report', { ...common, args: ['exit', '0'], schedule: '0 3 1 1 *' });
  new DataProcessingCronJob(chart, 'features', { ...common, args: ['exit', '0'], schedule: '0 3 1 1 *' });
  return chart.toJson() as KubernetesObject[];
}

describeNode('workloads on a real node', (node) => {
  const objects = workloads();
  const named = (kind: string, name: string): ObjectReference => ({
    apiVersion: kind === 'Deployment' ? 'apps/v1' : 'batch/v1',
    kind,
    name,
    namespace: TEAM,
  });
  /** A Job's name ends with a hash. */
  const job = (name: string): ObjectReference => {
    const found = objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name?.startsWith(`${name}-`));
    return named('Job', found?.metadata.name ?? name);
  };
  const settings = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: TEAM }, data: { a: 'b' } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'password', namespace: TEAM },
      stringData: { password: 'x' },
    },
  ];
  const client = actor({ namespace: FRIENDS, name: 'client', labels: TEAM_LABELS });
  const stranger = actor({ namespace: FRIENDS, name: 'stranger' });
  const neighbour = actor({ namespace: TEAM, name: 'neighbour' });

  beforeAll(async () => {
    await node.patch(NODE, { metadata: { labels: { [GPU_LABEL]: 'Tesla-T4' } } });
    const gpus = { capacity: { 'nvidia.com/gpu': '4' }, allocatable: { 'nvidia.com/gpu': '4' } };
    await node.patch(NODE, { status: gpus }, { subresource: 'status' });
    await applyAll(node, [namespace(FRIENDS), ...small(objects), ...settings, client, stranger, neighbour]);
  });
  afterAll(async () => {
    for (const name of [TEAM, FRIENDS]) await node.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    await node.patch(NODE, { metadata: { labels: { [GPU_LABEL]: null } } });
  });

  test.each(['web', 'backend'])('%s becomes available, and is not restarted on the way', async (name) => {
    await node.waitFor(named('Deployment', name), (one) => conditionOf(one, 'Available')?.status === 'True', 60_000);
    const pods = await podsOf(node, TEAM, { 'app.kubernetes.io/name': name });
    expect(pods.flatMap(restarts)).toEqual(pods.map(() => 0));
  });

  test('jobs complete', async () => {
    for (const name of ['once', 'training']) {
      await node.waitFor(job(name), (one) => conditionOf(one, 'Complete')?.status === 'True', 60_000);
    }
  });

  test('a job whose program fails says so', async () => {
    const failed = await node.waitFor(job('fails'), (one) => conditionOf(one, 'Failed')?.status === 'True', 60_000);
    expect(conditionOf(failed, 'Failed')?.reason).toBe('BackoffLimitExceeded');
  });

  test.each(['report', 'features'])('a run of %s completes', async (name) => {
    const run = await node.runCronJob(named('CronJob', name), `${name}-now`);
    await node.waitFor(run, (one) => conditionOf(one, 'Complete')?.status === 'True', 60_000);
  });

  test('a container may do nothing but what it says', async () => {
    await node.waitFor(named('Deployment', 'web'), (one) => conditionOf(one, 'Available')?.status === 'True', 60_000);
    const [pod] = await podsOf(node, TEAM, { 'app.kubernetes.io/name': 'web' });
    const folders = ['/', '/tmp', '/etc/settings', '/var', '/dev/shm', '/proc/sys/kernel'];
    const output = await node.exec(TEAM, pod.metadata.name ?? '', ['/tool', 'look', ...folders]);
    const seen = JSON.parse(output) as {
      user: number;
      group: number;
      status: string;
      writable: Record<string, boolean>;
      environment: string[];
    };
    const status = (field: string): string => new RegExp(`^${field}:\\s*(\\S+)`, 'm').exec(seen.status)?.[1] ?? '';
    // of an image's user the kubelet passes on the user, not the group
    expect([seen.user, seen.group]).toEqual([65_532, 0]);
    expect([status('CapEff'), status('CapBnd')]).toEqual(['0000000000000000', '0000000000000000']);
    expect([status('NoNewPrivs'), status('Seccomp')]).toEqual(['1', '2']);
    expect(Object.keys(seen.writable).filter((folder) => seen.writable[folder])).toEqual(['/dev/shm', '/tmp']);
    expect(seen.environment).toEqual(expect.arrayContaining(['GREETING=hello', 'PASSWORD=x']));
    // nothing of other Services but the API server's, which the kubelet always names
    expect(seen.environment.filter((one) => /_SERVICE_HOST=/.test(one))).toEqual([
      expect.stringMatching(/^KUBERNETES_SERVICE_HOST=/),
    ]);
    await expect(node.exec(TEAM, pod.metadata.name ?? '', ['/tool', 'get', 'file:///'])).rejects.toThrow();
  });

  test('it is reached by whom it names, by the name of its Service, and by nobody else', async () => {
    for (const pod of [client, stranger, neighbour]) {
      await node.waitFor({ apiVersion: 'v1', kind: 'Pod', ...id(pod) }, isReady, 60_000);
    }
    const [web] = await podsOf(node, TEAM, { 'app.kubernetes.io/name': 'web' });
    const address = (pod: KubernetesObject): string => (pod.status as { podIP: string }).podIP;
    const service = `web.${TEAM}.svc.cluster.local:80`;
    const direct = `${address(web)}:8080`;
    const all = (value: boolean): Record<string, boolean> => ({ [service]: value, [direct]: value });
    expect(await reaches(node, client, [service, direct])).toEqual(all(true));
    expect(await reaches(node, stranger, [service, direct])).toEqual(all(false));
    expect(await reaches(node, neighbour, [service, direct])).toEqual(all(false));
    // and it goes where it says, and nowhere else
    const at = async (pod: KubernetesObject): Promise<string> => {
      return `${address(await node.get({ apiVersion: 'v1', kind: 'Pod', ...id(pod) }))}:8080`;
    };
    const apiServer = `${NODE_ADDRESS}:${API_PORT}`;
    const [toClient, toStranger] = [await at(client), await at(stranger)];
    expect(await reaches(node, web, [toClient, toStranger, apiServer, 'kubernetes.default.svc:443'])).toEqual({
      [toClient]: true,
      [toStranger]: false,
      [apiServer]: false,
      'kubernetes.default.svc:443': false,
    });
  });
});

function id({ metadata }: KubernetesObject): { name: string; namespace: string } {
  return { name: metadata.name ?? '', namespace: metadata.namespace ?? '' };
}

function restarts({ status }: KubernetesObject): number[] {
  const containers = (status?.containerStatuses ?? []) as readonly { readonly restartCount: number }[];
  return containers.map(({ restartCount }) => restartCount);
}
