import { generateKeyPairSync } from 'node:crypto';
import {
  AlertReceiver,
  AwsProvider,
  DataPlatform,
  DataPlatformProps,
  Delivery,
  GpuModel,
  GpuPool,
  KindProvider,
  PlatformApp,
  PlatformTemplate,
  Tier,
  ZeroTouch,
  ZeroTouchProps,
} from '../../../src';
import { Environment } from '../../../src/app/environment';
import { policiesOfTier } from '../../../src/kinds/model-deployment/gate';
import { DEPLOYMENT_IMAGES } from '../../../src/kinds/model-deployment/settings';
import { MODEL_DEPLOYMENT_SIZES } from '../../../src/kinds/model-deployment/sizes';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { Json } from '../../kinds/model-deployment/support';
import { Pod, reaches } from '../../support/who-reaches';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';

const DOMAIN = 'ml.acme.example';
const PUBLIC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const WORKFLOW = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main',
};
const PAGER = [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })];

/** A platform for zero-touch deployment, and what it is synthesized to. */
interface Made {
  readonly environment: Environment;
  readonly zeroTouch: ZeroTouch;
  readonly template: PlatformTemplate;
}

function made(environment: Environment, app: PlatformApp, props: ZeroTouchProps): Made {
  const zeroTouch = new ZeroTouch(environment, 'zero-touch', { domain: DOMAIN, ...props });
  return { environment, zeroTouch, template: PlatformTemplate.fromApp(app, environment.environmentName) };
}

function onKind(props: ZeroTouchProps = {}, tier = Tier.LOCAL): Made {
  const app = new PlatformApp();
  return made(app.environment('local', { provider: KindProvider.local({ workersPerPool: 10 }), tier }), app, props);
}

function onAws(props: ZeroTouchProps = {}, tier = Tier.PRODUCTION): Made {
  const app = new PlatformApp();
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  const signed = { signers: [WORKFLOW], criticalAlertReceivers: PAGER };
  return made(app.environment('cloud', { provider, tier }), app, { ...signed, ...props });
}

const all = ({ template }: Made, kind: string): Json[] => Object.values(template.findObjects(kind));
const names = (of: Made, kind: string): string[] =>
  all(of, kind)
    .map(({ metadata }) => metadata.name as string)
    .sort();
const components = ({ environment }: Made): string[] => environment.components.sorted().map(({ name }) => name);

const one = ({ template }: Made, kind: string, name: string): Json => template.findObjects(kind)[name];

function settingsOf(of: Made): OperatorSettings {
  const config = one(of, 'ConfigMap', 'nstarx-system/operators-settings');
  return JSON.parse(config.data['settings.json'] as string) as OperatorSettings;
}

const LOCAL = onKind();
const PRODUCTION = onAws({ breakGlassGroup: 'acme:ml-on-call' });

