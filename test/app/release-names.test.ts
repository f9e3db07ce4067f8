import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { Component, Delivery, KindProvider, Namespace, PlatformTesting, Tier } from 'ml-platform-constructs';
import { parse } from 'yaml';
import { releaseNames } from '../../src/app/release-names';
import { temporaryApp } from '../support/synth';

/** Helm's own rule. */
const HELM = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Names of the Helm releases of charts with these paths, nested where there is a slash. */
function releasesOf(paths: readonly string[]): string[] {
  const { app } = temporaryApp();
  const delivery = Delivery.terraform();
  const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
  local.addCluster();
  local.components.require(
    new Component('extra', {
      chart: { repository: 'https://charts.example.com', name: 'extra', version: '1.0.0' },
      namespace: 'platform-system',
    }),
  );
  new Namespace(local.addChart('spaces'), 'web');
  paths.forEach((path, at) => {
    const chart = path
      .split('/')
      .reduce<Construct>((scope, id) => scope.node.tryFindChild(id) ?? new Chart(scope, id), local);
    const metadata = { name: `settings-${at}`, namespace: 'web' };
    new ApiObject(chart, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
  });
  const [, text] = Object.entries(PlatformTesting.synth(app)).find(
    ([file]) => file.includes('local-workloads') && file.endsWith('.json'),
  )!;
  const releases = (parse(text) as { resource: { helm_release: { [id: string]: { name: string; values: string[] } } } })
    .resource;
  return Object.values(releases.helm_release)
    .filter(({ values }) => values.join().includes('settings-'))
    .map(({ name }) => name);
}

test.each<[string[], (string | RegExp)[]]>([
  [['vision'], ['vision']],
  [['TeamVision'], [/^teamvision-[0-9a-f]+$/]],
  [['team_vision'], [/^team-vision-[0-9a-f]+$/]],
  [['x'.repeat(60)], [/^x{42}-[0-9a-f]{10}$/]],
  [['foundation'], [/^foundation-[0-9a-f]+$/]],
  [['extra'], [/^extra-[0-9a-f]+$/]],
  [['default-service-account-web'], [/^default-service-account-web-[0-9a-f]+$/]],
  [['___'], [/^chart-[0-9a-f]+$/]],
  [
    ['-a', 'a-'],
    [/^a-[0-9a-f]+$/, /^a-[0-9a-f]+$/],
  ],
  [
    ['TeamVision', 'teamvision'],
    [/^teamvision-[0-9a-f]+$/, 'teamvision'],
  ],
  [
    ['a/b', 'a-b'],
    [/^a-b-[0-9a-f]+$/, 'a-b'],
  ],
  [
    ['a.b', 'a_b'],
    [/^a-b-[0-9a-f]+$/, /^a-b-[0-9a-f]+$/],
  ],
])('charts %j are releases of their own', (paths, expected) => {
  const names = releasesOf(paths);

  expect(new Set(names).size).toBe(paths.length);
  for (const [at, name] of names.entries()) {
    expect(name).toMatch(HELM);
    expect(name.length).toBeLessThanOrEqual(53);
    expect(expected.some((one) => (typeof one === 'string' ? one === name : one.test(name)))).toBe(true);
    expect(at).toBeLessThan(expected.length);
  }
});

test('whatever the paths are, names are those of Helm, and each is there once', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_.ü-]{1,30}$/);
  const paths = fc.uniqueArray(
    fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => ids.join('/')),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(paths, (given) => {
      const names = [...releaseNames(given, (name) => name === 'a').values()];
      expect(new Set(names).size).toBe(given.length);
      for (const name of names) {
        expect(name).toMatch(HELM);
        expect(name.length).toBeLessThanOrEqual(53);
        expect(name).not.toBe('a');
      }
    }),
  );
});
