import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { refusals } from '../cluster/apply';
import { forEachBounded } from '../cluster/concurrency';
import { runExample } from '../cluster/environments/example-output';
import { referenceTo, type KubernetesObject } from '../cluster/types';
import { describeNode, useWholePlatform } from './connect';
import { actor, isReady, namespace, reaches } from './objects';
import type { NodeCluster } from './real-node';

/** A pod of a platform, played by one that only listens and asks. */
interface Actor {
  readonly namespace: string;
  /** Labels by which policies know it: those of the chart that makes it, or of our own workload. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ports that it listens on, by what they are for. @default - 8080 */
  readonly ports?: Readonly<Record<string, number>>;
  /**
   * Whether its namespace has no policies that hold for it: whoever may go out anywhere reaches it, as it reaches the API server, DNS
   * and others that are open. @default false
   */
  readonly isOpen?: boolean;
  /** What it is to reach, of all ports of all others: `<actor>` or `<actor> <purpose of the port>`; the API server; DNS. */
  readonly reaches: readonly string[];
}

type Actors = Readonly<Record<string, Actor>>;

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';
const DNS = 'dns';
const API_SERVER = 'API server';

/** Where the API server and DNS are asked for. */
const SERVICES = { [API_SERVER]: 'kubernetes.default.svc:443', [DNS]: 'kube-dns.kube-system.svc:53' };

const MONITORING = 'data-platform-monitoring';
const BACKING = 'backing-services';

/** Stands for the API server, DNS and everybody who is open. */
const OUTSIDE = 'outside';

/** What all platforms have: `scraped` are the metrics that Prometheus is to reach, `routed` the servers that the gateway is to. */
function platform(scraped: readonly string[], routed: readonly string[]): Actors {
  return {
    gateway: {
      namespace: 'envoy-gateway-system',
      labels: { [NAME]: 'envoy', [COMPONENT]: 'proxy' },
      isOpen: true,
      reaches: [OUTSIDE, 'grafana', ...routed],
    },
    prometheus: {
      namespace: MONITORING,
      labels: { [NAME]: 'prometheus' },
      ports: { queries: 9090 },
      reaches: [
        OUTSIDE,
        'alertmanager',
        'grafana',
        'database metrics',
        'store metrics',
        'kube-state-metrics',
        ...scraped,
      ],
    },
    grafana: {
      namespace: MONITORING,
      labels: { [NAME]: 'grafana' },
      ports: { pages: 3000 },
      reaches: [API_SERVER, DNS, 'alertmanager', 'prometheus'],
    },
    alertmanager: {
      namespace: MONITORING,
      labels: { [NAME]: 'alertmanager' },
      ports: { alerts: 9093 },
      reaches: [DNS],
    },
    'kube-state-metrics': {
      namespace: MONITORING,
      labels: { [NAME]: 'kube-state-metrics' },
      reaches: [API_SERVER, DNS],
    },
    database: {
      namespace: BACKING,
      labels: { 'cnpg.io/cluster': 'database' },
      ports: { sql: 5432, status: 8000, metrics: 9187 },
      reaches: [API_SERVER, DNS],
    },
    'database operator': {
      namespace: 'cnpg-system',
      labels: { [NAME]: 'cloudnative-pg' },
      isOpen: true,
      reaches: [OUTSIDE, 'database sql', 'database status'],
    },
    cache: {
      namespace: BACKING,
      labels: { [NAME]: 'valkey', [INSTANCE]: 'valkey-cache' },
      ports: { keys: 6379 },
      reaches: [DNS],
    },
    store: {
      namespace: BACKING,
      labels: { [NAME]: 'seaweedfs', [INSTANCE]: 'seaweedfs', [COMPONENT]: 'seaweedfs-all-in-one' },
      ports: { s3: 8333, administration: 9333, metrics: 9324 },
      reaches: [DNS],
    },
    stranger: { namespace: 'strangers', labels: {}, isOpen: true, reaches: [OUTSIDE] },
  };
}

