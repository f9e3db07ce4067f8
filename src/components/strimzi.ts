import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Strimzi's operator. */
export const STRIMZI_NAMESPACE = 'strimzi';

/** Labels of the pods of Strimzi's operator. */
export const STRIMZI_POD_LABELS = { 'strimzi.io/kind': 'cluster-operator' } as const;

/** Port of its metrics. */
const METRICS_PORT = 8080;

/** Options of Strimzi. */
export interface StrimziOptions {
  /** Namespace of the Kafka clusters that it runs; its Role is there and nowhere else. */
  readonly watchedNamespace: string;
}

/** Strimzi, which runs Kafka in the cluster, without ZooKeeper. */
export function strimzi({ watchedNamespace }: StrimziOptions): Component {
  return new Component('strimzi', {
    chart: { repository: 'oci://quay.io/strimzi-helm', name: 'strimzi-kafka-operator', version: '1.2.0' },
    namespace: STRIMZI_NAMESPACE,
    customResources: [
      ...['Kafka', 'KafkaBridge', 'KafkaConnect', 'KafkaConnector', 'KafkaMirrorMaker2', 'KafkaNodePool'],
      ...['KafkaRebalance', 'KafkaTopic', 'KafkaUser'],
    ]
      .map((kind) => `${kind}.kafka.strimzi.io`)
      .concat('StrimziPodSet.core.strimzi.io'),
    footprint: FOOTPRINT,
    highAvailabilityValues: { replicas: 2 },
    values: {
      watchNamespaces: [watchedNamespace],
      // the policies of the backing services say what reaches brokers; Strimzi's own would let every pod of the cluster in
      generateNetworkPolicy: false,
      // pods of level `restricted`
      extraEnvs: [{ name: 'STRIMZI_POD_SECURITY_PROVIDER_CLASS', value: 'restricted' }],
      resources: { requests: { cpu: '50m', memory: '384Mi' }, limits: { cpu: null, memory: '512Mi' } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('strimzi-kafka-operator', {
  workloads: {
    'strimzi-cluster-operator': valuesBelow('', { imageAt: 'image', podLabels: { ...STRIMZI_POD_LABELS } }),
  },
  metrics: [{ name: 'strimzi', podLabels: { ...STRIMZI_POD_LABELS }, port: METRICS_PORT }],
});
