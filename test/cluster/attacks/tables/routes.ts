import { randomUUID } from 'node:crypto';

import type { Identity, KubernetesObject } from '../../types';
import {
  type Attack,
  changeRefused,
  DORA,
  FRAUD,
  MALIK,
  METACONTROLLER,
  notAccepted,
  refused,
  VISION,
} from '../attack';

const DOMAIN = 'ml.example.com';
const MAY_NOT = /spec\.host: namespace vision may not use \S+: use <name>--vision\.ml\.example\.com/;
const ROUTE_MAY_NOT = /spec\.hostnames: namespace vision may not use \S+: use <name>--vision/;
const ENGINEER = 'ML engineer of vision';
const OPERATOR = 'ML engineer of vision, through an operator';
const OF_TESTS = 'policy hosts-abtests';
const OF_ROUTES = 'policy hosts-routes, for every account';

/** An ABTest at a host. */
function abTest(host?: string, path?: string, name = 'shop'): KubernetesObject {
  const variant = (one: string, control: boolean) => ({ name: one, modelRef: { name: one }, weight: 50, control });
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'ABTest',
    metadata: { name, namespace: VISION },
    spec: {
      ...(host === undefined ? {} : { host }),
      ...(path === undefined ? {} : { path }),
      variants: [variant('a', true), variant('b', false)],
      metric: { name: 'hits_total', goal: 'maximize' },
    },
  };
}

/** A route on the platform's Gateway. */
function route(spec: object, namespace = VISION, kind = 'HTTPRoute'): KubernetesObject {
  const parentRefs = [{ name: 'platform', namespace: 'envoy-gateway-system' }];
  const metadata = { name: 'route-of-the-test', namespace };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata, spec: { parentRefs, ...spec } };
}

function listeners(hostname: string | undefined, namespace = VISION): KubernetesObject {
  const listener = { name: 'http', port: 80, protocol: 'HTTP', ...(hostname === undefined ? {} : { hostname }) };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { name: 'listeners-of-the-test', namespace },
    spec: { parentRef: { name: 'platform', namespace: 'envoy-gateway-system' }, listeners: [listener] },
  };
}

function model(name: string, namespace = VISION): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: { name, namespace },
    spec: {
      type: 'custom',
      version: '1',
      storage: { location: 'hf://acme/model' },
      serving: {
        engine: 'deployment',
        image: 'registry.example.com/server:1',
        resources: { requests: { cpu: '1', memory: '1Gi' } },
      },
    },
  };
}

function deployment(name: string): KubernetesObject {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name, namespace: VISION },
    spec: {
      model: { name: 'churn', version: '1', framework: 'pytorch' },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      serving: { image: 'registry.example.com/churn:1' },
    },
  };
}

/** Refused as an ABTest of this host. */
function hostRefused(request: string, gain: string, host: string, message = MAY_NOT, path?: string): Attack {
  return { who: ENGINEER, request, gain, defence: OF_TESTS, attempt: refused(abTest(host, path), MALIK, message) };
}

/** Refused as a route, even of the account that makes routes. */
function routeRefused(request: string, gain: string, object: KubernetesObject, message = ROUTE_MAY_NOT): Attack {
  return {
    who: OPERATOR,
    request,
    gain,
    defence: OF_ROUTES,
    attempt: refused(childOf('ABTest', object), METACONTROLLER, message),
  };
}

