import { k8s } from 'cdk8s-plus-28';
import { PipelineEngine } from '../../api/generated/data-pipeline';
import { NetworkPeer } from '../../contracts/network';
import { DNS_EGRESS, egressTo, ruleSide } from '../tenancy/network-rules';
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
  const metrics = [{ port: isFlink ? FLINK_METRICS_PORT : METRICS_PORT, protocol: 'TCP' }];
  const scrapes: NetworkPeer[] = scraper ? [{ namespace: scraper.namespace, podLabels: { ...scraper.podLabels } }] : [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${base}-pipeline`, namespace, labels },
    spec: {
      podSelector: pods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ podSelector: pods }] },
        // Flink's operator asks the job manager how the job is
        ...(isFlink
          ? [{ from: sides({ namespace: 'flink-operator' }), ports: [{ port: 8081, protocol: 'TCP' }] }]
          : []),
        ...scrapes.map((peer) => ({ from: sides(peer), ports: metrics })),
      ],
      egress: [
        { to: [{ podSelector: pods }] },
        egress(DNS_EGRESS),
        // the API server has no pods to name
        { ports: [443, 6443].map((port) => ({ port, protocol: 'TCP' })) },
        ...stores.map((peer) => egress(egressTo(peer))),
      ],
    },
  };
}

function sides(peer: NetworkPeer): Json[] {
  return ruleSide(peer).map((side) => k8s.toJson_NetworkPolicyPeer(side) as Json);
}

function egress(rule: k8s.NetworkPolicyEgressRule): Json {
  return k8s.toJson_NetworkPolicyEgressRule(rule) as Json;
}
