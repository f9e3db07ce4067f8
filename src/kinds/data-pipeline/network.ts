import { k8s } from 'cdk8s-plus-28';
import { DataPipelineSpec, PipelineSinkType, PipelineSourceType } from '../../api/generated/data-pipeline';
import { API_SERVER_EGRESS, DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { NetworkPeer } from '../../contracts/network';
import { platformServices, Service, servicesOf, isService } from '../egress';
import { DataPipelinePlan, Json, podSelector } from './plan';
import { FLINK_METRICS_PORT, SPARK_METRICS_PORT } from './pods';

/**
 * Lets what scrapes in to the metrics, and the pods of the pipeline to each other; lets them out to DNS, the API server (drivers make
 * executors) and the stores. Policies add up: `EngineAccount` has one for all pods of the engine.
 */
export function networkPolicy(plan: DataPipelinePlan): Json {
  const { settings, isStream, base, namespace, labels } = plan;
  const pods = { matchLabels: podSelector(plan) };
  const { scraper } = settings;
  const stores = settings.egress ?? [...servicesOf(namespace, servicesNamed(plan)), ...platformPeers(plan)];
  const metrics = tcpPorts([isStream ? FLINK_METRICS_PORT : SPARK_METRICS_PORT]);
  const scrapes: NetworkPeer[] = scraper ? [{ namespace: scraper.namespace, podLabels: { ...scraper.podLabels } }] : [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: base, namespace, labels },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: pods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ podSelector: pods }] },
        // Flink's operator asks the job manager how the job is
        ...(isStream ? [{ from: ruleSide({ namespace: 'flink-operator' }), ports: tcpPorts([8081]) }] : []),
        ...scrapes.map((peer) => ({ from: ruleSide(peer), ports: metrics })),
      ],
      egress: [
        { to: [{ podSelector: pods }] },
        DNS_EGRESS,
        // on its ports are neither the metadata of nodes nor the kubelet
        API_SERVER_EGRESS,
        ...stores.map(egressTo),
      ],
    }) as Json,
  };
}

/** What a pipeline names in its spec, by what it is. A Secret may name others. */
function servicesNamed({ spec, writesTable }: DataPipelinePlan): Service[] {
  const { source, sink } = spec;
  const drivers = [
    ...(source.type === PipelineSourceType.DATABASE ? [source.config.driver] : []),
    ...(writesTable ? [sink.config.driver ?? 'postgresql'] : []),
  ];
  return ['http', ...drivers.filter(isService), ...(usesKafka(spec) ? (['kafka'] as const) : [])];
}

/** Where the platform's own services are that it uses. */
function platformPeers({ spec, settings, namespace, bus }: DataPipelinePlan): NetworkPeer[] {
  const { lineage, env, bootstrapServers } = settings;
  const brokers = usesKafka(spec) ? bootstrapServers : undefined;
  const ofBus = (bus.source ?? bus.sink)?.egress ?? [];
  return [...platformServices(namespace, env.AWS_ENDPOINT_URL_S3, lineage?.url, brokers), ...ofBus];
}

function usesKafka({ source, sink }: DataPipelineSpec): boolean {
  return source.type === PipelineSourceType.KAFKA || sink.type === PipelineSinkType.KAFKA;
}
