import { Construct } from 'constructs';
import * as fs from 'fs';
import * as path from 'path';
import { FakeCluster, FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp, temporaryFolder } from '../support/synth';
import { Component, Delivery, Tier } from '../../src';

function withExample(folder = temporaryFolder(), value = 'x') {
  const made = temporaryApp(folder);
  for (const name of ['dev', 'production']) {
    const environment = made.app.environment(name, { provider: new FakeProvider() });
    environment.addCluster();
    exampleChart(environment, 'example', value);
  }
  return made;
}

test('constructing an app and environments writes nothing', () => {
  const { folder } = withExample();
  expect(filesIn(folder)).toEqual({});
});

test('synth writes both stacks and the manifests of every environment', () => {
  const { app, folder } = withExample();
  app.synth();
  expect(Object.keys(filesIn(folder))).toEqual([
    'cdktf.out/manifest.json',
    'cdktf.out/stacks/dev-bootstrap/cdk.tf.json',
    'cdktf.out/stacks/dev-infrastructure/cdk.tf.json',
    'cdktf.out/stacks/production-bootstrap/cdk.tf.json',
    'cdktf.out/stacks/production-infrastructure/cdk.tf.json',
    'dist/dev/example/example/configmap-settings.yaml',
    'dist/dev/example/namespace-example.yaml',
    'dist/dev/kustomization.yaml',
    'dist/production/example/example/configmap-settings.yaml',
    'dist/production/example/namespace-example.yaml',
    'dist/production/kustomization.yaml',
  ]);
});

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

test('two runs give the same bytes', () => {
  const first = withExample();
  const second = withExample();
  first.app.synth();
  second.app.synth();
  expect(filesIn(first.folder)).toEqual(filesIn(second.folder));
});

test('a second synthesis removes files that no longer exist and keeps what Terraform left', () => {
  const folder = temporaryFolder();
  withExample(folder).app.synth();
  const kept = path.join(folder, 'cdktf.out/stacks/dev-infrastructure/.terraform.lock.hcl');
  fs.writeFileSync(kept, 'lock');
  fs.writeFileSync(path.join(folder, 'dist/dev/example/stale.yaml'), 'stale: true');
  const { app } = temporaryApp(folder);
  const environment = app.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  exampleChart(environment);
  app.synth();
  expect(Object.keys(filesIn(folder))).toEqual([
    'cdktf.out/manifest.json',
    'cdktf.out/stacks/dev-bootstrap/cdk.tf.json',
    'cdktf.out/stacks/dev-infrastructure/.terraform.lock.hcl',
    'cdktf.out/stacks/dev-infrastructure/cdk.tf.json',
    'dist/dev/example/example/configmap-settings.yaml',
    'dist/dev/example/namespace-example.yaml',
    'dist/dev/kustomization.yaml',
  ]);
});

test('a folder in dist that a synthesis did not write stays', () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, 'dist/mine'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'dist/mine/kustomization.yaml'), 'resources: []');
  withExample(folder).app.synth();
  expect(filesIn(folder)).toHaveProperty(['dist/mine/kustomization.yaml'], 'resources: []');
});

test('only the chosen environment is written; the others stay as they are', () => {
  const folder = temporaryFolder();
  withExample(folder, 'before').app.synth();
  const { app } = temporaryApp(folder, { environments: ['dev'] });
  for (const name of ['dev', 'production']) {
    const environment = app.environment(name, { provider: new FakeProvider() });
    environment.addCluster();
    exampleChart(environment, 'example', 'after');
  }
  const report = app.synth();
  const files = filesIn(folder);
  expect(files['dist/dev/example/example/configmap-settings.yaml']).toContain('after');
  expect(files['dist/production/example/example/configmap-settings.yaml']).toContain('before');
  expect(Object.keys(JSON.parse(files['cdktf.out/manifest.json']).stacks)).toHaveLength(4);
  expect(report.environments.map((one) => one.environment)).toEqual(['dev']);
});

