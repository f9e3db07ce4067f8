import { setTimeout as sleep } from 'node:timers/promises';
import { AI_MODEL_OPERATOR } from '../../src/kinds/ai-model/operator';
import { compositeController } from '../../src/kinds/operators/metacontroller';
import { KINDS } from '../../src/api/kinds';
import { customResourceDefinition } from '../../src/api/schema/crd';
import { aiModelOperator } from '../../operators/src/ai-model/ai-model-operator';
import { hooksOf } from '../../operators/src/runtime/hooks';
import { KubernetesObject as HookObject } from '../../operators/src/runtime/protocol';
import { refusals } from '../../test/cluster/apply';
import type { Cluster } from '../../test/cluster/cluster';
import { forEachBounded } from '../../test/cluster/concurrency';
import { whyUnavailable } from '../../test/cluster/build';
import type { ApiRecorder } from '../../test/cluster/metacontroller/api-recorder';
import { metacontrollerProgram, RealEngine } from '../../test/cluster/metacontroller/real-engine';
import { TestCluster } from '../../test/cluster/test-cluster';
import type { KubernetesObject } from '../../test/cluster/types';
import { aiModel, SETTINGS } from './ai-model';
import { ServerProcess } from './server';

const MODELS = 500;
const WORKERS = 10;
const LEAST = 0.75;

/** Nothing but the API server, its store, the engine and the hooks works: no Pods, no jobs. */
const QUIET = { ...SETTINGS, zones: undefined, serving: { serviceMonitors: true, storage: { checkArtifacts: false } } };

/** Metacontroller without the recorder of the tests in between. */
class BareEngine extends RealEngine {
  protected override run(_recorder: ApiRecorder, controllers: readonly KubernetesObject[]): Promise<void> {
    return super.run({ connection: this.options.cluster.connection } as ApiRecorder, controllers);
  }
}

/** Writes a second that Metacontroller reaches with our hooks, against server-side apply of the same children in the same cluster. */
export async function benchEngine(folder: string): Promise<void> {
  const program = metacontrollerProgram();
  if (!program || whyUnavailable() !== undefined) {
    console.log(
      '  engine   not run: it takes Go for a test cluster, and METACONTROLLER_BIN or metacontroller on the PATH',
    );
    return;
  }
  const cluster = await TestCluster.start({ nodes: [] });
  const server = await ServerProcess.start(QUIET, folder);
  try {
    const groups = await install(cluster);
    for (const name of ['raw', 'models']) await cluster.apply([namespace(name)]);
    const before = await raw(cluster, 'raw');
    const cpuBefore = server.cpuSeconds();
    const engine = await withEngine(cluster, server, program, groups);
    const cpu = server.cpuSeconds() - cpuBefore;
    const calls = await server.calls('sync');
    // again, so that a drift of the machine's speed shows
    await cluster.apply([namespace('again')]);
    const after = await raw(cluster, 'again');
    const floor = (before.rate + after.rate) / 2;
    console.log(`  engine   ${MODELS} new models on Metacontroller with ${WORKERS} workers`);
    console.log(`    engine ${engine.rate.toFixed(0)} writes/s, ${engine.writes} writes: children and statuses`);
    console.log(
      `    floor  ${floor.toFixed(0)} writes/s (${before.rate.toFixed(0)} before, ${after.rate.toFixed(0)} after): the same children, applied with as many connections`,
    );
    console.log(
      `    hooks  ${(calls / MODELS).toFixed(1)} calls of sync for each model, ${cpu.toFixed(1)} s of processor time in all`,
    );
    console.log(`    ratio  ${(engine.rate / floor).toFixed(2)} (at least ${LEAST})`);
  } finally {
    await server.stop();
    await cluster.stop();
  }
}

