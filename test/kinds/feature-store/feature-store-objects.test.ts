import fc from 'fast-check';
import { podSecurityViolations } from '../../../src/checks/pod-security-check';
import { FeatureServerRuntime } from '../../../src/kinds/feature-store/settings';
import { anySpec } from './any-spec';
import { at, Item, items, podSpecs, SETTINGS } from './support';

test('the documented sample gives servers, jobs, metrics and network policies', () => {
  const all = items();

  expect(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`.replace(/-[0-9a-f]{10}$/, '-#')).sort()).toEqual([
    'ConfigMap customer-features-definitions-#',
    'ConfigMap customer-features-jobs-#',
    'ConfigMap customer-features-stream-#',
    'CronJob customer-features-materialize-#',
    'CronJob customer-features-model-#',
    'Deployment customer-features-feature-metrics',
    'Deployment customer-features-features',
    'FlinkDeployment customer-features-stream-purchase-#',
    'Job customer-features-apply-#',
    'NetworkPolicy customer-features-feature-streams',
    'NetworkPolicy customer-features-features',
    'PodDisruptionBudget customer-features-features',
    'PrometheusRule customer-features-features',
    'ScheduledSparkApplication customer-features-batch-#',
    'Service customer-features-feature-metrics',
    'Service customer-features-features',
    'ServiceAccount customer-features-features',
  ]);
  expect(all.every(({ metadata }) => metadata.namespace === 'feature-stores')).toBe(true);
  expect(all.every(({ metadata }) => metadata.labels['nstarx.io/feature-store'] === 'customer-features')).toBe(true);
});

test('the same props give the same objects', () => {
  expect(JSON.stringify(items())).toBe(JSON.stringify(items()));
});

test('every pod meets Pod Security restricted, with a read-only root and no token', () => {
  const pods = podSpecs(items());

  expect(pods).toHaveLength(8);
  for (const { name, spec } of pods) {
    expect([name, podSecurityViolations('restricted', 35, {}, spec)]).toEqual([name, []]);
    expect([name, at(spec, 'containers', 0, 'securityContext', 'readOnlyRootFilesystem')]).toEqual([name, true]);
  }
  const ours = pods.filter(({ spec }) => 'serviceAccountName' in spec);
  expect(ours.map(({ spec }) => spec.automountServiceAccountToken)).toEqual(ours.map(() => false));
});

test('names stay in their bounds with the longest name', () => {
  const name = `a${'b'.repeat(50)}c`;
  for (const runtime of Object.values(FeatureServerRuntime)) {
    const all = items({ name, settings: { ...SETTINGS, runtime } });
    for (const { kind, metadata } of all) {
      const longest = { CronJob: 52, ScheduledSparkApplication: 34, FlinkDeployment: 45, FeatureStore: 50 }[kind] ?? 63;
      expect([kind, metadata.name.length <= longest]).toEqual([kind, true]);
    }
    const keys = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test('random specs: the same bytes again, names that are unique and fit, restricted pods, or a message that names the field', () => {
  let made = 0;
  fc.assert(
    fc.property(anySpec, fc.stringMatching(/^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$/), (spec, name) => {
      let all: Item[];
      try {
        all = items({ spec, name });
      } catch (error) {
        expect(String(error)).toMatch(
          /(modelRef must have other stored features|type must be a number, a bool or a string)/,
        );
        return;
      }
      made++;
      expect(JSON.stringify(items({ spec, name }))).toBe(JSON.stringify(all));
      const keys = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { kind, metadata } of all) {
        expect(`${kind} ${metadata.name}`).toMatch(/^[A-Za-z]+ [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }
      for (const pod of podSpecs(all)) expect(podSecurityViolations('restricted', 35, {}, pod.spec)).toEqual([]);
    }),
    { numRuns: 100, seed: 7 },
  );
  // most specs are no refused ones
  expect(made).toBeGreaterThan(25);
});
