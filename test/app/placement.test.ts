import { ApiObject, App, Chart } from 'cdk8s';
import { TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { Environment, PlatformApp } from '../../src/app';
import { FakeProvider } from '../support/fake-provider';
import { temporaryApp } from '../support/synth';

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colors', namespace: 'default' } };

function twoEnvironments(): { app: PlatformApp; dev: Environment; prod: Environment } {
  const { app } = temporaryApp(undefined, { environments: ['dev'] });
  const [dev, prod] = ['dev', 'prod'].map((name) => app.environment(name, { provider: new FakeProvider() }));
  dev.addCluster();
  return { app, dev, prod };
}

test.each<[string, (of: ReturnType<typeof twoEnvironments>) => unknown, string]>([
  [
    'an output in a chart',
    ({ dev }) => new TerraformOutput(new Construct(dev.addChart('team'), 'deep'), 'url', { value: 'x' }),
    '[dev/team/deep/url] TerraformOutput: is among Kubernetes objects',
  ],
  [
    'a stack in the environment',
    ({ dev }) => new TerraformOutput(new TerraformStack(dev, 'dns'), 'url', { value: 'x' }),
    '[dev/dns] TerraformStack: is among Kubernetes objects',
  ],
  [
    'a stack without an environment',
    ({ app }) => new TerraformStack(app.terraform, 'dns'),
    '[dns] TerraformStack: is in no env',
  ],
  ['a chart without an environment', ({ app }) => new Chart(app.kubernetes, 'x'), '[x] Chart: is in no environment'],
  [
    'a chart in a stack',
    ({ dev }) => new Chart(dev.infrastructure, 'x'),
    '[dev-infrastructure/x] Chart: is in a Terraform st',
  ],
])('%s is refused, once', (_what, act, message) => {
  const of = twoEnvironments();
  act(of);
  expect(() => of.app.synth()).toThrow(`1 problem found, nothing was written:\n  ${message}`);
});

test('what stands wrong in an environment that is not synthesized waits for it', () => {
  const { app, prod } = twoEnvironments();
  new TerraformOutput(prod, 'url', { value: 'x' });
  new Chart(prod.bootstrap, 'chart');
  expect(() => app.synth()).not.toThrow();
});

test('objects below a construct that is in no chart are refused by what the user made', () => {
  const { app, dev } = twoEnvironments();
  const below = (scope: Construct) => () => new ApiObject(new Construct(scope, 'mine'), 'object', CONFIG_MAP);
  const fix = 'make it in a chart of environment.addChart(id).';
  expect(below(dev)).toThrow(`[dev/mine] scope must be a chart, or in one, got "dev": ${fix}`);
  expect(below(dev.bootstrap)).toThrow(`[dev-bootstrap/mine] scope must be a chart, or in one, got "dev-bootstrap"`);
  expect(below(app.kubernetes)).toThrow(`[mine] scope must be a chart, or in one, got "the app": ${fix}`);
  expect(below(app.terraform)).toThrow(`[mine] scope must be a chart, or in one, got "the app": ${fix}`);
});

test('apps of others keep the error of cdk8s', () => {
  twoEnvironments();
  const other = new App();
  expect(() => new ApiObject(other, 'object', CONFIG_MAP)).toThrow('cannot find a parent chart');
  const chart = new Chart(other, 'chart');
  expect(Chart.of(new Construct(new Construct(chart, 'a'), 'b'))).toBe(chart);
  expect(Chart.of(chart)).toBe(chart);
});
