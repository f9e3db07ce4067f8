import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { GpuModel } from '../../../src/contracts/gpu';
import { MlBackend, Probe, ServiceWorkload, ServiceWorkloadProps, Volume } from '../../../src/constructs/workloads';
import { containerOf, field, render, setUp, TestNamespace } from './support';

function workload(props: Partial<ServiceWorkloadProps> = {}, scope = setUp()): ServiceWorkload {
  return new ServiceWorkload(scope.chart, 'api', { namespace: scope.namespace, image: 'example/api:1.0', ...props });
}

test('the pods meet restricted and have a read-only root with a /tmp', () => {
  const json = render(workload().deployment);
  const pod = field(json, 'spec.template.spec');
  expect(field(pod, 'securityContext')).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(field(pod, 'automountServiceAccountToken')).toBe(false);
  expect(field(pod, 'serviceAccountName')).toBe('api');
  expect(field(pod, 'volumes')).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }]);
  expect(containerOf(json)).toMatchObject({
    name: 'api',
    image: 'example/api:1.0',
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
  });
});

test('the Deployment keeps all pods during an update and spreads them', () => {
  const json = render(workload().deployment);
  const labels = { 'app.kubernetes.io/name': 'api' };
  expect(field(json, 'metadata.labels')).toEqual({
    ...labels,
    'app.kubernetes.io/component': 'service',
    'app.kubernetes.io/part-of': 'ml-platform',
  });
  expect(field(json, 'spec.replicas')).toBe(2);
  expect(field(json, 'spec.selector')).toEqual({ matchLabels: labels });
  expect(field(json, 'spec.strategy')).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
  });
  expect(field(json, 'spec.template.spec.topologySpreadConstraints')).toEqual(
    ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: labels },
    })),
  );
});

test('the Service leads to the port by name', () => {
  const one = workload({ port: 9000, servicePort: 443, metricsPort: 9100 });
  expect(render(one.service).spec).toEqual({
    type: 'ClusterIP',
    selector: { 'app.kubernetes.io/name': 'api' },
    ports: [
      { name: 'http', port: 443, targetPort: 'http', protocol: 'TCP' },
      { name: 'metrics', port: 9100, targetPort: 'metrics', protocol: 'TCP' },
    ],
  });
  expect(containerOf(render(one.deployment)).ports).toEqual([
    { name: 'http', containerPort: 9000, protocol: 'TCP' },
    { name: 'metrics', containerPort: 9100, protocol: 'TCP' },
  ]);
  expect(one.host).toBe('api.team.svc.cluster.local');
});

test('an autoscaler owns the number of pods where there is a range', () => {
  const one = workload({ minReplicas: 2, maxReplicas: 5, cpuPercent: 60 });
  expect(field(render(one.deployment), 'spec.replicas')).toBeUndefined();
  expect(render(one.autoscaler).spec).toMatchObject({
    minReplicas: 2,
    maxReplicas: 5,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
  });
  expect(workload().autoscaler).toBeUndefined();
});

test('a disruption takes one pod at a time; a single pod has no budget that would block a drain', () => {
  expect(render(workload().disruptionBudget).spec).toEqual({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
  });
  expect(workload({ replicas: 1 }).disruptionBudget).toBeUndefined();
});

test('metrics make a ServiceMonitor and let the scraper in, where something scrapes the namespace', () => {
  const one = workload({ metricsPort: 9100 });
  expect(render(one.monitor).spec).toEqual({
    selector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
    endpoints: [{ port: 'metrics', path: '/metrics', interval: '30s' }],
  });
  expect(field(render(one.networkPolicy), 'spec.ingress')).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
          podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
        },
      ],
      ports: [{ protocol: 'TCP', port: 9100 }],
    },
  ]);
  const { chart, namespace } = setUp();
  Object.defineProperty(namespace, 'scraper', { value: undefined });
  const unscraped = new ServiceWorkload(chart, 'api', { namespace, image: 'a:1', metricsPort: 9100 });
  expect(unscraped.monitor).toBeUndefined();
  expect(field(render(unscraped.networkPolicy), 'spec.ingress')).toBeUndefined();
});

test('metrics on the port that is served need no second one', () => {
  const one = workload({ metricsPort: 8080 });
  expect(field(render(one.monitor), 'spec.endpoints.0.port')).toBe('http');
  expect(field(render(one.service), 'spec.ports')).toHaveLength(1);
});

test('the number of pods is fixed, or within bounds', () => {
  const replicas = (props: Partial<ServiceWorkloadProps>): unknown[] => {
    const one = workload(props);
    const bounds = one.autoscaler && render(one.autoscaler).spec;
    return [field(render(one.deployment), 'spec.replicas'), field(bounds, 'minReplicas'), field(bounds, 'maxReplicas')];
  };
  expect(replicas({})).toEqual([2, undefined, undefined]);
  expect(replicas({ replicas: 3 })).toEqual([3, undefined, undefined]);
  expect(replicas({ maxReplicas: 5 })).toEqual([undefined, 2, 5]);
  expect(replicas({ maxReplicas: 1 })).toEqual([1, undefined, undefined]);
  expect(replicas({ minReplicas: 4, maxReplicas: 4 })).toEqual([4, undefined, undefined]);
});

const DNS_RULE = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

test('without peers nothing but DNS is allowed', () => {
  expect(render(workload().networkPolicy).spec).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
    policyTypes: ['Ingress', 'Egress'],
    egress: [DNS_RULE],
  });
});

