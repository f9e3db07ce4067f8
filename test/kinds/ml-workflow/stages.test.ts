import { refusal, specOf, Synthesized, TRACKING, variables } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';
const ZONE = {
  name: 'training',
  nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB' },
  limits: { 'nvidia.com/gpu': '8', cpu: '4' },
  ownNodes: true,
};

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

test('the ConfigMap has another name for other scripts', () => {
  const name = (script: string): string =>
    new Synthesized(specOf([{ name: 'a', type: 'python-job', config: { script } }])).object('ConfigMap').metadata
      .name as string;
  expect(name('1')).toMatch(/^churn-[0-9a-f]{10}$/);
  expect(name('1')).toBe(name('1'));
  expect(name('1')).not.toBe(name('2'));
});

test('scripts that no ConfigMap takes are refused', () => {
  const stages = Array.from({ length: 20 }, (_, at) => ({
    name: `s${at}`,
    type: 'python-job',
    config: { script: '#'.repeat(60_000) },
  }));
  expect(refusal(specOf(stages))).toContain('stages must have scripts of at most 1000000 bytes together, got 1200000');
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

test('a stage is tried again with growing pauses, and stopped in time', () => {
  const config = { image: IMAGE };
  const made = new Synthesized(
    specOf([
      { name: 'a', type: 'container', config, retries: 3, timeout: '1h30m' },
      { name: 'b', type: 'container', config, retries: 0 },
      { name: 'c', type: 'container', config },
    ]),
  );
  expect(made.stage('a')).toMatchObject({
    activeDeadlineSeconds: 5400,
    retryStrategy: { limit: '3', retryPolicy: 'Always', backoff: { duration: '30s', factor: 2 } },
  });
  expect(made.stage('b')).not.toHaveProperty('retryStrategy');
  expect(made.stage('c').retryStrategy.limit).toBe('1');
  expect(made.stage('c')).not.toHaveProperty('activeDeadlineSeconds');
});

test('a profile of the stage wins over training, and that over default', () => {
  const resources = {
    default: { cpu: 4, memory: '16Gi' },
    training: { memory: '64Gi', 'nvidia.com/gpu': '2' },
    second: { 'nvidia.com/gpu': '1' },
  };
  const training = (name: string) => ({ name, type: 'ml-training', config: { framework: 'sklearn', image: IMAGE } });
  const made = new Synthesized(
    specOf([training('first'), training('second'), { name: 'c', type: 'container', config: { image: IMAGE } }], {
      resources,
    }),
  );
  expect(made.stage('first').container.resources).toEqual({
    requests: { cpu: '4', memory: '64Gi', 'nvidia.com/gpu': '2' },
    limits: { memory: '64Gi', 'nvidia.com/gpu': '2' },
  });
  expect(made.stage('second').container.resources.limits).toEqual({ memory: '64Gi', 'nvidia.com/gpu': '1' });
  expect(made.stage('c').container.resources.requests).toEqual({ cpu: '4', memory: '16Gi' });
  expect(made.stage('first').tolerations).toEqual([
    { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  ]);
  expect(made.stage('c')).not.toHaveProperty('tolerations');
});

test('profiles that no stage has, and amounts that are none, are refused', () => {
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  expect(refusal(specOf(stages, { resources: { gpu: { cpu: '1' } } }))).toContain(
    'resources.gpu must be named one of default, training, a, got "gpu"',
  );
  expect(refusal(specOf(stages, { resources: { a: { memory: '16 GB' } } }))).toContain(
    'resources.a.memory must be a quantity',
  );
});

test('a Spark stage is a SparkApplication that belongs to the run', () => {
  const made = new Synthesized(
    specOf(
      [
        {
          name: 'prepare',
          type: 'spark-job',
          config: { mainClass: 'com.example.Prep', jar: 's3://jars/prep.jar' },
          timeout: '1h',
        },
      ],
      {
        resources: { default: { cpu: '2500m', memory: '11Gi' } },
      },
    ),
  );
  expect(made.stage('prepare')).toMatchObject({
    serviceAccountName: 'argo-workflow-resources',
    activeDeadlineSeconds: 3660,
    resource: {
      action: 'create',
      setOwnerReference: true,
      successCondition: 'status.applicationState.state == COMPLETED',
      failureCondition: 'status.applicationState.state in (FAILED, SUBMISSION_FAILED)',
    },
  });
  const application = made.manifest('prepare');
  // the driver ends in time by itself: another attempt begins when the pod that waits for it has ended
  expect(application.spec.driver.template).toEqual({
    spec: { activeDeadlineSeconds: 3600, containers: [{ name: 'spark-kubernetes-driver' }] },
  });
  expect(application).toMatchObject({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { generateName: 'churn-prepare-', labels: { 'nstarx.io/workflow-run': '{{workflow.name}}' } },
    spec: {
      type: 'Scala',
      mainClass: 'com.example.Prep',
      mainApplicationFile: 's3a://jars/prep.jar',
      restartPolicy: { type: 'Never' },
      driver: { cores: 3, coreRequest: '2500m', memory: '10240m', memoryOverhead: '1024m', serviceAccount: 'spark' },
      executor: { cores: 3, memory: '10240m', securityContext: { readOnlyRootFilesystem: true } },
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
        { name: 'work', emptyDir: { sizeLimit: '5Gi' } },
      ],
    },
  });
  const { driver, executor } = made.manifest('prepare').spec as Record<string, { readonly volumeMounts: unknown }>;
  for (const pod of [driver, executor]) {
    expect(pod.volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      // the working directory of the image, which Spark writes to
      { name: 'work', mountPath: '/opt/spark/work-dir' },
    ]);
  }
});

test('a Python file on Spark needs no class; what cannot start is refused', () => {
  const spark = (config: object, resources = {}) => specOf([{ name: 'a', type: 'spark-job', config }], { resources });
  expect(new Synthesized(spark({ image: IMAGE, jar: 'file:///opt/app/main.py' })).manifest('a').spec).toMatchObject({
    type: 'Python',
    image: IMAGE,
    mainApplicationFile: 'local:///opt/app/main.py',
  });
  const python = spark({ jar: 's3://jobs/main.py' }, { a: { cpu: '2.5', memory: '8Gi' } });
  expect(new Synthesized(python).manifest('a').spec).toMatchObject({
    // Python has its memory beside the JVM
    driver: { cores: 3, coreRequest: '2500m', memory: '5851m', memoryOverhead: '2341m' },
    executor: { cores: 3, coreRequest: '2500m', memory: '5851m', memoryOverhead: '2341m' },
  });
  expect(refusal(spark({ image: IMAGE }))).toContain('stages[0].config.mainClass must be given');
  expect(refusal(spark({ mainClass: 'a.B' }, { a: { memory: '512Mi' } }))).toContain(
    'resources.a.memory must be at least 896Mi for Spark, which stage a runs on',
  );
});

test('a training is a TrainJob with its workers, its GPUs and its hyperparameters', () => {
  const config = {
    framework: 'pytorch',
    image: IMAGE,
    command: ['torchrun', 'train.py'],
    distributedTraining: { workers: 2, backend: 'gloo' },
    hyperparameters: { learning_rate: 0.001, layers: [64, 64] },
    dataset: 's3://data/train',
  };
  const made = new Synthesized(
    specOf([{ name: 'train', type: 'ml-training', config, timeout: '2h' }], {
      resources: { training: { 'nvidia.com/gpu': '4' } },
      checkpoints: { path: 'pvc://state/runs/' },
    }),
    TRACKING,
    ZONE,
  );
  const { spec } = made.manifest('train');
  expect(spec).toMatchObject({
    runtimeRef: { kind: 'ClusterTrainingRuntime', name: 'torch-distributed' },
    activeDeadlineSeconds: 7200,
    trainer: { image: IMAGE, command: ['torchrun', 'train.py'], numNodes: 2 },
  });
  expect(spec.trainer.resourcesPerNode.limits['nvidia.com/gpu']).toBe('4');
  expect(variables(spec.trainer)).toMatchObject({
    HYPERPARAMETERS: '{"layers":[64,64],"learning_rate":0.001}',
    DATASET: 's3://data/train',
    DISTRIBUTED_BACKEND: 'gloo',
    CHECKPOINT_PATH: '/checkpoints/{{workflow.name}}/train',
    CHECKPOINT_INTERVAL_SECONDS: '1800',
  });
  const [job] = spec.runtimePatches[0].trainingRuntimeSpec.template.spec.replicatedJobs;
  const pod = job.template.spec.template.spec;
  expect(pod).toMatchObject({
    nodeSelector: ZONE.nodeSelector,
    tolerations: [
      { key: 'nvidia.com/gpu', operator: 'Exists' },
      { key: 'nstarx.io/zone', operator: 'Equal', value: 'training' },
    ],
  });
  expect(pod.volumes).toContainEqual({ name: 'checkpoints', persistentVolumeClaim: { claimName: 'state' } });
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: 'checkpoints',
    mountPath: '/checkpoints',
    subPath: 'runs',
  });
  expect(made.stage('train').outputs.parameters[0]).toMatchObject({ name: 'metrics', valueFrom: { default: '{}' } });
});