describeNode('who reaches whom', (node) => {
  useWholePlatform(node);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'policies-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('on the data platform', async () => {
    const objects = exampleObjects('data-platform', folder);
    await expectReach(node, objects, {
      ...platform(['ml-backend'], ['ml-backend']),
      'ml-backend': {
        ...podsOf(objects, 'Deployment', 'ml-backend'),
        reaches: [DNS, 'database sql', 'cache', 'store s3'],
      },
      training: { ...podsOf(objects, 'Job', 'train-ranking'), reaches: [DNS, 'store s3'] },
      features: { ...podsOf(objects, 'CronJob', 'prepare-features'), reaches: [DNS, 'database sql', 'store s3'] },
      provisioner: {
        ...podsOf(objects, 'Deployment', 's3-provisioner'),
        reaches: [DNS, 'store administration'],
      },
      // in a namespace that is let in to the database, the cache and the store, but no policy lets it out
      neighbour: { namespace: 'app-ml-team', labels: { app: 'neighbour' }, reaches: [DNS] },
      'other team': { namespace: 'app-core-team', labels: { app: 'other' }, reaches: [DNS] },
    });
  });

  test('on the neural platform', async () => {
    const objects = exampleObjects('neural-platform', folder);
    const sparkDriver = { 'spark-role': 'driver', 'sparkoperator.k8s.io/launched-by-spark-operator': 'true' };
    const flinkJob = { type: 'flink-native-kubernetes', component: 'jobmanager' };
    const spark = { labels: sparkDriver, ports: { blocks: 7079 } };
    const flink = { labels: flinkJob, ports: { rpc: 6123 } };
    const server = { labels: { 'serving.kserve.io/inferenceservice': 'model' }, ports: { http: 8080, metrics: 8082 } };
    await expectReach(node, objects, {
      ...platform(
        ['operators', 'mlflow', 'model metrics', 'served model metrics'],
        ['model http', 'served model http'],
      ),
      metacontroller: {
        namespace: 'metacontroller',
        labels: { [NAME]: 'metacontroller-helm', [INSTANCE]: 'metacontroller' },
        isOpen: true,
        reaches: [OUTSIDE, 'operators'],
      },
      operators: { ...podsOf(objects, 'Deployment', 'operators'), ports: { hooks: 8443 }, reaches: [DNS] },
      mlflow: {
        ...podsOf(objects, 'Deployment', 'mlflow'),
        ports: { api: 5000 },
        reaches: [DNS, 'database sql', 'store s3'],
      },
      'spark of pipelines': {
        namespace: 'data-processing',
        ...spark,
        reaches: [API_SERVER, DNS, 'store s3', 'database sql'],
      },
      'spark of features': { namespace: 'feature-stores', ...spark, reaches: [API_SERVER, DNS, 'store s3'] },
      'spark of workflows': {
        namespace: 'ml-workflows',
        ...spark,
        reaches: [API_SERVER, DNS, 'store s3', 'mlflow'],
      },
      'spark operator': {
        namespace: 'spark-operator',
        labels: { [NAME]: 'spark-operator' },
        isOpen: true,
        reaches: [OUTSIDE, 'spark of pipelines', 'spark of features', 'spark of workflows'],
      },
      'flink of pipelines': { namespace: 'data-processing', ...flink, reaches: [API_SERVER, DNS, 'store s3'] },
      'flink of features': { namespace: 'feature-stores', ...flink, reaches: [API_SERVER, DNS, 'store s3'] },
      'flink operator': {
        namespace: 'flink-operator',
        labels: { [NAME]: 'flink-kubernetes-operator' },
        isOpen: true,
        reaches: [OUTSIDE, 'flink of pipelines', 'flink of features'],
      },
      'workflow step': {
        namespace: 'ml-workflows',
        labels: { 'workflows.argoproj.io/workflow': 'train' },
        reaches: [API_SERVER, DNS, 'store s3', 'mlflow'],
      },
      'training pod': {
        namespace: 'ml-workflows',
        labels: { 'jobset.sigs.k8s.io/jobset-name': 'train' },
        reaches: [DNS, 'store s3', 'mlflow'],
      },
      model: { namespace: 'ml-models', ...server, reaches: [DNS, 'store s3'] },
      'served model': { namespace: 'model-serving', ...server, reaches: [DNS, 'store s3'] },
      tenant: { namespace: 'tenant-acme-corp', labels: { app: 'tenant' }, reaches: [DNS] },
      'other tenant': { namespace: 'tenant-acme-research', labels: { app: 'tenant' }, reaches: [DNS] },
    });
  });
});

