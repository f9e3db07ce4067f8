import { IConstruct } from 'constructs';
import { defaultHost } from '../../contracts/host-names';
import { NetworkFlows } from '../../constructs/workloads/network';
import { DeploymentPlan, Json, PORT } from './plan';

/** The Service: port 80 for requests, and one for the monitor of all model servers, which asks for its name. */
export function service({ selector, monitored }: DeploymentPlan): Json {
  return {
    spec: {
      type: 'ClusterIP',
      selector,
      ports: [
        { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
        ...(monitored ? [{ name: 'metrics', port: PORT, targetPort: 'http', protocol: 'TCP' }] : []),
      ],
    },
  };
}

/** Lets in the pods of the namespace, the Gateway and what scrapes; lets out to DNS, and to where the model is fetched from. */
export function networkPolicy(plan: DeploymentPlan, where: IConstruct): Json {
  const { gateway, scraper, namespace, selector, artifact, monitored } = plan;
  const flows = new NetworkFlows(where, { ...selector });
  flows.allowFrom('namespace', { namespace }, [PORT]);
  if (monitored) {
    flows.allowFrom('scraper', { namespace: scraper.namespace, podLabels: { ...scraper.podLabels } }, [PORT]);
  }
  if (gateway) {
    flows.allowFrom('gateway', { namespace: gateway.podNamespace, podLabels: { ...gateway.podLabels } }, [PORT]);
  }
  artifact.egress.forEach((peer) => flows.allowTo('egress', peer));
  return { spec: flows.render() };
}

/**
 * What is reached from outside. Metrics are not among it: they tell of the values that others asked with. A list of what is let through
 * cannot be passed by, as one of what is kept out could be with other spellings of a path.
 */
const PATHS = [
  { type: 'PathPrefix', value: '/predict' },
  { type: 'PathPrefix', value: '/model' },
  { type: 'Exact', value: '/health' },
  { type: 'Exact', value: '/ready' },
  { type: 'Exact', value: '/openapi.json' },
];

/** The route. Undefined where there is no Gateway. */
export function route(plan: DeploymentPlan, where: IConstruct): Json | undefined {
  const { gateway, name, namespace, childName, timeoutSeconds } = plan;
  if (!gateway) return undefined;
  return {
    spec: {
      parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: 'https' }],
      hostnames: [defaultHost(where, name, namespace, gateway.domain)],
      rules: [
        {
          matches: PATHS.map((path) => ({ path })),
          backendRefs: [{ name: childName, port: 80 }],
          // a second longer than the service, whose own answer says why it is late
          timeouts: { request: `${timeoutSeconds + 1}s` },
        },
      ],
    },
  };
}
