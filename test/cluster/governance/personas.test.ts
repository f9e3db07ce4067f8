import { Personas } from '../../../src/kinds/governance/personas';
import { manifests, TestEnvironment, text } from '../../constructs/tenancy/support';
import type { Identity } from '../types';
import { ADA, describeGovernance, DORA, FRED, MALIK, RUTH } from './support';

type Person = Exclude<Identity, string>;
const dora = DORA as Person;
const malik = MALIK as Person;
const ruth = RUTH as Person;
const ada = ADA as Person;
const fred = FRED as Person;

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const KINDS = ['aimodels', 'datapipelines', 'featurestores', 'mlworkflows', 'abtests', 'modeldeployments'];
const MODELS = KINDS.slice(0, 4);

describeGovernance('the personas', (cluster) => {
  /** Which of these a person may do, as `verb resource`. */
  async function allowed(
    person: Person,
    verbs: string[],
    resources: string[],
    where: { readonly namespace?: string; readonly name?: string } = { namespace: 'vision' },
  ): Promise<string[]> {
    const questions = verbs.flatMap((verb) => resources.map((resource) => ({ verb, resource })));
    const answers = await Promise.all(
      questions.map(async ({ verb, resource }) => {
        const [plural, subresource] = resource.split('/');
        const question = { ...person, ...where, verb, group: groupOf(plural), resource: plural, subresource };
        return (await cluster().canI(question)) ? [`${verb} ${resource}`] : [];
      }),
    );
    return answers.flat().sort();
  }

  const every = (verbs: string[], resources: string[]): string[] =>
    verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)).sort();

  test.each([
    ['a data scientist', dora],
    ['an ML engineer', malik],
    ['a reviewer', ruth],
    ['who runs the platform', ada],
  ])('%s reads every kind, and pods with their logs', async (_, person) => {
    const resources = [...KINDS, 'pods', 'pods/log', 'configmaps', 'events', 'jobs', 'deployments'];
    expect(await allowed(person, READ, resources)).toEqual(every(READ, resources));
  });

  test.each([
    ['a data scientist writes models', dora, MODELS],
    ['an ML engineer also writes what goes into production', malik, KINDS],
    ['a reviewer writes none', ruth, []],
    ['who runs the platform writes all', ada, KINDS],
  ])('%s', async (_, person, resources) => {
    expect(await allowed(person, WRITE, KINDS)).toEqual(every(WRITE, resources));
  });

  test.each([
    ['a data scientist', dora],
    ['an ML engineer', malik],
    ['a reviewer', ruth],
    ['who runs the platform', ada],
  ])('%s has no Secrets, shells, tokens, workloads, roles, quotas and network policies', async (_, person) => {
    const verbs = [...WRITE, 'deletecollection', 'escalate', 'bind', 'impersonate'];
    const resources = ['pods', 'deployments', 'jobs', 'roles', 'rolebindings', 'networkpolicies', 'resourcequotas'];
    const kinds = ['clusterroles', 'clusterrolebindings', 'serviceaccounts', 'namespaces', 'users', 'groups'];
    const subresources = ['pods/exec', 'pods/attach', 'pods/portforward', 'serviceaccounts/token'];
    expect(await allowed(person, verbs, [...resources, ...kinds, ...subresources])).toEqual([]);
    expect(await allowed(person, [...READ, ...verbs], ['secrets'])).toEqual([]);
    expect(await allowed(person, [...READ, ...verbs], ['secrets'], {})).toEqual([]);
    expect(await allowed(person, ['deletecollection'], KINDS)).toEqual([]);
  });

  test('statuses are for operators, but for the one that a reviewer approves in', async () => {
    const statuses = KINDS.map((kind) => `${kind}/status`);
    const others = [...statuses, 'aimodels/scale'];
    for (const person of [dora, malik, ada]) expect(await allowed(person, [...READ, ...WRITE], others)).toEqual([]);
    expect(await allowed(ruth, [...READ, ...WRITE], others)).toEqual(
      every(['get', 'patch', 'update'], ['modeldeployments/status']),
    );
  });

  test('zones are read by all, and used by their names', async () => {
    for (const person of [dora, malik, ruth, fred, ada]) {
      expect(await allowed(person, READ, ['aizones'], {})).toEqual(every(READ, ['aizones']));
    }
    const used = async (person: Person): Promise<string[]> => {
      const zones = ['training', 'inference', 'open'];
      const answers = await Promise.all(zones.map((name) => allowed(person, ['use'], ['aizones'], { name })));
      return zones.filter((_, at) => answers[at].length > 0);
    };
    expect(await used(dora)).toEqual(['training']);
    expect(await used(malik)).toEqual(['training', 'inference']);
    expect(await used(ruth)).toEqual([]);
    expect(await used(fred)).toEqual([]);
    expect(await used(ada)).toEqual(['training', 'inference', 'open']);
  });

  test('only who runs the platform writes zones', async () => {
    for (const person of [dora, malik, ruth, fred]) {
      expect(await allowed(person, WRITE, ['aizones'], {})).toEqual([]);
      expect(await allowed(person, WRITE, ['aizones'], { name: 'training' })).toEqual([]);
    }
    expect(await allowed(ada, WRITE, ['aizones'], {})).toEqual(every(WRITE, ['aizones']));
  });

  test.each([
    ['a data scientist', dora],
    ['an ML engineer', malik],
    ['a reviewer', ruth],
  ])('%s has nothing in the namespace of another tenant, and nothing everywhere', async (_, person) => {
    const resources = [...KINDS, 'modeldeployments/status', 'pods', 'pods/log', 'configmaps', 'secrets'];
    for (const where of [{ namespace: 'fraud' }, { namespace: 'default' }, {}]) {
      expect(await allowed(person, [...READ, ...WRITE], resources, where)).toEqual([]);
    }
  });

  test('each tenant has its own namespaces, as many as it has', async () => {
    for (const namespace of ['fraud', 'fraud-counted']) {
      expect(await allowed(fred, WRITE, MODELS, { namespace })).toEqual(every(WRITE, MODELS));
    }
    expect(await allowed(fred, [...READ, ...WRITE], KINDS, { namespace: 'vision' })).toEqual([]);
  });

  test('who runs the platform does so in every namespace', async () => {
    expect(await allowed(ada, WRITE, KINDS, { namespace: 'fraud' })).toEqual(every(WRITE, KINDS));
    expect(await allowed(ada, READ, ['namespaces', 'nodes'], {})).toEqual(every(READ, ['namespaces', 'nodes']));
  });

  test('a role of someone else joins a persona by its label', async () => {
    const metadata = { name: 'kserve-view', labels: { 'nstarx.io/aggregate-to-data-scientist': 'true' } };
    const rules = [{ apiGroups: ['serving.kserve.io'], resources: ['inferenceservices'], verbs: ['get'] }];
    await cluster().apply([{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules }]);
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'nstarx:data-scientist' };
    await cluster().waitFor(role, ({ rules: all }) => JSON.stringify(all).includes('inferenceservices'));
  });

  test('the roles as the control plane fills them in have no wildcard and no Secret', async () => {
    const roles = manifests(new Personas(new TestEnvironment().chart(), 'personas')).filter(
      ({ kind }) => text(kind) === 'ClusterRole',
    );
    expect(roles.length).toBeGreaterThan(8);
    for (const { metadata } of roles) {
      const ref = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: text(metadata.name) };
      const { rules } = (await cluster().get(ref)) as unknown as { rules: { resources: string[] }[] };
      expect(rules.length).toBeGreaterThan(0);
      expect(JSON.stringify(rules)).not.toContain('*');
      expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
    }
  });
});

function groupOf(plural: string): string {
  const groups: { [group: string]: string[] } = {
    'nstarx.io': [...MODELS, 'abtests', 'aizones'],
    'mlifecycle.io': ['modeldeployments'],
    apps: ['deployments'],
    batch: ['jobs'],
    'rbac.authorization.k8s.io': ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    'networking.k8s.io': ['networkpolicies'],
  };
  return Object.keys(groups).find((group) => groups[group].includes(plural)) ?? '';
}
