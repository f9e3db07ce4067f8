import { App, Chart } from 'cdk8s';
import { KubernetesObject } from '../../operators/src/runtime/protocol';
import { AIModelType } from '../../src/api/generated/ai-model';
import { AIZoneType } from '../../src/api/generated/ai-zone';
import { Delivery, PlatformApp } from '../../src/app';
import { Environment } from '../../src/app/environment';
import { DataPlatform, DataPlatformProps, NeuralPlatform, NeuralPlatformProps } from '../../src/compositions';
import { AlertReceiver } from '../../src/constructs/monitoring';
import { StandardTeam } from '../../src/constructs/tenancy';
import { GpuModel, GpuPool, Tier } from '../../src/contracts';
import { SEAWEEDFS_POD_LABELS, SEAWEEDFS_PORTS } from '../../src/components/seaweedfs';
import { AIModelObjects } from '../../src/kinds/ai-model/ai-model-objects';
import { AIZoneObjects } from '../../src/kinds/ai-zone/ai-zone-objects';
import { aiModelSettings } from '../../src/kinds/operators/kind-settings';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { OPERATOR_DEFINITIONS } from '../../src/kinds/operators/platform-operators';
import { AwsProvider } from '../../src/providers/aws';
import { KindProvider } from '../../src/providers/kind';
import { PlatformTesting } from '../../src/testing';
import { Pod, reaches } from '../support/who-reaches';
import { Json, manifest, manifests, text } from '../constructs/tenancy/support';

const DOMAIN = 'ml.acme.example';
const PAGER = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });
const NAMESPACES = [
  'data-processing',
  'feature-stores',
  'ml-models',
  'ml-workflows',
  'model-serving',
  'nstarx-system',
  'user-data',
];

function local(tier = Tier.LOCAL): { app: PlatformApp; environment: Environment } {
  const app = new PlatformApp();
  return { app, environment: app.environment('local', { provider: KindProvider.local(), tier }) };
}

function aws(tier: Tier): { app: PlatformApp; environment: Environment } {
  const app = new PlatformApp();
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  return { app, environment: app.environment('cloud', { provider, tier }) };
}

test.each([
  ['Kind', local],
  ['EKS', () => aws(Tier.PRODUCTION)],
])('on %s it passes every check', (_provider, make) => {
  const { app, environment } = make();
  new NeuralPlatform(environment, 'neural', {
    domain: DOMAIN,
    serviceMesh: true,
    selfServiceGroups: ['owners'],
    criticalAlertReceivers: [PAGER],
  });
  const files = Object.keys(PlatformTesting.synth(app));
  expect(files.filter((file) => file.includes('/crds/customresourcedefinition'))).toHaveLength(7);
});

test('it stands on the DataPlatform of the environment', () => {
  const { app, environment } = local();
  const dataPlatform = new DataPlatform(environment, 'data-platform', { domain: DOMAIN });
  const neural = new NeuralPlatform(environment, 'neural');
  expect(neural.dataPlatform).toBe(dataPlatform);
  expect(neural.cluster).toBe(environment.cluster);
  expect(() => PlatformTesting.synth(app)).not.toThrow();
});

test('it makes the cluster where there is none', () => {
  const { environment } = local();
  const neural = new NeuralPlatform(environment, 'neural', { domain: DOMAIN, gpuPools: [GpuPool.of(GpuModel.T4)] });
  expect(environment.cluster.capabilities.gpus.map(({ productLabel }) => productLabel)).toEqual(['Tesla-T4']);
  expect(neural.dataPlatform.gateway.domain).toBe(DOMAIN);
});

test.each<[string, NeuralPlatformProps, string]>([
  [
    'another domain',
    { domain: 'other.example' },
    `domain must be that of the DataPlatform (${DOMAIN}), got "other.example": leave it out: both share a gateway.`,
  ],
  [
    'node pools',
    { gpuPools: [] },
    'gpuPools must be said to the DataPlatform, which has the cluster, got []: give it there.',
  ],
])('%s is refused beside a DataPlatform', (_what, props, message) => {
  const { environment } = local();
  new DataPlatform(environment, 'data-platform', { domain: DOMAIN });
  expect(() => new NeuralPlatform(environment, 'neural', props)).toThrow(message);
});

