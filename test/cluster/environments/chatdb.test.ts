import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { chatDb } from '../../../examples/chatdb/platform';
import type { EnvironmentReport } from '../../../src';
import { parseQuantity } from '../../../src/contracts/quantity';
import { until } from '../../support/waiting';
import { type ApplyResult, refusals } from '../apply';
import type { Cluster } from '../cluster';
import { describeCluster } from '../connect';
import { DEFAULT_NODES, type NodeProps } from '../nodes';
import { account, answer, container, jobOf, OTHER_JOBS, OTHER_PODS, TRAIN } from '../platform/job-attacks';
import { TestCluster } from '../test-cluster';
import { conditionOf, type KubernetesObject, type ObjectReference, referenceTo } from '../types';
import { environmentsIn } from './example-output';
import { nodesFor, report, withKnownKinds } from './run-environment';

const SERVICES = 'chatdb-services';
const WAVE = 'argocd.argoproj.io/sync-wave';

/** The order of the document, each step after the one before is available. */
const STEPS = [
  ['training-orchestrator', 'model-registry'],
  ['ml-engine', 'query-parser', 'db-connector', 'prediction-service'],
  ['api-gateway'],
];

/** Pods of each service at least and at most. */
const REPLICAS: { readonly [service: string]: readonly [least: number, most: number] } = {
  'api-gateway': [2, 10],
  'training-orchestrator': [2, 10],
  'ml-engine': [2, 8],
  'model-registry': [2, 6],
  'query-parser': [2, 6],
  'db-connector': [2, 8],
  'prediction-service': [3, 15],
};

/** Jobs of training at the same time. */
const JOBS = 10;

/** What ChatDB runs on a laptop. */
const LAPTOP = { cpu: '4', memory: '8Gi' };

