import { certManager } from '../../src/components/cert-manager';
import { externalSecrets } from '../../src/components/external-secrets';

test('cert-manager brings its CRDs, and keeps them when it is removed', () => {
  const component = certManager();
  expect(component.chart).toEqual({
    repository: 'https://charts.jetstack.io',
    name: 'cert-manager',
    version: 'v1.21.1',
  });
  expect(component.namespace).toBe('cert-manager');
  expect(component.podSecurity).toBe('restricted');
  expect(component.values).toMatchObject({ crds: { enabled: true, keep: true } });
  expect(component.customResources).toEqual(
    expect.arrayContaining(['Certificate.cert-manager.io', 'ClusterIssuer.cert-manager.io']),
  );
});

test('External Secrets is installed by Terraform, under the name that stores rely on', () => {
  const component = externalSecrets();
  expect(component.bootstrap).toBe(true);
  expect(component.name).toBe('external-secrets');
  expect(component.namespace).toBe('external-secrets');
  expect(component.values).toMatchObject({
    installCRDs: true,
    serviceAccount: { create: true, name: 'external-secrets' },
  });
  expect(component.customResources).toEqual(
    expect.arrayContaining([
      'ClusterSecretStore.external-secrets.io',
      'ExternalSecret.external-secrets.io',
      'Password.generators.external-secrets.io',
    ]),
  );
});

test('every container has a memory limit and no CPU limit', () => {
  const limits = (value: unknown): unknown[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
          key === 'limits' ? [inner] : limits(inner),
        );
  for (const component of [certManager(), externalSecrets()]) {
    const found = limits(component.values);
    expect(found.length).toBeGreaterThanOrEqual(3);
    found.forEach((one) => expect(one).toEqual({ memory: expect.stringMatching(/Mi$/) as string }));
  }
});
