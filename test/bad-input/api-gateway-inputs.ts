import {
  ApiGateway,
  ApiGatewayProps,
  ApiRoute,
  ApiRouteOptions,
  Exposure,
  Microservice,
  Microservices,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, platformWithChart } from './bad-input';

const ISSUER = 'https://auth.acme.example/realms/shop';
const TOKENS = { jwtIssuer: ISSUER, jwtAudiences: ['shop'] };
const PATHS = "write it like '/models' or '/api/v1'";
const A_PATH =
  'must be a path that begins with a slash, without a slash at its end, escapes, a query or dots that begin a segment';

/** Gateways in front of services. */
export const API_GATEWAY_INPUTS: BadInput[] = [
  {
    what: 'a latency of a gateway that no bucket of Envoy tells',
    given: 200,
    act: (newApp) => gateway(newApp, { latencyMilliseconds: 200 }),
    message:
      '[local/team/shop/api-gateway] latencyMilliseconds must be the bound of a bucket (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000), got 200: give one of these.',
  },
  {
    what: 'a gateway that adds nothing to requests',
    given: 0,
    act: (newApp) => gateway(newApp, { routingOverheadMilliseconds: 0 }),
    message:
      '[local/team/shop/api-gateway] routingOverheadMilliseconds must be greater than 0, got 0: leave it out where it is not known.',
  },
  {
    what: 'a gateway without routes',
    given: [],
    act: (newApp) => gateway(newApp, { routes: () => [] }),
    message: '[local/team/shop/api-gateway] routes must have at least one route, got []: add ApiRoute.to(…).',
  },
  {
    what: 'two routes with one prefix',
    given: '/models',
    act: (newApp) =>
      gateway(newApp, {
        routes: (models) => ['/a', '/models', '/models'].map((pathPrefix) => ApiRoute.to(models, { pathPrefix })),
      }),
    message:
      '[local/team/shop/api-gateway] routes[2].pathPrefix must differ from that of routes[1], which would get all of the requests, got "/models": give one of them another, or remove it.',
  },
  ...['models', '/models/', '/models?x=1', '/a//b', '/a/../b', '/a%2fb', '/models/*', ''].map(
    (pathPrefix): BadInput => ({
      what: `a route with the prefix "${pathPrefix}"`,
      given: pathPrefix,
      act: (newApp) => route(newApp, { pathPrefix }),
      message: `[ApiRoute.to] pathPrefix ${A_PATH}, got ${JSON.stringify(pathPrefix)}: ${PATHS}.`,
    }),
  ),
  {
    what: 'a route that takes the health path of the gateway',
    given: '/health/deep',
    act: (newApp) => route(newApp, { pathPrefix: '/health/deep' }),
    message:
      '[ApiRoute.to] pathPrefix must not begin with /health, which the gateway answers itself, got "/health/deep": use another, and rewrite where the service expects this one.',
  },
  {
    what: 'a rewrite that is no path',
    given: 'v1/',
    act: (newApp) => route(newApp, { pathPrefix: '/models', rewrite: 'v1/' }),
    message: `[ApiRoute.to] rewrite ${A_PATH}, got "v1/": ${PATHS}.`,
  },
  {
    what: 'a route without a timeout',
    given: 0,
    act: (newApp) => route(newApp, { pathPrefix: '/models', timeoutSeconds: 0 }),
    message: '[ApiRoute.to] timeoutSeconds must be a whole number between 1 and 3600, got 0: give seconds.',
  },
  {
    what: 'a route that is tried without end',
    given: 100,
    act: (newApp) => route(newApp, { pathPrefix: '/models', retries: 100 }),
    message:
      '[ApiRoute.to] retries must be a whole number between 0 and 5, got 100: give a number of attempts after the first.',
  },
  {
    what: 'a limit of a route that lets nothing through',
    given: 0,
    act: (newApp) => route(newApp, { pathPrefix: '/models', requestsPerMinute: 0 }),
    message:
      '[ApiRoute.to] requestsPerMinute must be a whole number between 1 and 1000000, got 0: give requests of one client in a minute.',
  },
  {
    what: 'a limit of a gateway that is no number of requests',
    given: 0.5,
    act: (newApp) => gateway(newApp, { requestsPerMinute: 0.5 }),
    message:
      '[local/team/shop/api-gateway] requestsPerMinute must be a whole number between 1 and 1000000, got 0.5: give requests in a minute.',
  },
  {
    what: 'a route that needs a token of nobody',
    given: undefined,
    act: (newApp) => gateway(newApp, { jwtIssuer: undefined, jwtAudiences: undefined }),
    message:
      '[local/team/shop/api-gateway] jwtIssuer must be given, since the route /models needs a token, got nothing: give it and jwtAudiences, or set allowAnonymous of the route.',
  },
  {
    what: 'an issuer that is reached without TLS',
    given: 'http://auth.acme.example',
    act: (newApp) => gateway(newApp, { jwtIssuer: 'http://auth.acme.example' }),
    message:
      '[local/team/shop/api-gateway] jwtIssuer must be an https:// URL without credentials and query, got "http://auth.acme.example": write it as in the claim iss of its tokens, such as \'https://auth.acme.example/realms/shop\'.',
  },
  {
    what: 'tokens for anyone',
    given: undefined,
    act: (newApp) => gateway(newApp, { jwtAudiences: undefined }),
    message:
      '[local/team/shop/api-gateway] jwtAudiences must name the audiences of tokens for this gateway, got nothing: give what tokens have in the claim aud; without it tokens for any other application would be taken.',
  },
  {
    what: 'audiences without an issuer',
    given: ['shop'],
    act: (newApp) => gateway(newApp, { jwtIssuer: undefined, jwtAudiences: ['shop'] }),
    message:
      '[local/team/shop/api-gateway] jwtAudiences must come with jwtIssuer, got ["shop"]: give jwtIssuer, or leave it out.',
  },
  {
    what: 'an issuer whose keys could be anywhere',
    given: undefined,
    act: (newApp) => gateway(newApp, { jwtIssuer: 'https://auth.acme.example/' }),
    message:
      '[local/team/shop/api-gateway] jwksUri must be given for the issuer https://auth.acme.example/, whose keys could be anywhere, got nothing: give what https://auth.acme.example/.well-known/openid-configuration has as jwks_uri.',
  },
  {
    what: 'keys that come over the internet without TLS',
    given: 'http://auth.acme.example/jwks',
    act: (newApp) => gateway(newApp, { jwksUri: 'http://auth.acme.example/jwks' }),
    message:
      '[local/team/shop/api-gateway] jwksUri must begin with https:// unless it is in the cluster, since whoever changes the keys on their way makes tokens, got "http://auth.acme.example/jwks": write it like \'https://auth.acme.example/realms/shop/protocol/openid-connect/certs\'.',
  },
  {
    what: 'keys of a server in the cluster that nobody names',
    given: undefined,
    act: (newApp) => gateway(newApp, { jwksUri: 'http://keycloak.auth.svc:8080/jwks' }),
    message:
      "[local/team/shop/api-gateway] jwksPeer must be given, since keycloak.auth.svc is in the cluster, got nothing: name who serves it, such as { namespace: 'auth', podLabels: { app: 'keycloak' }, ports: [8443] }.",
  },
  {
    what: 'a certificate for no host',
    given: undefined,
    act: (newApp) => gateway(newApp, { certificateIssuer: 'platform-ca' }),
    message:
      "[local/team/shop/api-gateway] host must come with certificateIssuer, got nothing: give the name by which clients reach the gateway, such as 'api.acme.example'.",
  },
  {
    what: 'a host that is none',
    given: 'https://api.acme.example',
    act: (newApp) => gateway(newApp, { certificateIssuer: 'platform-ca', host: 'https://api.acme.example' }),
    message:
      '[local/team/shop/api-gateway] host must be a host name of at least two labels, got "https://api.acme.example": use one like api.acme.example, without scheme, port or path.',
  },
  {
    what: 'a host without who signs its certificate',
    given: 'api.acme.example',
    act: (newApp) => gateway(newApp, { host: 'api.acme.example', tlsSecretName: 'tls' }),
    message:
      '[local/team/shop/api-gateway] host must come with certificateIssuer, got "api.acme.example": give it too, or leave host out.',
  },
  {
    what: 'two certificates',
    given: 'tls',
    act: (newApp) =>
      gateway(newApp, { certificateIssuer: 'platform-ca', host: 'api.acme.example', tlsSecretName: 'tls' }),
    message:
      '[local/team/shop/api-gateway] tlsSecretName must not come with certificateIssuer, got "tls": leave one of them out.',
  },
  {
    what: 'a node port that is none',
    given: 8080,
    act: () => Exposure.nodePort(8080),
    message:
      "[Exposure.nodePort] port must be a whole number between 30000 and 32767, got 8080: give a port of the cluster's range for node ports.",
  },
  {
    what: 'two node ports with one number',
    given: 30_443,
    act: () => Exposure.nodePort(30_443, { tlsPort: 30_443 }),
    message: '[Exposure.nodePort] tlsPort must differ from port, got 30443: choose another port for one of them.',
  },
  {
    what: 'a node port for HTTPS without a certificate',
    given: 30_443,
    act: (newApp) => gateway(newApp, { exposure: Exposure.nodePort(30_090, { tlsPort: 30_443 }) }),
    message:
      '[local/team/shop/api-gateway] exposure.tlsPort must come with a certificate, got 30443: give certificateIssuer or tlsSecretName, or leave tlsPort out.',
  },
  {
    what: 'a range of addresses that is none',
    given: '10.0.0.1',
    act: () => Exposure.loadBalancer({ allowedCidrs: ['10.0.0.1'] }),
    message:
      '[Exposure.loadBalancer] allowedCidrs must be CIDR blocks, got "10.0.0.1": write a range of addresses such as \'203.0.113.0/24\'.',
  },
  {
    what: 'a load balancer for nobody',
    given: [],
    act: () => Exposure.loadBalancer({ allowedCidrs: [] }),
    message:
      '[Exposure.loadBalancer] allowedCidrs must have at least one range of addresses, got []: leave it out for all addresses, or use Exposure.cluster().',
  },
  {
    what: 'a load balancer on a cluster without',
    given: 'LoadBalancer',
    act: (newApp) => gateway(newApp, { exposure: Exposure.loadBalancer() }),
    message:
      '[local/team/shop/api-gateway] exposure must be one that the cluster has, which is without load balancers, got "LoadBalancer": use Exposure.nodePort(30090) or Exposure.cluster() here.',
  },
  {
    what: 'a body of no size',
    given: '10MB',
    act: (newApp) => gateway(newApp, { maxRequestSize: '10MB' }),
    message:
      "[local/team/shop/api-gateway] maxRequestSize must be a Kubernetes quantity of at least 1Mi, got \"10MB\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  },
  {
    what: 'a gateway that ends at once',
    given: 0,
    act: (newApp) => gateway(newApp, { drainSeconds: 0 }),
    message:
      '[local/team/shop/api-gateway] drainSeconds must be a whole number between 1 and 3610, got 0: give seconds.',
  },
  {
    what: 'a route to a service of another graph',
    given: 'Microservice local/team/other/models',
    act: (newApp) => {
      const { platform, chart } = platformWithChart(newApp);
      const [shop, other] = ['shop', 'other'].map(
        (id) => new Microservices(chart, id, { namespace: platform.teams.ml }),
      );
      const models = new Microservice(other, 'models', { image: IMAGE });
      return new ApiGateway(shop, 'api-gateway', {
        routes: [ApiRoute.to(models, { pathPrefix: '/models' })],
        ...TOKENS,
      });
    },
    message:
      '[local/team/shop/api-gateway] dependencies must be of its own Microservices local/team/shop, got "Microservice local/team/other/models": use a Microservice of local/team/shop, or make both below one Microservices.',
  },
];

const IMAGE = 'registry.example/models:1.0.0';

function gateway(
  newApp: AppFactory,
  { routes, ...props }: Partial<Omit<ApiGatewayProps, 'routes'>> & { routes?: (models: Microservice) => ApiRoute[] },
): ApiGateway {
  const { platform, chart } = platformWithChart(newApp);
  const shop = new Microservices(chart, 'shop', { namespace: platform.teams.ml });
  const models = new Microservice(shop, 'models', { image: IMAGE });
  const all = routes?.(models) ?? [ApiRoute.to(models, { pathPrefix: '/models' })];
  return new ApiGateway(shop, 'api-gateway', { ...TOKENS, ...props, routes: all });
}

function route(newApp: AppFactory, options: ApiRouteOptions): ApiGateway {
  return gateway(newApp, { routes: (models) => [ApiRoute.to(models, options)] });
}
