import { ApiObject, Chart, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { HttpRoute, HttpRouteProps, PlatformGateway } from '../../../src/constructs/gateway';
import { ServiceWorkload } from '../../../src/constructs/workloads';
import { ComponentRegistry, INamespace } from '../../../src/contracts';
import { field, render } from '../workloads/support';
import { TestCluster, TestEnvironment } from '../tenancy/support';

/** A chart of an environment whose cluster has load balancers, or none. */
function chart(loadBalancer = true): Chart {
  const environment = new TestEnvironment();
  Object.assign(new TestCluster(environment, { loadBalancer }), {
    loadBalancerAnnotations: { internal: { scheme: 'internal' }, internetFacing: { scheme: 'internet-facing' } },
  });
  return environment.chart('test');
}

class LabelledNamespace extends Construct implements INamespace {
  public readonly namespaceName = 'app';
  public readonly labels: { [key: string]: string } = {};
  public addLabel(key: string, value: string): void {
    this.labels[key] = value;
  }
}

function gateway(scope: Chart, internetFacing?: boolean): PlatformGateway {
  return new PlatformGateway(scope, 'gateway', {
    domain: 'ml.acme.example',
    issuerName: 'platform-ca',
    internetFacing,
    replicas: 2,
  });
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly [key: string]: unknown };
}

function find(scope: Chart, kind: string, name?: string): Manifest {
  const all = Testing.synth(scope) as Manifest[];
  const found = all.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  if (!found) throw new Error(`no ${kind} among ${all.map((one) => one.kind).join(', ')}`);
  return found;
}

test('without load balancers the proxies listen on the node ports that the host forwards', () => {
  const scope = chart(false);
  gateway(scope);
  expect(find(scope, 'EnvoyProxy').spec).toMatchObject({
    provider: {
      kubernetes: {
        envoyService: {
          type: 'NodePort',
          // by default a node answers only where a proxy runs on it
          externalTrafficPolicy: 'Cluster',
          patch: {
            value: {
              spec: {
                ports: [
                  { port: 80, nodePort: 30080 },
                  { port: 443, nodePort: 30443 },
                ],
              },
            },
          },
        },
      },
    },
  });
});

test.each([
  [undefined, 'internal'],
  [true, 'internet-facing'],
])('with load balancers and internetFacing %p the Service is %s', (internetFacing, scheme) => {
  const scope = chart();
  gateway(scope, internetFacing);
  expect(find(scope, 'EnvoyProxy').spec).toMatchObject({
    provider: { kubernetes: { envoyService: { type: 'LoadBalancer', annotations: { scheme } } } },
  });
});

test('the certificate covers the domain and the names below it, and the listener uses it', () => {
  const scope = chart();
  gateway(scope);
  expect(find(scope, 'Certificate').spec).toMatchObject({
    secretName: 'platform-gateway-tls',
    dnsNames: ['ml.acme.example', '*.ml.acme.example'],
    issuerRef: { kind: 'ClusterIssuer', name: 'platform-ca' },
  });
  expect(JSON.stringify(find(scope, 'Gateway').spec)).toContain('platform-gateway-tls');
});

test('HTTP only redirects, and HTTPS takes routes of admitted namespaces only', () => {
  const scope = chart();
  gateway(scope);
  const listeners = find(scope, 'Gateway').spec.listeners as { name: string; allowedRoutes: unknown }[];
  expect(listeners.map((one) => [one.name, one.allowedRoutes])).toEqual([
    ['http', { namespaces: { from: 'Same' } }],
    ['https', { namespaces: { from: 'Selector', selector: { matchLabels: { 'nstarx.io/gateway-access': 'true' } } } }],
  ]);
  expect(find(scope, 'HTTPRoute', 'redirect-to-https').spec).toMatchObject({
    parentRefs: [{ name: 'platform', sectionName: 'http' }],
    rules: [{ filters: [{ requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
  });
});

test('a route to a workload admits its namespace, leads to its Service and opens its network policy', () => {
  const scope = chart();
  const namespace = new LabelledNamespace(scope, 'namespace');
  const workload = new ServiceWorkload(scope, 'backend', { namespace, image: 'a:1', port: 9000, servicePort: 8081 });
  const route = new HttpRoute(scope, 'api', { gateway: gateway(scope), workload, host: 'ml' });
  expect(route.hostname).toBe('ml.ml.acme.example');
  expect(namespace.labels).toEqual({ 'nstarx.io/gateway-access': 'true' });
  expect(find(scope, 'HTTPRoute', 'api')).toMatchObject({
    metadata: { namespace: 'app' },
    spec: { rules: [{ backendRefs: [{ name: 'backend', port: 8081 }] }] },
  });
  expect(field(render(workload.networkPolicy), 'spec.ingress')).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } },
          podSelector: {
            matchLabels: { 'app.kubernetes.io/name': 'envoy', 'app.kubernetes.io/component': 'proxy' },
          },
        },
      ],
      ports: [{ protocol: 'TCP', port: 9000 }],
    },
  ]);
});

