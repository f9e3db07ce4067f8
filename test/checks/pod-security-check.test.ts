import { PodSecurityCheck } from '../../src/checks/pod-security-check';
import { deployment, findings, Json, namespace } from './graph';
import { POD_SECURITY_CASES } from './pod-security-cases';

const ENFORCE = 'pod-security.kubernetes.io/enforce';

function pods(spec: Json, annotations: { [key: string]: string } = {}): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', namespace: 'team', annotations }, spec };
}

test('the table of cases is large enough to be worth comparing with an API server', () => {
  expect(POD_SECURITY_CASES.length).toBeGreaterThanOrEqual(40);
  expect(new Set(POD_SECURITY_CASES.map(({ name }) => name)).size).toBe(POD_SECURITY_CASES.length);
});

test.each(POD_SECURITY_CASES)('$name: baseline $baseline, restricted $restricted', (one) => {
  const admitted = (level: string): boolean =>
    findings(new PodSecurityCheck(), [
      namespace('team', { [ENFORCE]: level }),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'a', namespace: 'team' },
        spec: { template: { metadata: { annotations: one.annotations }, spec: one.spec } },
      },
    ]).length === 0;
  expect({ baseline: admitted('baseline'), restricted: admitted('restricted') }).toEqual({
    baseline: one.baseline,
    restricted: one.restricted,
  });
});

test('says the level, the namespace, the rule and the fix', () => {
  const spec = { containers: [{ name: 'main', image: 'a:1' }] };
  expect(
    findings(new PodSecurityCheck(), [namespace('team', { [ENFORCE]: 'restricted' }), deployment('api', spec)]),
  ).toEqual(
    [
      ['allowPrivilegeEscalation != false', 'container "main" must set securityContext.allowPrivilegeEscalation=false'],
      ['unrestricted capabilities', 'container "main" must set securityContext.capabilities.drop=["ALL"]'],
      ['runAsNonRoot != true', 'pod or container "main" must set securityContext.runAsNonRoot=true'],
      [
        'seccompProfile',
        'pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
      ],
    ].map(([reason, detail]) => ({
      path: 'test/Deployment-api',
      message: `Deployment api: breaks Pod Security restricted, which namespace team enforces (${reason}); ${detail}`,
    })),
  );
});

test('a namespace that enforces nothing admits everything', () => {
  const spec = { hostNetwork: true, containers: [{ name: 'main', securityContext: { privileged: true } }] };
  expect(findings(new PodSecurityCheck(), [namespace('team'), pods(spec)])).toEqual([]);
  expect(findings(new PodSecurityCheck(), [namespace('team', { [ENFORCE]: 'privileged' }), pods(spec)])).toEqual([]);
});

test('the labels of a namespace that Terraform makes count', () => {
  const spec = { hostPID: true, containers: [] };
  const context = { namespaces: ['team'], namespaceLabels: { team: { [ENFORCE]: 'baseline' } } };
  expect(findings(new PodSecurityCheck(), [pods(spec)], context)).toEqual([
    {
      path: 'test/Pod-pod',
      message:
        'Pod pod: breaks Pod Security baseline, which namespace team enforces (host namespaces); pod must not set hostPID=true',
    },
  ]);
});

test('the version of the standard is the one that the namespace names, at most that of the cluster', () => {
  const spec = { containers: [{ name: 'main', livenessProbe: { httpGet: { port: 80, host: 'elsewhere' } } }] };
  const count = (labels: { [key: string]: string }, kubernetesVersion?: string): number =>
    findings(new PodSecurityCheck(), [namespace('team', { [ENFORCE]: 'baseline', ...labels }), pods(spec)], {
      kubernetesVersion,
    }).length;
  expect(count({})).toBe(1);
  expect(count({ 'pod-security.kubernetes.io/enforce-version': 'v1.33' })).toBe(0);
  expect(count({ 'pod-security.kubernetes.io/enforce-version': 'v1.34' })).toBe(1);
  expect(count({}, '1.33')).toBe(0);
  expect(count({ 'pod-security.kubernetes.io/enforce-version': 'v1.35' }, '1.33')).toBe(0);
});

test.each([
  ['StatefulSet', 'apps/v1', (template: Json) => ({ spec: { template } })],
  ['DaemonSet', 'apps/v1', (template: Json) => ({ spec: { template } })],
  ['ReplicaSet', 'apps/v1', (template: Json) => ({ spec: { template } })],
  ['Job', 'batch/v1', (template: Json) => ({ spec: { template } })],
  ['CronJob', 'batch/v1', (template: Json) => ({ spec: { jobTemplate: { spec: { template } } } })],
])('finds the pods of a %s', (kind, apiVersion, content) => {
  const template = { spec: { hostIPC: true, containers: [] } };
  expect(
    findings(new PodSecurityCheck(), [
      namespace('team', { [ENFORCE]: 'baseline' }),
      { apiVersion, kind, metadata: { name: 'a', namespace: 'team' }, ...content(template) },
    ]).map(({ path }) => path),
  ).toEqual([`test/${kind}-a`]);
});
