import { ApiObject, ApiObjectProps, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { PROMETHEUS_PEER } from '../../components/kube-prometheus-stack';
import { BACKING_SERVICES_NAMESPACE, PLATFORM_GROUP } from '../../contracts/names';

/** Ports of the API server: of its Service, and of the server itself, which is what some network plugins see. */
const API_SERVER_PORTS = [443, 6443];

/** Metadata of an object in the namespace of the backing services. */
export function metadata(
  name: string,
  component: string,
): { name: string; namespace: string; labels: { [key: string]: string } } {
  return { name, namespace: BACKING_SERVICES_NAMESPACE, labels: labels(component) };
}

/** Labels of every object that belongs to the backing services. */
export function labels(component: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': component,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': BACKING_SERVICES_NAMESPACE,
  };
}

/** The label of a namespace whose workloads use a service. */
export function usesLabel(serviceName: string): { [key: string]: string } {
  return { [`${PLATFORM_GROUP}/uses-${serviceName}`]: 'true' };
}

/** DNS name of a Service of the backing services. */
export function hostOf(serviceName: string): string {
  return `${serviceName}.${BACKING_SERVICES_NAMESPACE}.svc.cluster.local`;
}

/** A value that is not known before the manifests are written. */
export function lazily<T>(produce: () => T): T {
  return Lazy.any({ produce }) as T;
}

/** A custom resource. */
export function customResource(scope: Construct, id: string, props: ApiObjectProps): ApiObject {
  return new ApiObject(scope, id, props);
}

/** TCP ports of a network policy. */
export function tcp(...ports: number[]): k8s.NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) }));
}

/** Pods in the same namespace. */
export function pods(matchLabels: { [key: string]: string }): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels } };
}

/** Pods in another namespace. */
export function podsIn(namespace: string, matchLabels?: { [key: string]: string }): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels },
  };
}

/** All pods of the namespaces that use a service. */
export function usersOf(serviceName: string): k8s.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: usesLabel(serviceName) } };
}

/** The pods of Prometheus, where the environment has it. */
export function scraper(): k8s.NetworkPolicyPeer {
  return podsIn(PROMETHEUS_PEER.namespace ?? '', PROMETHEUS_PEER.podLabels);
}

/** Egress to the API server, whose address is not known when manifests are written. */
export function apiServerEgress(): k8s.NetworkPolicyEgressRule {
  return { ports: tcp(...API_SERVER_PORTS) };
}
