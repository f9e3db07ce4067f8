import { argoPod } from './argo-pod';
import { Json, specOf, Synthesized, TRACKING, variables } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

const STAGES: readonly Json[] = [
  { name: 'prepare', type: 'spark-job', config: { mainClass: 'com.example.Prep', jar: 's3://jars/prep.jar' } },
  { name: 'load', type: 'data-pipeline', config: { pipeline: 'orders' } },
  { name: 'script', type: 'python-job', config: { script: 'print(1)' } },
  { name: 'program', type: 'container', config: { image: IMAGE, command: ['run'] } },
  { name: 'fit', type: 'ml-training', config: { framework: 'pytorch', image: IMAGE } },
  { name: 'forest', type: 'ml-training', config: { framework: 'sklearn', image: IMAGE } },
  { name: 'gate', type: 'evaluation', config: { metrics: ['auc'], threshold: 0.9 } },
  { name: 'measure', type: 'evaluation', config: { metrics: ['auc'], image: IMAGE, command: ['measure'] } },
  { name: 'register', type: 'model-registry', config: { name: 'churn' } },
];

test.each(['release', ...STAGES.map(({ name }) => `stage-${String(name)}`)])(
  'the pod of template %s mounts nothing twice, and each of its containers has a /tmp',
  (template) => {
    const spec = specOf(STAGES, {
      checkpoints: { path: 'pvc://state/runs' },
      resources: { default: { 'nvidia.com/gpu': '1' } },
    });
    const made = new Synthesized(spec, { ...TRACKING, artifacts: { bucket: 'files' } });
    const { init, main } = argoPod(made, template);
    for (const { name, volumeMounts, securityContext } of [...init, ...main]) {
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      expect({ name, paths: [...new Set(paths)] }).toEqual({ name, paths });
      expect({ name, paths }).toMatchObject({ paths: expect.arrayContaining(['/tmp', '/var/run/argo']) });
      expect({ name, securityContext }).toMatchObject({ securityContext: { readOnlyRootFilesystem: true } });
    }
  },
);

test('the program of an evaluation has the devices of its stage, and the files that the gate has', () => {
  const spec = specOf([{ name: 'gate', type: 'evaluation', config: { metrics: ['auc'], image: IMAGE } }], {
    resources: { gate: { 'nvidia.com/gpu': '1' }, default: { memory: '8Gi' } },
  });
  const [, evaluate] = argoPod(new Synthesized(spec), 'stage-gate').init;
  expect(evaluate).toMatchObject({ name: 'evaluate', resources: { limits: { memory: '8Gi', 'nvidia.com/gpu': '1' } } });
  expect(evaluate.volumeMounts.map(({ mountPath }) => mountPath).sort()).toEqual([
    '/dev/shm',
    '/programs',
    '/tmp',
    '/var/run/argo',
    '/workspace',
  ]);
});

test('a container keeps to Pod Security restricted with a read-only root, and so do those of Argo in its pod', () => {
  const made = new Synthesized(specOf([{ name: 'a', type: 'container', config: { image: IMAGE, command: ['run'] } }]));
  const { container, podSpecPatch, volumes } = made.stage('a');
  expect(made.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(container.securityContext).toMatchObject({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
  expect(container.volumeMounts).toEqual(
    expect.arrayContaining([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'workspace', mountPath: '/workspace' },
    ]),
  );
  expect(volumes).toHaveLength(2);
  const patch = JSON.parse(podSpecPatch as string);
  expect(patch.initContainers).toMatchObject([{ name: 'init', securityContext: { readOnlyRootFilesystem: true } }]);
  expect(patch.containers).toMatchObject([{ name: 'wait', securityContext: { readOnlyRootFilesystem: true } }]);
});

test("only Argo's own containers have the token of the account", () => {
  const config = { image: IMAGE, command: ['run'], metrics: ['accuracy'] };
  const made = new Synthesized(
    specOf([
      { name: 'a', type: 'container', config },
      { name: 'b', type: 'evaluation', config, dependsOn: ['a'] },
    ]),
  );
  for (const stage of ['stage-a', 'stage-b']) {
    const { automountServiceAccountToken, volumes } = JSON.parse(made.template(stage).podSpecPatch as string);
    expect(automountServiceAccountToken).toBe(false);
    expect(volumes).toMatchObject([
      { name: 'executor-token', projected: { sources: [{ serviceAccountToken: {} }, {}, {}] } },
    ]);
    const { init, main } = argoPod(made, stage);
    const withToken = [...init, ...main].filter(({ volumeMounts }) =>
      volumeMounts.some(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount'),
    );
    expect(withToken.map(({ name }) => name)).toEqual(['init', 'wait']);
  }
});

test('a stage sets its own variables, but not the names of its run', () => {
  const environment = {
    AWS_REGION: 'eu-west-1',
    WORKFLOW_RUN: 'mine',
    WORKFLOW_NAMESPACE: 'fraud',
    MLFLOW_EXPERIMENT_NAME: 'fraud/churn',
    MLFLOW_RUN_CONTEXT: '{}',
    TOKEN: 'plain',
  };
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE, environment } }];
  const made = new Synthesized(specOf(stages), {
    trackingUri: 'http://mlflow',
    env: { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_S3: 'http://s3' },
    secretEnv: [
      { name: 'TOKEN', secretName: 's', key: 'token' },
      { name: 'KEY', secretName: 's', key: 'key', optional: true },
    ],
  });
  const { env } = made.stage('a').container;
  expect(variables(made.stage('a').container)).toMatchObject({
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: 'http://s3',
    WORKFLOW_RUN: '{{workflow.name}}',
    WORKFLOW_NAMESPACE: 'ml-workflows',
    MLFLOW_EXPERIMENT_NAME: 'ml-workflows/churn',
    MLFLOW_RUN_CONTEXT: JSON.stringify({
      'nstarx.io/workflow-run': 'ml-workflows/{{workflow.name}}',
      'nstarx.io/workflow': 'ml-workflows/churn',
      'nstarx.io/workflow-stage': 'a',
      'mlflow.runName': '{{workflow.name}}.a',
    }),
    TOKEN: 'plain',
    KEY: { secretKeyRef: { name: 's', key: 'key', optional: true } },
  });
  const names = (env as { name: string }[]).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