test('the name of a training leaves room for the names of its pods', () => {
  const config = { framework: 'pytorch', image: IMAGE };
  const name = `0${'long-'.repeat(10)}x`;
  const made = new Synthesized(
    specOf([{ name: `9${'s'.repeat(62)}`, type: 'ml-training', config }]),
    TRACKING,
    undefined,
    name,
  );
  const { generateName } = JSON.parse(made.spec.templates[1].resource.manifest as string).metadata as {
    generateName: string;
  };
  expect(generateName).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]-$/);
  expect(generateName.length).toBeLessThanOrEqual(40);
});

test('frameworks without a runtime train in one pod; more workers, MPI and NCCL without GPUs are refused by their field', () => {
  const training = (config: object, more: object = {}) =>
    specOf([{ name: 'train', type: 'ml-training', config }], more);
  const distributed = (backend: string) => ({ distributedTraining: { workers: 2, backend } });
  const made = new Synthesized(training({ framework: 'xgboost', image: IMAGE, hyperparameters: { depth: 6 } }));
  expect(variables(made.stage('train').container)).toMatchObject({ HYPERPARAMETERS: '{"depth":6}' });
  expect(refusal(training({ framework: 'xgboost' }))).toContain(
    'stages[0].config.image must be given, since the platform has training runtimes for pytorch, huggingface only',
  );
  expect(refusal(training({ framework: 'xgboost', image: IMAGE, ...distributed('gloo') }))).toContain(
    'stages[0].config.distributedTraining.workers must be 1',
  );
  expect(refusal(training({ framework: 'pytorch', ...distributed('nccl') }))).toContain(
    'stages[0].config.distributedTraining.backend must not be nccl without GPUs',
  );
  expect(refusal(training({ framework: 'pytorch', ...distributed('mpi') }))).toContain(
    'stages[0].config.distributedTraining.backend must be nccl or gloo',
  );
  const trainingRuntimes = { xgboost: 'xgboost-distributed', mpi: 'deepspeed-distributed' };
  const runtime = (config: object): unknown =>
    new Synthesized(training(config), { trainingRuntimes }).manifest('train').spec.runtimeRef.name;
  expect(runtime({ framework: 'xgboost', ...distributed('gloo') })).toBe('xgboost-distributed');
  expect(runtime({ framework: 'pytorch', ...distributed('mpi') })).toBe('deepspeed-distributed');
});

