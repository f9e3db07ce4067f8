import { refusal, sampleSpec, specOf, Synthesized, TRACKING } from './support';

const STAGES = [{ name: 'a', type: 'container', config: { image: 'registry.example.com/a:1' } }];

test('a schedule is a CronWorkflow of the template, as Argo 4 spells it', () => {
  const made = new Synthesized(
    specOf(STAGES, {
      trigger: { type: 'schedule', schedule: '0 2 * * *', timeZone: 'Europe/Berlin' },
      concurrencyPolicy: 'Replace',
      historyLimit: 3,
      suspend: true,
    }),
  );
  expect(made.object('CronWorkflow')).toMatchObject({
    metadata: { name: 'churn', namespace: 'ml-workflows' },
    spec: {
      schedules: ['0 2 * * *'],
      timezone: 'Europe/Berlin',
      concurrencyPolicy: 'Replace',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      suspend: true,
      workflowMetadata: { labels: { 'nstarx.io/workflow': 'churn' } },
      workflowSpec: { workflowTemplateRef: { name: 'churn' } },
    },
  });
  expect(made.object('CronWorkflow').spec).not.toHaveProperty('schedule');
});

test('started by hand there is the template only', () => {
  const made = new Synthesized(specOf(STAGES, { trigger: { type: 'manual' } }));
  expect(made.objects.map(({ kind }) => kind as string)).toEqual(['WorkflowTemplate']);
});

test('stages run as an account that may report results only, unless the spec names one', () => {
  const made = new Synthesized(specOf(STAGES));
  expect(made.spec.serviceAccountName).toBe('argo-workflow');
  expect(made.stage('a')).not.toHaveProperty('serviceAccountName');
  expect(new Synthesized(specOf(STAGES, { serviceAccountName: 'mine' })).spec.serviceAccountName).toBe('mine');
});

test('what a failed run holds is given back, unless it is kept to look into', () => {
  const made = new Synthesized(sampleSpec());
  expect(made.spec.hooks).toEqual({ exit: { template: 'release', expression: 'workflow.status != "Succeeded"' } });
  expect(made.template('release')).toMatchObject({
    serviceAccountName: 'argo-workflow-resources',
    resource: {
      action: 'delete',
      flags: [
        'sparkapplications.sparkoperator.k8s.io,trainjobs.trainer.kubeflow.org',
        '--selector',
        'nstarx.io/workflow-run={{workflow.name}}',
        '--wait=false',
      ],
    },
  });
  expect(new Synthesized(sampleSpec(), { ...TRACKING, keepFailedJobs: true }).spec).not.toHaveProperty('hooks');
  expect(new Synthesized(specOf(STAGES)).spec).not.toHaveProperty('hooks');
});

test('a zone places every pod, also those that only wait', () => {
  const zone = { name: 'z', nodeSelector: { pool: 'gpu' }, ownNodes: true };
  const made = new Synthesized(sampleSpec(), TRACKING, zone);
  expect(made.spec.nodeSelector).toEqual({ pool: 'gpu' });
  const toleration = { key: 'nstarx.io/zone', operator: 'Equal', value: 'z', effect: 'NoSchedule' };
  expect(made.spec.tolerations).toEqual([toleration]);
  for (const name of ['data-preparation', 'feature-engineering', 'model-training', 'model-evaluation']) {
    expect(made.stage(name).tolerations).toEqual([toleration]);
  }
  expect(made.manifest('data-preparation').spec.driver).toMatchObject({
    nodeSelector: { pool: 'gpu' },
    tolerations: [toleration],
  });
});

test('a name from which no run could be named is refused', () => {
  expect(refusal(specOf(STAGES), TRACKING, undefined, 'x'.repeat(53))).toContain(
    'name must be a DNS label of at most 52',
  );
});

test('the order of keys means nothing: the API server keeps none', () => {
  const workflow = (keys: readonly string[], amounts: readonly string[]) => {
    const ordered = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1Gi']));
    const config = { framework: 'pytorch', hyperparameters: { deep: ordered(keys) }, environment: ordered(keys) };
    const container = { image: 'r/a:1', environment: ordered(keys) };
    return new Synthesized(
      specOf(
        [
          { name: 'train', type: 'ml-training', config },
          { name: 'a', type: 'container', config: container },
        ],
        { resources: { default: ordered(amounts) } },
      ),
    ).objects;
  };
  const [one, other] = [workflow(['a', 'b', 'c'], ['cpu', 'memory']), workflow(['c', 'b', 'a'], ['memory', 'cpu'])];
  expect(JSON.stringify(other)).toBe(JSON.stringify(one));
});
