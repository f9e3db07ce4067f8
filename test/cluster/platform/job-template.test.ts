import { setTimeout as sleep } from 'node:timers/promises';
import { Chart, Testing } from 'cdk8s';
import { JobTemplate, ServiceWorkload, Team } from '../../../src';
import { until } from '../../support/waiting';
import { refusals } from '../apply';
import { describeCluster } from '../connect';
import type { Identity, KubernetesObject, ObjectReference } from '../types';
import {
  account,
  answer,
  BATCH,
  container,
  EVALUATE,
  jobOf,
  OTHER_JOBS,
  OTHER_PODS,
  owners,
  REQUEST,
  TRAIN,
} from './job-attacks';

const TEAM = 'job-templates';
const OTHER = 'job-templates-other';
const QUOTA = 'job-templates-quota';

function reference(name: string, namespace = TEAM): ObjectReference {
  return { apiVersion: BATCH, kind: 'Job', namespace, name };
}

const STARTER = { namespace: TEAM, name: 'engine' };
/** May start Jobs of both templates, and has no other rights. */
const ENGINE = account('engine', TEAM);
/** May start Jobs of one template; has all rights to Jobs, so that the policy alone holds it. */
const GENEROUS = account('generous', TEAM);

const CHANGES: [what: string, change: { readonly [field: string]: unknown }][] = [
  ['to suspend it', { spec: { suspend: true } }],
  ['to run more pods', { spec: { parallelism: 5 } }],
  ['to keep it', { spec: { ttlSecondsAfterFinished: 10_000_000 } }],
  ['to leave its template', { metadata: { ownerReferences: null } }],
  [
    'to belong to another',
    { metadata: { ownerReferences: [{ apiVersion: BATCH, kind: 'CronJob', name: EVALUATE, uid: '1' }] } },
  ],
  ['to give it a label', { metadata: { labels: { a: 'b' } } }],
  ['to keep it from being deleted', { metadata: { finalizers: ['example.com/stay'] } }],
  ['to call it done', { status: { succeeded: 1 } }],
];

/** What the Role does not permit. */
const FORBIDDEN: [verb: string, apiGroup: string, resource: string, namespace: string][] = [
  ['create', '', 'pods', TEAM],
  ['create', '', 'pods/exec', TEAM],
  ['delete', '', 'pods', TEAM],
  ['get', '', 'secrets', TEAM],
  ['create', '', 'serviceaccounts/token', TEAM],
  ['create', 'apps', 'deployments', TEAM],
  ['create', 'batch', 'cronjobs', TEAM],
  ['list', 'batch', 'cronjobs', TEAM],
  ['patch', 'batch', 'cronjobs', TEAM],
  ['update', 'batch', 'jobs', TEAM],
  ['patch', 'batch', 'jobs', TEAM],
  ['update', 'batch', 'jobs/status', TEAM],
  ['deletecollection', 'batch', 'jobs', TEAM],
  ['create', 'batch', 'jobs', OTHER],
  ['create', 'rbac.authorization.k8s.io', 'rolebindings', TEAM],
  ['create', 'admissionregistration.k8s.io', 'validatingadmissionpolicies', ''],
];

/** The templates, what starts their Jobs, and a namespace of others. */
function platform(): KubernetesObject[] {
  const chart = new Chart(Testing.app(), 'templates', { disableResourceNameHashes: true });
  const team = new Team(chart, TEAM);
  const namespace = team.addNamespace(TEAM);
  team.addNamespace(OTHER);
  const image = 'registry.example/train:1.0.0';
  const train = new JobTemplate(chart, TRAIN, { namespace, image, env: { LEVEL: 'info' }, runAsUser: 1000 });
  const evaluate = new JobTemplate(chart, EVALUATE, { namespace, image, args: ['evaluate'] });
  const [engine, generous] = ['engine', 'generous'].map(
    (name) => new ServiceWorkload(chart, name, { namespace, image: `registry.example/${name}:1.0.0` }),
  );
  [engine, generous].forEach((one) => train.grantStart(one));
  evaluate.grantStart(engine);

  const quota = team.addNamespace(QUOTA);
  // a pool that no node is in: the pods wait, and count
  const bounded = new JobTemplate(chart, 'bounded', { namespace: quota, image, maxJobs: 2, nodePool: 'nowhere' });
  bounded.grantStart(new ServiceWorkload(chart, 'quota-engine', { name: 'engine', namespace: quota, image }));
  return Testing.synth(chart) as KubernetesObject[];
}

