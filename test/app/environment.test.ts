import { ApiObject } from 'cdk8s';
import { FakeCluster, FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, temporaryApp } from '../support/synth';
import { Tier } from '../../src';

test('a Terraform token in a manifest is refused with the path of the construct and the field', () => {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  const cluster = environment.addCluster() as FakeCluster;
  exampleChart(environment, 'example', cluster.bucket.arn);
  expect(() => app.synth()).toThrow(
    '[dev/example/settings] ConfigMap settings: data.value is a Terraform token, which has no value when manifests are written; publish it with environment.publishValue(), or apply the object with environment.addBootstrapManifest()',
  );
});

test('tier and tags are handed to the provider through the environment', () => {
  const { app } = temporaryApp();
  const environment = app.environment('production', {
    provider: new FakeProvider(),
    tier: Tier.PRODUCTION,
    tags: { 'cost-center': 'ml' },
  });
  expect(environment.tier).toBe(Tier.PRODUCTION);
  expect(environment.tags).toEqual({
    environment: 'production',
    'managed-by': 'ml-platform-constructs',
    'cost-center': 'ml',
  });
});

test('a chart is a folder of objects, whose names have no hashes', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  const chart = environment.addChart('flags');
  new ApiObject(chart, 'colors', { apiVersion: 'v1', kind: 'Namespace' });
  expect(chart.node.path).toBe('dev/flags');
  app.synth();
  expect(filesIn(folder)).toHaveProperty(['dist/dev/flags/dev-flags-colors/namespace.yaml']);
});

test.each([
  [
    'My chart',
    '[dev] addChart must be a DNS label of at most 53 characters, got "My chart": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  ['flags', '[dev] addChart must have an id of its own, got "flags": choose another; there are already: flags.'],
])('a chart %p is refused', (id, message) => {
  const environment = temporaryApp().app.environment('dev', { provider: new FakeProvider() });
  environment.addChart('flags');
  expect(() => environment.addChart(id)).toThrow(message);
});

test('what scrapes is said once, and known from then on', () => {
  const environment = temporaryApp().app.environment('dev', { provider: new FakeProvider() });
  expect(environment.scraper).toBeUndefined();
  environment.useScraper({ namespace: 'monitoring' });
  expect(environment.scraper).toEqual({ namespace: 'monitoring' });
  expect(() => environment.useScraper({ namespace: 'other' })).toThrow(
    '[dev] useScraper must be called once, got {"namespace":"other"}: have one Monitoring in the environment.',
  );
});

test('manifests may be in a namespace that was imported', () => {
  const synth = (imported: boolean) => {
    const { app, folder } = temporaryApp();
    const environment = app.environment('dev', { provider: new FakeProvider() });
    environment.addCluster();
    const metadata = { name: 'colors', namespace: 'shared' };
    new ApiObject(environment.addChart('flags'), 'colors', { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    if (imported) environment.importNamespace('shared');
    app.synth();
    return filesIn(folder);
  };
  expect(() => synth(false)).toThrow('ConfigMap colors: refers to Namespace shared, which nothing creates');
  expect(synth(true)).toHaveProperty(['dist/dev/flags/shared/configmap-colors.yaml']);
});

test('a Secret that was made by hand may be referred to once the environment knows it', () => {
  const synth = (known: boolean) => {
    const { app, folder } = temporaryApp();
    const environment = app.environment('dev', { provider: new FakeProvider() });
    environment.addCluster();
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'runner', namespace: 'default' },
      imagePullSecrets: [{ name: 'registry' }],
      automountServiceAccountToken: false,
    };
    new ApiObject(environment.addChart('flags'), 'runner', account);
    new ApiObject(environment.addChart('jobs'), 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod', namespace: 'default' },
      spec: {
        serviceAccountName: 'runner',
        imagePullSecrets: [{ name: 'registry' }],
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'pod',
            image: 'registry.example.com/pod:1.0.0',
            resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '16Mi' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    });
    if (known) environment.addExistingObject({ kind: 'Secret', name: 'registry', namespace: 'default' });
    app.synth();
    return filesIn(folder);
  };
  expect(() => synth(false)).toThrow('refers to Secret registry in namespace default, which nothing creates');
  expect(synth(true)).toHaveProperty(['dist/dev/jobs/default/pod-pod.yaml']);
});