test('a domain is needed where there is no DataPlatform', () => {
  expect(() => new NeuralPlatform(local().environment, 'neural')).toThrow(
    "[local/neural] domain must be given where the environment has no DataPlatform, got nothing: give one such as 'ml.acme.example'.",
  );
});

test('a cluster alone is not enough', () => {
  const { environment } = local();
  environment.addCluster();
  expect(() => new NeuralPlatform(environment, 'neural', { domain: DOMAIN })).toThrow(
    '[local/neural] environment must have a DataPlatform where it has a cluster already, got "local": make the DataPlatform before, or leave the cluster to this composition.',
  );
});

test.each([Tier.LOCAL, Tier.DEVELOPMENT, Tier.STAGING, Tier.PRODUCTION])(
  'in %s, every namespace that holds state is backed up every six hours and kept for 30 days',
  (tier) => {
    const { environment } = local(tier);
    const neural = new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
    neural.tenants.addTenant('acme-corp').addTenant('acme-research');
    const schedule = manifest(environment, 'Schedule', 'platform', 'velero');
    expect(schedule.spec.schedule).toBe('0 */6 * * *');
    expect(schedule.spec.template.ttl).toBe('720h0m0s');
    expect(schedule.spec.template.includedNamespaces).toEqual(
      expect.arrayContaining([...NAMESPACES, 'tenant-acme-corp', 'tenant-acme-research']),
    );
    expect(schedule.spec.template.includedNamespaceScopedResources).toEqual(['*']);
    // AIZones, CRDs and roles are cluster-scoped
    expect(schedule.spec.template.includedClusterScopedResources).toEqual(['*']);
    const velero = environment.components.sorted().find(({ name }) => name === 'velero');
    expect(JSON.stringify(velero?.values)).toContain('has no successful backup for 13 hours');
  },
);

test('what the DataPlatform says of backups stays, where it is enough', () => {
  const { environment } = local();
  const backup = { schedule: '30 */4 * * *', retentionDays: 90 };
  new DataPlatform(environment, 'data-platform', { domain: DOMAIN, backup });
  new NeuralPlatform(environment, 'neural');
  const { spec } = manifest(environment, 'Schedule', 'platform', 'velero');
  expect(spec.schedule).toBe('30 */4 * * *');
  expect(spec.template.ttl).toBe('2160h0m0s');
});

test.each([
  [
    { schedule: '0 3 * * *' },
    '[local/neural] backup.schedule must have a backup at least every 6 hours, got "0 3 * * *": leave it out of local/data-platform/backup/backup, or raise it.',
  ],
  [
    { retentionDays: 7 },
    '[local/neural] backup.retentionDays must be at least 30, got 7: leave it out of local/data-platform/backup/backup.',
  ],
])('fewer backups than it needs, %p, are refused', (backup, message) => {
  const { environment } = local();
  new DataPlatform(environment, 'data-platform', { domain: DOMAIN, backup });
  expect(() => new NeuralPlatform(environment, 'neural')).toThrow(message);
});

test.each([Delivery.files(), Delivery.terraform()])(
  'Feast, which has no chart, is a folder for kubectl',
  (delivery) => {
    const app = new PlatformApp();
    const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
    new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
    expect(PlatformTesting.synth(app)['local/components/feast-operator/kustomization.yaml']).toContain(
      'https://github.com/feast-dev/feast//infra/feast-operator/config/default?ref=v0.66.0',
    );
  },
);

test('Feast can be left out', () => {
  const { app, environment } = local();
  new NeuralPlatform(environment, 'neural', { domain: DOMAIN, engines: { feast: false } });
  expect(environment.components.has('feast-operator')).toBe(false);
  expect(Object.keys(PlatformTesting.synth(app)).filter((file) => file.startsWith('local/components'))).toEqual([]);
});