describe.each([
  ['Kind', LOCAL],
  ['EKS', PRODUCTION],
])('on %s', (_provider, of) => {
  test('it has the kind that it is for and no other of the platform, and leaving the program removes none', () => {
    const own = all(of, 'CustomResourceDefinition').filter(({ spec }) =>
      /nstarx|mlifecycle/.test(spec.group as string),
    );
    // the other is of what applies the manifests
    expect(own.map(({ metadata }) => metadata.name).filter((name) => !/^applysets/.test(name as string))).toEqual([
      'modeldeployments.mlifecycle.io',
    ]);
    const [definition] = own.filter(({ spec }) => spec.group === 'mlifecycle.io');
    expect(definition.metadata.annotations).toMatchObject({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'helm.sh/resource-policy': 'keep',
    });
  });

  test('it has the operator of that kind and no other', () => {
    expect(names(of, 'CompositeController')).toEqual(['nstarx-model-deployment']);
    const [deployment] = all(of, 'Deployment').filter(({ metadata }) => metadata.name === 'operators');
    expect(JSON.stringify(deployment.spec)).toContain('ghcr.io/ml-platform-constructs/operators:');
    const roles = names(of, 'ClusterRole').filter((name) => name.startsWith('nstarx:operator:'));
    expect(roles).toEqual(['nstarx:operator:model-deployment']);
  });

  test('its policies are about that kind, and wait for no definition of another', () => {
    const policies = all(of, 'ValidatingAdmissionPolicy');
    const rules = policies.flatMap(({ spec }) => spec.matchConstraints.resourceRules as Json[]);
    const own = rules.filter(({ apiGroups }) => /nstarx|mlifecycle/.test(String(apiGroups)));
    expect(own.length).toBeGreaterThanOrEqual(5);
    expect([...new Set(own.flatMap(({ resources }) => resources as string[]))].sort()).toEqual([
      'modeldeployments',
      'modeldeployments/status',
    ]);
  });

  test('models are served in ml-inference, which is isolated, restricted and bounded', () => {
    expect(of.zeroTouch.namespace.namespaceName).toBe('ml-inference');
    for (const name of ['ml-inference', 'nstarx-system']) {
      const namespace = one(of, 'Namespace', name);
      expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
      for (const [kind, object] of [
        ['ResourceQuota', 'tenant'],
        ['LimitRange', 'tenant'],
        ['NetworkPolicy', 'default-deny'],
      ]) {
        expect(Object.keys(of.template.findObjects(kind))).toContain(`${name}/${object}`);
      }
    }
    expect(names(of, 'PriorityClass')).toContain(of.zeroTouch.priorities.productionInference);
  });

  test('the gate has one set of bounds, at admission and in the operator: those of the tier', () => {
    const [{ spec }] = all(of, 'ModelPolicies');
    const { approval: _, ...bounds } = policiesOfTier(of.environment.tier);
    expect(spec.enforcementAction).toBe('deny');
    expect(spec.match.kinds).toEqual([{ apiGroups: ['mlifecycle.io'], kinds: ['ModelDeployment'] }]);
    expect(spec.match.namespaces ?? spec.match.excludedNamespaces).toBeUndefined();
    expect(spec.parameters).toEqual(bounds);
    expect(settingsOf(of).modelDeployment?.policies).toEqual(policiesOfTier(of.environment.tier));
    expect(components(of)).toContain('gatekeeper');
  });

  test('the operator is told of sizes, bucket, MLflow, gateway and Prometheus', () => {
    const { modelDeployment, gateway, prometheusUrl, scraper } = settingsOf(of);
    const { zeroTouch, environment } = of;
    expect(modelDeployment).toMatchObject({
      ...MODEL_DEPLOYMENT_SIZES[environment.tier],
      priorityClassName: zeroTouch.priorities.productionInference,
      serviceAccountName: 'model-server',
      accountNamespaces: ['ml-inference'],
      mlflowUrl: zeroTouch.mlflowUrl,
    });
    expect(gateway?.domain).toBe(DOMAIN);
    expect(prometheusUrl).toBe(zeroTouch.dataPlatform.monitoring.prometheusUrl);
    expect(scraper?.namespace).toBe('data-platform-monitoring');
    // PlatformMonitors has one for all
    expect(modelDeployment?.serviceMonitors ?? false).toBe(false);
    expect(names(of, 'ServiceMonitor')).toContain('ai-model-metrics');
  });

  test('MLflow is reached from ml-inference, and from no namespace of others', () => {
    expect(of.zeroTouch.mlflowUrl).toBe('http://mlflow.nstarx-system.svc.cluster.local:5000');
    const objects = ['Namespace', 'NetworkPolicy'].flatMap((kind) => all(of, kind)) as unknown as KubernetesObject[];
    const mlflow: Pod = { namespace: 'nstarx-system', labels: { 'app.kubernetes.io/name': 'mlflow' } };
    // what pods of ml-inference connect to, their own policies say
    const reached = (namespace: string, port: number): boolean =>
      reaches(
        objects.filter(({ metadata }) => metadata.namespace !== namespace),
        { namespace, labels: {} },
        mlflow,
        port,
      );
    expect([reached('ml-inference', 5000), reached('ml-inference', 8080)]).toEqual([true, false]);
    expect([reached('app-ml-team', 5000), reached('default', 5000)]).toEqual([false, false]);
  });

  test('who may do what with models is bound in ml-inference', () => {
    const bound = all(of, 'RoleBinding')
      .filter(({ metadata }) => metadata.namespace === 'ml-inference' && metadata.name !== 'model-break-glass')
      .map(({ roleRef, subjects }) => `${roleRef.name}: ${(subjects as Json[]).map(({ name }) => name).join()}`);
    expect(bound.sort()).toEqual([
      'nstarx:data-scientist: ml-inference-data-scientists',
      'nstarx:ml-engineer: ml-inference-ml-engineers',
      'nstarx:model-reviewer: ml-inference-model-reviewers',
      'platform-viewer: ml-inference-viewers',
    ]);
    expect(one(of, 'ClusterRoleBinding', 'nstarx:platform-admins').subjects).toMatchObject([
      { name: 'platform-admins' },
    ]);
  });

  test('it stands on a DataPlatform of its own, in whose environment the operators are', () => {
    const { environment, zeroTouch } = of;
    expect(zeroTouch.dataPlatform.gateway.domain).toBe(DOMAIN);
    expect(zeroTouch.cluster).toBe(environment.cluster);
    expect(zeroTouch.operators.node.path).toBe(`${environment.environmentName}/zero-touch/operators/operators`);
  });
});