/** The namespaces, limits and policies of an example's local environment, and what has pods. */
function exampleObjects(example: string, folder: string): KubernetesObject[] {
  const environment = runExample(example, path.join(folder, example)).find(({ name }) => name === 'local');
  if (!environment) throw new Error(`${example} has no environment local`);
  return [...environment.terraformNamespaces, ...environment.manifests];
}

/** Namespace and labels of the pods of a workload. */
function podsOf(objects: readonly KubernetesObject[], kind: string, name: string): Pick<Actor, 'namespace' | 'labels'> {
  // the name of a Job ends with a hash
  const found = objects.find((one) => one.kind === kind && one.metadata.name?.startsWith(name));
  const spec = found?.spec as { template?: Template; jobTemplate?: { spec: { template: Template } } } | undefined;
  const template = spec?.jobTemplate?.spec.template ?? spec?.template;
  if (!found || !template) throw new Error(`there is no ${kind} ${name}`);
  return { namespace: found.metadata.namespace ?? '', labels: template.metadata.labels };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}

/** Plays all actors, has each try every port of every other, and compares what it reaches with what it is to reach. */
async function expectReach(node: NodeCluster, objects: readonly KubernetesObject[], actors: Actors): Promise<void> {
  const kinds = ['Namespace', 'NetworkPolicy', 'LimitRange', 'ResourceQuota'];
  const made = objects.filter(({ kind }) => kinds.includes(kind));
  const names = new Set(made.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const others = [...new Set(Object.values(actors).map((one) => one.namespace))].filter((name) => !names.has(name));
  const all = [...others.map((name) => namespace(name)), ...made];
  const pods = Object.entries(actors).map(([name, { namespace: inNamespace, labels, ports = { http: 8080 } }]) =>
    actor({ namespace: inNamespace, name: podName(name), labels, ports }),
  );
  try {
    expect(refusals(await node.apply(all))).toEqual([]);
    expect(refusals(await node.apply(pods))).toEqual([]);
    const addresses = new Map<string, string>(Object.entries(SERVICES));
    for (const [index, [name, { ports = { http: 8080 } }]] of Object.entries(actors).entries()) {
      const { status } = await node.waitFor(referenceTo(pods[index]), isReady, 60_000);
      for (const [purpose, port] of Object.entries(ports)) {
        const target = Object.keys(ports).length > 1 ? `${name} ${purpose}` : name;
        addresses.set(target, `${(status as { podIP: string }).podIP}:${port}`);
      }
    }
    const open = Object.keys(actors).filter((name) => actors[name].isOpen);
    const expected = new Map(
      Object.entries(actors).map(([name, one]) => {
        const targets = one.reaches.flatMap((target) => (target === OUTSIDE ? [API_SERVER, DNS, ...open] : target));
        return [name, [...new Set(targets)].filter((target) => target !== name).sort()];
      }),
    );
    const reached = new Map<string, string[]>();
    const ask = async (name: string): Promise<void> => {
      const own = pods[Object.keys(actors).indexOf(name)];
      const foreign = [...addresses].filter(([target]) => target !== name && !target.startsWith(`${name} `));
      const answers = await reaches(node, own, [...new Set(foreign.map(([, address]) => address))]);
      const found = foreign.filter(([, address]) => answers[address]).map(([target]) => target);
      reached.set(name, found.sort());
    };
    const differs = (name: string): boolean => !isDeepStrictEqual(reached.get(name), expected.get(name));
    await forEachBounded(Object.keys(actors), 3, ask);
    // what enforces policies hears of pods and policies a moment after the API server has them, and a busy machine connects late
    for (let again = 0; again < 3 && [...expected.keys()].some(differs); again++) {
      await setTimeout(2_000);
      await forEachBounded([...expected.keys()].filter(differs), 1, ask);
    }
    expect(Object.fromEntries(reached)).toEqual(Object.fromEntries(expected));
  } finally {
    for (const one of all.filter(({ kind }) => kind === 'Namespace')) await node.delete(referenceTo(one));
    for (const one of all.filter(({ kind }) => kind === 'Namespace')) await node.waitForGone(referenceTo(one), 60_000);
  }
}

function podName(actorName: string): string {
  return actorName.replace(/[^a-z0-9]+/g, '-');
}
