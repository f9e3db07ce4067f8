import { OPERATORS } from '../../../operators/src/operators';
import { PlatformChecks } from '../../../src/checks';
import { OPERATOR_DEFINITIONS } from '../../../src/kinds/operators/platform-operators';
import { SETTINGS } from '../../operators/support/settings';
import { Json, list, text } from '../../constructs/tenancy/support';
import { Made } from './support';

const NAMES = OPERATOR_DEFINITIONS.map(({ name }) => name);

function podOf(deployment: Json): Json {
  return deployment.spec.template.spec;
}

function containerOf(deployment: Json): Json {
  return list(podOf(deployment).containers)[0];
}

function variablesOf(deployment: Json): { [name: string]: string } {
  const pairs = list(containerOf(deployment).env).map(({ name, value }) => [text(name), text(value)]);
  return Object.fromEntries(pairs) as { [name: string]: string };
}

/** The URLs of the hooks of all CompositeControllers. */
function hookUrls(made: Made): URL[] {
  return made
    .of('CompositeController')
    .flatMap(({ spec }) => Object.values(spec.hooks).map(({ webhook }) => new URL(text(webhook.url))));
}

test('as a whole', () => {
  expect(new Made({ operators: ['ai-zone'], replicas: 1 }).objects).toMatchSnapshot();
});

test('the operators that are deployed are those that the hook server has', () => {
  expect(OPERATORS.map(({ definition }) => definition)).toEqual(OPERATOR_DEFINITIONS);
  expect(new Set(NAMES).size).toBe(NAMES.length);
  expect(new Set(OPERATOR_DEFINITIONS.map(({ parent }) => parent.kind)).size).toBe(NAMES.length);
});

test('the pods are restricted, have no token of the API server, and keep nothing', () => {
  const deployment = new Made().one('Deployment', 'operators');
  expect(podOf(deployment)).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    serviceAccountName: 'operators',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  const container = containerOf(deployment);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
  expect(container.image).toBe('registry.example/operators:1.2.3');
  expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } });
  expect(new Made().one('ServiceAccount', 'operators').automountServiceAccountToken).toBe(false);
});

test('the probes speak TLS, and ask for health and readiness', () => {
  const { startupProbe, livenessProbe, readinessProbe } = containerOf(new Made().one('Deployment', 'operators'));
  expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet)).toEqual([
    { path: '/healthz', port: 8443, scheme: 'HTTPS' },
    { path: '/healthz', port: 8443, scheme: 'HTTPS' },
    { path: '/readyz', port: 8443, scheme: 'HTTPS' },
  ]);
});

test('every file that the variables name is mounted, read-only', () => {
  const made = new Made({ tokenSecretName: 'hook-token' });
  const deployment = made.one('Deployment', 'operators');
  const [{ metadata: settings }] = made.of('ConfigMap');
  const mounts = Object.fromEntries(
    list(containerOf(deployment).volumeMounts)
      .filter(({ mountPath }) => text(mountPath) !== '/tmp')
      .map(({ mountPath, name, readOnly }) => [text(mountPath), { name: text(name), readOnly }]),
  );
  expect(mounts).toEqual({
    '/etc/operators': { name: settings.name, readOnly: true },
    '/etc/operators-tls': { name: 'operators-tls', readOnly: true },
    '/etc/operators-token': { name: 'hook-token', readOnly: true },
  });
  expect(variablesOf(deployment)).toEqual({
    PORT: '8443',
    OPERATORS: NAMES.join(','),
    SETTINGS_FILE: '/etc/operators/settings.json',
    TLS_FOLDER: '/etc/operators-tls',
    CLIENT_CERTIFICATES: 'true',
    TOKEN_FILE: '/etc/operators-token/token',
    LOG_LEVEL: 'info',
    NODE_OPTIONS: '--max-old-space-size=640',
  });
  const sources = list(podOf(deployment).volumes).filter(({ emptyDir }) => emptyDir === undefined);
  expect(sources.map(({ configMap, secret }) => (configMap ?? secret) as unknown)).toEqual([
    { name: settings.name },
    { secretName: 'operators-tls' },
    { secretName: 'hook-token' },
  ]);
});