describe('images', () => {
  test('are verified where signers are given: at admission, and by the operator', () => {
    expect(components(PRODUCTION)).toContain('kyverno');
    const namespace = one(PRODUCTION, 'Namespace', 'ml-inference');
    expect(namespace.metadata.labels['mlifecycle.io/verified-images']).toBe('required');
    expect(one(PRODUCTION, 'Namespace', 'nstarx-system').metadata.labels).not.toHaveProperty([
      'mlifecycle.io/verified-images',
    ]);
    expect(names(PRODUCTION, 'ImageValidatingPolicy')).toEqual(['model-deployments', 'model-pods']);
    for (const { spec } of all(PRODUCTION, 'ImageValidatingPolicy')) {
      expect(JSON.stringify(spec)).toContain(WORKFLOW.subject);
      expect(spec.validationActions).toEqual(['Deny']);
      expect(spec.failurePolicy).toBe('Fail');
    }
    expect(settingsOf(PRODUCTION).modelDeployment?.signers).toEqual([WORKFLOW]);
  });

  test('of the jobs of the operator run in ml-inference without a signature', () => {
    const [pods] = all(PRODUCTION, 'ImageValidatingPolicy').filter(({ metadata }) => metadata.name === 'model-pods');
    for (const image of Object.values(DEPLOYMENT_IMAGES)) expect(JSON.stringify(pods.spec)).toContain(image);
  });

  test('are not verified where nobody signs, as on a laptop', () => {
    expect(components(LOCAL)).not.toContain('kyverno');
    expect(all(LOCAL, 'ImageValidatingPolicy')).toEqual([]);
    expect(settingsOf(LOCAL).modelDeployment).not.toHaveProperty('signers');
  });

  test('are verified on Kind too, by a key', () => {
    const signed = onKind({ signers: [{ publicKey: PUBLIC_KEY }] });
    expect(components(signed)).toContain('kyverno');
    expect(names(signed, 'ImageValidatingPolicy')).toEqual(['model-deployments', 'model-pods']);
    expect(settingsOf(signed).modelDeployment?.signers).toEqual([{ publicKey: PUBLIC_KEY }]);
  });

  test.each([Tier.STAGING, Tier.PRODUCTION])('must be verified in %s', (tier) => {
    expect(() => onKind({ criticalAlertReceivers: PAGER }, tier)).toThrow(
      '[local/zero-touch] signers must be given in staging and production, got nothing: give [delivery.signer] of the ModelDeliveryWorkflow.',
    );
  });

  test('need not be verified in development', () => {
    expect(components(onKind({}, Tier.DEVELOPMENT))).toContain('gatekeeper');
  });
});

describe('past the policies', () => {
  test('the members of the group may go in ml-inference, and an alert tells of it', () => {
    const binding = one(PRODUCTION, 'RoleBinding', 'ml-inference/model-break-glass');
    expect(binding.subjects).toMatchObject([{ kind: 'Group', name: 'acme:ml-on-call' }]);
    const bindings = [...all(PRODUCTION, 'RoleBinding'), ...all(PRODUCTION, 'ClusterRoleBinding')];
    expect(bindings.filter(({ roleRef }) => roleRef.name === 'model-break-glass')).toHaveLength(1);
    expect(names(PRODUCTION, 'PrometheusRule')).toContain('break-glass');
  });

  test('nobody may go where no group is given', () => {
    const signed = onAws();
    expect([...names(signed, 'ClusterRole'), ...names(signed, 'RoleBinding')]).not.toContain('model-break-glass');
    // and yet who tries is refused, and told of
    expect(names(signed, 'ValidatingAdmissionPolicy')).toContain('break-glass-modeldeployments.mlifecycle.io');
  });

  test('nobody may go where nothing is verified', () => {
    expect(() => onKind({ breakGlassGroup: 'acme:ml-on-call' })).toThrow(
      '[local/zero-touch] breakGlassGroup must come with signers, got "acme:ml-on-call": leave it out: no image is verified.',
    );
  });
});

