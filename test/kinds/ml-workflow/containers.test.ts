import { refusal, specOf, Synthesized, variables } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

test('a script is a file of a ConfigMap: neither a shell nor Argo reads it', () => {
  const script = 'print("{{workflow.name}}", "$(rm -rf /)", \'`id`\')\n';
  const made = new Synthesized(
    specOf([{ name: 'features', type: 'python-job', config: { script, arguments: ['--fast'] } }]),
  );
  const { container, volumes } = made.stage('features');
  const { name } = made.object('ConfigMap').metadata;
  expect(made.object('ConfigMap')).toMatchObject({ data: { 'features.script.py': script }, immutable: true });
  expect(container.command).toEqual(['python3']);
  expect(container.args).toEqual(['/programs/features.script.py', '--fast']);
  expect(container.image).toBe('docker.io/library/python:3.13.7-slim');
  expect(volumes).toContainEqual({
    name: 'programs',
    configMap: { name, items: [{ key: 'features.script.py', path: 'features.script.py' }] },
  });
  expect(JSON.stringify(made.object('WorkflowTemplate'))).not.toContain('rm -rf');
});

test('the gate gets the figures of all stages before it, and is not tried again when they are too low', () => {
  const made = new Synthesized(
    specOf([
      { name: 'old', type: 'container', config: { image: IMAGE }, dependsOn: [] },
      { name: 'apart', type: 'container', config: { image: IMAGE }, dependsOn: [] },
      { name: 'train', type: 'ml-training', config: { framework: 'pytorch' }, dependsOn: ['old'] },
      { name: 'gate', type: 'evaluation', config: { metrics: ['accuracy'], threshold: 0 } },
    ]),
  );
  expect(made.task('gate').arguments.parameters).toEqual([
    { name: 'metrics-old', value: "{{=toBase64(tasks['old'].outputs.parameters.metrics)}}" },
    { name: 'metrics-train', value: "{{=toBase64(tasks['train'].outputs.parameters.metrics)}}" },
  ]);
  const { container, retryStrategy } = made.stage('gate');
  expect(variables(container)).toMatchObject({
    EVALUATION_METRICS: '["accuracy"]',
    EVALUATION_THRESHOLD: '0',
    METRICS_INPUTS: '2',
    METRICS_INPUT_1: '{{inputs.parameters.metrics-train}}',
  });
  expect(retryStrategy.expression).toBe('lastRetry.exitCode != "3"');
  expect(container.resources.requests.memory).toBe('128Mi');
});

test('an evaluation with an image computes the figures before the gate, in the same pod', () => {
  const config = { metrics: ['accuracy'], image: IMAGE, dataset: 's3://data/test' };
  const made = new Synthesized(
    specOf([{ name: 'gate', type: 'evaluation', config }], { resources: { default: { memory: '8Gi' } } }),
  );
  const { initContainers, container } = made.stage('gate');
  expect(initContainers).toMatchObject([
    { name: 'evaluate', image: IMAGE, resources: { requests: { memory: '8Gi' } } },
  ]);
  expect(variables(initContainers[0])).toMatchObject({
    EVALUATION_DATASET: 's3://data/test',
    METRICS_OUTPUT: '/workspace/metrics.json',
  });
  expect(variables(container)).toMatchObject({ METRICS_FILE: '/workspace/metrics.json' });
  expect(variables(container)).not.toHaveProperty('EVALUATION_THRESHOLD');
});

test('a model is registered in MLflow; without one the stage is refused', () => {
  const stages = [
    { name: 'register', type: 'model-registry', config: { name: 'fraud', tags: ['a', 'b=c'], version: '3.0' } },
  ];
  const made = new Synthesized(specOf(stages));
  expect(made.stage('register').container.image).toBe('ghcr.io/mlflow/mlflow:v3.15.1');
  expect(variables(made.stage('register').container)).toMatchObject({
    MODEL_NAME: 'ml-workflows.fraud',
    MODEL_TAGS: '["a","b=c"]',
    MODEL_VERSION: '3.0',
    MLFLOW_TRACKING_URI: 'http://mlflow.mlflow.svc:5000',
    MLFLOW_EXPERIMENT_NAME: 'ml-workflows/churn',
  });
  const refused = 'tracking.uri must be given, since stage register registers a model and the platform has no MLflow';
  expect(refusal(specOf(stages), {})).toContain(refused);
  expect(refusal(specOf(stages, { tracking: { enabled: false } }))).toContain(refused);
  expect(refusal(specOf(stages, { tracking: { uri: 'https://mlflow.example.com' } }), {})).toBe('accepted');
});

test('files go through the bucket of the platform, as folders by stage', () => {
  const artifacts = {
    bucket: 'artifacts',
    endpoint: 's3.backing-services.svc:8333',
    insecure: true,
    accessKey: { secretName: 'bucket', key: 'id' },
    secretKey: { secretName: 'bucket', key: 'secret' },
  };
  const stages = ['a', 'b'].map((name) => ({ name, type: 'container', config: { image: IMAGE } }));
  const made = new Synthesized(specOf(stages), { artifacts });
  expect(made.stage('a').outputs.artifacts).toEqual([
    {
      name: 'output',
      path: '/workspace/output',
      optional: true,
      archive: { tar: { compressionLevel: 1 } },
      s3: {
        bucket: 'artifacts',
        endpoint: 's3.backing-services.svc:8333',
        insecure: true,
        accessKeySecret: { name: 'bucket', key: 'id' },
        secretKeySecret: { name: 'bucket', key: 'secret' },
        key: 'workflows/ml-workflows/churn/{{workflow.name}}/a.tgz',
      },
    },
  ]);
  expect(made.stage('b').inputs.artifacts).toEqual([{ name: 'a', path: '/workspace/input/a', optional: true }]);
  expect(made.task('b').arguments.artifacts).toEqual([
    { name: 'a', from: '{{tasks.a.outputs.artifacts.output}}', optional: true },
  ]);
  expect(
    new Synthesized(specOf(stages), { artifacts: { bucket: 'b' } }).stage('a').outputs.artifacts[0].s3,
  ).toMatchObject({
    endpoint: 's3.amazonaws.com',
    useSDKCreds: true,
  });
  expect(new Synthesized(specOf(stages)).stage('b')).not.toHaveProperty('inputs');
});
