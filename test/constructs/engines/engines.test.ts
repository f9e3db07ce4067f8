import { ENGINE_ACCOUNTS } from '../../../src/contracts/engine-accounts';
import { Engine, EngineAccount, Engines, EnginesProps, ModelServerAccount } from '../../../src/constructs/engines';
import { PlatformGateway } from '../../../src/constructs/gateway';
import { Namespace } from '../../../src/constructs/tenancy';
import {
  list,
  manifest,
  manifests,
  TestCluster,
  TestDatabase,
  TestEnvironment,
  TestStore,
  text,
} from '../tenancy/support';

function setUp() {
  const environment = new TestEnvironment();
  new TestCluster(environment);
  const chart = environment.chart();
  const gateway = new PlatformGateway(chart, 'gateway', { domain: 'ml.acme.example', issuerName: 'ca' });
  return { environment, chart, gateway, namespace: new Namespace(chart, 'data-processing') };
}

function installed(props: Partial<EnginesProps> = {}): string[] {
  const { environment, chart, gateway } = setUp();
  new Engines(chart, 'engines', { gateway, ...props });
  return environment.components.sorted().map(({ name }) => name);
}

test('all engines are installed unless left out', () => {
  expect(installed()).toEqual(
    expect.arrayContaining([
      'argo-workflows',
      'feast-operator',
      'flink-kubernetes-operator',
      'jobset',
      'kserve',
      'kserve-crd',
      'kserve-runtimes',
      'kubeflow-trainer',
      'spark-operator',
    ]),
  );
  const none = {
    kserve: false,
    spark: false,
    flink: false,
    argoWorkflows: false,
    kubeflowTrainer: false,
    feast: false,
  };
  expect(installed(none)).toEqual(['envoy-gateway']);
});

test('models are served through the gateway of the platform', () => {
  const { environment, chart, gateway } = setUp();
  new Engines(chart, 'engines', { gateway });
  const kserve = environment.components.sorted().find(({ name }) => name === 'kserve');
  expect(kserve?.values).toMatchObject({
    kserve: {
      controller: {
        gateway: {
          domain: 'ml.acme.example',
          ingressGateway: { kserveGateway: `envoy-gateway-system/${gateway.gateway.name}` },
        },
      },
    },
  });
});

test('KServe comes after what brings the kinds of routes, without which it ends', () => {
  const names = installed();
  expect(names.indexOf('kserve')).toBeGreaterThan(names.indexOf('envoy-gateway'));
  const { environment, chart, gateway } = setUp();
  new Engines(chart, 'engines', { gateway });
  const kserve = environment.components.sorted().find(({ name }) => name === 'kserve');
  expect(kserve?.requires.map(({ name }) => name)).toContain('envoy-gateway');
});

test('trainings start from a runtime that a restricted namespace lets in, with their priority', () => {
  const { chart, gateway } = setUp();
  const engines = new Engines(chart, 'engines', {
    gateway,
    trainingPriorityClassName: 'nstarx-batch-training',
  });
  expect(engines.torchRuntime).toBeDefined();
  const runtime = manifest(chart, 'ClusterTrainingRuntime', 'torch-distributed');
  const job = list(runtime.spec.template.spec.replicatedJobs)[0];
  const pod = job.template.spec.template.spec;
  expect(pod).toMatchObject({
    serviceAccountName: 'trainer',
    priorityClassName: 'nstarx-batch-training',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(list(pod.containers)[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  });
});

test("an engine's pods have an account with what they need, reach each other and the API server", () => {
  const { chart, namespace } = setUp();
  const account = new EngineAccount(chart, 'spark', { engine: Engine.SPARK, namespace });
  expect(account.identity).toEqual({ namespace: 'data-processing', serviceAccountName: 'spark' });
  expect(manifest(chart, 'Role', 'spark', 'data-processing').rules).toEqual([
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['get', 'list', 'watch', 'create', 'delete', 'deletecollection'],
    },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'deletecollection'] },
  ]);
  expect(manifest(chart, 'RoleBinding', 'spark').subjects).toEqual([
    { kind: 'ServiceAccount', name: 'spark', namespace: 'data-processing' },
  ]);
  const pods = { matchExpressions: [{ key: 'sparkoperator.k8s.io/launched-by-spark-operator', operator: 'Exists' }] };
  expect(manifest(chart, 'NetworkPolicy', 'engine-spark').spec).toEqual({
    podSelector: pods,
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          { podSelector: pods },
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'spark-operator' } } },
        ],
      },
    ],
    egress: [
      { to: [{ podSelector: pods }] },
      {
        ports: [
          { port: 443, protocol: 'TCP' },
          { port: 6443, protocol: 'TCP' },
        ],
      },
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ],
  });
});

