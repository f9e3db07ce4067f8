import { parse } from 'yaml';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';
import { Component, Delivery, PodSecurityLevel, Tier } from '../../src';

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
