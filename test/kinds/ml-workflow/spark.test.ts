import { refusal, specOf, Synthesized } from './support';

const IMAGE = 'registry.example.com/program:1.2.0';

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
    spec: {
      activeDeadlineSeconds: 3600,
      automountServiceAccountToken: true,
      containers: [{ name: 'spark-kubernetes-driver' }],
    },
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