/** The object as an operator has it made: it belongs to one of the platform's. */
function childOf(kind: string, object: KubernetesObject): KubernetesObject {
  const owner = { apiVersion: 'nstarx.io/v1alpha1', kind, name: 'any', uid: randomUUID(), controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

/** Accepted, since whoever may do it does. */
function accepted(object: KubernetesObject, by: Identity): Attack['attempt'] {
  return refused(object, by, /^accepted$/);
}

/** Attacks on the hosts of others, on the platform's Gateway. */
export const ROUTES: readonly Attack[] = [
  hostRefused(
    `an ABTest at \`grafana.${DOMAIN}\`, with the path \`/login\``,
    "a page of the attacker's in place of Grafana's log-in, and the passwords",
    `grafana.${DOMAIN}`,
    MAY_NOT,
    '/login',
  ),
  hostRefused(
    `an ABTest at \`churn--fraud.${DOMAIN}\`, with a longer path than the model of fraud has`,
    'requests to the model of another tenant, with their data',
    `churn--fraud.${DOMAIN}`,
    MAY_NOT,
    '/v1/models/churn:predict',
  ),
  hostRefused('an ABTest at the domain of the platform itself', 'the front page of the platform', DOMAIN),
  hostRefused('an ABTest at a host of the company that is not below the domain', 'its requests', 'www.example.com'),
  hostRefused(
    `an ABTest at \`churn--fraud--vision.${DOMAIN}\``,
    'a host that a namespace `fraud--vision` would have',
    `churn--fraud--vision.${DOMAIN}`,
  ),
  hostRefused(
    'an ABTest at a host two labels below the domain',
    "a host of a zone, whose listener is the platform's where the zone has none",
    `a.churn--vision.${DOMAIN}`,
  ),
  hostRefused(
    `an ABTest at \`xn--vision.${DOMAIN}\``,
    'a host that a browser shows in another script, such as one that looks like Grafana',
    `xn--vision.${DOMAIN}`,
  ),
  hostRefused(
    `an ABTest at \`churn--visionxml.example.com\``,
    'a host of another domain, where the dots of a pattern are not dots',
    'churn--visionxml.example.com',
  ),
  hostRefused(
    `an ABTest at \`*.${DOMAIN}\``,
    'whatever nobody else has',
    `*.${DOMAIN}`,
    /spec\.host: Invalid value: .* must be a host name/,
  ),
  {
    who: ENGINEER,
    request: 'a change of the host of an ABTest that was accepted',
    gain: "Grafana's requests, one step later",
    defence: OF_TESTS,
    attempt: changeRefused(abTest(`shop--vision.${DOMAIN}`), { spec: { host: `grafana.${DOMAIN}` } }, MALIK, MAY_NOT),
  },
  {
    who: 'data scientist of vision',
    request: 'an HTTPRoute',
    gain: 'any host',
    defence: 'RBAC: no persona writes routes',
    attempt: refused(route({ hostnames: [`grafana.${DOMAIN}`] }), DORA, /is forbidden: User "dora" cannot create/),
  },
  routeRefused(
    `an HTTPRoute at \`grafana.${DOMAIN}\``,
    "Grafana's requests, by a fault of an operator",
    route({ hostnames: [`grafana.${DOMAIN}`] }),
  ),
  routeRefused(
    'an HTTPRoute with a host of its own and one of another',
    'the second, behind the first',
    route({ hostnames: [`churn--vision.${DOMAIN}`, `churn--fraud.${DOMAIN}`] }),
    /namespace vision may not use churn--fraud\.ml\.example\.com: use/,
  ),
  routeRefused(
    'an HTTPRoute without a host',
    'the requests to all hosts, by its longer path',
    route({ rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/login' } }] }] }),
    /spec\.hostnames: name a host/,
  ),
  routeRefused('an HTTPRoute with a wildcard', 'whatever nobody else has', route({ hostnames: [`*.${DOMAIN}`] })),
  routeRefused(
    'an HTTPRoute on two Gateways, the second of which is the platform’s',
    'a host, where only the first parent is looked at',
    route({
      parentRefs: [
        { name: 'mine' },
        { kind: 'Gateway', name: 'platform', namespace: 'envoy-gateway-system', sectionName: 'https' },
      ],
      hostnames: [`grafana.${DOMAIN}`],
    }),
  ),
  {
    who: OPERATOR,
    request: 'a ListenerSet for the wildcard of the domain',
    gain: "all requests: a listener with a host name goes before the Gateway's own, which has none",
    defence: 'policy listener-sets: only zones have listeners',
    attempt: refused(childOf('AIZone', listeners(`*.${DOMAIN}`)), METACONTROLLER, /only AIZones have listeners/),
  },
  {
    who: 'who may write AIZones',
    request: 'listeners of a zone for the hosts of the platform',
    gain: 'all requests of the platform, for a zone',
    defence: 'policy listener-sets: host names below a domain of the zone only',
    attempt: async (bench) => {
      // the operator makes it from the AIZone
      await bench.cluster.waitFor({ apiVersion: 'v1', kind: 'Namespace', name: 'training' }, () => true, 60_000);
      for (const hostname of [`*.${DOMAIN}`, `grafana.${DOMAIN}`, DOMAIN, '*.example.com', '*.com', undefined]) {
        await refused(
          childOf('AIZone', listeners(hostname, 'training')),
          METACONTROLLER,
          /takes no host of the platform/,
        )(bench);
      }
      await accepted(childOf('AIZone', listeners(`*.training.${DOMAIN}`, 'training')), METACONTROLLER)(bench);
    },
  },
  {
    who: ENGINEER,
    request: 'an AIModel `churn--fraud`, whose host would be `churn--fraud--vision`',
    gain: 'the host of a model `churn` in a namespace `fraud--vision`',
    defence: 'names with two hyphens in a row have no host, and the operator says so',
    attempt: notAccepted(model('churn--fraud'), MALIK, /must leave a host name of the form <name>--<namespace>/),
  },
  {
    who: ENGINEER,
    request: 'a ModelDeployment `churn--fraud`',
    gain: 'the same',
    defence: 'the same',
    attempt: notAccepted(deployment('churn--fraud'), MALIK, /must leave a host name of the form <name>--<namespace>/),
  },
  {
    who: ENGINEER,
    request: 'an ABTest `churn--fraud` without a host',
    gain: 'the same',
    defence: 'the same',
    attempt: notAccepted(
      abTest(undefined, undefined, 'churn--fraud'),
      MALIK,
      /spec\.host must be given, since the name "churn--fraud"/,
    ),
  },
  {
    who: ENGINEER,
    request: 'what is theirs: an ABTest at a host of vision, and routes of operators to one',
    gain: 'nothing: this is what the platform is for',
    defence: 'none is needed',
    attempt: async (bench) => {
      await accepted(abTest(`anything--vision.${DOMAIN}`, '/v1'), MALIK)(bench);
      await accepted(abTest(), MALIK)(bench);
      await accepted(childOf('ABTest', route({ hostnames: [`churn--vision.${DOMAIN}`] })), METACONTROLLER)(bench);
      await accepted(childOf('ABTest', route({ hostnames: [`churn--fraud.${DOMAIN}`] }, FRAUD)), METACONTROLLER)(bench);
    },
  },
];
