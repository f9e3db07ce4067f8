import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { EVENT_BUS_VERSION } from '../../components/argo-events';
import { environmentOf } from '../../contracts/environment-scope';
import {
  EVENT_BUS_CLUSTER_PORT,
  EVENT_BUS_LABEL,
  EVENT_BUS_NAME,
  EVENT_BUS_PORT,
  EVENT_SOURCE_LABEL,
  PUSH_PORT,
  SENSOR_LABEL,
} from '../../contracts/event-bus';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { preferOtherNodes } from '../../contracts/placement';
import { isHighlyAvailable } from '../../contracts/tier';
import { EngineSelection } from '../../constructs/engines';
import { PlatformGateway } from '../../constructs/gateway';
import { DNS_EGRESS, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { CONTAINER_SECURITY } from '../../constructs/workloads/pod';

/** Whether pushes to repositories start workflows. */
export function takesPushes({ argoWorkflows, argoEvents }: EngineSelection): boolean {
  return (argoWorkflows ?? true) && (argoEvents ?? false);
}

/** The bus of a namespace, as what uses it connects to it. */
export function busOf(namespace: string): NetworkPeer {
  return { namespace, podLabels: { [EVENT_BUS_LABEL]: EVENT_BUS_NAME }, ports: [EVENT_BUS_PORT] };
}

/**
 * An EventBus in each namespace with workflows that pushes may start, which the Gateway reaches; the accounts of what uses the bus are
 * `EngineAccount`s. A namespace has its own, so that no team sees what another one pushes.
 *
 * @returns the names of the namespaces
 */
export function addEventBuses(
  chart: Chart,
  engines: EngineSelection,
  gateway: PlatformGateway,
  namespaces: readonly INamespace[],
): string[] {
  if (!takesPushes(engines)) return [];
  return namespaces.map((namespace) => {
    gateway.admit(namespace);
    addEventBus(chart, namespace.namespaceName, gateway.peer);
    return namespace.namespaceName;
  });
}

function addEventBus(chart: Chart, namespace: string, gateway: NetworkPeer): void {
  const twice = isHighlyAvailable(environmentOf(chart).tier);
  const id = `event-bus-${namespace}`;
  const bus = { matchLabels: { [EVENT_BUS_LABEL]: EVENT_BUS_NAME } };
  new ApiObject(chart, id, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'EventBus',
    metadata: { name: EVENT_BUS_NAME, namespace },
    spec: { jetstream: jetstream(twice ? 3 : 1) },
  });
  if (twice) {
    new k8s.KubePodDisruptionBudget(chart, `${id}-budget`, {
      metadata: { name: 'event-bus', namespace },
      spec: { selector: bus, maxUnavailable: k8s.IntOrString.fromNumber(1) },
    });
  }
  const users = [EVENT_SOURCE_LABEL, SENSOR_LABEL].map((key) => ({
    podSelector: { matchExpressions: [{ key, operator: 'Exists' }] },
  }));
  new k8s.KubeNetworkPolicy(chart, `${id}-connections`, {
    metadata: { name: 'event-bus', namespace },
    spec: {
      podSelector: bus,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: users, ports: tcpPorts([EVENT_BUS_PORT]) },
        { from: [{ podSelector: bus }], ports: tcpPorts([EVENT_BUS_CLUSTER_PORT]) },
      ],
      egress: [{ to: [{ podSelector: bus }], ports: tcpPorts([EVENT_BUS_CLUSTER_PORT]) }, DNS_EGRESS],
    },
  });
  new k8s.KubeNetworkPolicy(chart, `${id}-pushes`, {
    metadata: { name: 'event-sources', namespace },
    spec: {
      podSelector: users[0].podSelector,
      policyTypes: ['Ingress'],
      ingress: [{ from: ruleSide(gateway), ports: tcpPorts([PUSH_PORT]) }],
    },
  });
}

/** What a push says is small and soon handed on. Without a volume, NATS would write to its root file system. */
function jetstream(replicas: number): object {
  const container = (memory: string, limit: string): object => ({
    resources: { requests: { cpu: '10m', memory }, limits: { memory: limit } },
    securityContext: CONTAINER_SECURITY,
  });
  return {
    version: EVENT_BUS_VERSION,
    replicas,
    persistence: { volumeSize: '1Gi' },
    streamConfig: `maxBytes: 256MB\nreplicas: ${replicas}\n`,
    // the user of the images is root
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containerTemplate: container('64Mi', '256Mi'),
    reloaderContainerTemplate: container('16Mi', '64Mi'),
    metricsContainerTemplate: container('16Mi', '64Mi'),
    ...(replicas > 1 ? { affinity: preferOtherNodes({ [EVENT_BUS_LABEL]: EVENT_BUS_NAME }) } : {}),
  };
}
