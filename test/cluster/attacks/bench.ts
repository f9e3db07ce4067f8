import { OPERATORS } from '../../../operators/src/operators';
import { HookServer } from '../../../operators/src/server/hook-server';
import { until } from '../../support/waiting';
import { refusals } from '../apply';
import { model } from '../governance/objects';
import type { Cluster } from '../cluster';
import { chartRoles } from '../metacontroller/chart-roles';
import type { Engine } from '../metacontroller/engine';
import { type Bench, describeEngines } from '../metacontroller/engines';
import type { KubernetesObject } from '../types';
import { type Attack, METACONTROLLER } from './attack';
import { type AttackedPlatform, attackedPlatform } from './platform';

/** What an attack works with: the platform as a user gets it, its policies in force and its operators at work. */
export interface AttackBench {
  readonly cluster: Cluster;
  readonly engine: Engine;
  /** Whether the engine is Metacontroller itself. */
  readonly isReal: boolean;
}

/** The attacks of all tables, on the hook driver and on Metacontroller, whose rights are those of the roles that are synthesized. */
export function describeAttacks(tables: Readonly<Record<string, readonly Attack[]>>): void {
  const platform = attackedPlatform();
  describeEngines(
    'attacks',
    (bench) => {
      let server: HookServer | undefined;
      let engine: Engine;
      beforeAll(async () => {
        await installPlatform(bench.cluster, platform);
        ({ server, engine } = await startOperators(bench, platform));
      });
      afterAll(() => server?.stop());
      describe.each(Object.entries(tables))('%s', (_, attacks) => {
        test.each(attacks.map((attack) => [`${attack.who}: ${attack.request}`, attack] as const))(
          '%s',
          async (_title, attack) => {
            await attack.attempt({ cluster: bench.cluster, engine, isReal: bench.isReal });
          },
        );
      });
    },
    { install: (cluster) => installKinds(cluster, platform) },
  );
}

async function startOperators(bench: Bench, { controllers, settings }: AttackedPlatform) {
  const server = new HookServer({ operators: OPERATORS, settings, logLevel: 'error' });
  const url = await server.start(0, '127.0.0.1');
  const engine = await bench.start({
    controllers,
    hooks: { url },
    identity: METACONTROLLER,
    leaseNamespace: 'metacontroller',
  });
  return { server, engine };
}

async function accept(cluster: Cluster, all: readonly KubernetesObject[]): Promise<void> {
  expect(refusals(await cluster.apply([...all], { force: true }))).toEqual([]);
}

async function installKinds(cluster: Cluster, { crds }: AttackedPlatform): Promise<void> {
  const children = OPERATORS.flatMap(({ definition }) => [...definition.children, ...definition.related]);
  await accept(cluster, crds);
  await cluster.installCrds(
    children
      .map(({ apiVersion, kind }) => ({ group: apiVersion.includes('/') ? apiVersion.split('/')[0] : '', kind }))
      .filter(({ group }) => group.includes('.')),
  );
}

/** What is in namespaces, which takes the controllers: they make the account `default` of each. */
async function installPlatform(cluster: Cluster, { objects }: AttackedPlatform): Promise<void> {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const made = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const missing = [...names, 'metacontroller'].filter((one) => !made.has(one));
  const namespaces = missing.map((one) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: one } }));
  await accept(cluster, namespaces);
  await accept(cluster, [...chartRoles(), ...objects]);
  // a policy holds a moment after it is stored
  const unpinned = model('probe', { image: 'ghcr.io/acme/model:latest' });
  await until('the policies to be in force', 60_000, async () => {
    const answer = await cluster.create(unpinned, { dryRun: true }).catch((error: unknown) => error as Error);
    return answer instanceof Error && answer.message.includes('give each image a tag');
  });
}
