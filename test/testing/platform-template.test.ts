import { ApiObject } from 'cdk8s';
import * as fs from 'fs';
import * as os from 'os';
import { Delivery, PlatformApp } from '../../src/app';
import { Component } from '../../src/contracts';
import { Match, PlatformTemplate } from '../../src/testing';
import { FakeProvider } from '../support/fake-provider';
import { exampleApp, messageOf } from './support';

const app = exampleApp();
const template = PlatformTemplate.fromApp(app, 'production');

describe('objects', () => {
  test('are found by kind, group, namespace and name', () => {
    template.hasObject('ConfigMap', { metadata: { namespace: 'shop', name: 'flags' } });
    template.hasObject('NetworkPolicy.networking.k8s.io', { metadata: { name: 'default-deny' } });
    template.hasObject('NetworkPolicy', { apiVersion: 'networking.k8s.io/v1' });
    template.allObjects('ConfigMap', { metadata: { namespace: 'shop' } });
    template.objectCountIs('ConfigMap', 2);
    template.objectCountIs('ConfigMap', 1, { metadata: { name: 'flags' } });
    template.objectCountIs('Deployment', 0);
    expect(Object.keys(template.findObjects('ConfigMap'))).toEqual(['shop/flags', 'shop/settings']);
    expect(template.findObjects('PriorityClass', { value: 1000 })).toEqual({
      high: expect.objectContaining({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        value: 1000,
      }) as object,
    });
    expect(template.findObjects('Deployment')).toEqual({});
  });

  test('of one kind and name in two groups are told apart', () => {
    const other = new PlatformApp();
    const environment = other.environment('dev', { provider: new FakeProvider() });
    environment.addCluster();
    environment.importNamespace('shop');
    const chart = environment.addChart('shop');
    for (const group of ['networking.k8s.io', 'policy.acme.example']) {
      new ApiObject(chart, group, {
        apiVersion: `${group}/v1`,
        kind: 'NetworkPolicy',
        metadata: { name: 'deny', namespace: 'shop' },
        spec: { podSelector: {} },
      });
    }
    environment.components.require(
      new Component('policies', {
        chart: { repository: 'https://charts.acme.example', name: 'policies', version: '1.0.0' },
        namespace: 'policies',
        customResources: ['NetworkPolicy.policy.acme.example'],
      }),
    );
    const both = PlatformTemplate.fromApp(other);
    both.objectCountIs('NetworkPolicy', 2);
    both.objectCountIs('NetworkPolicy.policy.acme.example', 1);
    expect(Object.keys(both.findObjects('NetworkPolicy'))).toEqual(['shop/deny', 'shop/deny (networking.k8s.io/v1)']);
  });
});

describe('Terraform', () => {
  test('has resources, data sources, providers and outputs', () => {
    template.hasResource('aws_s3_bucket', { bucket_prefix: 'production-', '//': Match.absent() });
    template.allResources('aws_s3_bucket', { bucket_prefix: Match.stringLikeRegexp('^production-') });
    template.resourceCountIs('aws_s3_bucket', 1);
    template.resourceCountIs('kubernetes_config_map_v1', 1, { data: { 'api.url': 'https://production.acme.example' } });
    template.resourceCountIs('aws_db_instance', 0);
    template.hasDataSource('aws_caller_identity', {});
    template.hasProvider('aws', { region: 'eu-west-1' });
    template.hasOutput('url', { value: 'https://production.acme.example' });
    expect(Object.keys(template.findResources('aws_s3_bucket'))).toEqual([
      expect.stringMatching(/^production-infrastructure\/aws_s3_bucket\.cluster_\w+$/),
    ]);
    expect(Object.keys(template.findDataSources('aws_caller_identity'))).toEqual([
      expect.stringMatching(/^production-infrastructure\/data\.aws_caller_identity\.cluster_caller_\w+$/),
    ]);
  });

  test('can be looked at by stack', () => {
    template.inStack('bootstrap').hasResource('kubernetes_config_map_v1', {});
    template.inStack('bootstrap').resourceCountIs('aws_s3_bucket', 0);
    template.inStack('infrastructure').inStack('bootstrap').hasObject('ConfigMap', {});
  });

  test('applies the manifests where it delivers them', () => {
    const other = new PlatformApp();
    const environment = other.environment('dev', { provider: new FakeProvider(), delivery: Delivery.terraform() });
    environment.addCluster();
    new ApiObject(environment.addChart('flags'), 'flags', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'flags', namespace: 'default' },
    });
    const values = Match.serializedYaml({ manifests: [{ kind: 'ConfigMap', metadata: { name: 'flags' } }] });
    PlatformTemplate.fromApp(other)
      .inStack('workloads')
      .hasResource('helm_release', { values: [values] });
  });
});

