import { Chart, Testing } from 'cdk8s';
import { Team } from '../../../src';
import { refusals } from '../apply';
import type { Cluster } from '../cluster';
import { describeCluster } from '../connect';
import type { KubernetesObject } from '../types';

const OWN = 'roles-own';
const OTHER = 'roles-other';

/** Who requests what, in the team's own namespace; in the other team's the answer is always no. */
const QUESTIONS: [group: string, verb: string, apiGroup: string, resource: string, allowed: boolean][] = [
  ['viewers', 'list', '', 'pods', true],
  ['viewers', 'get', '', 'pods/log', true],
  ['viewers', 'list', 'apps', 'deployments', true],
  ['viewers', 'get', '', 'secrets', false],
  ['viewers', 'create', '', 'pods/exec', false],
  ['viewers', 'delete', '', 'pods', false],
  ['developers', 'list', '', 'pods', true],
  ['developers', 'create', 'apps', 'deployments', true],
  ['developers', 'create', '', 'pods/exec', true],
  ['developers', 'delete', 'batch', 'jobs', true],
  ['developers', 'get', '', 'secrets', false],
  ['developers', 'create', 'external-secrets.io', 'externalsecrets', false],
  ['developers', 'update', 'networking.k8s.io', 'networkpolicies', false],
  ['developers', 'patch', '', 'resourcequotas', false],
  ['developers', 'create', 'rbac.authorization.k8s.io', 'rolebindings', false],
  ['maintainers', 'create', 'apps', 'deployments', true],
  ['maintainers', 'get', '', 'secrets', true],
  ['maintainers', 'create', 'rbac.authorization.k8s.io', 'rolebindings', true],
  ['maintainers', 'update', 'networking.k8s.io', 'networkpolicies', false],
  ['maintainers', 'delete', '', 'namespaces', false],
  ['maintainers', 'impersonate', '', 'serviceaccounts', false],
];

describeCluster('the roles of a team', (cluster) => {
  beforeAll(async () => {
    const chart = new Chart(Testing.app(), 'teams', { disableResourceNameHashes: true });
    new Team(chart, 'own').addNamespace(OWN);
    new Team(chart, 'other').addNamespace(OTHER);
    expect(refusals(await cluster.apply(Testing.synth(chart) as KubernetesObject[]))).toEqual([]);
  });

  afterAll(async () => {
    for (const name of [OWN, OTHER]) await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  });

  test.each(QUESTIONS)('%s may %s %s %s: %s', async (group, verb, apiGroup, resource, allowed) => {
    expect(await ask(cluster, OWN, group, verb, apiGroup, resource)).toBe(allowed);
    expect(await ask(cluster, OTHER, group, verb, apiGroup, resource)).toBe(false);
  });

  test('who is in no group of the team may nothing', async () => {
    expect(await ask(cluster, OWN, 'strangers', 'list', '', 'pods')).toBe(false);
  });

  test("a workload's ServiceAccount may nothing in the API", async () => {
    const user = `system:serviceaccount:${OWN}:default`;
    expect(await cluster.canI({ user, verb: 'list', resource: 'pods', namespace: OWN })).toBe(false);
  });
});

function ask(
  cluster: Cluster,
  namespace: string,
  group: string,
  verb: string,
  apiGroup: string,
  path: string,
): Promise<boolean> {
  const [resource, subresource] = path.split('/');
  return cluster.canI({
    user: 'somebody',
    groups: [`own-${group}`],
    verb,
    group: apiGroup,
    resource,
    subresource,
    namespace,
  });
}