test('every namespace is isolated, restricted, bounded, and its metrics can be scraped', () => {
  const { environment } = local();
  const neural = new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
  expect(neural.namespaces.all.map(({ namespaceName }) => namespaceName).sort()).toEqual(NAMESPACES);
  for (const name of NAMESPACES) {
    expect(manifest(environment, 'Namespace', name).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'nstarx.io/team': 'neural-platform',
    });
    expect(manifest(environment, 'ResourceQuota', 'tenant', name).spec.hard).toBeDefined();
    expect(manifest(environment, 'LimitRange', 'tenant', name).spec.limits).toBeDefined();
    expect(manifest(environment, 'NetworkPolicy', 'default-deny', name).spec.policyTypes).toEqual([
      'Ingress',
      'Egress',
    ]);
    expect(manifest(environment, 'NetworkPolicy', 'metrics-scraping', name).spec.ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data-platform-monitoring' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
          },
        ],
        ports: [{ port: 'metrics', protocol: 'TCP' }],
      },
    ]);
  }
});

test('users may have more preferences than pods', () => {
  const { environment } = local();
  new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
  expect(manifest(environment, 'ResourceQuota', 'tenant', 'user-data').spec.hard.configmaps).toBe('100000');
});

test('a quota for none of the namespaces is refused', () => {
  expect(
    () =>
      new NeuralPlatform(local().environment, 'neural', {
        domain: DOMAIN,
        quotas: { 'ml-model': { cpu: '1', memory: '1Gi' } },
      }),
  ).toThrow(/quotas must be for nstarx-system, ml-models, .*, got \["ml-model"\]: make other namespaces with Team\./);
});

test('each engine has an account where its pods run, and none where it is left out', () => {
  const accounts = (props: NeuralPlatformProps = {}): string[] => {
    const { environment } = local();
    new NeuralPlatform(environment, 'neural', { domain: DOMAIN, ...props });
    return manifests(environment)
      .filter(({ kind, metadata }) => text(kind) === 'ServiceAccount' && isOfEngine(metadata))
      .map(({ metadata }) => `${text(metadata.namespace)}/${text(metadata.name)}`);
  };
  const isOfEngine = ({ labels }: Json): boolean =>
    labels !== undefined && ['engine', 'serving'].includes(text(labels['app.kubernetes.io/component']));
  expect(accounts()).toEqual([
    'ml-models/model-server',
    'model-serving/model-server',
    'data-processing/spark',
    'data-processing/flink',
    'ml-workflows/spark',
    'ml-workflows/argo-workflow',
    'ml-workflows/argo-workflow-resources',
    'ml-workflows/trainer',
    'feature-stores/spark',
    'feature-stores/flink',
  ]);
  expect(accounts({ engines: { spark: false, kserve: false } })).toEqual([
    'data-processing/flink',
    'ml-workflows/argo-workflow',
    'ml-workflows/argo-workflow-resources',
    'ml-workflows/trainer',
    'feature-stores/flink',
  ]);
});

test('the engines have their accounts in namespaces of others too, and are scraped there', () => {
  const { app, environment } = local();
  const vision = new DataPlatform(environment, 'data-platform', { domain: DOMAIN }).addTeam('vision');
  new NeuralPlatform(environment, 'neural', { engineNamespaces: [vision] });
  const accounts = manifests(environment).filter(
    ({ kind, metadata }) => text(kind) === 'ServiceAccount' && text(metadata.namespace) === 'vision',
  );
  expect(accounts.map(({ metadata }) => text(metadata.name)).sort()).toEqual([
    'argo-workflow',
    'argo-workflow-resources',
    'default',
    'flink',
    'model-server',
    'spark',
    'trainer',
  ]);
  expect(manifest(environment, 'NetworkPolicy', 'metrics-scraping', 'vision').spec.ingress).toBeDefined();
  const settings = manifests(environment).find(({ metadata }) => text(metadata.name) === 'operators-settings');
  expect(JSON.parse(text(settings?.data['settings.json'] as Json))).toMatchObject({
    aiModel: { accountNamespaces: ['ml-models', 'model-serving', 'vision'] },
  });
  expect(() => PlatformTesting.synth(app)).not.toThrow();
});

