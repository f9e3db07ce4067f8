import { parse } from 'yaml';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';
import { ArgoCdApplication, Component, Delivery, PodSecurityLevel, Tier } from '../../src';

interface Application {
  readonly metadata: { readonly name: string; readonly annotations: { readonly [key: string]: string } };
  readonly spec: {
    readonly project: string;
    readonly source: { readonly [key: string]: unknown };
    readonly syncPolicy: { readonly automated?: unknown; readonly syncOptions: string[] };
  };
}

function component(
  name: string,
  {
    repository = 'https://charts.example.org',
    ...props
  }: { requires?: Component[]; bootstrap?: boolean; needsManifests?: boolean; repository?: string } = {},
) {
  return new Component(name, {
    chart: { repository, name, version: '1.2.3' },
    namespace: `${name}-system`,
    podSecurity: PodSecurityLevel.BASELINE,
    values: { replicas: 2 },
    ...props,
  });
}

function synth(components: Component[], tier = Tier.STAGING, autoSync?: boolean) {
  const { app, folder } = temporaryApp();
  const environment = app.environment('staging', {
    provider: new FakeProvider(),
    tier,
    delivery: Delivery.argoCd({ repository: 'https://git.example.org/platform.git', autoSync }),
  });
  environment.addCluster();
  exampleChart(environment);
  components.forEach((one) => environment.components.require(one));
  app.synth();
  const files = filesIn(folder);
  const applications = Object.entries(files)
    .filter(([file]) => file.includes('/application-'))
    .map(([, content]) => parse(content) as Application);
  return { files, applications, bootstrap: readStack(folder, 'staging-bootstrap') };
}

test('Terraform installs Argo CD, what must be there before it, and all that this needs', () => {
  const base = component('base');
  const { bootstrap } = synth([component('early', { bootstrap: true, requires: [base] }), component('late')]);
  expect(Object.keys(bootstrap.resource?.helm_release ?? {})).toEqual(['argo-cd', 'argo-cd-apps', 'base', 'early']);
  expect(bootstrap.resource?.helm_release['argo-cd-apps'].depends_on).toContain('helm_release.argo-cd');
});

describe('Applications of other repositories', () => {
  const MODELS: ArgoCdApplication = {
    name: 'models',
    repository: 'https://git.example.org/models.git',
    revision: 'deploy',
    path: 'deploy/overlays/staging',
    namespace: 'example',
    kinds: ['Secret', 'HorizontalPodAutoscaler.autoscaling'],
    tier: Tier.STAGING,
  };

  function deliver(applications: readonly Partial<ArgoCdApplication>[], components: readonly string[] = []) {
    const { app, folder } = temporaryApp();
    const environment = app.environment('staging', {
      provider: new FakeProvider(),
      tier: Tier.STAGING,
      delivery: Delivery.argoCd({
        repository: 'https://git.example.org/platform.git',
        applications: applications.map((one) => ({ ...MODELS, ...one })),
      }),
    });
    environment.addCluster();
    exampleChart(environment);
    components.forEach((name) => environment.components.require(component(name)));
    app.synth();
    const [values] = readStack(folder, 'staging-bootstrap').resource?.helm_release['argo-cd-apps'].values as string[];
    return parse(values) as { readonly [what in 'projects' | 'applications']: { readonly [name: string]: object } };
  }

  test('the project of each lets its repository make those kinds in that namespace, and nothing else', () => {
    const { projects } = deliver([{}]);
    expect(Object.keys(projects)).toEqual(['platform', 'models']);
    const { namespace, additionalLabels, additionalAnnotations, description, ...spec } = projects.models as Record<
      string,
      unknown
    >;
    expect(spec).toEqual({
      sourceRepos: [MODELS.repository],
      destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'example' }],
      namespaceResourceWhitelist: [
        { group: '', kind: 'Secret' },
        { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' },
      ],
    });
    expect([namespace, description]).toEqual(['argocd', `What ${MODELS.repository} may have in example`]);
    expect(additionalLabels).toMatchObject({ 'nstarx.io/environment': 'staging' });
    expect(additionalAnnotations).toBeDefined();
    expect(projects.platform).toMatchObject({ sourceRepos: ['https://git.example.org/platform.git'] });
  });

  test('each is applied by itself until it is, from the newest commit, and prunes last', () => {
    const { applications } = deliver([{}, { name: 'others', revision: undefined }]);
    expect(Object.keys(applications)).toEqual(['staging', 'models', 'others']);
    expect(applications.models).toMatchObject({
      namespace: 'argocd',
      project: 'models',
      source: { repoURL: MODELS.repository, targetRevision: 'deploy', path: 'deploy/overlays/staging' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'example' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['ServerSideApply=true', 'PruneLast=true'],
        retry: { limit: -1, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
      },
    });
    expect(applications.models).not.toHaveProperty('finalizers');
    expect(applications.others).toMatchObject({ project: 'others', source: { targetRevision: 'HEAD' } });
  });

  test.each<[what: string, applications: Partial<ArgoCdApplication>[], message: string]>([
    ['the name of the environment', [{ name: 'staging' }], 'applications[0].name must be none of staging, kafka'],
    ['the name of a component', [{ name: 'kafka' }], 'applications[0].name must be none of staging, kafka'],
    ['the project of the platform', [{ name: 'platform' }], 'applications[0].name must have a name of its own'],
    ['one name twice', [{}, {}], 'applications[1].name must have a name of its own, got "models"'],
    ['a name that YAML reads as a number', [{ name: '1e3' }], 'applications[0].name'],
    ['a name in upper case', [{ name: 'Models' }], 'applications[0].name'],
    ['a repository without a scheme', [{ repository: 'acme/models' }], 'applications[0].repository must be an https:'],
    ['an empty revision', [{ revision: '' }], 'applications[0].revision must not be empty'],
    ['a folder outside', [{ path: '../models' }], 'applications[0].path must be a folder inside the repository'],
    ['no folder', [{ path: '' }], 'applications[0].path must be a folder inside the repository'],
    ['a namespace with an underscore', [{ namespace: 'my_models' }], 'applications[0].namespace'],
    [
      'a namespace that is not there',
      [{ namespace: 'models' }],
      '[staging] Delivery.argoCd: applications[0].namespace must be one of the program, got "models": make it, or',
    ],
    ['no kind', [{ kinds: [] }], 'applications[0].kinds must have a kind'],
    ['every kind', [{ kinds: ['*'] }], 'applications[0].kinds[0] must be a kind and its group, got "*": write it like'],
    ['a kind with a version', [{ kinds: ['apps/v1'] }], 'applications[0].kinds[0] must be a kind and its group'],
    [
      'a kind that nothing defines',
      [{ kinds: ['ModelDeployment.mlifecycle.io'] }],
      'applications[0].kinds must be defined by a component, got "ModelDeployment.mlifecycle.io": make what defines it',
    ],
    [
      'what is meant for another tier',
      [{ tier: Tier.PRODUCTION }],
      'applications[0].tier must be staging, that of the environment, got "production": take the one that is meant',
    ],
  ])('%s is refused', (_, applications, message) => {
    expect(() => deliver(applications, ['kafka'])).toThrow(message);
  });
});