test('two pods by default, with a budget; one pod has none, or no node could be drained', () => {
  const two = new Made();
  expect(two.one('Deployment', 'operators').spec.replicas).toBe(2);
  expect(two.one('PodDisruptionBudget', 'operators').spec.maxUnavailable).toBe(1);
  expect(two.environment.components.sorted().find(({ name }) => name === 'metacontroller')?.values.replicas).toBe(2);
  const one = new Made({ replicas: 1 });
  expect(one.one('Deployment', 'operators').spec.replicas).toBe(1);
  expect(one.of('PodDisruptionBudget')).toEqual([]);
});

test('the priority goes to the hook servers and to Metacontroller', () => {
  const made = new Made({ priorityClassName: 'platform-critical' });
  expect(podOf(made.one('Deployment', 'operators')).priorityClassName).toBe('platform-critical');
  const engine = made.environment.components.sorted().find(({ name }) => name === 'metacontroller');
  expect(engine?.values.priorityClassName).toBe('platform-critical');
});

test('the settings are a file of one name; others have pods of their own', () => {
  const [first, same, other] = [SETTINGS, SETTINGS, { ...SETTINGS, prometheusUrl: 'http://other:9090' }].map(
    (settings) => new Made({ settings }),
  );
  const [config] = first.of('ConfigMap');
  expect(JSON.parse(text(config.data['settings.json']))).toEqual({
    ...SETTINGS,
    apiGroups: expect.arrayContaining(['serving.kserve.io']) as string[],
  });
  // one that changes leaves no former one behind
  expect([first, other].map((made) => made.names('ConfigMap'))).toEqual([
    ['operators-settings'],
    ['operators-settings'],
  ]);
  const templates = [first, same, other].map((made) =>
    JSON.stringify(made.one('Deployment', 'operators').spec.template),
  );
  expect(templates[1]).toBe(templates[0]);
  expect(templates[2]).not.toBe(templates[0]);
});

test('an authority of its own signs both certificates, and nothing else does', () => {
  const made = new Made();
  const issuerOf = (name: string): Json => made.one('Certificate', name).spec.issuerRef;
  expect(made.names('Certificate')).toEqual(['operators', 'operators-ca', 'operators-client']);
  expect(made.one('Issuer', 'operators-self-signed').spec).toEqual({ selfSigned: {} });
  expect(made.one('Issuer', 'operators-ca').spec).toEqual({ ca: { secretName: 'operators-ca' } });
  expect(issuerOf('operators-ca')).toEqual({ group: 'cert-manager.io', kind: 'Issuer', name: 'operators-self-signed' });
  for (const name of ['operators', 'operators-client']) {
    expect(issuerOf(name)).toEqual({ group: 'cert-manager.io', kind: 'Issuer', name: 'operators-ca' });
    expect(made.one('Certificate', name).spec.isCA).toBeUndefined();
  }
  expect(made.one('Certificate', 'operators-ca').spec).toMatchObject({ isCA: true, secretName: 'operators-ca' });
});

test('certificates do one thing each; what Metacontroller reads once lasts, and so does the key behind it', () => {
  const made = new Made();
  const spec = (name: string): Json => made.one('Certificate', name).spec;
  expect(list(spec('operators').usages).slice(2)).toEqual(['server auth']);
  expect(list(spec('operators-client').usages).slice(2)).toEqual(['client auth']);
  const rows = ['operators-ca', 'operators-client', 'operators'].map((name) => [
    spec(name).duration,
    spec(name).renewBefore,
    spec(name).privateKey.rotationPolicy,
  ]);
  expect(rows).toEqual([
    ['87600h', undefined, 'Never'],
    ['87600h', undefined, 'Always'],
    ['2160h', '720h', 'Always'],
  ]);
});