test('on Kind, KServe is told where the bucket is; on AWS it knows', () => {
  const storage = ({ environment }: { environment: Environment }): unknown => {
    new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
    const kserve = environment.components.sorted().find(({ name }) => name === 'kserve');
    return (kserve?.values as unknown as Json).kserve.storage;
  };
  expect(storage(local())).toMatchObject({ s3: { useHttps: '0', accessKeyIdName: 'access-key-id' } });
  expect(storage(aws(Tier.DEVELOPMENT))).toBeUndefined();
});

test('the mesh and Capsule are there only when they are asked for', () => {
  const has = (props: NeuralPlatformProps): boolean[] => {
    const { environment } = local();
    new NeuralPlatform(environment, 'neural', { domain: DOMAIN, ...props });
    return ['ztunnel', 'capsule'].map((name) => environment.components.has(name));
  };
  expect(has({})).toEqual([false, false]);
  expect(has({ serviceMesh: true, selfServiceGroups: ['owners'] })).toEqual([true, true]);
});

test('a second one in the environment is refused', () => {
  const { environment } = local();
  new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
  expect(() => new NeuralPlatform(environment, 'second')).toThrow(
    '[local/second] scope must have no NeuralPlatform yet, since an environment has one, got "local/neural": use that one, and remove this.',
  );
});

test('the kinds stay when the platform leaves the program, and so do the objects', () => {
  const { environment } = local();
  new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
  const definitions = manifests(environment).filter(({ kind }) => text(kind) === 'CustomResourceDefinition');
  expect(definitions).toHaveLength(7);
  for (const { metadata } of definitions) {
    expect(metadata.annotations).toMatchObject({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'helm.sh/resource-policy': 'keep',
    });
  }
});

interface Without {
  readonly dataPlatform: Partial<DataPlatformProps>;
  readonly neural?: NeuralPlatformProps;
  /** The error, where it cannot do without. */
  readonly message?: string;
}

const needs = (pieces: string, by: string): string =>
  `[local/neural] ${pieces} must be part of the platform of local/data-platform, got "${by}": change that, or do without what needs it.`;

test.each<[string, Without]>([
  [
    'the database, where MLflow is left out',
    { dataPlatform: { createDatabase: false }, neural: { engines: { mlflow: false } } },
  ],
  [
    'the database, where MLflow is elsewhere',
    { dataPlatform: { createDatabase: false }, neural: { operators: { mlflowUrl: 'https://mlflow.acme.example' } } },
  ],
  ['the database', { dataPlatform: { createDatabase: false }, message: needs('database', 'createDatabase: false') }],
  ['backups', { dataPlatform: { createBackup: false } }],
  ['the other standard teams', { dataPlatform: { standardTeams: [StandardTeam.MONITORING] } }],
  [
    'the cache, where no features are kept',
    { dataPlatform: { createCache: false }, neural: { engines: { feast: false } } },
  ],
  ['the cache', { dataPlatform: { createCache: false }, message: needs('cache', 'createCache: false') }],
  [
    'the bucket',
    { dataPlatform: { createArtifactBucket: false }, message: needs('artifactBucket', 'createArtifactBucket: false') },
  ],
  [
    'all that it needs',
    {
      dataPlatform: { createArtifactBucket: false, createCache: false, standardTeams: [StandardTeam.ML] },
      message: needs(
        'artifactBucket, monitoring, cache',
        'createArtifactBucket: false, standardTeams without StandardTeam.MONITORING, createCache: false',
      ),
    },
  ],
])('on a DataPlatform without %s', (_what, { dataPlatform, neural, message }) => {
  const { app, environment } = local();
  new DataPlatform(environment, 'data-platform', { domain: DOMAIN, ...dataPlatform });
  const make = (): unknown => {
    new NeuralPlatform(environment, 'neural', neural);
    return PlatformTesting.synth(app);
  };
  if (message === undefined) expect(make).not.toThrow();
  else expect(make).toThrow(message);
});

