import { until } from '../../support/waiting';
import type { Identity, KubernetesObject } from '../types';
import { API } from './objects';
import { describeGovernance, patchOf } from './support';

/** What runs as the Sensors of a namespace; it may do all that RBAC knows, so that the policy alone says no. */
const requesterOf = (namespace: string): Identity => ({
  user: `system:serviceaccount:${namespace}:run-requester`,
  groups: ['system:masters'],
});

describeGovernance('runs that pushes ask for', (cluster) => {
  const workflow = (name: string, trigger: object): KubernetesObject => ({
    apiVersion: API,
    kind: 'MLWorkflow',
    metadata: { name, namespace: 'vision', annotations: { team: 'a' }, labels: { tier: 'gold' } },
    spec: {
      type: 'training',
      trigger,
      stages: [{ name: 'a', type: 'container', config: { image: 'registry.example.com/a:1.0.0' } }],
    },
  });
  const pushed = workflow('pushed', { type: 'git', repository: 'https://github.com/acme/fraud' });
  const byHand = workflow('by-hand', { type: 'manual' });
  const run = { metadata: { annotations: { 'nstarx.io/run': '72d3162e' } } };
  const patch = (object: KubernetesObject, change: unknown, asUser = requesterOf('vision')) =>
    patchOf(cluster(), object, change, asUser);
  const REFUSED = 'change the annotation nstarx.io/run of a workflow with trigger.type git only';

  beforeAll(async () => {
    await cluster().create(pushed);
    await cluster().create(byHand);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'vision' };
    await cluster().patch(namespace, { metadata: { labels: { 'nstarx.io/engines': 'true' } } });
    const isHeld = async () => (await patch(pushed, { spec: { suspend: true } })) !== '';
    await until('the policy to hold in the namespace', 60_000, isHeld);
  });

  test('a Sensor asks for a run of a workflow that pushes start', async () => {
    expect(await patch(pushed, run)).toBe('');
  });

  test.each<[string, object]>([
    ['the spec', { spec: { suspend: true } }],
    ['another annotation', { metadata: { annotations: { team: 'b' } } }],
    ['an annotation that goes', { metadata: { annotations: { team: null } } }],
    ['a label', { metadata: { labels: { tier: 'silver' } } }],
    ['a finalizer', { metadata: { finalizers: ['acme.example/keep'] } }],
  ])('it changes nothing else: %s', async (_what, change) => {
    expect(await patch(pushed, change)).toContain(REFUSED);
  });

  test('it needs no use of the zone, which the author of the trigger needed; others who ask for a run do', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    const group = 'system:serviceaccounts:vision';
    await cluster().create({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'run-requester', namespace: 'vision' },
      rules: [{ apiGroups: ['nstarx.io'], resources: ['mlworkflows'], verbs: ['get', 'patch'] }],
    });
    await cluster().create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'run-requester', namespace: 'vision' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'run-requester' },
      subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
    });
    const inZone = { ...pushed, metadata: { name: 'in-zone', namespace: 'vision' } };
    await cluster().create({ ...inZone, spec: { ...inZone.spec, zone: 'training' } });
    const account = (name: string): Identity => ({ user: `system:serviceaccount:vision:${name}`, groups: [group] });
    await until(
      'the Role to be known',
      30_000,
      async () => (await patch(inZone, run, account('run-requester'))) === '',
    );
    expect(await patch(inZone, run, account('other'))).toContain('name a zone that you may use');
  });

  test('nor a workflow that starts otherwise', async () => {
    expect(await patch(byHand, run)).toContain(REFUSED);
  });
});