// A cluster for each environment, whose nodes are as large as the environment's.
describeCluster('ChatDB on a real API server', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatdb-'));
  const [manifestsOutdir, terraformOutdir] = ['dist', 'cdktf.out'].map((name) => path.join(folder, name));
  const { environments } = chatDb({ manifestsOutdir, terraformOutdir }).synth();
  const outputs = environmentsIn(manifestsOutdir, terraformOutdir);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('the environments of the example are there', () => {
    expect(outputs.map(({ name }) => name).sort()).toEqual(['local', 'production']);
  });

  describe.each(environments.map((one) => [one.environment, one] as const))('%s', (name, environment) => {
    let cluster: TestCluster;
    let applied: ApplyResult[];
    /** Services that were available when a wave began, by wave. */
    let availableAt: Map<number, string[]>;

    beforeAll(async () => {
      const output = outputs.find((one) => one.name === name);
      if (!output) throw new Error(`there is no output of ${name}`);
      cluster = await TestCluster.start({ nodes: nodesOf(environment, output.manifests) });
      const { known, unknown } = await withKnownKinds(cluster, output.manifests);
      await cluster.addNodes(nodesFor(known));
      // kinds that no CRD is available for would hide here
      expect(unknown).toEqual([]);
      applied = await cluster.apply(output.terraformNamespaces);
      availableAt = new Map();
      for (const [wave, members] of wavesOf(known)) {
        availableAt.set(wave, await availableServices(cluster));
        applied.push(...(await cluster.apply(members, { fieldManager: 'kubectl' })));
        for (const one of members.filter(({ kind }) => kind === 'Deployment')) await untilAvailable(cluster, one);
      }
      report(`chatdb/${name}`, applied, unknown);
    }, 300_000);
    afterAll(() => cluster.stop());

    test('every manifest is accepted without a warning', () => {
      expect(refusals(applied)).toEqual([]);
      expect(applied.flatMap(({ warnings }) => warnings)).toEqual([]);
    });

    test('services begin in the order of the document, by sync waves', async () => {
      for (const [at, step] of STEPS.entries()) {
        const before = STEPS.slice(0, at).flat().sort();
        for (const service of step) {
          const { metadata } = await cluster.get(deployment(service));
          expect(availableAt.get(Number(metadata.annotations?.[WAVE]))).toEqual(before);
          const first = (await podsOf(cluster, service)).map((pod) => createdAt(pod)).sort()[0];
          for (const other of before) expect((await availableSince(cluster, other)) <= first).toBe(true);
        }
      }
    });

    test('the autoscalers bring each service to its least replicas, all have a node, and the quota has room', async () => {
      for (const [service, [least]] of Object.entries(REPLICAS)) await untilReplicas(cluster, service, least);
      const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
      expect(pods.filter(({ spec }) => spec?.nodeName === undefined).map(({ metadata }) => metadata.name)).toEqual([]);
      expect(await quotaRefusals(cluster)).toEqual([]);
    }, 180_000);

    test('one pod of a service may be taken away at a time, and no more', async () => {
      for (const service of Object.keys(REPLICAS)) {
        const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace: SERVICES, name: service };
        await cluster.waitFor(budget, ({ status }) => status?.disruptionsAllowed === 1);
      }
      const [one, other] = await podsOf(cluster, 'model-registry');
      // no other pod takes its place for now
      await letNodesBeUsed(cluster, false);
      expect(await answer(evict(cluster, one))).toBe('accepted');
      expect(await answer(evict(cluster, other))).toMatch(/disruption budget/);
      await letNodesBeUsed(cluster, true);
      await untilReplicas(cluster, 'model-registry', 2);
    }, 120_000);

    test('what starts Jobs of training is held to their template', async () => {
      const starter = { namespace: SERVICES, name: 'ml-engine' };
      const attempt = (job: KubernetesObject, by = starter.name) =>
        answer(cluster.create(job, { asUser: account(by, SERVICES), dryRun: true }));
      const job = (): ReturnType<typeof jobOf> => jobOf(cluster, TRAIN, `${TRAIN}-attack`, starter);
      await until('the policy of the template to be in force', 60_000, async () => {
        const other = await job();
        container(other).image = 'registry.example/other:1.0.0';
        return (await attempt(other)).includes('spec.template.spec');
      });
      expect(await attempt(await job())).toBe('accepted');
      expect(await attempt(await job(), 'query-parser')).toMatch(/cannot create resource "jobs"/);
      for (const [what, change, message] of [...OTHER_PODS, ...OTHER_JOBS]) {
        const attack = await job();
        change(attack);
        expect([what, await attempt(attack)]).toEqual([what, expect.stringMatching(message)]);
      }
    }, 120_000);

    test('the quota has room for all services at their most, all Jobs of training, and an update of everything', async () => {
      await cluster.addNodes(['d', 'e'].map((zone) => ({ name: `general-${zone}` })));
      for (const [service, [, most]] of Object.entries(REPLICAS)) {
        await cluster.patch(deployment(service), { spec: { replicas: most } }, { subresource: 'scale' });
      }
      await trainingJobs(cluster);
      for (const [service, [, most]] of Object.entries(REPLICAS)) await untilReplicas(cluster, service, most);
      for (const service of Object.keys(REPLICAS)) {
        const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-11-30T00:00:00Z' };
        await cluster.patch(deployment(service), { spec: { template: { metadata: { annotations } } } });
      }
      for (const [service, [, most]] of Object.entries(REPLICAS)) await untilReplicas(cluster, service, most);
      expect(await quotaRefusals(cluster)).toEqual([]);
    }, 300_000);
  });
});

/** The objects by sync wave, in the order in which Argo CD applies them. */
function wavesOf(objects: readonly KubernetesObject[]): [wave: number, members: KubernetesObject[]][] {
  const waves = new Map<number, KubernetesObject[]>();
  for (const one of objects) {
    const wave = Number(one.metadata.annotations?.[WAVE] ?? 0);
    waves.set(wave, [...(waves.get(wave) ?? []), one]);
  }
  return [...waves].sort(([a], [b]) => a - b);
}

/** As many nodes as the first boot needs, each with the room that the pods of charts, which do not run here, leave. */
function nodesOf({ capacity }: EnvironmentReport, objects: readonly KubernetesObject[]): NodeProps[] {
  const [pool, ...others] = capacity.pools ?? [];
  if (pool === undefined) return [{ ...DEFAULT_NODES[0], capacity: LAPTOP }];
  expect(others).toEqual([]);
  const own = requestsOf(objects);
  const cpu = (pool.cpuAllocatable - pool.cpuRequested + own.cpu) / pool.nodes;
  const memory = (pool.memoryAllocatable - pool.memoryRequested + own.memory) / pool.nodes;
  const each = { cpu: `${Math.floor(cpu * 1000)}m`, memory: `${Math.floor(memory / 2 ** 20)}Mi` };
  return Array.from({ length: pool.nodes }, (_, at) => ({ ...DEFAULT_NODES[at], capacity: each }));
}

