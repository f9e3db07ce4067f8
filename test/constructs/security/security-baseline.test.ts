import {
  AcmeChallenge,
  AcmeIssuerProps,
  SecurityBaseline,
  SecurityBaselineProps,
} from '../../../src/constructs/security';
import { Tier } from '../../../src/contracts';
import { Json, manifest, manifests, TestEnvironment, text } from '../tenancy/support';

function baseline(
  props: SecurityBaselineProps = {},
  tier = Tier.DEVELOPMENT,
): {
  environment: TestEnvironment;
  security: SecurityBaseline;
} {
  const environment = new TestEnvironment(tier);
  return {
    environment,
    security: new SecurityBaseline(environment.chart(), 'security', props),
  };
}

function valuesOf(environment: TestEnvironment, component: string): Json {
  return environment.components.sorted().find((one) => one.name === component)?.values as unknown as Json;
}

test('cert-manager and External Secrets are installed, twice where it matters', () => {
  const { environment } = baseline();
  expect(environment.components.sorted().map((one) => one.name)).toEqual(['cert-manager', 'external-secrets']);
  expect(valuesOf(environment, 'cert-manager').replicaCount).toBeUndefined();
  const production = baseline({}, Tier.PRODUCTION).environment;
  expect(valuesOf(production, 'cert-manager')).toMatchObject({
    replicaCount: 2,
    podDisruptionBudget: { enabled: true },
    webhook: { replicaCount: 2, resources: { limits: { memory: '64Mi' } } },
  });
  expect(valuesOf(production, 'external-secrets')).toMatchObject({ replicaCount: 2, leaderElect: true });
});

test('the authority is self-signed and signs everything else', () => {
  const { security } = baseline();
  expect(manifest(security, 'ClusterIssuer', 'platform-self-signed').spec).toEqual({ selfSigned: {} });
  const certificate = manifest(security, 'Certificate', 'platform-ca');
  expect(certificate.metadata.namespace).toBe('cert-manager');
  expect(certificate.spec).toMatchObject({
    isCA: true,
    secretName: 'platform-ca',
    issuerRef: { name: 'platform-self-signed', kind: 'ClusterIssuer' },
  });
  expect(manifest(security, 'ClusterIssuer', 'platform-ca').spec).toEqual({ ca: { secretName: 'platform-ca' } });
  expect(security.internalIssuerName).toBe('platform-ca');
  expect(security.publicIssuerName).toBe('platform-ca');
});

const ACME: AcmeIssuerProps = {
  email: 'platform@acme.example',
  domain: 'ml.acme.example',
  challenge: AcmeChallenge.route53('eu-west-1', 'Z123'),
};

test('an ACME issuer proves the domain by DNS', () => {
  const { environment, security } = baseline({ acme: ACME });
  expect(security.publicIssuerName).toBe('letsencrypt');
  expect(manifest(security, 'ClusterIssuer', 'letsencrypt').spec.acme).toEqual({
    email: 'platform@acme.example',
    server: 'https://acme-v02.api.letsencrypt.org/directory',
    privateKeySecretRef: { name: 'letsencrypt-account-key' },
    solvers: [
      {
        selector: { dnsZones: ['ml.acme.example'] },
        dns01: { route53: { region: 'eu-west-1', hostedZoneID: 'Z123' } },
      },
    ],
  });
  expect(valuesOf(environment, 'cert-manager').config).toBeUndefined();
});

test('an ACME issuer proves the domain through a Gateway, which cert-manager is told of', () => {
  const { environment, security } = baseline({
    acme: { ...ACME, challenge: AcmeChallenge.gateway('envoy-gateway-system', 'platform') },
  });
  expect(manifest(security, 'ClusterIssuer', 'letsencrypt').spec.acme.solvers[0].http01).toEqual({
    gatewayHTTPRoute: { parentRefs: [{ name: 'platform', namespace: 'envoy-gateway-system', kind: 'Gateway' }] },
  });
  expect(valuesOf(environment, 'cert-manager').config).toEqual({
    apiVersion: 'controller.config.cert-manager.io/v1alpha1',
    kind: 'ControllerConfiguration',
    gatewayAPI: { enabled: true },
  });
});

test.each<[string, () => unknown, string]>([
  [
    'an address that is none',
    () => baseline({ acme: { ...ACME, email: 'platform' } }),
    '[test/chart/security/letsencrypt] email must be an e-mail address, got "platform": give one that someone reads.',
  ],
  [
    'a domain with a scheme',
    () => baseline({ acme: { ...ACME, domain: 'https://acme.example' } }),
    '[test/chart/security/letsencrypt] domain must be a domain name of at least two labels, got "https://acme.example": use one like ml.example.com, without scheme, port or path.',
  ],
  [
    'a server without TLS',
    () => baseline({ acme: { ...ACME, server: 'http://acme.example' } }),
    '[test/chart/security/letsencrypt] server must be an https:// URL, got "http://acme.example": give the server\'s directory.',
  ],
  [
    'a region that is none',
    () => AcmeChallenge.route53('europe'),
    '[AcmeChallenge.route53] region must be an AWS region, got "europe": give one such as \'eu-west-1\'.',
  ],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(message);
});

test("policies hold in the teams' namespaces, and each has its binding", () => {
  const { security } = baseline({ requireReadOnlyRootFilesystem: true });
  const all = manifests(security);
  const policies = all
    .filter((one) => text(one.kind) === 'ValidatingAdmissionPolicy')
    .map((one) => text(one.metadata.name));
  expect(policies).toEqual([
    'pinned-images.nstarx.io',
    'pod-security-level.nstarx.io',
    'read-only-root-filesystem.nstarx.io',
  ]);
  for (const name of policies) {
    const { spec } = manifest(security, 'ValidatingAdmissionPolicyBinding', name);
    expect(spec.policyName).toBe(name);
    expect(spec.validationActions).toEqual(['Deny']);
    const selector = spec.matchResources.namespaceSelector ?? spec.matchResources.objectSelector;
    expect(selector).toEqual({ matchExpressions: [{ key: 'nstarx.io/team', operator: 'Exists' }] });
  }
});

test('a read-only root file system is asked for only when wanted', () => {
  const names = manifests(baseline().security).map((one) => text(one.metadata.name));
  expect(names).toContain('pinned-images.nstarx.io');
  expect(names).not.toContain('read-only-root-filesystem.nstarx.io');
});

/** The two expressions of the policy, as the regular expressions of this language. */
function admits(image: string): boolean {
  const { security } = baseline();
  const policy = manifest(security, 'ValidatingAdmissionPolicy', 'pinned-images.nstarx.io');
  const expression = text(policy.spec.validations[0].expression);
  const [digest, tag] = [...expression.matchAll(/matches\('([^']+)'\)/g)].map(([, source]) => source);
  expect(expression).toContain("!c.image.endsWith(':latest')");
  return new RegExp(digest).test(image) || (new RegExp(tag).test(image) && !image.endsWith(':latest'));
}

test.each([
  ['nginx:1.29.1', true],
  ['registry.example:5000/team/api:v2', true],
  [`nginx@sha256:${'a'.repeat(64)}`, true],
  [`nginx:latest@sha256:${'a'.repeat(64)}`, true],
  ['nginx', false],
  ['nginx:latest', false],
  ['registry.example:5000/team/api', false],
  ['nginx@sha256:abc', false],
])('the image %s is pinned: %s', (image, expected) => {
  expect(admits(image)).toBe(expected);
});
