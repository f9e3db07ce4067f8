import { Construct } from 'constructs';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, temporaryApp, temporaryFolder } from '../support/synth';
import { withExample } from './example';

test('constructing an app and environments writes nothing', () => {
  const { folder } = withExample();
  expect(filesIn(folder)).toEqual({});
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

test('the environments that are chosen must be in the app', () => {
  const { app } = withExample(temporaryFolder(), 'x', { args: ['-e', 'prodction'] });
  expect(() => app.synth()).toThrow(
    '[PlatformApp] --environment must be one of dev, production, got "prodction": write production.',
  );
});

test('an app may be synthesized again, but not after more was added to it', () => {
  const { app, folder } = withExample();
  app.synth();
  const before = filesIn(folder);
  app.synth();
  expect(filesIn(folder)).toEqual(before);
  exampleChart(app.environments[0], 'late');
  expect(() => app.synth()).toThrow(
    '[dev] synth must not be called again once objects were added after it, got "dev/late/namespace": add them before, or make a new PlatformApp.',
  );
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

test('a failed synthesis leaves the output of the previous one', () => {
  const folder = temporaryFolder();
  withExample(folder, 'before').app.synth();
  const before = filesIn(folder);
  const { app } = withExample(folder, 'after');
  new Construct(app.environments[0], 'one').node.addValidation({ validate: () => ['wrong'] });
  expect(() => app.synth()).toThrow('wrong');
  expect(filesIn(folder)).toEqual(before);
});