describe('props', () => {
  test('modelPolicies are merged over the bounds of the tier, for admission and operator alike', () => {
    const policies = { least: { accuracy: 0.97 }, drift: 0.1, approval: true };
    const of = onAws({ modelPolicies: policies });
    const bounds = policiesOfTier(Tier.PRODUCTION);
    const merged = { ...bounds, ...policies, least: { ...bounds.least, accuracy: 0.97 } };
    expect(Object.keys(merged.least).length).toBeGreaterThan(1);
    expect(settingsOf(of).modelDeployment?.policies).toEqual(merged);
    const { approval: _, ...admitted } = merged;
    expect(all(of, 'ModelPolicies')[0].spec.parameters).toEqual(admitted);
    const local = onKind({ modelPolicies: policies });
    expect(all(local, 'ModelPolicies')[0].spec.parameters).toMatchObject({ drift: 0.1, least: { accuracy: 0.97 } });
  });

  test('quota is that of ml-inference', () => {
    const of = onKind({ quota: { cpu: '20', memory: '40Gi', pods: 33 } });
    const { spec } = one(of, 'ResourceQuota', 'ml-inference/tenant');
    expect(spec.hard).toMatchObject({ 'requests.cpu': '20000m', 'requests.memory': '40960Mi', pods: '33' });
  });

  test('registrySecretName is for pulling, for the jobs of the operator and for Kyverno', () => {
    const of = onAws({ registrySecretName: 'registry-login' });
    const account = one(of, 'ServiceAccount', 'ml-inference/model-server');
    expect(account.imagePullSecrets).toEqual([{ name: 'registry-login' }]);
    expect(settingsOf(of).modelDeployment?.registry).toEqual({ secretName: 'registry-login' });
    for (const { spec } of all(of, 'ImageValidatingPolicy')) {
      expect(spec.credentials).toMatchObject({ secrets: ['registry-login'] });
    }
  });

  test('mlflowUrl takes the place of the MLflow of the platform, and of its database', () => {
    const app = new PlatformApp();
    const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
    new DataPlatform(environment, 'platform', { domain: DOMAIN, createDatabase: false });
    const mlflowUrl = 'https://mlflow.acme.example';
    const of = made(environment, app, { mlflowUrl });
    expect(of.zeroTouch.mlflowUrl).toBe(mlflowUrl);
    expect(settingsOf(of).modelDeployment?.mlflowUrl).toBe(mlflowUrl);
    expect(names(of, 'Deployment')).not.toContain('mlflow');
  });

  test('operatorsImage and logLevel are those of the hook server', () => {
    const of = onKind({ operatorsImage: 'registry.acme.example/operators:1.2.3', logLevel: 'debug' });
    const { spec } = one(of, 'Deployment', 'nstarx-system/operators');
    const [container] = spec.template.spec.containers;
    expect(container.image).toBe('registry.acme.example/operators:1.2.3');
    expect(JSON.stringify(container.env)).toContain('debug');
  });

  test('platformAdminGroup administers the kinds', () => {
    const of = onKind({ platformAdminGroup: 'acme:ml-platform' });
    const binding = one(of, 'ClusterRoleBinding', 'nstarx:platform-admins');
    expect(binding.subjects).toMatchObject([{ kind: 'Group', name: 'acme:ml-platform' }]);
  });

  test('the rest is for the DataPlatform that it makes', () => {
    const gpuPools = [GpuPool.of(GpuModel.T4, { min: 0, max: 4 })];
    const of = onAws({ gpuPools, kubernetesVersion: '1.34', metricsRetentionDays: 21 });
    expect(of.environment.cluster.capabilities.gpus.map(({ productLabel }) => productLabel)).toEqual(['Tesla-T4']);
    expect(of.environment.cluster.kubernetesVersion).toBe('1.34');
    const stack = of.environment.components.sorted().find(({ name }) => name === 'kube-prometheus-stack');
    expect(JSON.stringify(stack?.values)).toContain('21d');
  });
});

describe('a DataPlatform that is there', () => {
  const beside = (platform: Partial<DataPlatformProps>, props: ZeroTouchProps = {}): ZeroTouch => {
    const environment = new PlatformApp().environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
    const data = new DataPlatform(environment, 'platform', { domain: DOMAIN, ...platform });
    const zeroTouch = new ZeroTouch(environment, 'zero-touch', props);
    expect(zeroTouch.dataPlatform).toBe(data);
    return zeroTouch;
  };

  test('is stood on', () => expect(beside({}).dataPlatform.gateway.domain).toBe(DOMAIN));
  test('need have no cache', () => expect(() => beside({ createCache: false })).not.toThrow());

  test.each([
    [
      'needs its database, where MLflow is in the platform',
      { createDatabase: false },
      'database must be part of the platform of local/platform, got "createDatabase: false"',
    ],
    [
      'needs its bucket',
      { createArtifactBucket: false },
      'artifactBucket must be part of the platform of local/platform, got "createArtifactBucket: false"',
    ],
    [
      'needs its monitoring',
      { standardTeams: [] },
      'monitoring must be part of the platform of local/platform, got "standardTeams without StandardTeam.MONITORING"',
    ],
  ])('%s', (_what, platform, message) => {
    expect(() => beside(platform)).toThrow(`[local/zero-touch] ${message}: change that, or do without what needs it.`);
  });
});

test.each([Delivery.files(), Delivery.terraform(), Delivery.argoCd({ repository: 'https://git.example/zt.git' })])(
  'it is delivered in every way: %#',
  (delivery) => {
    const app = new PlatformApp();
    const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
    new ZeroTouch(environment, 'zero-touch', { domain: DOMAIN, signers: [WORKFLOW] });
    expect(() => PlatformTemplate.fromApp(app, 'local')).not.toThrow();
  },
);
