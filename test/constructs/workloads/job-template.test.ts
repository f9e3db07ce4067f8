import { App, Chart, Testing } from 'cdk8s';
import { JobTemplate, JobTemplateProps, ServiceWorkload } from '../../../src/constructs/workloads';
import { containerOf, field, inEnvironment, Json, render, SCRAPER, setUp, TestCluster, TestNamespace } from './support';

const PROPS = { image: 'a:1' };

/** A template that a service may start, in a namespace with a scraper. */
function started(props: Partial<JobTemplateProps> = {}) {
  const { chart, namespace } = setUp();
  const engine = new ServiceWorkload(chart, 'engine', { namespace, image: 'e:1' });
  const template = new JobTemplate(chart, 'train-model', { namespace, ...PROPS, ...props });
  template.grantStart(engine);
  return { chart, namespace, engine, template };
}

/** The only object of a kind. */
function only(chart: Chart, kind: string, name?: string): Json {
  const found = (Testing.synth(chart) as Json[]).filter(
    (one) => one.kind === kind && (name === undefined || field(one, 'metadata.name') === name),
  );
  expect(found).toHaveLength(1);
  return found[0];
}

test('a template is a CronJob that never runs by itself', () => {
  const { template } = started();
  const json = render(template.cronJob);
  expect(json).toMatchObject({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'train-model', namespace: 'team' },
    spec: { suspend: true, successfulJobsHistoryLimit: 1_000, failedJobsHistoryLimit: 1_000 },
  });
  expect(template.node.defaultChild).toBe(template.cronJob);
});

test('it says all that the API server would fill in for a Job, so that Job and template are equal', () => {
  const { template: pods, ...spec } = field(render(started().template.cronJob), 'spec.jobTemplate.spec') as Json;
  expect(spec).toEqual({
    parallelism: 1,
    completions: 1,
    completionMode: 'NonIndexed',
    backoffLimit: 3,
    activeDeadlineSeconds: 86_400,
    ttlSecondsAfterFinished: 86_400,
    manualSelector: false,
    podReplacementPolicy: 'Failed',
    suspend: false,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
  });
  expect(field(pods, 'spec.activeDeadlineSeconds')).toBe(86_400);
  expect(field(pods, 'spec.automountServiceAccountToken')).toBe(false);
});

test('a pod finds its request and the name of its Job in variables', () => {
  const json = render(started({ requestVariable: 'TRAINING_REQUEST' }).template.cronJob);
  expect(containerOf(json).env).toEqual([
    {
      name: 'TRAINING_REQUEST',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['nstarx.io/request']" } },
    },
    {
      name: 'JOB_NAME',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
    },
  ]);
});

test('what starts Jobs has a token, a way to the API server, and the name of the template', () => {
  const { engine } = started();
  const pods = field(render(engine.deployment), 'spec.template.spec');
  expect(field(pods, 'automountServiceAccountToken')).toBe(true);
  expect(field(pods, 'containers.0.env')).toEqual([
    { name: 'TRAIN_MODEL_CRON_JOB', value: 'train-model' },
    { name: 'TRAIN_MODEL_NAMESPACE', value: 'team' },
    { name: 'TRAIN_MODEL_REQUEST_ANNOTATION', value: 'nstarx.io/request' },
  ]);
  expect(field(render(engine.networkPolicy), 'spec.egress')).toContainEqual({
    ports: [
      { port: 443, protocol: 'TCP' },
      { port: 6443, protocol: 'TCP' },
    ],
  });
  // the account itself gives no token to pods of others
  expect(render(engine.serviceAccount).automountServiceAccountToken).toBe(false);
});

test('a workload that starts no Jobs has neither', () => {
  const { chart, namespace } = setUp();
  const other = new ServiceWorkload(chart, 'other', { namespace, image: 'e:1' });
  expect(field(render(other.deployment), 'spec.template.spec.automountServiceAccountToken')).toBe(false);
  expect(JSON.stringify(render(other.networkPolicy))).not.toContain('6443');
});

