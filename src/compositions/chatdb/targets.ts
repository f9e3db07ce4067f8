import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { INamespace } from '../../contracts/namespace';
import { promMatchers } from '../../contracts/quoting';
import { TARGETS, TRAINING } from './services';

/**
 * Records what the document says of ChatDB as a whole, and what it is meant to be: how much of CPU and memory is in use on average, and how many
 * models are trained at the same time. How each service keeps its own is in the rules of that service.
 */
export function recordTargets(scope: Construct, { namespaceName: namespace }: INamespace): ApiObject {
  const services = promMatchers({ namespace });
  const ofTemplate = promMatchers({ namespace, owner_kind: 'CronJob', owner_name: TRAINING.name });
  const rules = {
    'chatdb:cpu:utilization_ratio': `avg(service:cpu:utilization_ratio{${services}})`,
    'chatdb:cpu:target_ratio': `vector(${TARGETS.cpuPercent / 100})`,
    'chatdb:memory:utilization_ratio': `avg(service:memory:utilization_ratio{${services}})`,
    'chatdb:memory:target_ratio': `vector(${TARGETS.memoryPercent / 100})`,
    // Source: https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/job-metrics.md
    'chatdb:training_jobs:running': `count((kube_job_status_active{${services}} > 0) and on (namespace, job_name) kube_job_owner{${ofTemplate}}) or vector(0)`,
    'chatdb:training_jobs:capacity': `vector(${TRAINING.maxJobs})`,
  };
  const name = 'chatdb-targets';
  return new ApiObject(scope, 'targets', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, namespace },
    spec: {
      groups: [
        {
          name: `${namespace}.${name}`,
          rules: Object.entries(rules).map(([record, expr]) => ({ record, expr, labels: { namespace } })),
        },
      ],
    },
  });
}