test.each([false, true])(
  'the certificate has the names of all hook URLs, and those are Services (separate: %p)',
  (separateDeployments) => {
    const made = new Made({ separateDeployments });
    const dnsNames = made.one('Certificate', 'operators').spec.dnsNames as unknown as string[];
    const urls = hookUrls(made);
    expect(urls.length).toBeGreaterThanOrEqual(NAMES.length);
    expect([...new Set(urls.map(({ hostname }) => hostname))].sort()).toEqual([...dnsNames].sort());
    expect(new Set(urls.map(({ protocol, port }) => `${protocol}${port}`))).toEqual(new Set(['https:8443']));
    for (const name of dnsNames) {
      const [service, namespace, svc] = name.split('.');
      const { metadata, spec } = made.one('Service', service);
      expect([metadata.namespace, svc]).toEqual([namespace, 'svc']);
      expect(list(spec.ports)).toEqual([{ name: 'http', port: 8443, protocol: 'TCP', targetPort: 'http' }]);
      expect(spec.selector).toEqual(made.one('Deployment', service).spec.selector.matchLabels);
    }
  },
);

test('only Metacontroller and Prometheus get in, and nothing but DNS gets out', () => {
  const made = new Made();
  const { spec } = made.one('NetworkPolicy', 'operators');
  expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  const peer = (namespace: string, labels: object): object => ({
    from: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        podSelector: { matchLabels: labels },
      },
    ],
    ports: [{ port: 8443, protocol: 'TCP' }],
  });
  expect(spec.ingress).toEqual([
    peer('metacontroller', {
      'app.kubernetes.io/name': 'metacontroller-helm',
      'app.kubernetes.io/instance': 'metacontroller',
    }),
    peer('monitoring', { 'app.kubernetes.io/name': 'prometheus' }),
  ]);
  expect(list(spec.egress)).toHaveLength(1);
  expect(list(spec.egress)[0].ports).toEqual([
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ]);
});

test('Prometheus scrapes the hook servers over TLS, and Metacontroller', () => {
  const made = new Made({ separateDeployments: true });
  const { spec } = made.one('ServiceMonitor', 'operators');
  for (const service of made.of('Service')) {
    expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels);
  }
  const [endpoint] = list(spec.endpoints);
  expect(endpoint).toMatchObject({ port: 'http', path: '/metrics', scheme: 'https' });
  expect(endpoint.tlsConfig.ca).toEqual({ secret: { name: 'operators-tls', key: 'ca.crt' } });
  expect(made.one('Certificate', 'operators').spec.dnsNames).toContain(text(endpoint.tlsConfig.serverName));
  expect(made.one('ServiceMonitor', 'metacontroller')).toMatchObject({
    metadata: { namespace: 'metacontroller' },
    spec: { endpoints: [{ port: 'metrics', path: '/metrics' }] },
  });
});

test('there are alerts for what fails, is slow, is late, is refused, is down and does not start', () => {
  const made = new Made();
  const rules = list(made.one('PrometheusRule', 'operators').spec.groups).flatMap((group) => list(group.rules));
  expect(rules.map(({ alert }) => text(alert))).toEqual([
    'OperatorHookErrors',
    'OperatorHookSlow',
    'OperatorHooksAbsent',
    'OperatorUnreachable',
    'OperatorRefuses',
    'OperatorBehind',
    'OperatorNotStarted',
  ]);
  const [absent] = rules.filter(({ alert }) => text(alert) === 'OperatorHooksAbsent');
  for (const name of NAMES)
    expect(text(absent.expr)).toContain(`absent(nstarx_hook_requests_total{operator="${name}"})`);
});