describe('one environment is synthesized', () => {
  test('whichever the app was made for, and however the test program was called', () => {
    const argv = process.argv;
    try {
      process.argv = [...argv, '--environment', 'dev'];
      expect(() => PlatformTemplate.fromApp(exampleApp(), 'production')).not.toThrow();
    } finally {
      process.argv = argv;
    }
  });

  test('and nothing is left on the disk', () => {
    const before = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('platform-testing-'));
    const folder = fs.readdirSync('.');
    PlatformTemplate.fromApp(exampleApp(), 'dev');
    expect(fs.readdirSync('.')).toEqual(folder);
    const after = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('platform-testing-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  test('as often as one likes, with other environments between', () => {
    const resources = template.findResources('aws_s3_bucket');
    PlatformTemplate.fromApp(app, 'dev').hasResource('aws_s3_bucket', { bucket_prefix: 'dev-' });
    expect(PlatformTemplate.fromApp(app, 'production').findResources('aws_s3_bucket')).toEqual(resources);
  });

  test('without what another one has wrong', () => {
    const other = exampleApp();
    other.environment('broken', { provider: new FakeProvider() });
    expect(() => PlatformTemplate.fromApp(other, 'dev')).not.toThrow();
    expect(messageOf(() => PlatformTemplate.fromApp(other, 'broken'))).toBe(
      '1 problem found, nothing was written:\n  [broken] has no cluster: add a composition such as DataPlatform, or call addCluster()',
    );
  });

  test('of an app whose modules are loaded apart from the test', () => {
    let apart: PlatformApp | undefined;
    jest.isolateModules(() => {
      apart = jest.requireActual<typeof import('./support')>('./support').exampleApp();
    });
    if (!apart) throw new Error('not loaded');
    expect(apart).not.toBeInstanceOf(PlatformApp);
    PlatformTemplate.fromApp(apart, 'dev').hasObject('ConfigMap', { metadata: { name: Match.anyValue() } });
  });

  test('and not again once objects were added', () => {
    const other = exampleApp();
    PlatformTemplate.fromApp(other, 'dev');
    new ApiObject(other.environments[0].addChart('late'), 'late', { apiVersion: 'v1', kind: 'Namespace' });
    expect(messageOf(() => PlatformTemplate.fromApp(other, 'dev'))).toBe(
      '[dev] synth must not be called again once objects were added after it, got "dev/late/late": add them before, or make a new PlatformApp.',
    );
  });
});

describe('a value that was found', () => {
  test('can be changed without changing the template', () => {
    Object.assign(template.findObjects('ConfigMap')['shop/flags'], { data: {} });
    template.allObjects('ConfigMap', { data: { 'config.yaml': Match.anyValue() } });
  });
});

const KINDS = '  ApplySet, ConfigMap, CustomResourceDefinition, LimitRange, Namespace, NetworkPolicy, PriorityClass';

test.each<[string, () => unknown, string]>([
  [
    'no match',
    () => template.hasObject('ConfigMap', { metadata: { namespace: 'shop' }, data: { 'config.yaml': 'x' } }),
    `production has no ConfigMap object that matches {"metadata":{"namespace":"shop"},"data":{"config.yaml":"x"}}.
Closest:
  shop/flags
    data["config.yaml"]: expected "x", got "level: info\\nports: [80, 81]\\n"
  shop/settings
    data["config.yaml"]: expected "x", got "level: info\\nports: [80, 81]\\n"`,
  ],
  [
    'no match, but one of the name',
    () => template.hasObject('ConfigMap', { metadata: { name: 'settings' }, data: { a: '1', b: '2' } }),
    `production has no ConfigMap object that matches {"metadata":{"name":"settings"},"data":{"a":"1","b":"2"}}.
Closest:
  shop/settings
    data.a: expected "1", got nothing
    data.b: expected "2", got nothing`,
  ],
  [
    'no object of the kind',
    () => template.hasObject('NetworkPolciy', {}),
    `production has no NetworkPolciy object; did you mean NetworkPolicy? Its kinds are:\n${KINDS}`,
  ],
  [
    'no object of the kind, and none like it',
    () => template.hasObject('Deployment', {}),
    `production has no Deployment object. Its kinds are:\n${KINDS}`,
  ],
  [
    'not all',
    () => template.allObjects('ConfigMap', { metadata: { name: 'flags' } }),
    `production: 1 of 2 ConfigMap objects does not match {"metadata":{"name":"flags"}}.
Closest:
  shop/settings
    metadata.name: expected "flags", got "settings"`,
  ],
  [
    'all of none',
    () => template.allObjects('Deployment', {}),
    `production has no Deployment object. Its kinds are:\n${KINDS}`,
  ],
  [
    'too many',
    () => template.objectCountIs('ConfigMap', 1),
    'production has 2 ConfigMap objects, expected 1: shop/flags, shop/settings.',
  ],
  [
    'some that should not be',
    () => template.objectCountIs('ConfigMap', 0, { metadata: { name: 'flags' } }),
    'production has 1 ConfigMap object that matches {"metadata":{"name":"flags"}}, expected 0: shop/flags.',
  ],
  [
    'too few that match',
    () => template.objectCountIs('ConfigMap', 2, { metadata: { name: 'flags' } }),
    `production has 1 ConfigMap object that matches {"metadata":{"name":"flags"}}, expected 2: shop/flags.
Closest:
  shop/settings
    metadata.name: expected "flags", got "settings"`,
  ],
  [
    'none to count',
    () => template.objectCountIs('ConfigMpa', 2),
    `production has no ConfigMpa object, expected 2; did you mean ConfigMap? Its kinds are:\n${KINDS}`,
  ],
  [
    'no resource of the type',
    () => template.hasResource('aws_s3_buckte', {}),
    `production has no aws_s3_buckte resource; did you mean aws_s3_bucket? Its resource types are:
  aws_s3_bucket, kubernetes_config_map_v1, kubernetes_namespace_v1`,
  ],
  [
    'a resource in another stack',
    () => template.inStack('bootstrap').hasResource('aws_s3_bucket', {}),
    'production-bootstrap has no aws_s3_bucket resource; there is one in production-infrastructure.',
  ],
  [
    'no output at all',
    () => template.inStack('bootstrap').hasOutput('address', {}),
    'production-bootstrap has no address output: it has no outputs.',
  ],
  [
    'another value of an output',
    () => template.hasOutput('url', { value: 'http://production.acme.example' }),
    `production has no url output that matches {"value":"http://production.acme.example"}.
Closest:
  production-infrastructure/output.url
    value: expected "http://production.acme.example", got "https://production.acme.example"`,
  ],
  [
    'another configuration of a provider',
    () => template.inStack('infrastructure').hasProvider('aws', { region: 'eu-west-2' }),
    `production-infrastructure has no aws provider that matches {"region":"eu-west-2"}.
Closest:
  production-infrastructure/aws[0]
    region: expected "eu-west-2", got "eu-west-1"`,
  ],
])('the message about %s', (_what, call, message) => {
  expect(messageOf(call)).toBe(message);
});

