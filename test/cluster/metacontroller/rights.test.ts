import { until } from '../../support/waiting';
import type { KubernetesObject } from '../types';
import { configMap, TOY } from './toy';
import { describeToys, Toys } from './toys';

const USER = 'system:serviceaccount:metacontroller:metacontroller';
const READ = ['get', 'list', 'watch'];
const OWN = [...READ, 'create', 'patch', 'update', 'delete'];

/** What an engine needs at all. Secrets are for the token of the hooks, which Metacontroller looks for in all namespaces. */
const BASE = [
  rule('metacontroller.k8s.io', ['compositecontrollers', 'decoratorcontrollers', 'controllerrevisions'], READ),
  rule('apiextensions.k8s.io', ['customresourcedefinitions'], READ),
  rule('', ['namespaces'], READ),
  rule('', ['events'], ['create', 'patch']),
  rule('coordination.k8s.io', ['leases'], ['get', 'create', 'update']),
];
const PARENTS = [
  rule('toys.example.com', ['toys', 'shelves'], [...READ, 'update']),
  rule('toys.example.com', ['toys/status', 'shelves/status'], ['update']),
];
const CHILDREN = [rule('', ['secrets', 'serviceaccounts'], OWN), rule('apps', ['deployments'], OWN)];

describeToys('an engine with the rights of a role', (bench) => {
  let toys: Toys;
  beforeAll(async () => {
    await grant([...BASE, ...PARENTS, ...CHILDREN, rule('', ['configmaps'], READ)]);
    toys = await Toys.start(bench, { identity: USER });
  });
  afterAll(() => toys.server.stop());

  const grant = async (rules: readonly Rule[]): Promise<void> => {
    await bench.cluster.apply(roleFor(rules));
  };

  test('a child that it may not make is refused, and is made when it may', async () => {
    const spec = { children: [configMap('lamp', {})] };
    await bench.cluster.create({ ...TOY, metadata: { name: 'lamp', namespace: toys.namespace }, spec });
    await until('a refusal', 20_000, async () => toys.engine.writes.some(({ code }) => code === 403));
    const { status } = await bench.cluster.waitFor(toys.toy('lamp'), (toy) => toy.status !== undefined);
    expect(status?.observed).toEqual([]);
    expect(await bench.cluster.find(toys.configMap('lamp'))).toBeUndefined();

    await grant([...BASE, ...PARENTS, ...CHILDREN, rule('', ['configmaps'], OWN)]);

    await bench.cluster.waitFor(toys.configMap('lamp'), () => true);
  });

  test('these rights are enough from the first sync to the end', async () => {
    await toys.engine.settle();
    toys.engine.forgetWrites();
    await toys.make('mug', { children: [configMap('mug', { full: 'no' })] });
    await toys.change('mug', { children: [configMap('mug', { full: 'yes' })] });

    await bench.cluster.delete(toys.toy('mug'));
    await bench.cluster.waitForGone(toys.toy('mug'));
    await bench.cluster.waitForGone(toys.configMap('mug'));

    expect(toys.engine.writes.filter(({ code }) => code === 403)).toEqual([]);
    expect(toys.engine.changes.length).toBeGreaterThan(4);
  });
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

function rule(group: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [group], resources, verbs };
}

function roleFor(rules: readonly Rule[]): KubernetesObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: 'engine' };
  const role = { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata, rules };
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'engine' },
    subjects: [{ apiGroup, kind: 'User', name: USER }],
  };
  return [role, binding];
}