test('the controllers name the kinds that components define, and no others', () => {
  const controllers = (props: Partial<NeuralPlatformProps>): Map<string, string[]> => {
    const { environment } = local();
    new NeuralPlatform(environment, 'neural', { domain: DOMAIN, ...props });
    return new Map(
      manifests(environment)
        .filter(({ kind }) => text(kind) === 'CompositeController')
        .map(({ metadata, spec }) => [
          text(metadata.name),
          (spec.childResources as unknown as { apiVersion: string; resource: string }[]).map(
            ({ apiVersion, resource }) => `${apiVersion} ${resource}`,
          ),
        ]),
    );
  };
  const all = controllers({ serviceMesh: true, selfServiceGroups: ['owners'], engines: { argoEvents: true } });
  // KEDA is no part of it
  const lacking = OPERATOR_DEFINITIONS.flatMap(({ name, children }) =>
    children
      .map(({ apiVersion, resource }) => `${apiVersion} ${resource}`)
      .filter((kind) => !all.get(`nstarx-${name}`)?.includes(kind)),
  );
  expect(lacking).toEqual(['keda.sh/v1alpha1 scaledobjects']);
  // Rollouts, which is always there, has kinds of the same group
  const few = controllers({ engines: { argoWorkflows: false } });
  expect(few.get('nstarx-ml-workflow')?.filter((kind) => kind.startsWith('argoproj.io'))).toEqual([]);
  expect(few.get('nstarx-ab-test')).toContain('argoproj.io/v1alpha1 analysisruns');
});