test('every other component is an Application in a wave after what it requires, and before the manifests', () => {
  const operator = component('operator');
  const { applications } = synth([component('instance', { requires: [operator] }), operator]);
  const waves = Object.fromEntries(
    applications.map((one) => [one.metadata.name, Number(one.metadata.annotations['argocd.argoproj.io/sync-wave'])]),
  );
  expect(waves).toEqual({ operator: -2, instance: -1 });
});

test('what needs the manifests comes with them', () => {
  const { applications } = synth([component('store'), component('cache', { needsManifests: true })]);
  const waves = applications.map((one) => [
    one.metadata.name,
    one.metadata.annotations['argocd.argoproj.io/sync-wave'],
  ]);
  expect(waves.sort()).toEqual([
    ['cache', '0'],
    ['store', '-1'],
  ]);
});

test('an Application pins chart, version and release name, and applies on the server', () => {
  const { applications } = synth([component('operator', { repository: 'oci://registry.example.org/charts' })]);
  expect(applications[0].spec).toMatchObject({
    project: 'platform',
    source: {
      repoURL: 'registry.example.org/charts',
      chart: 'operator',
      targetRevision: '1.2.3',
      helm: { releaseName: 'operator', valuesObject: { replicas: 2 } },
    },
    syncPolicy: { syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true'] },
    ignoreDifferences: [
      { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' },
      { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
    ],
  });
});

test('namespaces of Applications are made by Terraform with their Pod Security level', () => {
  const { bootstrap } = synth([component('operator')]);
  expect(bootstrap.resource?.kubernetes_namespace_v1['namespace-operator-system']).toMatchObject({
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' }, name: 'operator-system' },
  });
});

test('the project admits exactly the repositories in use', () => {
  const { bootstrap } = synth([component('operator')]);
  const values = JSON.stringify(bootstrap.resource?.helm_release['argo-cd-apps'].values);
  expect(values).toContain('https://charts.example.org');
  expect(values).toContain('https://git.example.org/platform.git');
  expect(values).toContain('dist/staging');
  expect(values).not.toContain('"*"]');
});

test.each([
  [Tier.STAGING, undefined, true],
  [Tier.PRODUCTION, undefined, false],
  [Tier.PRODUCTION, true, true],
  [Tier.STAGING, false, false],
])('in %s with autoSync %p the root Application syncs by itself: %p', (tier, autoSync, expected) => {
  const { bootstrap } = synth([], tier, autoSync);
  const values = JSON.stringify(bootstrap.resource?.helm_release['argo-cd-apps'].values);
  expect(values.includes('selfHeal')).toBe(expected);
});

test('the kustomization lists the Applications beside the manifests', () => {
  const { files } = synth([component('operator')]);
  expect((parse(files['dist/staging/kustomization.yaml']) as { resources: string[] }).resources).toEqual([
    'argocd/argocd/application-operator.yaml',
    'example/example/configmap-settings.yaml',
    'example/example/namespace.yaml',
  ]);
});
