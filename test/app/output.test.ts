import * as fs from 'fs';
import * as path from 'path';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, temporaryApp, temporaryFolder } from '../support/synth';
import { withExample } from './example';

test('synth writes both stacks and the manifests of every environment', () => {
  const { app, folder } = withExample();
  app.synth();
  expect(Object.keys(filesIn(folder))).toEqual([
    'cdktf.out/manifest.json',
    'cdktf.out/stacks/dev-bootstrap/cdk.tf.json',
    'cdktf.out/stacks/dev-infrastructure/cdk.tf.json',
    'cdktf.out/stacks/production-bootstrap/cdk.tf.json',
    'cdktf.out/stacks/production-infrastructure/cdk.tf.json',
    'dist/dev/applyset/applyset.yaml',
    'dist/dev/applyset/customresourcedefinition-applysets.nstarx.io.yaml',
    'dist/dev/example/example/configmap-settings.yaml',
    'dist/dev/example/example/namespace.yaml',
    'dist/dev/kustomization.yaml',
    'dist/production/applyset/applyset.yaml',
    'dist/production/applyset/customresourcedefinition-applysets.nstarx.io.yaml',
    'dist/production/example/example/configmap-settings.yaml',
    'dist/production/example/example/namespace.yaml',
    'dist/production/kustomization.yaml',
  ]);
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
    'dist/dev/applyset/applyset.yaml',
    'dist/dev/applyset/customresourcedefinition-applysets.nstarx.io.yaml',
    'dist/dev/example/example/configmap-settings.yaml',
    'dist/dev/example/example/namespace.yaml',
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
