import { generateKeyPairSync } from 'node:crypto';
import { MODEL_DEPLOYMENT } from '../../../src/api/kinds/model-deployment';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { ModelAdmission } from '../../../src/kinds/governance/model-admission';
import { BREAK_GLASS, BREAK_GLASS_BY, BREAK_GLASS_UNTIL } from '../../../src/kinds/model-deployment/break-glass';
import { Namespace } from '../../../src/constructs/tenancy';
import { validObject } from '../../api/support/corpus';
import { manifests, TestCluster as StandInCluster, TestEnvironment, text } from '../../constructs/tenancy/support';
import { refusals } from '../apply';
import { installCrds, whyNoCrds } from '../crds';
import type { Identity, KubernetesObject } from '../types';
import { ADA, describeGovernance, MALIK, patchOf, RUTH, verdictOf } from './support';

/** A member of the break-glass group; and one who is an ML engineer of the tenant too. */
const OSKAR: Identity = { user: 'oskar', groups: ['ml-on-call'] };
/** What applies manifests from a repository: it may do everything. */
const ARGO = {
  user: 'system:serviceaccount:argocd:argocd-application-controller',
  groups: ['system:serviceaccounts', 'system:masters'],
} satisfies Identity;

function admission(): KubernetesObject[] {
  const environment = new TestEnvironment();
  new StandInCluster(environment);
  const chart = environment.chart();
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const made = new ModelAdmission(chart, 'admission', {
    namespaces: [
      Namespace.fromName(chart, 'vision', 'vision', { labels: { 'mlifecycle.io/verified-images': 'required' } }),
    ],
    signers: [
      { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main',
      },
    ],
    platformImages: ['registry.example/jobs:1.2.3'],
    registrySecretName: 'registry',
    insecureRegistry: true,
    breakGlassGroup: 'ml-on-call',
  });
  return manifests(made) as unknown as KubernetesObject[];
}

