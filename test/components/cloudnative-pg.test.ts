import { cloudnativePg } from '../../src/components/cloudnative-pg';

test('CloudNativePG is a pinned chart that brings the kinds of its group', () => {
  const component = cloudnativePg();
  expect(component.chart).toEqual({
    repository: 'https://cloudnative-pg.github.io/charts',
    name: 'cloudnative-pg',
    version: '0.29.0',
  });
  expect(component.namespace).toBe('cnpg-system');
  expect(component.podSecurity).toBe('restricted');
  expect(component.customResources).toContain('Cluster.postgresql.cnpg.io');
  expect(component.customResources.filter((kind) => !kind.endsWith('.postgresql.cnpg.io'))).toEqual([]);
  expect(component.values).toMatchObject({ resources: { limits: { memory: '256Mi' } } });
});
