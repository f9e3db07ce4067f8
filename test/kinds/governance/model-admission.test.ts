import { generateKeyPairSync } from 'node:crypto';
import { ModelAdmission, ModelAdmissionProps } from '../../../src/kinds/governance/model-admission';
import { breakGlassOf } from '../../../src/kinds/model-deployment/break-glass';
import { Monitoring } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Tier } from '../../../src/contracts';
import { ImageSigner } from '../../../src/contracts/image-signer';
import { Json, list, manifest, manifests, TestCluster, TestEnvironment, text } from '../../constructs/tenancy/support';

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const WORKFLOW: ImageSigner = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main',
};

interface Made {
  readonly environment: TestEnvironment;
  readonly admission: ModelAdmission;
}

function made(props: Partial<ModelAdmissionProps> = {}, tier = Tier.DEVELOPMENT, monitored = false): Made {
  const environment = new TestEnvironment(tier);
  new TestCluster(environment);
  const chart = environment.chart();
  if (monitored) new Monitoring(chart, 'monitoring');
  const namespaces = [new Namespace(chart, 'ml-inference')];
  return {
    environment,
    admission: new ModelAdmission(chart, 'admission', { namespaces, signers: [{ publicKey: KEY }], ...props }),
  };
}

function policy({ admission }: Made, name: string): Json {
  return manifest(admission, 'ImageValidatingPolicy', name).spec;
}

test('both policies fail closed, for namespaces with models only', () => {
  const one = made();
  for (const name of ['model-deployments', 'model-pods']) {
    const spec = policy(one, name);
    expect(spec).toMatchObject({ failurePolicy: 'Fail', validationActions: ['Deny'] });
    expect(spec.matchConstraints.namespaceSelector).toEqual({
      matchLabels: { 'mlifecycle.io/verified-images': 'required' },
    });
    const resources = list(spec.matchConstraints.resourceRules).flatMap((rule) => list(rule.resources).map(text));
    expect(resources).toEqual(name === 'model-pods' ? ['pods', 'pods/ephemeralcontainers'] : ['modeldeployments']);
  }
  const chart = one.admission.node.scope!;
  expect(manifest(chart, 'Namespace', 'ml-inference').metadata.labels).toMatchObject({
    'mlifecycle.io/verified-images': 'required',
  });
});

test('Gatekeeper and Kyverno are installed', () => {
  const { environment } = made();
  expect(environment.components.sorted().map(({ name }) => name)).toEqual(['gatekeeper', 'kyverno']);
});

test('a key needs no public log, and an identity is compared as it is', () => {
  const attestors = list(policy(made({ signers: [{ publicKey: KEY }, WORKFLOW] }), 'model-pods').attestors);
  expect(attestors).toEqual([
    {
      name: 'signer0',
      cosign: { key: { data: KEY }, ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } },
    },
    {
      name: 'signer1',
      cosign: { keyless: { identities: [WORKFLOW] }, ctlog: { url: 'https://rekor.sigstore.dev' } },
    },
  ]);
});

test('images are never pinned for the user, and each has to be verified', () => {
  expect(policy(made(), 'model-deployments').validationConfigurations).toEqual({
    mutateDigest: false,
    required: true,
    verifyDigest: true,
  });
});

test('the registry is read by a Secret where one is named', () => {
  expect(policy(made(), 'model-pods').credentials).toBeUndefined();
  expect(policy(made({ registrySecretName: 'registry' }), 'model-pods').credentials).toEqual({ secrets: ['registry'] });
});

test('a group gets the right in the namespaces of models and nowhere else; without one, nobody has it', () => {
  const roles = (one: Made): string[] =>
    manifests(one.admission)
      .filter(({ kind }) => /Binding$/.test(text(kind)))
      .map(({ kind, metadata }) => `${text(kind)} ${text(metadata.namespace)}`);
  expect(roles(made())).toEqual([]);
  expect(roles(made({ breakGlassGroup: 'ml-on-call' }))).toEqual(['RoleBinding ml-inference']);
});

test('with monitoring, an alert tells of each model that is served past the policies', () => {
  const one = made({}, Tier.DEVELOPMENT, true);
  const { spec } = manifest(one.admission, 'PrometheusRule', 'break-glass');
  const [rule] = list(list(spec.groups)[0].rules);
  expect(rule).toMatchObject({
    alert: 'ModelBreakGlass',
    expr: 'max by (namespace, name, reason, by) (mlifecycle_break_glass_until_seconds)',
    for: '0m',
    labels: { severity: 'critical' },
  });
  const stack = one.environment.components.sorted().find(({ name }) => name === 'kube-prometheus-stack');
  expect(stack?.values['kube-state-metrics']).toMatchObject({
    customResourceState: { enabled: true, config: { kind: 'CustomResourceStateMetrics' } },
    rbac: {
      extraRules: [{ apiGroups: ['mlifecycle.io'], resources: ['modeldeployments'], verbs: ['list', 'watch'] }],
    },
  });
});

describe('a grant', () => {
  const now = '2026-11-29T22:00:00Z';
  const whole = {
    'mlifecycle.io/break-glass': 'INC-4711: the registry with the signatures is down',
    'mlifecycle.io/break-glass-until': '2026-11-30T04:00:00Z',
    'mlifecycle.io/break-glass-by': 'oskar',
  };

  test('counts when it is whole, until it ends', () => {
    expect(breakGlassOf(whole, now)).toEqual({
      reason: 'INC-4711: the registry with the signatures is down',
      until: '2026-11-30T04:00:00Z',
      by: 'oskar',
    });
    expect(breakGlassOf(whole, '2026-11-30T03:59:59Z')).toBeDefined();
    expect(breakGlassOf(whole, '2026-11-30T04:00:00Z')).toBeUndefined();
  });

  test.each([
    ['ends later than in a day', { 'mlifecycle.io/break-glass-until': '2026-11-30T22:00:01Z' }],
    ['ends in another time zone', { 'mlifecycle.io/break-glass-until': '2026-11-30T04:00:00+02:00' }],
    ['ends at no time', { 'mlifecycle.io/break-glass-until': '2026-13-30T04:00:00Z' }],
    ['has no ticket', { 'mlifecycle.io/break-glass': 'because I can' }],
    ['is by nobody', { 'mlifecycle.io/break-glass-by': '' }],
  ])('does not count when it %s', (_, change) => {
    expect(breakGlassOf({ ...whole, ...change }, now)).toBeUndefined();
  });

  test.each(Object.keys(whole))('does not count without %s', (key) => {
    const { [key as keyof typeof whole]: _, ...rest } = whole;
    expect(breakGlassOf(rest, now)).toBeUndefined();
    expect(breakGlassOf(undefined, now)).toBeUndefined();
  });
});