/** Our kinds and those of third parties that models use. Returns the groups of the latter. */
async function install(cluster: Cluster): Promise<string[]> {
  const crds = KINDS.map((kind) => customResourceDefinition(kind) as unknown as KubernetesObject);
  expectNone(refusals(await cluster.apply(crds, { force: true })));
  const kinds = AI_MODEL_OPERATOR.children.map(({ apiVersion, kind }) => ({ group: apiVersion.split('/')[0], kind }));
  const foreign = kinds.filter(
    ({ group }) => /\./.test(group) && !/^(networking|rbac\.authorization)\.k8s\.io$/.test(group),
  );
  expectNone((await cluster.installCrds(foreign)).map(({ kind, group }) => `no CRD for ${kind}.${group}`));
  return [...new Set(foreign.map(({ group }) => group))];
}

/** The models of these figures: no zone, and no job that reads their data. */
function models(inNamespace: string): HookObject[] {
  return Array.from({ length: MODELS }, (_, index) => {
    const { metadata, spec = {}, ...rest } = aiModel(`model-${index}`);
    const { zone: _zone, ...serving } = spec.serving as { readonly zone: string };
    const { name } = metadata;
    return {
      ...rest,
      metadata: { name, namespace: inNamespace },
      spec: { ...spec, serving, monitoring: { enabled: true } },
    };
  });
}

interface Rate {
  readonly writes: number;
  readonly rate: number;
}

/** Server-side apply of the children of all models. */
async function raw(cluster: Cluster, inNamespace: string): Promise<Rate> {
  const hooks = hooksOf(aiModelOperator);
  const patches: { readonly path: string; readonly body: string }[] = [];
  for (const parent of models(inNamespace)) {
    const { children } = hooks.sync({ parent, children: {} }, QUIET);
    for (const child of children) {
      const path = await cluster.rest.objectPath({ ...child, ...child.metadata });
      patches.push({ path, body: JSON.stringify(child) });
    }
  }
  const started = Date.now();
  await forEachBounded(patches, WORKERS, async ({ path, body }) => {
    const contentType = 'application/apply-patch+yaml';
    const query = { fieldManager: 'bench', force: true };
    await cluster.rest.send('PATCH', path, { body, contentType, query });
  });
  return { writes: patches.length, rate: (patches.length / (Date.now() - started)) * 1000 };
}

/** Makes the models, starts the engine, and counts from its first write to its last. */
async function withEngine(
  cluster: Cluster,
  server: ServerProcess,
  program: string,
  groups: readonly string[],
): Promise<Rate> {
  await forEachBounded(models('models'), WORKERS, async (model) => {
    await cluster.create(model);
  });
  const controller = compositeController(AI_MODEL_OPERATOR, { url: 'https://operators' }, groups) as KubernetesObject;
  const engine = new BareEngine(
    { cluster, controllers: [controller], hooks: { url: server.url }, workers: WORKERS },
    program,
  );
  const start = await writesOf(cluster);
  let [first, last, writes] = [0, 0, 0];
  const isDone = (): boolean => writes > 0 && Date.now() - last > 3000;
  const running = engine.start();
  while (!isDone()) {
    const now = (await writesOf(cluster)) - start;
    if (now > 0 && first === 0) first = Date.now();
    if (now > writes) [writes, last] = [now, Date.now()];
    await sleep(200);
  }
  await running;
  await engine.stop();
  return { writes, rate: (writes / (last - first)) * 1000 };
}

/** Applied children and written statuses, as the API server counts them. */
async function writesOf(cluster: Cluster): Promise<number> {
  const { body } = await cluster.rest.request('GET', '/metrics');
  const lines = String(body).matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm);
  let sum = 0;
  for (const [, labels, value] of lines) {
    const isApply =
      /verb="APPLY"/.test(labels) && !/resource="(compositecontrollers|customresourcedefinitions)"/.test(labels);
    const isStatus =
      /resource="aimodels"/.test(labels) && /subresource="status"/.test(labels) && /verb="PUT"/.test(labels);
    if (isApply || isStatus) sum += Number(value);
  }
  return sum;
}

function namespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function expectNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
