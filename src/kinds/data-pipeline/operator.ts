import { AI_ZONE } from '../../api/kinds/ai-zone';
import { DATA_PIPELINE } from '../../api/kinds/data-pipeline';
import { apiVersionOf } from '../../api/schema/schema';
import { OperatorDefinition } from '../../api/operator-definition';
import { baseName } from './plan';

/** Runs data pipelines. */
export const DATA_PIPELINE_OPERATOR: OperatorDefinition = {
  name: 'data-pipeline',
  parent: DATA_PIPELINE,
  children: [
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    // Spark's operator would run it again; a change of the pipeline has another name
    {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      resource: 'sparkapplications',
      method: 'OnDelete',
    },
    {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'ScheduledSparkApplication',
      resource: 'scheduledsparkapplications',
    },
    { apiVersion: 'flink.apache.org/v1beta1', kind: 'FlinkDeployment', resource: 'flinkdeployments' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', resource: 'prometheusrules' },
  ],
  names: (pipeline) => {
    const name = [baseName(pipeline)];
    return {
      ScheduledSparkApplication: name,
      FlinkDeployment: name,
      NetworkPolicy: name,
      PrometheusRule: name,
    };
  },
  related: [
    { apiVersion: apiVersionOf(AI_ZONE), kind: AI_ZONE.kind, resource: AI_ZONE.plural },
    // drivers, whose programs say what they did when they end
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  ],
};
