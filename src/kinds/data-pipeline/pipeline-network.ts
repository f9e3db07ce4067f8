import { k8s } from 'cdk8s-plus-28';
import { PipelineEngine } from '../../api/generated/data-pipeline';
import { NetworkPeer } from '../../contracts/network';
import { DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../../constructs/tenancy/network-rules';
import { FLINK_METRICS_PORT } from './flink-job';
import { portsOf } from './pipeline-needs';
import { Json, PipelinePlan, podLabels } from './pipeline-plan';
import { METRICS_PORT } from './pipeline-pods';

/**
 * Lets what scrapes in to the metrics, and the pods of the pipeline to each other; lets them out to DNS, the API server (drivers make
 * executors) and the stores. Policies add up: `EngineAccount` has one for all pods of the engine.
 */
export function networkPolicy(plan: PipelinePlan): Json {
  const { settings, spec, base, namespace, labels } = plan;
  const pods = { matchLabels: podLabels(plan) };
  const isFlink = spec.engine === PipelineEngine.FLINK;
  const { scraper } = settings;
  const stores = settings.egress ?? [{ cidrs: ['0.0.0.0/0', '::/0'], ports: portsOf(plan) }];
  const metrics = tcpPorts([isFlink ? FLINK_METRICS_PORT : METRICS_PORT]);
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
        ...(isFlink ? [{ from: ruleSide({ namespace: 'flink-operator' }), ports: tcpPorts([8081]) }] : []),
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