/** All rights to Jobs for the account that only the policy holds. */
function generosity(): KubernetesObject[] {
  const metadata = { name: 'generous', namespace: TEAM };
  const apiGroup = 'rbac.authorization.k8s.io';
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['batch'], resources: ['jobs', 'jobs/status'], verbs: ['*'] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name: 'generous' },
      subjects: [{ kind: 'ServiceAccount', name: 'generous', namespace: TEAM }],
    },
  ];
}

describeCluster('Jobs that a service starts', (cluster) => {
  const attempt = (job: KubernetesObject, asUser: Identity) => answer(cluster.create(job, { asUser, dryRun: true }));

  beforeAll(async () => {
    expect(refusals(await cluster.apply([...platform(), ...generosity()], { force: true }))).toEqual([]);
    // a policy holds a moment after it is stored
    for (const template of [TRAIN, EVALUATE]) {
      await until(`the policy of ${template} to be in force`, 60_000, async () => {
        const job = await jobOf(cluster, template, `${template}-probe`, STARTER);
        container(job).image = 'registry.example/other:1.0.0';
        return (await attempt(job, ENGINE)).includes('spec.template.spec');
      });
    }
  }, 180_000);

  afterAll(async () => {
    for (const name of [TEAM, OTHER, QUOTA]) await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    await removePolicies();
  });

  async function removePolicies(): Promise<void> {
    for (const name of [`${TRAIN}.${TEAM}`, `${EVALUATE}.${TEAM}`, `bounded.${QUOTA}`]) {
      for (const kind of ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy']) {
        await cluster.delete({
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind,
          name: `job-template-${name}.nstarx.io`,
        });
      }
    }
  }

  test('the checker of the API server finds nothing in the policies', async () => {
    const policy = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' };
    const name = `job-template-${TRAIN}.${TEAM}.nstarx.io`;
    const checked = await cluster.waitFor({ ...policy, name }, ({ status }) => status?.typeChecking !== undefined);
    expect(checked.status?.typeChecking).toEqual({});
  });

  test.each([
    [TRAIN, ENGINE],
    [EVALUATE, ENGINE],
    [TRAIN, GENEROUS],
  ])('a Job of the template %s is accepted, runs, and is deleted by what started it', async (template, starter) => {
    const name = `${template}-${(starter as { user: string }).user.endsWith('engine') ? 'e' : 'g'}-1`;
    await cluster.create(await jobOf(cluster, template, name, STARTER), { asUser: starter });
    // the controllers are not the starter: they may change it
    const done = await cluster.waitFor(reference(name), ({ status }) => status?.succeeded === 1, 60_000);
    expect(done.metadata.labels).toMatchObject({ 'app.kubernetes.io/name': template });
    const pods = await cluster.list(
      { apiVersion: 'v1', kind: 'Pod' },
      { namespace: TEAM, labelSelector: `job-name=${name}` },
    );
    expect(pods.map(({ metadata }) => metadata.annotations?.[REQUEST])).toEqual(['{"dataset":"sales"}']);
    await cluster.delete(reference(name), { asUser: starter });
    await cluster.waitForGone(reference(name), 60_000);
  });

  test('its name may be generated, and a request is not required', async () => {
    const job = await jobOf(cluster, TRAIN, '', STARTER);
    delete job.metadata.name;
    job.metadata.generateName = `${TRAIN}-`;
    delete job.spec.template.metadata.annotations[REQUEST];
    expect(await attempt(job, ENGINE)).toBe('accepted');
  });

  test('who is no starter is held by the roles alone', async () => {
    const job = await jobOf(cluster, TRAIN, 'free-1', STARTER);
    container(job).image = 'registry.example/other:1.0.0';
    expect(await answer(cluster.create(job, { dryRun: true }))).toBe('accepted');
  });

  test.each([...OTHER_PODS, ...OTHER_JOBS])('refused: %s', async (_, change, message) => {
    const job = await jobOf(cluster, TRAIN, `${TRAIN}-attack`, STARTER);
    change(job);
    expect(await attempt(job, GENEROUS)).toMatch(message);
  });

  test('refused: the pods of one template as a Job of another, by what may start both', async () => {
    const job = await jobOf(cluster, TRAIN, `${EVALUATE}-attack`, STARTER);
    job.metadata.ownerReferences = (await jobOf(cluster, EVALUATE, 'x', STARTER)).metadata.ownerReferences;
    expect(await attempt(job, ENGINE)).toMatch(/of the CronJob evaluate/);
  });

  test('refused: both templates as owners, by what may start both', async () => {
    const job = await jobOf(cluster, TRAIN, `${TRAIN}-attack`, STARTER);
    const [owner] = owners(await jobOf(cluster, EVALUATE, 'x', STARTER));
    delete owner.controller;
    owners(job).push(owner);
    // the policies of both templates refuse it; the API server says the answer of one
    expect(await attempt(job, ENGINE)).toMatch(/metadata\.ownerReferences: the CronJob \S+ with its uid/);
  });

  describe('a Job that was started', () => {
    const own = `${TRAIN}-own`;

    beforeAll(async () => {
      await cluster.create(await jobOf(cluster, TRAIN, own, STARTER), { asUser: GENEROUS });
    });

    test.each(CHANGES)('cannot be changed by what started it, %s', async (_, change) => {
      const subresource = 'status' in change ? 'status' : undefined;
      const changed = cluster.patch(reference(own), change, { asUser: GENEROUS, dryRun: true, subresource });
      expect(await answer(changed)).toMatch(/a Job cannot be changed by what has started it/);
    });

    test('cannot be replaced', async () => {
      const stored = await cluster.get(reference(own));
      const path = await cluster.rest.objectPath(reference(own));
      const body = JSON.stringify({ ...stored, metadata: { ...stored.metadata, labels: {} } });
      const replaced = cluster.rest.send('PUT', path, { body, asUser: GENEROUS, query: { dryRun: 'All' } });
      expect(await answer(replaced)).toMatch(/a Job cannot be changed by what has started it/);
    });

    test.each([
      ['Orphan', { propagationPolicy: 'Orphan' }],
      ['none, which is Orphan for Jobs', {}],
      ['orphanDependents', { orphanDependents: 'true' }],
    ])('cannot be deleted with its pods left: %s', async (_, query) => {
      const path = await cluster.rest.objectPath(reference(own));
      const deleted = cluster.rest.send('DELETE', path, { asUser: ENGINE, query: { ...query, dryRun: 'All' } });
      expect(await answer(deleted)).toMatch(/propagationPolicy: must be Background or Foreground/);
    });
  });

  describe('the Jobs of others', () => {
    const theirs = 'migrate-1';

    beforeAll(async () => {
      const { apiVersion, kind, spec } = await jobOf(cluster, TRAIN, theirs, STARTER);
      await cluster.create({ apiVersion, kind, metadata: { name: theirs, namespace: TEAM }, spec });
    });

    test.each([
      ['what has the Role', ENGINE],
      ['what has all rights', GENEROUS],
    ])('are not deleted by %s', async (_, starter) => {
      expect(await answer(cluster.delete(reference(theirs), { asUser: starter }))).toMatch(/metadata\.ownerReferences/);
    });

    test('are not deleted all at once', async () => {
      const path = await cluster.rest.collectionPath({ apiVersion: BATCH, kind: 'Job' }, TEAM);
      const query = { fieldSelector: `metadata.name=${theirs}`, propagationPolicy: 'Background' };
      expect(await answer(cluster.rest.send('DELETE', path, { asUser: GENEROUS, query }))).toMatch(/ownerReferences/);
      expect(await cluster.find(reference(theirs))).toBeDefined();
    });
  });

  test.each(FORBIDDEN)('the Role does not let it %s %s/%s in %s', async (verb, group, path, namespace) => {
    const [resource, subresource] = path.split('/');
    const { user, groups } = ENGINE as { user: string; groups: string[] };
    expect(await cluster.canI({ user, groups, verb, group, resource, subresource, namespace })).toBe(false);
  });

  test('the Role lets it read this CronJob, and make, watch and delete Jobs', async () => {
    const { user, groups } = GENEROUS as { user: string; groups: string[] };
    const asked = { user, groups, group: 'batch', namespace: TEAM };
    expect(await cluster.canI({ ...asked, verb: 'get', resource: 'cronjobs', name: TRAIN })).toBe(true);
    expect(await cluster.canI({ ...asked, verb: 'get', resource: 'cronjobs', name: EVALUATE })).toBe(false);
  });

  test('a Job above the bound waits, and starts when another is gone', async () => {
    const starter = account('engine', QUOTA);
    for (const name of ['bounded-1', 'bounded-2']) {
      await cluster.create(await jobOf(cluster, 'bounded', name, { ...STARTER, namespace: QUOTA }), {
        asUser: starter,
      });
    }
    const podsOf = async (selector: string): Promise<number> =>
      (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: QUOTA, labelSelector: selector })).length;
    await until('both to have pods', 120_000, async () => (await podsOf('app.kubernetes.io/name=bounded')) === 2);
    await cluster.create(await jobOf(cluster, 'bounded', 'bounded-3', { ...STARTER, namespace: QUOTA }), {
      asUser: starter,
    });
    const fieldSelector = 'reason=FailedCreate,involvedObject.kind=Job,involvedObject.name=bounded-3';
    await until('the third to be refused a pod', 120_000, async () => {
      const events = await cluster.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: QUOTA, fieldSelector });
      return events.some(({ message }) => String(message).includes('exceeded quota: bounded'));
    });
    expect(await podsOf('job-name=bounded-3')).toBe(0);
    await cluster.delete(reference('bounded-1', QUOTA), { asUser: starter });
    await until('the third to have a pod', 180_000, async () => (await podsOf('job-name=bounded-3')) === 1);
  }, 600_000);

  test('without the template nothing is started', async () => {
    const job = await jobOf(cluster, EVALUATE, `${EVALUATE}-late`, STARTER);
    await cluster.delete({ apiVersion: BATCH, kind: 'CronJob', namespace: TEAM, name: EVALUATE });
    await until('the template to be missed', 60_000, async () =>
      /failed to configure binding|not found|no params/.test(await attempt(job, ENGINE)),
    );
  });

  test('a template that is made after the last one went is heeded', async () => {
    for (const name of [TRAIN, EVALUATE])
      await cluster.delete({ apiVersion: BATCH, kind: 'CronJob', namespace: TEAM, name });
    await removePolicies();
    // the API server looks once a second what its policies need
    await sleep(5000);
    expect(refusals(await cluster.apply(platform(), { force: true }))).toEqual([]);
    let said = '';
    await until(
      'a Job of the new template to be accepted',
      60_000,
      async () => {
        said = await attempt(await jobOf(cluster, TRAIN, `${TRAIN}-again`, STARTER), ENGINE);
        return said === 'accepted';
      },
      () => said,
    );
  }, 120_000);
});