test('more GPUs than the zone has are refused with the field and the count', () => {
  const stages = (workers: number) => [
    {
      name: 'train',
      type: 'ml-training',
      config: { framework: 'pytorch', distributedTraining: { workers, backend: 'nccl' } },
    },
  ];
  const resources = { training: { 'nvidia.com/gpu': '4' } };
  expect(refusal(specOf(stages(2), { resources }), TRACKING, ZONE)).toBe('accepted');
  expect(refusal(specOf(stages(3), { resources }), TRACKING, ZONE)).toBe(
    '[test/workflow] resources.training.nvidia.com/gpu must not need more than the 8 of zone training; stage train has 3 pods with 4 each, ' +
      'got "4": use fewer, train with fewer workers, or raise the zone\'s limit.',
  );
  const program = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  expect(refusal(specOf(program, { resources: { a: { 'nvidia.com/gpu': '9' } } }), TRACKING, ZONE)).toContain(
    'resources.a.nvidia.com/gpu must not need more than the 8',
  );
  // CPU is what the quota is for
  expect(refusal(specOf(program, { resources: { a: { cpu: '9' } } }), TRACKING, ZONE)).toBe('accepted');
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
    { name: 'metrics-old', value: '{{tasks.old.outputs.parameters.metrics}}' },
    { name: 'metrics-train', value: '{{tasks.train.outputs.parameters.metrics}}' },
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
    MODEL_NAME: 'fraud',
    MODEL_TAGS: '["a","b=c"]',
    MODEL_VERSION: '3.0',
    MLFLOW_TRACKING_URI: 'http://mlflow.mlflow.svc:5000',
    MLFLOW_EXPERIMENT_NAME: 'churn',
  });
  const refused = 'tracking.uri must be given, since stage register registers a model and the platform has no MLflow';
  expect(refusal(specOf(stages), {})).toContain(refused);
  expect(refusal(specOf(stages, { tracking: { enabled: false } }))).toContain(refused);
  expect(refusal(specOf(stages, { tracking: { uri: 'https://mlflow.example.com' } }), {})).toBe('accepted');
});

