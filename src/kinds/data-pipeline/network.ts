import { k8s } from 'cdk8s-plus-28';
import { PipelineSinkType, PipelineSourceType } from '../../api/generated/data-pipeline';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { NetworkPeer } from '../../contracts/network';
import { lookup } from '../../contracts/lookup';
import { BROKERS_OPTION, DataPipelinePlan, Json, podLabels } from './plan';
import { FLINK_METRICS_PORT, SPARK_METRICS_PORT } from './pods';

/**
 * Lets what scrapes in to the metrics, and the pods of the pipeline to each other; lets them out to DNS, the API server (drivers make
 * executors) and the stores. Policies add up: `EngineAccount` has one for all pods of the engine.
 */
export function networkPolicy(plan: DataPipelinePlan): Json {
  const { settings, isStream, base, namespace, labels } = plan;
  const pods = { matchLabels: podLabels(plan) };
  const { scraper } = settings;
  const stores = settings.egress ?? [{ cidrs: ['0.0.0.0/0', '::/0'], ports: portsOf(plan) }];
  const metrics = tcpPorts([isStream ? FLINK_METRICS_PORT : SPARK_METRICS_PORT]);
  const scrapes: NetworkPeer[] = scraper ? [{ namespace: scraper.namespace, podLabels: { ...scraper.podLabels } }] : [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${base}-pipeline`, namespace, labels },
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
        // the API server has no pods to name
        { ports: tcpPorts([443, 6443]) },
        ...stores.map(egressTo),
      ],
    }) as Json,
  };
}

/** Port of each kind of database, where nothing else is said. */
const DATABASE_PORTS: { readonly [driver: string]: number } = {
  postgresql: 5432,
  mysql: 3306,
  mssql: 1433,
  oracle: 1521,
  mongodb: 27_017,
  cassandra: 9042,
  snowflake: 443,
};

/** TCP ports of the stores that a pipeline names. A Secret may name others. */
function portsOf({ spec, settings, writesTable }: DataPipelinePlan): number[] {
  const { source, sink } = spec;
  const drivers = [
    ...(source.type === PipelineSourceType.DATABASE ? [source.config.driver] : []),
    ...(writesTable ? [sink.config.driver ?? 'postgresql'] : []),
  ];
  const usesKafka = source.type === PipelineSourceType.KAFKA || sink.type === PipelineSinkType.KAFKA;
  const urls = [
    source.config.url,
    settings.lineage?.url,
    settings.env.AWS_ENDPOINT_URL_S3,
    ...(usesKafka
      ? [source.config.bootstrapServers, sink.config.options?.[BROKERS_OPTION], settings.bootstrapServers]
      : []),
  ];
  const named = urls.flatMap((url) =>
    [...(url ?? '').matchAll(/:(\d{2,5})(?=[,/]|$)/g)].map(([, port]) => Number(port)),
  );
  const ports = drivers.flatMap((driver) => lookup(DATABASE_PORTS, driver) ?? []);
  return [...new Set([80, 443, ...ports, ...(usesKafka ? [9092, 9093] : []), ...named])].sort((a, b) => a - b);
}