test('--environment on the command line chooses', () => {
  const argv = process.argv;
  process.argv = ['node', 'main.js', '--environment', 'nowhere'];
  try {
    const { app } = withExample();
    expect(() => app.synth()).toThrow(
      '[PlatformApp] --environment must name an environment of the app, got "nowhere": use one of: dev, production.',
    );
  } finally {
    process.argv = argv;
  }
});

test('all errors of both trees come at once, each with its path, and nothing is written', () => {
  const { app, folder } = withExample();
  const production = app.environments[1];
  new Construct(production, 'one').node.addValidation({ validate: () => ['the first is wrong'] });
  new Construct(production.infrastructure, 'two').node.addValidation({ validate: () => ['the second is wrong'] });
  expect(() => app.synth()).toThrow(
    [
      '2 problems found, nothing was written:',
      '  [production-infrastructure/two] the second is wrong',
      '  [production/one] the first is wrong',
    ].join('\n'),
  );
  expect(filesIn(folder)).toEqual({});
});

test('a failed synthesis leaves the output of the former one', () => {
  const folder = temporaryFolder();
  withExample(folder, 'before').app.synth();
  const before = filesIn(folder);
  const { app } = withExample(folder, 'after');
  new Construct(app.environments[0], 'one').node.addValidation({ validate: () => ['wrong'] });
  expect(() => app.synth()).toThrow('wrong');
  expect(filesIn(folder)).toEqual(before);
});

test('a Terraform token in a manifest is refused with the path of the construct and the field', () => {
  const { app } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  const cluster = environment.addCluster() as FakeCluster;
  exampleChart(environment, 'example', cluster.bucket.arn);
  expect(() => app.synth()).toThrow(
    '[dev/example/settings] ConfigMap settings: data.value is a Terraform token, which has no value when manifests are written; publish it with environment.publishValue(), or apply the object with environment.addBootstrapManifest()',
  );
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

test('delivery by Terraform applies every manifest in a third stack, namespaces first', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('local', { provider: new FakeProvider(), delivery: Delivery.terraform() });
  environment.addCluster();
  exampleChart(environment);
  app.synth();
  const manifest = JSON.parse(filesIn(folder)['cdktf.out/manifest.json']) as {
    stacks: { [name: string]: { dependencies: string[] } };
  };
  expect(manifest.stacks['local-workloads'].dependencies).toContain('local-bootstrap');
  const releases = readStack(folder, 'local-workloads').resource?.helm_release ?? {};
  expect(Object.keys(releases)).toEqual(['example', 'foundation']);
  expect(releases.foundation.values).toEqual([expect.stringContaining('"kind": "Namespace"')]);
  expect(releases.example.values).toEqual([expect.stringContaining('"kind": "ConfigMap"')]);
  expect(releases.example.depends_on).toEqual(['helm_release.foundation']);
  const bootstrap = readStack(folder, 'local-bootstrap').resource?.kubernetes_namespace_v1 ?? {};
  expect(Object.keys(bootstrap)).toEqual(['namespace-platform-system']);
});

test('text that looks like a template of Terraform arrives as it is', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('local', { provider: new FakeProvider(), delivery: Delivery.terraform() });
  environment.addCluster();
  exampleChart(environment, 'example', 'echo ${HOME} %{http_code}');
  app.synth();
  const release = readStack(folder, 'local-workloads').resource?.helm_release.example;
  expect(release?.values).toEqual([expect.stringContaining('echo $${HOME} %%{http_code}')]);
});

test('in HCL the helm provider reaches the cluster by an attribute, as it wants', () => {
  const before = process.env.SYNTH_HCL_OUTPUT;
  process.env.SYNTH_HCL_OUTPUT = 'true';
  try {
    const { app, folder } = withExample();
    app.synth();
    const hcl = filesIn(folder)['cdktf.out/stacks/dev-bootstrap/cdk.tf'];
    expect(hcl).toMatch(/provider "helm" \{\s+kubernetes = \{/);
  } finally {
    if (before === undefined) delete process.env.SYNTH_HCL_OUTPUT;
    else process.env.SYNTH_HCL_OUTPUT = before;
  }
});