test.each([
  [Engine.SPARK, false],
  [Engine.FLINK, true],
  [Engine.ARGO_WORKFLOWS, false],
  [Engine.ARGO_RESOURCES, true],
  [Engine.TRAINER, false],
  [Engine.EVENT_SOURCES, false],
  [Engine.RUN_REQUESTS, true],
])('%#: pods have the token of the account only where no container can be given it alone', (engine, mounts) => {
  const { chart, namespace } = setUp();
  new EngineAccount(chart, 'account', { engine, namespace });
  expect(manifest(chart, 'ServiceAccount', engine.accountName).automountServiceAccountToken).toBe(mounts);
});

test('no account of an engine writes what makes pods, Services, claims or rights', () => {
  const { chart, namespace } = setUp();
  const pods = [Engine.SPARK, Engine.FLINK, Engine.ARGO_WORKFLOWS, Engine.ARGO_RESOURCES, Engine.TRAINER];
  const engines = [...pods, Engine.EVENT_SOURCES, Engine.RUN_REQUESTS];
  for (const engine of engines) new EngineAccount(chart, engine.accountName, { engine, namespace });
  expect(engines.map(({ accountName }) => accountName).sort()).toEqual([...ENGINE_ACCOUNTS].sort());
  const written = engines.flatMap(({ rules }) =>
    rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb))),
  );
  expect([...new Set(written.flatMap(({ resources }) => resources))].sort()).toEqual([
    'configmaps',
    'datapipelines',
    // one annotation of them, as an admission policy says
    'mlworkflows',
    'pods',
    'sparkapplications',
    'trainjobs',
    'workflowtaskresults',
  ]);
});

test('trainings need nothing of the API server, so they get no token, no role and no way to it', () => {
  const { chart, namespace } = setUp();
  new EngineAccount(chart, 'trainer', { engine: Engine.TRAINER, namespace });
  expect(manifest(chart, 'ServiceAccount', 'trainer').automountServiceAccountToken).toBe(false);
  expect(manifests(chart).filter(({ kind }) => text(kind) === 'Role')).toEqual([]);
  expect(list(manifest(chart, 'NetworkPolicy', 'engine-trainer').spec.egress).map(({ ports }) => ports)).toEqual([
    undefined,
    ['UDP', 'TCP'].map((protocol) => ({ port: 53, protocol })),
  ]);
});

test("an engine's account is granted services, and its namespace gets their labels", () => {
  const { environment, chart, namespace } = setUp();
  const database = new TestDatabase(environment);
  const account = new EngineAccount(chart, 'flink', { engine: Engine.FLINK, namespace });
  database.grantRead(account);
  expect(account.env).toMatchObject({ DATABASE_HOST: 'database.backing-services.svc' });
  expect(account.secretEnv.map(({ name }) => name)).toEqual(['DATABASE_USERNAME', 'DATABASE_PASSWORD']);
  expect(database.bound).toEqual([
    { identity: { namespace: 'data-processing', serviceAccountName: 'flink' }, access: 'read' },
  ]);
  expect(manifest(chart, 'Namespace', 'data-processing').metadata.labels).toMatchObject({
    'nstarx.io/uses-database': 'true',
  });
  const { egress } = manifest(chart, 'NetworkPolicy', 'engine-flink').spec;
  expect(list(egress).at(-1)?.ports).toEqual([{ port: 5432, protocol: 'TCP' }]);
});

test('model servers read the bucket with its keys, and are reached through the gateway', () => {
  const { environment, chart, gateway, namespace } = setUp();
  const store = new TestStore(environment, true);
  const account = new ModelServerAccount(chart, 'serving', { namespace, models: store, gateway });
  expect(store.bound).toEqual([
    { identity: { namespace: 'data-processing', serviceAccountName: 'model-server' }, access: 'read' },
  ]);
  expect(account.s3).toEqual({
    endpoint: 's3.backing-services.svc:8333',
    tls: false,
    region: 'eu-west-1',
    accessKeyIdKey: 'accessKey',
    secretAccessKeyKey: 'secretKey',
  });
  expect(manifest(chart, 'ServiceAccount', 'model-server').secrets).toEqual([{ name: 'backups-credentials' }]);
  const { spec } = manifest(chart, 'NetworkPolicy', 'inference-services');
  expect(list(spec.ingress)[0].ports).toEqual([{ port: 8080, protocol: 'TCP' }]);
  expect(list(spec.egress)[0].to).toEqual([{ ipBlock: { cidr: '0.0.0.0/0' } }]);
});

test("model servers need no keys for AWS's own store", () => {
  const { environment, chart, gateway, namespace } = setUp();
  const models = new TestStore(environment, false);
  const account = new ModelServerAccount(chart, 'serving', { namespace, models, gateway });
  expect(account.s3).toBeUndefined();
  expect(manifest(chart, 'ServiceAccount', 'model-server').secrets).toBeUndefined();
});