test('a message is at most thirty lines, however much differs', () => {
  const other = new PlatformApp();
  const environment = other.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  environment.importNamespace('shop');
  const chart = environment.addChart('shop');
  for (let at = 0; at < 20; at++) {
    const metadata = { name: `settings-${at}`, namespace: 'shop' };
    new ApiObject(chart, `settings-${at}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  }
  const data = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`key-${at}`, 'x'.repeat(40)]));
  const metadata = Object.fromEntries(Object.keys(data).map((key) => [key, 'x']));
  const lines = messageOf(() => PlatformTemplate.fromApp(other).hasObject('ConfigMap', { metadata, data })).split('\n');
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(400);
  expect(lines.slice(-3)).toEqual([
    '    metadata.key-4: expected "x", got nothing',
    '    and 36 more',
    '  and 17 others',
  ]);
  const counted = messageOf(() => PlatformTemplate.fromApp(other).objectCountIs('ConfigMap', 19));
  expect(counted).toMatch(/^dev has 20 ConfigMap objects, expected 19: shop\/settings-0, .*, and 10 others\.$/);
});

test.each<[string, () => unknown, string]>([
  [
    'an environment that is none',
    () => PlatformTemplate.fromApp(app, 'prod'),
    '[PlatformTemplate.fromApp] environment must name an environment of the app, got "prod": use one of: dev, production.',
  ],
  [
    'an app with several environments, and no name',
    () => PlatformTemplate.fromApp(app),
    '[PlatformTemplate.fromApp] environment must be given where the app has several, got nothing: name one of: dev, production.',
  ],
  [
    'an app without environments',
    () => PlatformTemplate.fromApp(new PlatformApp()),
    '[PlatformTemplate.fromApp] app must have an environment, got nothing: add one with app.environment().',
  ],
  [
    'an environment instead of its app',
    () => PlatformTemplate.fromApp(app.environments[0] as never),
    '[PlatformTemplate.fromApp] app must be a PlatformApp, got "Environment dev": pass PlatformApp.',
  ],
  [
    'a stack that is none',
    () => template.inStack('production-bootstrap'),
    '[PlatformTemplate.inStack] purpose must name a stack of production, got "production-bootstrap": use one of: infrastructure, bootstrap.',
  ],
  [
    'a kind in lower case',
    () => template.objectCountIs('configmaps', 0),
    '[PlatformTemplate.objectCountIs] kind must be written as it is in the output, got "configmaps": use ConfigMap.',
  ],
  [
    'the name of the class of a resource',
    () => template.resourceCountIs('AwsS3Bucket', 0),
    '[PlatformTemplate.resourceCountIs] type must be written as it is in the output, got "AwsS3Bucket": use aws_s3_bucket.',
  ],
  [
    'a type that is no string',
    () => template.hasResource(42 as never, {}),
    "[PlatformTemplate.hasResource] type must be a string, got 42: write '42'.",
  ],
  [
    'a pattern instead of a kind',
    () => template.findObjects({ kind: 'ConfigMap' } as never),
    '[PlatformTemplate.findObjects] kind must be a string, got {"kind":"ConfigMap"}: give one text.',
  ],
  [
    'a count below zero',
    () => template.objectCountIs('ConfigMap', -1),
    '[PlatformTemplate.objectCountIs] count must be a whole number of at least 0, got -1: give the number that is expected.',
  ],
])('%s is refused', (_what, call, message) => {
  expect(messageOf(call)).toBe(message);
});
