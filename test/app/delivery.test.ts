import { FakeProvider, exampleChart } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';
import { Delivery } from '../../src';

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

test.each([
  ['git.example.org', undefined, 'repository must be an https:// or ssh URL of a git repository'],
  ['https://git.example.org/x.git', '/dist', 'path must be a folder inside the repository'],
  ['https://git.example.org/x.git', '../dist', 'path must be a folder inside the repository'],
])('repository %p with path %p is refused', (repository, path, message) => {
  expect(() => Delivery.argoCd({ repository, path })).toThrow(`[Delivery.argoCd] ${message}`);
});
