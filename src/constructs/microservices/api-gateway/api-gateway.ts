import { ApiObject, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { certManager } from '../../../components/cert-manager';
import { checkWhole } from '../../../contracts/bounds';
import { checked } from '../../../contracts/checked';
import { ComponentRegistry } from '../../../contracts/component-registry';
import { contentHash } from '../../../contracts/content-hash';
import {
  checkReferences,
  environmentOf,
  expectNoLaterScraper,
  findEnvironment,
} from '../../../contracts/environment-scope';
import { fail } from '../../../contracts/errors';
import { dnsLabel, PLATFORM_GROUP } from '../../../contracts/names';
import { byteQuantity, parseQuantity } from '../../../contracts/quantity';
import { yamlOf } from '../../../contracts/yaml';
import { RequestMetrics } from '../../monitoring/request-metrics';
import { WorkloadMonitor } from '../../monitoring/workload-monitor';
import { Probe } from '../../workloads/probe';
import { Volume } from '../../workloads/volume';
import { Dependency } from '../dependency';
import { Microservice } from '../microservice';
import { ServiceScaling, ServiceSize } from '../service-classes';
import { ServiceNodeKind } from '../service-graph';
import { ApiGatewayProps } from './api-gateway-props';
import { ApiRoute } from './api-route';
import { checkCertificate, checkNumbers, checkRoutes } from './checks';
import { bootstrap } from './envoy/bootstrap';
import { certificateSource, STAT_PREFIX } from './envoy/http-listeners';
import { DRAIN_PATH, EnvoySettings, FILES, FOLDERS, HEALTH_PATH, METRICS_PATH, PORTS } from './envoy/settings';
import { Exposure } from './exposure';
import { Tokens, tokensOf } from './token-issuer';

/**
 * The image of Envoy: a release binary without a shell, whose user is 65532.
 *
 * Source: https://github.com/envoyproxy/envoy/blob/v1.40.0/distribution/docker/Dockerfile-envoy
 */
const ENVOY_IMAGE = 'docker.io/envoyproxy/envoy:distroless-v1.40.0';

/** A user of no account, as that of the image. */
const USER = 65_532;

/** What clients send, and of what Envoy sends on, that to services: names of other clusters have no underscore. */
const METRICS = RequestMetrics.envoy({ statPrefix: STAT_PREFIX, clusters: '.+_.+' });

/** Seconds in which everything that sends requests to a pod has learnt that it ends. */
const LEARNT_SECONDS = 10;

/**
 * The entry to the services of a `Microservices`: Envoy, with all of its configuration in a ConfigMap. It calls the services of its routes, so it
 * depends on them by HTTP.
 *
 * - Tokens are checked (signature, issuer, audience, expiry) before anything else is asked: 401 without a valid one, 403 for one of another
 *   audience. Services get the claims in the header `x-jwt-payload` (the payload, base64url) and not the token; what clients send by that name is
 *   dropped. `GET /health` answers 200 without one.
 * - Requests are counted per client; bodies, headers, connections and memory are bounded. Paths are normalized before they are routed.
 * - With a certificate it serves HTTPS (TLS 1.2 and later, HTTP/2) at port 443; at port 80 it then answers requests by its own name in the cluster
 *   and redirects all others.
 * - A pod that is to end keeps serving until its clients have gone elsewhere.
 * - With an objective it has `ServiceLevelObjectives`, as a `Microservice`, by what Envoy says of itself; latency is at a bound of its buckets: 50, 100,
 *   250, 500, 1000 and more milliseconds.
 * - The access log is JSON, without headers and queries. Metrics are for the scraper only; the admin interface is in no network.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * const models = new Microservice(shop, 'models', { image: 'ghcr.io/acme/models:1.4.2' });
 * const search = new Microservice(shop, 'search', { image: 'ghcr.io/acme/search:1.4.2' });
 * new ApiGateway(shop, 'api-gateway', {
 *   routes: [
 *     ApiRoute.to(models, { pathPrefix: '/models', timeoutSeconds: 30 }),
 *     ApiRoute.to(search, { pathPrefix: '/search', rewrite: '/', requestsPerMinute: 60 }),
 *   ],
 *   jwtIssuer: 'https://auth.acme.example/realms/shop',
 *   jwtAudiences: ['shop'],
 * });
 */
@checked('ApiGateway')
export class ApiGateway extends Microservice {
  /** The ConfigMap with the configuration of Envoy. */
  public readonly config: ApiObject;
  /**
   * The Certificate.
   *
   * @default - none: no certificateIssuer was given
   */
  public readonly certificate?: ApiObject;
  /**
   * The PodMonitor.
   *
   * @default - none: nothing scrapes the namespace
   */
  public readonly podMonitor?: ApiObject;

  /** @throws InvalidInputError when a prop is malformed, two routes have one prefix, or there are tokens to check and nobody says whose */
  public constructor(scope: Construct, id: string, props: ApiGatewayProps) {
    const where = [scope.node.path, id].filter((part) => part !== '').join('/');
    const name = dnsLabel(where, 'name', props.name ?? id);
    const scaling = props.scaling ?? ServiceScaling.MEDIUM_LOAD;
    const size = props.size ?? ServiceSize.STANDARD;
    const secretName = props.tlsSecretName ?? (props.certificateIssuer === undefined ? undefined : `${name}-tls`);
    const drainSeconds = props.drainSeconds ?? LEARNT_SECONDS + longestTimeout(props.routes);
    checkWhole(where, 'drainSeconds', drainSeconds, 1, 3600 + LEARNT_SECONDS, 'give seconds');
    super(scope, id, {
      name,
      namespace: props.namespace,
      component: 'gateway',
      partOf: props.partOf,
      image: props.image ?? ENVOY_IMAGE,
      command: ['/usr/local/bin/envoy'],
      // Envoy takes no value behind an equals sign
      args: [
        ...['--config-path', `${FOLDERS.config}/${FILES.bootstrap}`],
        ...['--concurrency', String(props.workers ?? 2)],
        ...['--log-level', 'warn'],
        '--disable-hot-restart',
      ],
      port: PORTS.http,
      servicePort: 80,
      extraPorts: secretName === undefined ? [] : [{ name: 'https', port: PORTS.https, servicePort: 443 }],
      scaling,
      size,
      cpu: props.cpu ?? '250m',
      priorityClassName: props.priorityClassName,
      runAsUser: USER,
      tmpSize: '64Mi',
      volumes: volumesOf(name, secretName, props.jwksCaConfigMapName),
      startupProbe: Probe.http(HEALTH_PATH, { periodSeconds: 2, failureThreshold: 60 }),
      livenessProbe: Probe.http(HEALTH_PATH, {
        // not by a connection of which clients can take the last
        port: PORTS.kubelet,
        initialDelaySeconds: 30,
        periodSeconds: 10,
        timeoutSeconds: 5,
      }),
      // the hook waits in place of that
      preStopSeconds: 0,
      terminationGracePeriodSeconds: drainSeconds + 10,
      ingress: props.ingress,
      dependencies: [...new Set(props.routes.map(({ service }) => service))].map((service) => Dependency.http(service)),
    });
    checkReferences(this, props);
    checkNumbers(this, props);
    checkCertificate(this, props);
    const tokens = tokensOf(this, props);
    checkRoutes(this, props.routes, tokens);
    const exposure = props.exposure ?? Exposure.cluster();
    if (tokens) this.allowTo(tokens.peer);
    this.config = this.configure(props, {
      drainSeconds,
      memory: size.memoryLimit,
      tokens,
      httpsPort: secretName === undefined ? undefined : (exposure._nodePorts?.tlsPort ?? 443),
    });
    if (props.host !== undefined && secretName !== undefined) {
      this.certificate = this.certificateFor(props.host, props.certificateIssuer, secretName);
    }
    this.expose(exposure, secretName !== undefined);
    this.drainBeforeStop();
    this.podMonitor = this.monitored();
    this._promise({
      availabilityPercent: props.availabilityPercent,
      latencyMilliseconds: props.latencyMilliseconds,
      latencyPercent: props.latencyPercent,
      requestsPerSecond: props.requestsPerSecond,
      routingOverheadMilliseconds: props.routingOverheadMilliseconds,
      requestMetrics: METRICS,
      cpuPercent: scaling.cpuPercent,
      memoryPercent: scaling.memoryPercent,
    });
  }

  /** @internal */
  protected override get _nodeKind(): ServiceNodeKind {
    return 'gateway';
  }

  /**
   * Envoy without requests has some ten megabytes.
   *
   * @internal
   */
  protected override get _mayFillMemory(): boolean {
    return false;
  }

  private configure(props: ApiGatewayProps, given: Given): ApiObject {
    const { namespace } = this.identity;
    const { requestsPerMinute = 600 } = props;
    const own = [this.workloadName, `${this.workloadName}.${namespace}`, `${this.workloadName}.${namespace}.svc`];
    const settings: EnvoySettings = {
      routes: props.routes.map((route) => route._settings()).sort((a, b) => b.pathPrefix.length - a.pathPrefix.length),
      tokens: given.tokens,
      requestsPerMinute,
      requestsPerMinutePerAddress: props.requestsPerMinutePerAddress ?? requestsPerMinute * 10,
      trustedProxies: props.trustedProxies ?? 0,
      maxRequestBytes: bytes(byteQuantity(this, 'maxRequestSize', props.maxRequestSize ?? '10Mi')),
      memoryBytes: bytes(given.memory),
      drainSeconds: given.drainSeconds,
      httpsPort: given.httpsPort,
      ownHosts: [...own, this.host],
    };
    const data = {
      [FILES.bootstrap]: yamlOf(bootstrap(settings)),
      ...(given.httpsPort === undefined ? {} : { [FILES.certificate]: yamlOf(certificateSource()) }),
    };
    // Envoy reads its configuration once, so another one takes other pods
    const annotations = { [`${PLATFORM_GROUP}/config-hash`]: contentHash(data) };
    this.deployment.addJsonPatch(JsonPatch.add('/spec/template/metadata/annotations', annotations));
    return this._object('Config', 'v1', 'ConfigMap', { data });
  }

  private certificateFor(host: string, issuer: string | undefined, secretName: string): ApiObject {
    if (findEnvironment(this)) ComponentRegistry.of(this).require(certManager());
    return this._object('Certificate', 'cert-manager.io/v1', 'Certificate', {
      spec: {
        secretName,
        dnsNames: [host],
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: issuer },
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      },
    });
  }

  private expose({ serviceType, _cidrs, _nodePorts, _loadBalancer }: Exposure, hasTls: boolean): void {
    if (_cidrs.length > 0) this.allowFrom({ cidrs: _cidrs });
    if (_nodePorts) {
      if (_nodePorts.tlsPort !== undefined && !hasTls) {
        const fix = 'give certificateIssuer or tlsSecretName, or leave tlsPort out';
        fail(this, 'exposure.tlsPort', 'must come with a certificate', _nodePorts.tlsPort, fix);
      }
      this.service.addJsonPatch(
        JsonPatch.replace('/spec/type', serviceType),
        JsonPatch.add('/spec/ports/0/nodePort', _nodePorts.port),
        ...(_nodePorts.tlsPort === undefined ? [] : [JsonPatch.add('/spec/ports/1/nodePort', _nodePorts.tlsPort)]),
      );
    }
    if (_loadBalancer) {
      const { capabilities, loadBalancerAnnotations } = environmentOf(this).cluster;
      if (!capabilities.loadBalancer) {
        const fix = 'use Exposure.nodePort(30090) or Exposure.cluster() here';
        fail(this, 'exposure', 'must be one that the cluster has, which is without load balancers', serviceType, fix);
      }
      const { internetFacing, annotations } = _loadBalancer;
      const needed = internetFacing ? loadBalancerAnnotations?.internetFacing : loadBalancerAnnotations?.internal;
      for (const [key, value] of Object.entries({
        ...loadBalancerAnnotations?.clientAddresses,
        ...needed,
        ...annotations,
      })) {
        this.service.metadata.addAnnotation(key, value);
      }
      this.service.addJsonPatch(
        JsonPatch.replace('/spec/type', serviceType),
        // straight to nodes with a pod, so that pods see the addresses of clients
        JsonPatch.add('/spec/externalTrafficPolicy', 'Local'),
        JsonPatch.add('/spec/loadBalancerSourceRanges', _cidrs),
      );
      this._comesLast(this.service);
    }
  }

  private drainBeforeStop(): void {
    const preStop = { httpGet: { path: DRAIN_PATH, port: PORTS.kubelet } };
    this.deployment.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/lifecycle', { preStop }));
  }

  /** A monitor of the pods: the Service has no port for metrics, since others than the scraper reach it. */
  private monitored(): ApiObject | undefined {
    this._listen('metrics', PORTS.metrics);
    const { scraper } = this.namespace;
    if (!scraper) {
      expectNoLaterScraper(this, 'monitor');
      return undefined;
    }
    this._allowFromOn(PORTS.metrics, scraper);
    const { monitor } = new WorkloadMonitor(this, 'PodMonitor', {
      name: this.workloadName,
      workload: this,
      port: PORTS.metrics,
      path: METRICS_PATH,
      serviceName: this.serviceName,
    });
    return this._labelled(monitor);
  }
}

/** What the props do not say by themselves. */
interface Given {
  readonly drainSeconds: number;
  readonly memory: string;
  readonly tokens?: Tokens;
  readonly httpsPort?: number;
}

function longestTimeout(routes: ApiRoute[]): number {
  return Math.max(0, ...routes.map((route) => route._settings().timeoutSeconds));
}

function volumesOf(name: string, secretName: string | undefined, ca: string | undefined): Volume[] {
  return [
    Volume.configMap(name, FOLDERS.config),
    ...(secretName === undefined ? [] : [Volume.secret(secretName, FOLDERS.tls)]),
    ...(ca === undefined ? [] : [Volume.configMap(ca, FOLDERS.jwksCa)]),
  ];
}

function bytes(quantity: string): number {
  return parseQuantity(quantity) ?? 0;
}
