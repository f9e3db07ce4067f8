import { FakeCluster, FakeProvider } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';
import { Component } from '../../src';
import { withExample } from './example';

test('the bootstrap stack depends on the infrastructure stack and reads its outputs', () => {
  const { app, folder } = withExample();
  app.synth();
  const manifest = JSON.parse(filesIn(folder)['cdktf.out/manifest.json']) as {
    stacks: { [name: string]: { dependencies: string[] } };
  };
  expect(manifest.stacks['production-bootstrap'].dependencies).toEqual(['production-infrastructure']);
  const bootstrap = readStack(folder, 'production-bootstrap');
  expect(JSON.stringify(bootstrap.provider?.kubernetes)).toContain('data.terraform_remote_state.');
  expect(Object.keys(readStack(folder, 'production-infrastructure').output ?? {})).toHaveLength(1);
});

test('values that only Terraform knows reach the cluster in one ConfigMap', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  const cluster = environment.addCluster() as FakeCluster;
  environment.publishValue('artifacts.arn', cluster.bucket.arn);
  app.synth();
  const bootstrap = readStack(folder, 'dev-bootstrap');
  expect(Object.values(bootstrap.resource?.kubernetes_config_map_v1 ?? {})).toEqual([
    expect.objectContaining({
      data: { 'artifacts.arn': expect.stringMatching(/^\$\{data\.terraform_remote_state\./) },
      metadata: expect.objectContaining({ name: 'platform-values', namespace: 'platform-system' }),
    }),
  ]);
  expect(Object.keys(bootstrap.resource?.kubernetes_namespace_v1 ?? {})).toEqual(['namespace-platform-system']);
});

test('a manifest with a Terraform value is applied by Helm, after every component', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  const cluster = environment.addCluster() as FakeCluster;
  environment.components.require(
    new Component('operator', {
      chart: { repository: 'https://charts.example.org', name: 'operator', version: '1.2.3' },
      namespace: 'operators',
    }),
  );
  environment.addBootstrapManifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'database', namespace: 'backing-services' },
    spec: { type: 'ExternalName', externalName: cluster.bucket.bucketDomainName },
  });
  app.synth();
  const release = readStack(folder, 'dev-bootstrap').resource?.helm_release?.['terraform-values'];
  expect(release?.chart).toMatch(/^assets\/terraform-values-chart\//);
  expect(release?.depends_on).toContain('helm_release.operator');
  expect(JSON.stringify(release?.values)).toContain('${yamlencode({');
  expect(Object.keys(filesIn(folder)).filter((file) => file.endsWith('templates/manifests.yaml'))).toHaveLength(1);
});

test('nothing waits for a component whose pods need the manifests, which come later', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  for (const needsManifests of [true, false]) {
    const name = needsManifests ? 'cache' : 'store';
    const chart = { repository: 'https://charts.example.org', name, version: '1.2.3' };
    environment.components.require(new Component(name, { chart, namespace: name, needsManifests }));
  }
  app.synth();
  const releases = Object.values(readStack(folder, 'dev-bootstrap').resource?.helm_release ?? {});
  expect(releases).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'cache', wait: false, atomic: false }),
      expect.objectContaining({ name: 'store', wait: true, atomic: true }),
    ]),
  );
});
