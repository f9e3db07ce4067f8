import * as fs from 'fs';
import { PlatformTesting } from '../../src';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { temporaryApp } from '../support/synth';

test('the files of both trees come back by path, and nothing is left on the disk', () => {
  const { app, folder } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  exampleChart(environment);
  const files = PlatformTesting.synth(app);
  expect(Object.keys(files)).toEqual([
    'dev/applyset/applyset.yaml',
    'dev/applyset/customresourcedefinition-applysets.nstarx.io.yaml',
    'dev/example/example/configmap-settings.yaml',
    'dev/example/example/namespace.yaml',
    'dev/kustomization.yaml',
    'manifest.json',
    'stacks/dev-bootstrap/cdk.tf.json',
    'stacks/dev-infrastructure/cdk.tf.json',
  ]);
  expect(files['dev/example/example/namespace.yaml']).toMatchSnapshot();
  expect(fs.readdirSync(folder)).toEqual([]);
});