test('operators can have a Deployment each, which answers for that one only', () => {
  const made = new Made({ separateDeployments: true });
  expect(made.names('Deployment')).toEqual(NAMES.map((name) => `operator-${name}`).sort());
  for (const name of NAMES) {
    const workload = `operator-${name}`;
    expect(variablesOf(made.one('Deployment', workload)).OPERATORS).toBe(name);
    expect(made.one('NetworkPolicy', workload).spec.podSelector).toEqual({
      matchLabels: { 'app.kubernetes.io/name': workload },
    });
    const { hooks } = made.one('CompositeController', `nstarx-${name}`).spec;
    expect(text(hooks.sync.webhook.url)).toBe(`https://${workload}.nstarx-system.svc:8443/hooks/${name}/sync`);
  }
  expect(made.names('ConfigMap')).toHaveLength(1);
  expect(Object.keys(made.operators.hookServers).sort()).toEqual(made.names('Deployment'));
});

test('some operators only: nothing is made for the others, and Metacontroller may do less', () => {
  const made = new Made({ operators: ['ai-zone', 'ai-model'] });
  expect(made.names('CompositeController')).toEqual(['nstarx-ai-model', 'nstarx-ai-zone']);
  expect(made.names('ClusterRole')).toEqual([
    'nstarx:metacontroller',
    'nstarx:operator:ai-model',
    'nstarx:operator:ai-zone',
  ]);
  expect(variablesOf(made.one('Deployment', 'operators')).OPERATORS).toBe('ai-model,ai-zone');
  expect(JSON.stringify(made.of('PrometheusRule'))).not.toContain('ab-test');
  expect(Object.keys(made.operators.controllers).sort()).toEqual(['ai-model', 'ai-zone']);
});

test('it requires Metacontroller, with the label that its controllers have, and cert-manager', () => {
  const made = new Made();
  const components = made.environment.components.sorted();
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['cert-manager', 'metacontroller']));
  const args = components.find(({ name }) => name === 'metacontroller')?.values.commandArgs as string[];
  expect(args).toContain('--target-label-selector=nstarx.io/component=operator');
  for (const { metadata } of made.of('CompositeController')) {
    expect(metadata.labels).toMatchObject({ 'nstarx.io/component': 'operator' });
  }
});

test.each([false, true])('the checks of the platform have nothing against it (separate: %p)', (separateDeployments) => {
  const { environment } = new Made({ separateDeployments });
  const findings = PlatformChecks.run(environment, {
    context: {
      namespaces: Object.keys(environment.namespaces).concat('metacontroller'),
      customResources: [
        ...environment.components.sorted().flatMap(({ customResources }) => customResources),
        'ServiceMonitor.monitoring.coreos.com',
        'PrometheusRule.monitoring.coreos.com',
      ],
      clusterScopedResources: environment.components
        .sorted()
        .flatMap(({ clusterScopedResources }) => clusterScopedResources),
    },
  });
  expect(findings).toEqual([]);
});

test.each([
  [
    'an operator that is none',
    { operators: ['zone'] },
    `operators must name some of ${NAMES.join(', ')}, got ["zone"]: name one of them, or leave it out for all.`,
  ],
  [
    'no operator at all',
    { operators: [] },
    `operators must name some of ${NAMES.join(', ')}, got []: name one of them, or leave it out for all.`,
  ],
  [
    'no pods',
    { replicas: 0 },
    'replicas must be a whole number of at least 1, got 0: give the pods of each hook server.',
  ],
  [
    'half a pod',
    { replicas: 1.5 },
    'replicas must be a whole number of at least 1, got 1.5: give the pods of each hook server.',
  ],
  [
    'a level that the hook server would refuse',
    { logLevel: 'verbose' },
    'logLevel must be one of debug, info, warn, error, got "verbose": choose one of them.',
  ],
  ['an image of no version', { image: 'registry.example/operators:latest' }, 'tag other than latest'],
])('%s is refused', (_what, props, message) => {
  expect(() => new Made(props)).toThrow(message);
});
