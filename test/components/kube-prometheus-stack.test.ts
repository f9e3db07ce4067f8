import { kubePrometheusStack, KubePrometheusStackOptions } from '../../src/components/kube-prometheus-stack';

interface Json {
  readonly [key: string]: Json;
}

const OPTIONS: KubePrometheusStackOptions = {
  retentionDays: 7,
  storageGiB: 20,
  storageClass: 'gp3',
  replicas: 2,
  memoryGiB: 2,
  controlPlaneMetrics: false,
};

function valuesWith(options: Partial<KubePrometheusStackOptions> = {}): Json {
  return kubePrometheusStack({ ...OPTIONS, ...options }).values as unknown as Json;
}

test('every monitor, probe and rule in the cluster is seen, whatever its labels', () => {
  expect(valuesWith().prometheus.prometheusSpec).toMatchObject({
    ruleSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
  });
});

test.each(['kubeControllerManager', 'kubeScheduler', 'kubeEtcd', 'kubeProxy'])(
  '%s is scraped only where it can be',
  (part) => {
    expect(valuesWith()[part]).toEqual({ enabled: false });
    expect(valuesWith({ controlPlaneMetrics: true })[part]).toEqual({ enabled: true });
  },
);

test("Grafana's password is generated in the cluster, once, and is in no value", () => {
  const values = valuesWith();
  expect(values.grafana.admin).toEqual({
    existingSecret: 'grafana-admin',
    userKey: 'admin-user',
    passwordKey: 'admin-password',
  });
  expect(values.grafana).not.toHaveProperty('adminPassword');
  const [password, secret] = values.extraManifests as unknown as Json[];
  expect(password).toMatchObject({
    kind: 'Password',
    metadata: { namespace: 'data-platform-monitoring' },
    spec: { length: 32, secretKeys: ['admin-password'] },
  });
  expect(secret).toMatchObject({
    kind: 'ExternalSecret',
    spec: {
      refreshPolicy: 'CreatedOnce',
      target: { name: 'grafana-admin', template: { mergePolicy: 'Merge', data: { 'admin-user': 'admin' } } },
      dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: password.metadata.name } } }],
    },
  });
  // the chart renders these as templates
  expect(JSON.stringify(values.extraManifests)).not.toContain('{{');
});

test('certificates of the webhook come from cert-manager', () => {
  expect(valuesWith().prometheusOperator.admissionWebhooks).toEqual({ certManager: { enabled: true } });
  expect(kubePrometheusStack(OPTIONS).requires.map((one) => one.name)).toEqual(['cert-manager', 'external-secrets']);
});

test('the namespace is privileged, for the node exporter', () => {
  const component = kubePrometheusStack(OPTIONS);
  expect(component.podSecurity).toBe('privileged');
  expect(component.namespace).toBe('data-platform-monitoring');
});

test('two replicas have a disruption budget, one has none', () => {
  const enabled = (replicas: number) => {
    const { prometheus, alertmanager } = valuesWith({ replicas });
    return [prometheus.podDisruptionBudget.enabled, alertmanager.podDisruptionBudget.enabled];
  };
  expect(enabled(2)).toEqual([true, true]);
  expect(enabled(1)).toEqual([false, false]);
});
