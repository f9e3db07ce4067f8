import { Tier } from '../../src';
import { argoCd } from '../../src/components/argo-cd';
import { argoRollouts } from '../../src/components/argo-rollouts';
import { metacontroller } from '../../src/components/metacontroller';

const SELECTOR = 'app.kubernetes.io/part-of=ml-platform';

function valuesOf(options: { readonly replicas?: number; readonly priorityClassName?: string } = {}) {
  return metacontroller({ controllerSelector: SELECTOR, ...options }).values;
}

test('charts and versions are those that were looked up', () => {
  const engine = metacontroller({ controllerSelector: SELECTOR });
  expect(engine.chart).toEqual({
    repository: 'oci://ghcr.io/metacontroller',
    name: 'metacontroller-helm',
    version: '4.17.2',
  });
  expect([engine.name, engine.namespace, engine.podSecurity]).toEqual([
    'metacontroller',
    'metacontroller',
    'restricted',
  ]);
  const rollouts = argoRollouts();
  expect(rollouts.chart).toEqual({
    repository: 'https://argoproj.github.io/argo-helm',
    name: 'argo-rollouts',
    version: '2.41.0',
  });
  expect([rollouts.name, rollouts.namespace, rollouts.podSecurity]).toEqual([
    'argo-rollouts',
    'argo-rollouts',
    'restricted',
  ]);
});

test('Metacontroller may do nothing by itself: the chart’s rule for everything is replaced', () => {
  expect(valuesOf().clusterRole).toEqual({
    aggregationRule: {
      clusterRoleSelectors: [{ matchLabels: { 'nstarx.io/aggregate-to-metacontroller': 'true' } }],
    },
    rules: [],
  });
  expect(valuesOf().serviceAccount).toEqual({ create: true, name: 'metacontroller' });
});

test('Metacontroller applies by server-side apply, leaves the controllers of others alone, and one pod works', () => {
  const args = valuesOf().commandArgs as string[];
  expect(args).toEqual(
    expect.arrayContaining([
      '--apply-strategy=server-side-apply',
      '--leader-election',
      '--leader-election-namespace=metacontroller',
      `--target-label-selector=${SELECTOR}`,
      '--metrics-address=:9999',
      '--health-probe-bind-address=:8081',
    ]),
  );
  // a list of values replaces the chart's
  expect(new Set(args.map((arg) => arg.split('=')[0])).size).toBe(args.length);
});

test('Metacontroller’s pods are restricted and bounded', () => {
  const { podSecurityContext, securityContext, resources } = valuesOf();
  expect(podSecurityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
  expect(resources).toEqual({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } });
});

test('Metacontroller’s metrics have a Service; its port is a number, since the chart names none', () => {
  expect(valuesOf().service).toEqual({
    enabled: true,
    ports: [{ name: 'metrics', port: 9999, targetPort: 9999, protocol: 'TCP' }],
  });
});

test('two pods have a budget, and rather two nodes; one has neither', () => {
  const two = valuesOf({ replicas: 2, priorityClassName: 'high' });
  expect(two).toMatchObject({ replicas: 2, podDisruptionBudget: { maxUnavailable: 1 }, priorityClassName: 'high' });
  const [{ podAffinityTerm }] = (
    two.affinity as {
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { podAffinityTerm: object }[] };
    }
  ).podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  expect(podAffinityTerm).toEqual({
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: {
      matchLabels: {
        'app.kubernetes.io/name': 'metacontroller-helm',
        'app.kubernetes.io/instance': 'metacontroller',
      },
    },
  });
  const one = valuesOf();
  expect(one.replicas).toBe(1);
  expect([one.podDisruptionBudget, one.affinity, one.priorityClassName]).toEqual([undefined, undefined, undefined]);
});

test('Argo Rollouts runs analyses: it routes nothing, and may touch no routes', () => {
  expect(argoRollouts().values).toEqual({
    controller: {
      replicas: 1,
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    },
    providerRBAC: { enabled: false },
  });
  expect(argoRollouts().customResources).toContain('AnalysisRun.argoproj.io');
});

test('two controllers of Argo Rollouts have a budget', () => {
  expect(argoRollouts({ replicas: 2 }).values.controller).toMatchObject({
    replicas: 2,
    pdb: { enabled: true, maxUnavailable: 1 },
  });
});

test('Argo CD leaves the rules of aggregated roles to the control plane, or Metacontroller would lose its rights now and then', () => {
  const { cm } = (argoCd(Tier.LOCAL).values as { configs: { cm: { [key: string]: string } } }).configs;
  expect(cm['resource.compareoptions']).toBe('ignoreAggregatedRoles: true\n');
});