/** What all pods of Deployments request at their least. */
function requestsOf(objects: readonly KubernetesObject[]): { readonly cpu: number; readonly memory: number } {
  const sum = { cpu: 0, memory: 0 };
  for (const { kind, metadata, spec } of objects) {
    if (kind !== 'Deployment') continue;
    const [least] = REPLICAS[metadata.name ?? ''] ?? [1];
    const { containers } = (spec as unknown as { template: { spec: { containers: Container[] } } }).template.spec;
    for (const { resources } of containers) {
      sum.cpu += least * (parseQuantity(resources.requests.cpu) ?? 0);
      sum.memory += least * (parseQuantity(resources.requests.memory) ?? 0);
    }
  }
  return sum;
}

interface Container {
  readonly resources: { readonly requests: { readonly cpu: string; readonly memory: string } };
}

function deployment(name: string): ObjectReference {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: SERVICES, name };
}

async function untilAvailable(cluster: Cluster, object: KubernetesObject): Promise<void> {
  await cluster.waitFor(referenceTo(object), (one) => conditionOf(one, 'Available')?.status === 'True', 60_000);
}

/** Waits until a service has so many pods, all of them of its present template and available. */
async function untilReplicas(cluster: Cluster, service: string, count: number): Promise<void> {
  await cluster.waitFor(
    deployment(service),
    ({ metadata, status = {} }) =>
      status.observedGeneration === metadata.generation &&
      [status.replicas, status.updatedReplicas, status.availableReplicas].every((one) => one === count),
    90_000,
  );
}

/** The services of the document that are available, by name. */
async function availableServices(cluster: Cluster): Promise<string[]> {
  const all = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace: SERVICES });
  return all
    .filter((one) => conditionOf(one, 'Available')?.status === 'True')
    .map(({ metadata }) => metadata.name ?? '')
    .sort();
}

async function availableSince(cluster: Cluster, service: string): Promise<string> {
  const available = conditionOf(await cluster.get(deployment(service)), 'Available');
  return String((available as { lastTransitionTime?: string } | undefined)?.lastTransitionTime);
}

function podsOf(cluster: Cluster, service: string): Promise<KubernetesObject[]> {
  const labelSelector = `app.kubernetes.io/name=${service}`;
  return cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: SERVICES, labelSelector });
}

function createdAt({ metadata }: KubernetesObject): string {
  return String((metadata as { creationTimestamp?: string }).creationTimestamp);
}

async function letNodesBeUsed(cluster: Cluster, areUsable: boolean): Promise<void> {
  for (const node of await cluster.list({ apiVersion: 'v1', kind: 'Node' })) {
    await cluster.patch(referenceTo(node), { spec: { unschedulable: !areUsable } });
  }
}

async function evict(cluster: Cluster, pod: KubernetesObject): Promise<void> {
  const { name, namespace } = pod.metadata;
  const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } });
  await cluster.rest.send('POST', `${await cluster.rest.objectPath(referenceTo(pod))}/eviction`, { body });
}

/** As many Jobs of training as may run at a time, whose pods wait, and count. */
async function trainingJobs(cluster: Cluster): Promise<void> {
  const starter = { namespace: SERVICES, name: 'ml-engine' };
  for (let at = 0; at < JOBS; at++) {
    const job = await jobOf(cluster, TRAIN, `waiting-${at}`, starter);
    job.spec.template.spec.nodeSelector = { pool: 'nowhere' };
    await cluster.create(job);
  }
  await until('the pods of all Jobs', 60_000, async () => (await podsOf(cluster, TRAIN)).length === JOBS);
}

/** Pods that a quota has refused. */
async function quotaRefusals(cluster: Cluster): Promise<string[]> {
  const events = await cluster.list({ apiVersion: 'v1', kind: 'Event' }, { fieldSelector: 'reason=FailedCreate' });
  return events.map(({ message }) => String(message)).filter((message) => message.includes('exceeded quota'));
}