describe('MLflow', () => {
  const settingsOf = (environment: Environment): OperatorSettings => {
    const { data } = manifest(environment, 'ConfigMap', 'operators-settings', 'nstarx-system');
    return JSON.parse(text(data['settings.json'])) as OperatorSettings;
  };
  /** Pods in which programs of a workflow run, by the account. */
  const STAGES = {
    spark: { 'sparkoperator.k8s.io/launched-by-spark-operator': 'true' },
    'argo-workflow': { 'workflows.argoproj.io/workflow': 'churn' },
    trainer: { 'jobset.sigs.k8s.io/jobset-name': 'churn' },
  };
  const MLFLOW = { namespace: 'nstarx-system', labels: { 'app.kubernetes.io/name': 'mlflow' } };

  test.each([
    ['Kind', local],
    ['EKS', () => aws(Tier.PRODUCTION)],
  ])('on %s workflows are tracked by it, and only their pods reach it', (_provider, make) => {
    const { environment } = make();
    const vision = new DataPlatform(environment, 'data-platform', { domain: DOMAIN }).addTeam('vision');
    new NeuralPlatform(environment, 'neural', { engineNamespaces: [vision] });
    expect(settingsOf(environment).mlWorkflow?.trackingUri).toBe('http://mlflow.nstarx-system.svc.cluster.local:5000');
    const all = manifests(environment) as unknown as KubernetesObject[];
    const from = (namespace: string, labels: Readonly<Record<string, string>>, port = 5000): boolean =>
      reaches(all, { namespace, labels }, MLFLOW, port);
    for (const labels of Object.values(STAGES)) {
      expect([labels, from('ml-workflows', labels), from('vision', labels)]).toEqual([labels, true, true]);
      expect(from('ml-workflows', labels, 8080)).toBe(false);
      expect(from('data-processing', labels)).toBe(false);
    }
    expect(from('vision', { 'app.kubernetes.io/name': 'notebook' })).toBe(false);
    expect(from('ml-models', { 'serving.kserve.io/inferenceservice': 'churn' })).toBe(false);
    // and it its database
    if (_provider === 'EKS') return;
    const database = { namespace: 'backing-services', labels: { 'cnpg.io/cluster': 'database' } };
    const named = manifest(environment, 'Namespace', 'nstarx-system').metadata.labels as unknown as Record<
      string,
      string
    >;
    expect(reaches(all, { ...MLFLOW, namespaceLabels: named }, database, 5432)).toBe(true);
  });

  test.each<[string, NeuralPlatformProps, string | undefined]>([
    [
      'elsewhere in the cluster',
      { operators: { mlflowUrl: 'http://mlflow.mlflow.svc:5001' } },
      'http://mlflow.mlflow.svc:5001',
    ],
    ['none', { engines: { mlflow: false } }, undefined],
  ])('%s in its place, the platform installs none', (_what, props, url) => {
    const { environment } = local();
    new NeuralPlatform(environment, 'neural', { domain: DOMAIN, ...props });
    expect(settingsOf(environment).mlWorkflow?.trackingUri).toBe(url);
    const all = manifests(environment) as unknown as KubernetesObject[];
    expect(all.filter(({ metadata }) => metadata.name === 'mlflow')).toEqual([]);
    const { spec } = manifest(environment, 'NetworkPolicy', 'engine-argo-workflow', 'ml-workflows');
    const rule = {
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mlflow' } } }],
      ports: [{ port: 5001, protocol: 'TCP' }],
    };
    expect((spec.egress as unknown as object[]).filter((one) => JSON.stringify(one).includes('5001'))).toEqual(
      url === undefined ? [] : [rule],
    );
  });

  test('its folder of the bucket is its own', () => {
    const { environment } = local();
    const neural = new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
    const { spec } = manifest(environment, 'Deployment', 'mlflow', 'nstarx-system');
    const env = spec.template.spec.containers[0].env as unknown as { name: string; value: string }[];
    const bucket = neural.dataPlatform.artifactBucket.bucketName;
    expect(env.find(({ name }) => name === 'MLFLOW_ARTIFACTS_DESTINATION')?.value).toBe(
      `s3://${bucket}/mlflow/nstarx-system`,
    );
  });
});

test('a zone that the platform says reaches the database and the cache, with users of its own; no other does', () => {
  const { app, environment } = local();
  new NeuralPlatform(environment, 'neural', { domain: DOMAIN, dataZones: ['blue'] });
  const objects = manifests(environment) as unknown as KubernetesObject[];
  const { data } = manifest(environment, 'ConfigMap', 'operators-settings', 'nstarx-system');
  const { aiZone } = JSON.parse(text(data['settings.json'])) as OperatorSettings;
  const chart = new Chart(new App(), 'zones', { disableResourceNameHashes: true });
  for (const [name, targetNamespace] of [['blue'], ['green'], ['red', 'blue']]) {
    const spec = { type: AIZoneType.INFERENCE, targetNamespace };
    new AIZoneObjects(new Chart(chart, name), 'zone', { name, spec, settings: aiZone });
  }
  const zones = manifests(chart) as unknown as KubernetesObject[];
  const of = (zone: string) => zones.filter(({ metadata }) => metadata.labels?.['nstarx.io/zone'] === zone);
  const reachesFrom = (zone: string, labels: Record<string, string>, port: number): boolean => {
    const own = of(zone);
    const { name, labels: namespaceLabels } = own.find(({ kind }) => kind === 'Namespace')!.metadata;
    const servers = { namespace: 'backing-services', labels };
    return reaches([...objects, ...own], { namespace: name, namespaceLabels }, servers, port);
  };
  const database = { 'cnpg.io/cluster': 'database' };
  const cache = { 'app.kubernetes.io/name': 'valkey', 'app.kubernetes.io/instance': 'valkey-cache' };
  for (const [zone, may] of [
    ['blue', true],
    ['red', true],
    ['green', false],
  ] as const) {
    expect([zone, reachesFrom(zone, database, 5432), reachesFrom(zone, cache, 6379)]).toEqual([zone, may, may]);
    expect([zone, reachesFrom(zone, SEAWEEDFS_POD_LABELS, SEAWEEDFS_PORTS.s3)]).toEqual([zone, true]);
    expect([zone, reachesFrom(zone, database, 8000)]).toEqual([zone, false]);
  }
  const delivered = objects.flatMap(({ kind, spec }) =>
    kind === 'ClusterExternalSecret' && JSON.stringify(spec).includes('"blue"') ? [JSON.stringify(spec)] : [],
  );
  for (const secret of ['database-credentials.default', 'cache-credentials.default']) {
    expect(delivered.filter((spec) => spec.includes(`"${secret}"`))).toHaveLength(1);
  }
  expect(() => PlatformTesting.synth(app)).not.toThrow();
});

