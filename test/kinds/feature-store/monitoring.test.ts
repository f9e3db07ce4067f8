import { FeatureMetric, FeatureStoreSpec } from '../../../src/api/generated';
import { at, DOCUMENTED, find, items, Json } from './support';

test('Prometheus finds the port metrics of the servers and of the exporter, with the label of the store', () => {
  const all = items();

  for (const name of ['customer-features-features', 'customer-features-feature-metrics']) {
    const service = find(all, 'Service', name);
    expect(service.metadata.labels).toMatchObject({
      'nstarx.io/component': 'feature-server',
      feature_store: 'customer-features',
    });
    expect(at(service.spec, 'ports')).toContainEqual({
      name: 'metrics',
      port: 8000,
      targetPort: 8000,
      protocol: 'TCP',
    });
    const labels = at(find(all, 'Deployment', name).spec, 'template', 'metadata', 'labels') as Json;
    expect(labels).toMatchObject(at(service.spec, 'selector') as Json);
    expect(labels.feature_store).toBe('customer-features');
  }
  const selectors = all.filter(({ kind }) => kind === 'Service').map(({ spec }) => JSON.stringify(spec.selector));
  expect(new Set(selectors).size).toBe(2);
});

test('alerts are those of the metrics that are watched; without monitoring there are none, and no exporter', () => {
  const names = (spec: FeatureStoreSpec) =>
    items({ spec })
      .filter(({ kind }) => kind === 'PrometheusRule')
      .flatMap((rule) => (at(rule.spec, 'groups', 0, 'rules') as Json[]).map(({ alert }) => alert));

  expect(names({ ...DOCUMENTED, monitoring: { metrics: [FeatureMetric.FEATURE_DRIFT] } })).toEqual([
    'FeatureDrift',
    'FeatureMetricsMissing',
  ]);
  expect(names(DOCUMENTED)).toEqual([
    'FeatureOlderThanMaxAge',
    'FeatureNeverComputed',
    'FeatureCoverageLow',
    'FeatureMetricsMissing',
  ]);
  const off = items({ spec: { ...DOCUMENTED, monitoring: { enabled: false } } });
  expect(off.filter(({ metadata }) => metadata.name.endsWith('-metrics'))).toEqual([]);
  expect(names({ ...DOCUMENTED, monitoring: { enabled: false } })).toEqual([]);
});