test('a run of a pipeline is asked for by an annotation, and its end is read from the status', () => {
  const stages = [{ name: 'load', type: 'data-pipeline', config: { pipeline: 'orders' } }];
  const made = new Synthesized(specOf(stages));
  expect(made.manifest('load')).toEqual({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'DataPipeline',
    metadata: { name: 'orders', annotations: { 'nstarx.io/run': '{{workflow.uid}}.0.{{retries}}' } },
  });
  expect(made.stage('load').resource).toMatchObject({
    action: 'patch',
    mergeStrategy: 'merge',
    successCondition: 'status.requestedRun == {{workflow.uid}}.0.{{retries}}.Completed',
    failureCondition: 'status.requestedRun == {{workflow.uid}}.0.{{retries}}.Failed',
  });
  expect(made.stage('load').resource).not.toHaveProperty('setOwnerReference');
  // Argo knows the attempt only where there may be several
  const once = new Synthesized(specOf([{ ...stages[0], retries: 0 }]));
  expect(once.manifest('load').metadata.annotations['nstarx.io/run']).toBe('{{workflow.uid}}.0.0');
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
        key: 'workflows/churn/{{workflow.name}}/a.tgz',
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

test.each([
  ['s3://bucket/state/', 's3://bucket/state/{{workflow.name}}/a'],
  ['pvc://claim', '/checkpoints/{{workflow.name}}/a'],
])('state at %s is kept at %s', (path, expected) => {
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  const made = new Synthesized(specOf(stages, { checkpoints: { path, interval: '90s' } }));
  expect(variables(made.stage('a').container)).toMatchObject({
    CHECKPOINT_PATH: expected,
    CHECKPOINT_INTERVAL_SECONDS: '90',
  });
  const off = new Synthesized(specOf(stages, { checkpoints: { path, enabled: false } }));
  expect(variables(off.stage('a').container)).not.toHaveProperty('CHECKPOINT_PATH');
});

test.each(['https://host/state', 'file:///state', 'pvc://claim/../other'])('state at %s is refused', (path) => {
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE } }];
  expect(refusal(specOf(stages, { checkpoints: { path } }))).toContain(
    'checkpoints.path must be a volume or an object store',
  );
});

test('a stage sets its own variables, but not the names of its run', () => {
  const environment = { AWS_REGION: 'eu-west-1', WORKFLOW_RUN: 'mine', TOKEN: 'plain' };
  const stages = [{ name: 'a', type: 'container', config: { image: IMAGE, environment } }];
  const made = new Synthesized(specOf(stages), {
    variables: { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_S3: 'http://s3' },
    secretVariables: [
      { name: 'TOKEN', secretName: 's', key: 'token' },
      { name: 'KEY', secretName: 's', key: 'key', optional: true },
    ],
  });
  const { env } = made.stage('a').container;
  expect(variables(made.stage('a').container)).toMatchObject({
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: 'http://s3',
    WORKFLOW_RUN: '{{workflow.name}}',
    TOKEN: 'plain',
    KEY: { secretKeyRef: { name: 's', key: 'key', optional: true } },
  });
  const names = (env as { name: string }[]).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