test('a connection is allowed at both ends, once', () => {
  const scope = setUp();
  const api = workload({}, scope);
  const client = new ServiceWorkload(scope.chart, 'client', { namespace: scope.namespace, image: 'a:1' });
  client.connectTo(api);
  client.connectTo(api);
  const podsOf = (name: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'team' } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
  });
  const ports = [{ protocol: 'TCP', port: 8080 }];
  expect(field(render(api.networkPolicy), 'spec.ingress')).toEqual([{ from: [podsOf('client')], ports }]);
  expect(field(render(client.networkPolicy), 'spec.egress')).toEqual([DNS_RULE, { to: [podsOf('api')], ports }]);
  expect(field(render(client.networkPolicy), 'spec.ingress')).toBeUndefined();
});

test('the order in which peers are added does not matter', () => {
  const rendered = (...namespaces: string[]): unknown => {
    const one = workload();
    namespaces.forEach((namespace) => one.allowFrom({ namespace }));
    return render(one.networkPolicy);
  };
  expect(rendered('a', 'b')).toEqual(rendered('b', 'a'));
});

test('the operators render workloads without a cluster, and a GPU is not looked for', () => {
  const chart = new Chart(new App(), 'bare');
  const namespace = new TestNamespace(chart, 'team');
  const one = new ServiceWorkload(chart, 'api', {
    namespace,
    image: 'a:1',
    gpuModel: GpuModel.A100_80GB,
    nodePool: 'x',
  });
  expect(field(containerOf(render(one.deployment)), 'resources.limits')).toMatchObject({ 'nvidia.com/gpu': 1 });
});

test('GPUs, node pool, priority, volumes and probes end up in the pods', () => {
  const scope = setUp();
  const one = workload(
    {
      gpuModel: GpuModel.T4,
      gpus: 2,
      imagePullSecrets: ['registry'],
      replicas: 1,
      nodePool: 'gpu-t4',
      priorityClassName: 'high',
      readinessProbe: Probe.http('/ready', { periodSeconds: 3 }),
      livenessProbe: Probe.tcp({ port: 9000 }),
      startupProbe: Probe.command(['true']),
      volumes: [Volume.claim('models', '/models', { readOnly: true }), Volume.configMap('settings', '/etc/settings')],
    },
    scope,
  );
  const json = render(one.deployment);
  const pod = field(json, 'spec.template.spec');
  const timing = { periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 };
  expect(field(containerOf(json), 'resources.limits')).toEqual({ memory: '256Mi', 'nvidia.com/gpu': 2 });
  expect(field(pod, 'nodeSelector')).toEqual({ 'nstarx.io/node-pool': 'gpu-t4', 'nvidia.com/gpu.product': 'Tesla-T4' });
  expect(field(pod, 'tolerations')).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
  expect(field(pod, 'priorityClassName')).toBe('high');
  expect(field(pod, 'imagePullSecrets')).toEqual([{ name: 'registry' }]);
  expect(field(pod, 'securityContext.fsGroup')).toBe(1000);
  expect(field(pod, 'volumes')).toContainEqual({
    name: 'models',
    persistentVolumeClaim: { claimName: 'models', readOnly: true },
  });
  expect(containerOf(json)).toMatchObject({
    readinessProbe: { ...timing, periodSeconds: 3, httpGet: { path: '/ready', port: 8080 } },
    livenessProbe: { ...timing, tcpSocket: { port: 9000 } },
    startupProbe: { ...timing, exec: { command: ['true'] } },
  });
});

test('an ML backend has the documented defaults, each of which can be overridden', () => {
  const { chart, namespace } = setUp();
  const backend = new MlBackend(chart, 'ml-backend', { namespace, image: 'example/ml:1' });
  const json = render(backend.deployment);
  expect(containerOf(json)).toMatchObject({
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
    startupProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
    readinessProbe: { httpGet: { path: '/readyz', port: 8080 } },
  });
  expect(field(json, 'metadata.labels')).toMatchObject({ 'app.kubernetes.io/component': 'ml-backend' });
  expect(render(backend.autoscaler).spec).toMatchObject({ minReplicas: 2, maxReplicas: 6 });
  expect(field(render(backend.monitor), 'spec.endpoints.0.port')).toBe('http');
  const large = new MlBackend(chart, 'large', {
    namespace,
    image: 'example/ml:1',
    replicas: 10,
    port: 9000,
    memory: '8Gi',
  });
  expect(large.autoscaler).toBeUndefined();
  expect(containerOf(render(large.deployment))).toMatchObject({
    resources: { limits: { memory: '8Gi' } },
    readinessProbe: { httpGet: { port: 9000 } },
  });
});

test('a JSON patch can change and add anything, in plain JSON', () => {
  const one = workload({ readinessProbe: Probe.http('/ready') });
  const resource = one.node.defaultChild as ApiObject;
  resource.addJsonPatch(
    JsonPatch.replace('/spec/template/spec/containers/0/resources/limits/memory', '2Gi'),
    JsonPatch.replace('/spec/template/spec/containers/0/readinessProbe/httpGet/port', 'http'),
    JsonPatch.add('/spec/template/spec/securityContext/appArmorProfile', { type: 'RuntimeDefault' }),
  );
  const json = render(resource);
  expect(containerOf(json)).toMatchObject({
    resources: { limits: { memory: '2Gi' } },
    readinessProbe: { httpGet: { port: 'http' } },
  });
  expect(field(json, 'spec.template.spec.securityContext.appArmorProfile')).toEqual({ type: 'RuntimeDefault' });
});