test.each<[NeuralPlatformProps, string]>([
  [{ dataZones: ['Blue'] }, '[local/neural] dataZones must be'],
  [
    { dataZones: ['ml-models'] },
    '[local/neural] dataZones must be namespaces of AIZones, got "ml-models": name one that is not of the platform itself.',
  ],
])('zones %p are refused', (props, message) => {
  expect(() => new NeuralPlatform(local().environment, 'neural', { domain: DOMAIN, ...props })).toThrow(message);
});

test('on Kind, zones and tenants reach the bucket of models, and no database', () => {
  const { environment } = local();
  const neural = new NeuralPlatform(environment, 'neural', { domain: DOMAIN });
  neural.tenants.addTenant('acme').addTenant('research');
  const objects = manifests(environment) as unknown as KubernetesObject[];
  const config = manifest(environment, 'ConfigMap', 'operators-settings', 'nstarx-system');
  const settings = JSON.parse(text(config.data['settings.json'])) as OperatorSettings;
  const zones = new Chart(new App(), 'zones', { disableResourceNameHashes: true });
  new AIZoneObjects(zones, 'zone', { name: 'blue', spec: { type: AIZoneType.INFERENCE }, settings: settings.aiZone });
  const model = new Chart(new App(), 'models', { disableResourceNameHashes: true });
  new AIModelObjects(model, 'model', {
    name: 'churn',
    namespace: 'tenant-research',
    spec: {
      type: AIModelType.SKLEARN,
      version: '1',
      storage: { location: 's3://models/churn' },
      serving: { resources: { limits: { cpu: '1', memory: '1Gi' } } },
    },
    settings: aiModelSettings(settings),
  });
  const all = [...objects, ...(zones.toJson() as KubernetesObject[]), ...(model.toJson() as KubernetesObject[])];
  const podIn = (namespace: string, labels: Record<string, string> = {}): Pod => ({
    namespace,
    labels,
    namespaceLabels: all.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace)?.metadata
      .labels,
  });
  const bucket = podIn('backing-services', SEAWEEDFS_POD_LABELS);
  const server = { 'nstarx.io/component': 'model-server', 'nstarx.io/ai-model': 'churn' };
  expect(reaches(all, podIn('blue'), bucket, SEAWEEDFS_PORTS.s3)).toBe(true);
  expect(reaches(all, podIn('tenant-research', server), bucket, SEAWEEDFS_PORTS.s3)).toBe(true);
  // pods of a tenant that are none of a model's are let in, and not out
  expect(reaches(all, podIn('tenant-research'), bucket, SEAWEEDFS_PORTS.s3)).toBe(false);
  const uses = (namespace: string) =>
    Object.keys(podIn(namespace).namespaceLabels ?? {}).filter((key) => key.startsWith('nstarx.io/uses-'));
  const label = Object.keys(settings.aiZone?.serviceLabels ?? {});
  expect(label).toHaveLength(1);
  for (const namespace of ['blue', 'tenant-acme', 'tenant-research']) expect(uses(namespace)).toEqual(label);
});