test('the Role is for Jobs and this CronJob, and for the accounts that were granted it', () => {
  const { chart, namespace, engine, template } = started();
  template.grantStart(engine);
  template.grantStart(new ServiceWorkload(chart, 'second', { namespace, image: 'e:1' }));
  expect(only(chart, 'Role').rules).toEqual([
    { apiGroups: ['batch'], resources: ['cronjobs'], resourceNames: ['train-model'], verbs: ['get'] },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  ]);
  expect(only(chart, 'RoleBinding')).toMatchObject({
    metadata: { namespace: 'team' },
    roleRef: { kind: 'Role', name: 'train-model-starter' },
    subjects: [
      { kind: 'ServiceAccount', name: 'engine', namespace: 'team' },
      { kind: 'ServiceAccount', name: 'second', namespace: 'team' },
    ],
  });
});

test('the policy refuses where it cannot ask, or the template is gone', () => {
  const { chart } = started();
  expect(only(chart, 'ValidatingAdmissionPolicy')).toMatchObject({
    metadata: { name: 'job-template-train-model.team.nstarx.io' },
    spec: {
      failurePolicy: 'Fail',
      paramKind: { apiVersion: 'batch/v1', kind: 'CronJob' },
      matchConditions: [
        { name: 'by-a-starter', expression: "request.userInfo.username in ['system:serviceaccount:team:engine']" },
      ],
    },
  });
  expect(only(chart, 'ValidatingAdmissionPolicyBinding').spec).toEqual({
    policyName: 'job-template-train-model.team.nstarx.io',
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'team' } } },
    paramRef: { name: 'train-model', namespace: 'team', parameterNotFoundAction: 'Deny' },
  });
});

describe('the API server watches CronJobs for good', () => {
  const kept = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false', 'helm.sh/resource-policy': 'keep' };
  const name = 'job-template-params.nstarx.io';
  const EXPECTED = [
    {
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, annotations: kept },
      spec: {
        failurePolicy: 'Ignore',
        paramKind: { apiVersion: 'batch/v1', kind: 'CronJob' },
        matchConstraints: { resourceRules: [{ operations: ['CONNECT'], resources: ['jobs'] }] },
      },
    },
    {
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, annotations: kept },
      spec: { policyName: name, paramRef: { selector: {}, parameterNotFoundAction: 'Allow' } },
    },
  ];

  function addTemplates(chart: Chart): void {
    const namespace = new TestNamespace(chart, 'jobs');
    const engine = new ServiceWorkload(chart, 'engine', { namespace, image: 'e:1' });
    for (const id of ['train', 'evaluate']) new JobTemplate(chart, id, { namespace, ...PROPS }).grantStart(engine);
  }

  test('by one binding of an environment, in a chart of its own, which stays', () => {
    const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
    const environment = inEnvironment(chart, 'test', new TestCluster(chart));
    addTemplates(chart);
    expect(environment.node.children.map(({ node }) => node.id)).toEqual(['job-template-params']);
    expect(Testing.synth(environment.node.children[0] as Chart)).toMatchObject(EXPECTED);
  });

  test('by one binding of a chart without an environment', () => {
    const chart = Testing.chart();
    addTemplates(chart);
    const found = (Testing.synth(chart) as Json[]).filter((one) => field(one, 'metadata.name') === name);
    expect(found).toMatchObject(EXPECTED);
  });
});

test('a workload that may start Jobs of two templates is held by the one whose Job it is', () => {
  const { chart, namespace, engine } = started();
  new JobTemplate(chart, 'evaluate', { namespace, ...PROPS }).grantStart(engine);
  const policy = only(chart, 'ValidatingAdmissionPolicy', 'job-template-train-model.team.nstarx.io');
  expect(field(policy, 'spec.matchConditions.1')).toEqual({
    name: 'of-no-other-template',
    expression: expect.stringContaining("{'system:serviceaccount:team:engine': ['evaluate']}") as unknown,
  });
});