describeGovernance('break-glass', (cluster) => {
  const objects = admission();
  const kind = (name: string) => objects.filter((one) => text(one.kind as never).startsWith(name));

  const deployment = (annotations?: { readonly [key: string]: string }, name = 'glass'): KubernetesObject => ({
    ...validObject(MODEL_DEPLOYMENT),
    apiVersion: apiVersionOf(MODEL_DEPLOYMENT),
    kind: 'ModelDeployment',
    metadata: { name, namespace: 'vision', ...(annotations ? { annotations } : {}) },
  });
  const granted = (by: string, changes: { readonly [key: string]: string } = {}): { [key: string]: string } => ({
    [BREAK_GLASS]: 'INC-4711: the registry with the signatures is down',
    [BREAK_GLASS_UNTIL]: '2026-11-30T04:00:00Z',
    [BREAK_GLASS_BY]: by,
    ...changes,
  });
  const MAY_NOT = 'may not serve a model past the policies, nor change one that is';

  beforeAll(async () => {
    expect(refusals(await cluster().apply([...kind('ClusterRole'), ...kind('RoleBinding')]))).toEqual([]);
    await cluster().create(deployment(undefined, 'plain'));
    await cluster().create(deployment(granted('oskar')), { asUser: OSKAR });
  });

  test('a member serves a model past the policies, with a ticket, an end and their name', async () => {
    expect(await verdictOf(cluster(), deployment(granted('oskar'), 'other'), OSKAR)).toBe('');
    const change = { metadata: { annotations: granted('oskar') } };
    expect(await patchOf(cluster(), deployment(undefined, 'plain'), change, OSKAR)).toBe('');
  });

  test('the API server warns who does it, and counts it', async () => {
    const [answer] = await cluster().apply([deployment(granted('oskar'), 'other')], { asUser: OSKAR, dryRun: true });
    expect(answer.warnings.join('\n')).toContain(
      'vision/other is served past the policies until 2026-11-30T04:00:00Z, by oskar: this is logged and alerted',
    );
    const metrics = await cluster().rest.request('GET', '/metrics');
    expect(JSON.stringify(metrics.body)).toMatch(
      /apiserver_validating_admission_policy_check_total\{[^}]*enforcement_action=\\?"(warn|audit)[^}]*break-glass-used-modeldeployments/,
    );
  });

  test.each([
    ['an ML engineer', MALIK],
    ['a reviewer', RUTH],
    ['who runs the platform', ADA],
    ['what applies manifests from a repository', ARGO],
  ])('%s may not', async (_, user) => {
    expect(await verdictOf(cluster(), deployment(granted(user.user), 'other'), user)).not.toBe('');
    const message = await verdictOf(cluster(), deployment(granted(user.user), 'other'), {
      ...user,
      groups: [...(user.groups ?? []), 'vision-ml-engineers'],
    });
    expect(message).toContain(MAY_NOT);
  });

  test.each([
    ['no ticket', { [BREAK_GLASS]: 'because I can' }, BREAK_GLASS],
    ['no reason', { [BREAK_GLASS]: 'INC-4711: x' }, BREAK_GLASS],
    ['no end', { [BREAK_GLASS_UNTIL]: 'never' }, BREAK_GLASS_UNTIL],
    ['the name of another', { [BREAK_GLASS_BY]: 'ada' }, BREAK_GLASS_BY],
  ])('%s is refused', async (_, changes, annotation) => {
    const message = await verdictOf(cluster(), deployment(granted('oskar', changes), 'other'), OSKAR);
    expect(message).toContain(`metadata.annotations["${annotation}"]`);
  });

  test.each(Object.keys(granted('malik')))(
    'one of the annotations alone is one too many for others: %s',
    async (key) => {
      const message = await verdictOf(cluster(), deployment({ [key]: granted('malik')[key] }, 'other'), MALIK);
      expect(message).toContain(MAY_NOT);
    },
  );

  test('what is granted is what was there: others do not change the spec, nor the grant', async () => {
    const spec = { spec: { serving: { image: 'registry.example/other@sha256:' + 'a'.repeat(64) } } };
    const longer = { metadata: { annotations: { [BREAK_GLASS_UNTIL]: '2026-12-30T04:00:00Z' } } };
    for (const change of [spec, longer]) {
      for (const user of [MALIK, ARGO]) {
        expect(await patchOf(cluster(), deployment(), change, user)).toContain(MAY_NOT);
      }
    }
    expect(await patchOf(cluster(), deployment(), spec, OSKAR)).toBe('');
  });

  test('others change what grants nothing, and take the grant away', async () => {
    const harmless = { metadata: { labels: { a: 'b' }, annotations: { note: 'seen' } } };
    expect(await patchOf(cluster(), deployment(), harmless, MALIK)).toBe('');
    const away = { metadata: { annotations: Object.fromEntries(Object.keys(granted('')).map((key) => [key, null])) } };
    expect(await patchOf(cluster(), deployment(), away, MALIK)).toBe('');
  });

  test('a member gets nothing elsewhere', async () => {
    const object = deployment(granted('oskar'), 'other');
    const elsewhere = { ...object, metadata: { ...object.metadata, namespace: 'fraud' } };
    expect(await verdictOf(cluster(), elsewhere, OSKAR)).toContain('cannot create resource "modeldeployments"');
  });

  (whyNoCrds() === undefined ? test : test.skip)('Kyverno’s schema accepts the policies', async () => {
    const missing = await installCrds(cluster().rest, [
      { group: 'policies.kyverno.io', kind: 'ImageValidatingPolicy' },
    ]);
    expect(missing).toEqual([]);
    const policies = kind('ImageValidatingPolicy');
    expect(policies).toHaveLength(2);
    expect(refusals(await cluster().apply(policies))).toEqual([]);
  });

  // Kyverno hands those of its conditions to the API server that this understands, and asks the others itself
  test('the API server leaves out by itself what does not change a spec; what needs a clock is Kyverno’s', async () => {
    for (const { spec } of kind('ImageValidatingPolicy') as unknown as { spec: { matchConditions: object[] } }[]) {
      const [deleted, changes, clock] = spec.matchConditions;
      const webhook = (matchConditions: object[]): KubernetesObject => ({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'kyverno' },
        webhooks: [
          {
            name: 'ivpol.validate.kyverno.svc',
            clientConfig: { url: 'https://kyverno.example/ivpol' },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
            matchConditions,
          },
        ],
      });
      expect(await verdictOf(cluster(), webhook([deleted, changes]))).toBe('');
      expect(await verdictOf(cluster(), webhook([clock]))).toContain('undeclared reference');
    }
  });
});