test.each<[string, Partial<HttpRouteProps>, string]>([
  [
    'nothing to lead to',
    {},
    'workload must be given, got nothing: name the workload, or serviceName, servicePort and namespace.',
  ],
  [
    'a Service without a port',
    { serviceName: 'grafana' },
    'servicePort must come with serviceName, got nothing: give it, or name the workload instead.',
  ],
  [
    'a Service without a namespace',
    { serviceName: 'grafana', servicePort: 80 },
    'namespace must come with serviceName, got nothing: give it, or name the workload instead.',
  ],
])('a route with %s is refused', (_what, props, message) => {
  const scope = chart();
  expect(() => new HttpRoute(scope, 'api', { gateway: gateway(scope), host: 'api', ...props })).toThrow(
    `[test/test/api] ${message}`,
  );
});

test.each<Partial<HttpRouteProps>>([{ serviceName: 'a' }, { servicePort: 80 }])(
  'a route to a workload and %p is refused',
  (props) => {
    const scope = chart();
    const namespace = new LabelledNamespace(scope, 'namespace');
    const workload = new ServiceWorkload(scope, 'backend', { namespace, image: 'a:1' });
    const route = () => new HttpRoute(scope, 'api', { gateway: gateway(scope), workload, host: 'api', ...props });
    expect(route).toThrow(/(serviceName|servicePort) must not come with workload/);
  },
);

test('a route to another Service admits its namespace and serves a name below the domain', () => {
  const scope = chart();
  const namespace = new LabelledNamespace(scope, 'namespace');
  const route = new HttpRoute(scope, 'route', {
    gateway: gateway(scope),
    namespace,
    serviceName: 'grafana',
    servicePort: 80,
    host: 'grafana',
  });
  expect(route.hostname).toBe('grafana.ml.acme.example');
  expect(namespace.labels).toEqual({ 'nstarx.io/gateway-access': 'true' });
  expect(find(scope, 'HTTPRoute', 'route').spec).toMatchObject({
    hostnames: ['grafana.ml.acme.example'],
    parentRefs: [{ name: 'platform', namespace: 'envoy-gateway-system', sectionName: 'https' }],
    rules: [{ backendRefs: [{ name: 'grafana', port: 80 }] }],
  });
});

interface Policy {
  readonly matchConditions: readonly { readonly name: string }[];
  readonly validations: readonly { readonly expression: string }[];
}

test('the host of a route is granted to its namespace, and so is what the program grants, until it is written out', () => {
  const scope = chart();
  const namespace = new LabelledNamespace(scope, 'namespace');
  const made = gateway(scope);
  const service = { gateway: made, namespace, serviceName: 'grafana', servicePort: 80, host: 'grafana' };
  // two routes of a host, with a path each
  new HttpRoute(scope, 'route', service);
  new HttpRoute(scope, 'api', { ...service, pathPrefix: '/api' });
  made.grantHost(namespace, 'www.acme.example');
  const { validations } = find(scope, 'ValidatingAdmissionPolicy', 'hosts-routes.nstarx.io').spec as unknown as Policy;
  expect(validations[1].expression).toContain("in ['app/grafana.ml.acme.example', 'app/www.acme.example']");
});

test.each([
  ['a wildcard', '*.acme.example', 'host must be a host name of at least two labels'],
  ['a URL', 'https://www.acme.example', 'host must be a host name of at least two labels'],
  ["another namespace's own", 'churn--vision.ml.acme.example', 'host must not be a host of namespace vision'],
])('%s cannot be granted', (_, host, message) => {
  const scope = chart();
  const namespace = new LabelledNamespace(scope, 'namespace');
  expect(() => gateway(scope).grantHost(namespace, host)).toThrow(message);
});

test.each([
  ['its own host', ['churn--app.ml.acme.example'], undefined],
  ['a host that is granted', ['www.acme.example'], undefined],
  ['no host', undefined, 'got nothing'],
  ['a wildcard', ['*.ml.acme.example'], 'got *.ml.acme.example'],
  ["another's host", ['churn--app.ml.acme.example', 'grafana.ml.acme.example'], 'got grafana.ml.acme.example'],
])('synthesis looks at a route that is a plain object, with %s', (_, hostnames, message) => {
  const scope = chart();
  const made = gateway(scope);
  made.grantHost(new LabelledNamespace(scope, 'namespace'), 'www.acme.example');
  new ApiObject(scope, 'plain', {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'plain', namespace: 'app' },
    spec: { parentRefs: [{ name: 'platform', namespace: 'envoy-gateway-system' }], hostnames, rules: [] },
  });
  const found = made.node.validate();
  if (message === undefined) {
    expect(found).toEqual([]);
  } else {
    expect(found).toEqual([
      `[test/test/plain] spec.hostnames must be hosts of namespace app, ${message}: use <name>--app.<domain>, or grant it with gateway.grantHost()`,
    ]);
  }
});

test('the component that runs the gateway is required', () => {
  const scope = chart();
  gateway(scope);
  expect(ComponentRegistry.of(scope).has('envoy-gateway')).toBe(true);
});

test.each(['acme', 'https://acme.example', 'acme.example:443', 'Acme.example', '-a.example', 'a..example', ''])(
  '%p is no domain',
  (domain) => {
    const scope = chart();
    expect(() => new PlatformGateway(scope, 'gateway', { domain, issuerName: 'platform-ca' })).toThrow(
      '[test/test/gateway] domain must be a domain name of at least two labels',
    );
  },
);