test('a template that nothing starts has no Role and no policy', () => {
  const { chart, namespace } = setUp();
  new JobTemplate(chart, 'train-model', { namespace, ...PROPS });
  const kinds = (Testing.synth(chart) as Json[]).map(({ kind }) => kind);
  expect(kinds).toContain('CronJob');
  expect(kinds.filter((kind) => /Role|Admission|Quota/.test(String(kind)))).toEqual([]);
});

test('the quota counts the pods of as many Jobs as may run', () => {
  const { template } = started({ maxJobs: 10, parallelism: 2 });
  expect(render(template.quota)).toMatchObject({
    kind: 'ResourceQuota',
    metadata: { name: 'train-model', namespace: 'team' },
    spec: { scopes: ['Terminating'], hard: { pods: '20' } },
  });
});

describe('alerts', () => {
  const namesOf = (template: JobTemplate): unknown[] =>
    (field(render(template.alerts), 'spec.groups.0.rules') as Json[]).map(({ alert }) => alert);

  test('tell of Jobs that failed, and with a bound of Jobs that wait', () => {
    expect(namesOf(started().template)).toEqual(['JobOfTemplateFailed']);
    const { template } = started({ maxJobs: 1 });
    expect(namesOf(template)).toEqual(['JobOfTemplateFailed', 'JobsOfTemplateWait']);
    expect(JSON.stringify(render(template.alerts))).toContain('docs/runbooks.md#joboftemplatefailed');
  });

  test('are not there where nothing scrapes', () => {
    const chart = new Chart(Testing.app(), 'test', { disableResourceNameHashes: true });
    inEnvironment(chart, 'test', new TestCluster(chart));
    const template = new JobTemplate(chart, 'a', { namespace: new TestNamespace(chart, 'team'), ...PROPS });
    expect(template.alerts).toBeUndefined();
  });
});

describe('refused', () => {
  test.each<[string, Partial<JobTemplateProps>, string]>([
    ['a request of no bytes', { maxRequestBytes: 0 }, 'maxRequestBytes must be a whole number between 1 and 100000'],
    ['a request that no variable can hold', { maxRequestBytes: 131_072 }, 'pass the place of larger data in a bucket'],
    ['no Jobs at all', { maxJobs: 0 }, 'maxJobs must be a whole number between 1 and 10000'],
    ['a name without place for that of a Job', { name: 'a'.repeat(53) }, 'name must'],
    [
      'a variable that is none',
      { requestVariable: 'A B' },
      'requestVariable must be a name of letters, digits and underscores other than JOB_NAME',
    ],
    ['the name of the Job for the request', { requestVariable: 'JOB_NAME' }, 'requestVariable must be a name'],
    [
      'a variable with two values',
      { env: { JOB_NAME: 'a' } },
      'env must not set what a pod has from its Job, got "JOB_NAME"',
    ],
  ])('%s', (_, props, message) => {
    expect(() => started(props)).toThrow(message);
  });

  test('a second bound in the namespace', () => {
    const { chart, namespace } = started({ maxJobs: 1 });
    expect(() => new JobTemplate(chart, 'other', { namespace, ...PROPS, maxJobs: 1 })).toThrow(
      '[test/other] maxJobs must be given to one JobTemplate of a namespace, since a quota cannot tell their pods apart, got 1: leave it out here or in train-model, or use two namespaces.',
    );
  });

  test('a Job that starts its own kind', () => {
    const { template } = started();
    expect(() => template.grantStart(template)).toThrow('workload must be another than the template');
  });

  test('a workload of another environment', () => {
    const { template } = started();
    const other = new Chart(Testing.app(), 'other', { disableResourceNameHashes: true });
    inEnvironment(other, 'other', new TestCluster(other));
    const namespace = new TestNamespace(other, 'team', SCRAPER);
    const stranger = new ServiceWorkload(other, 'engine', { namespace, image: 'e:1' });
    expect(() => template.grantStart(stranger)).toThrow('use the one of test');
  });
});
