import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { URL_ANNOTATION } from '../../../src/kinds/ai-model/model-network';
import { ReportContext } from '../runtime/operator';
import { JsonObject, KubernetesObject } from '../runtime/protocol';

/** Most endpoints that a status has. */
const MOST = 64;

/**
 * URLs under which a model answers: inside the cluster, and outside for each path of its route, when the Gateway has accepted it.
 */
export function observedEndpoints({ children, name, namespace, active }: ReportContext<AIModelSpec>): string[] {
  const urls: string[] = [];
  const service = children.find('v1', 'Service', name, namespace);
  const ports = (service?.spec?.ports ?? []) as readonly { readonly name: string; readonly port: number }[];
  const http = ports.find((port) => port.name === 'http');
  if (http) urls.push(`http://${name}.${namespace}.svc.cluster.local:${http.port}`);
  const route = children.find('gateway.networking.k8s.io/v1', 'HTTPRoute', `${name}-endpoints`, namespace);
  if (route && isAccepted(route)) {
    const url = route.metadata.annotations?.[URL_ANNOTATION] ?? '';
    const paths = active?.spec.endpoints?.map(({ path }) => path) ?? [''];
    if (url !== '') urls.push(...paths.map((path) => `${url}${path}`));
  }
  return [...new Set(urls)].slice(0, MOST);
}

function isAccepted({ status }: KubernetesObject): boolean {
  const parents = (status?.parents ?? []) as readonly { readonly conditions?: readonly JsonObject[] }[];
  return parents.some(({ conditions = [] }) =>
    conditions.some(({ type, status: value }) => type === 'Accepted' && value === 'True'),
  );
}
