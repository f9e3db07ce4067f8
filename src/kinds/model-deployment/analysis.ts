import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { canonicalJson } from '../../contracts/canonical-json';
import { promMatchers } from '../../contracts/quoting';
import { CHILD, childName, contentName, objectLabels } from '../child-names';
import { labelValue } from './pod';

/** Figures of a version that is served, which its AnalysisRun measures. */
export const FIGURES = { ERRORS: 'error-ratio', LATENCY: 'latency-p95-ms' } as const;

/** Errors in a row, 10 seconds apart, after which nothing would be measured any more: more than there will ever be. */
const ERRORS = 1_000_000;

/** Measurements that are shown: so many minutes in which the operators may be away. */
const SHOWN = 30;

/** Options of the analysis of a version. */
export interface ModelDeploymentAnalysisProps {
  /** Name of the ModelDeployment. */
  readonly name: string;
  /** Namespace of the ModelDeployment. */
  readonly namespace: string;
  /** Name of the model. */
  readonly modelName: string;
  /** Version of the model. */
  readonly modelVersion: string;
  /** Hash of what is rolled out: another one is measured anew. */
  readonly content: string;
  /** Address of Prometheus. */
  readonly prometheusUrl: string;
}

/**
 * An AnalysisRun of Argo Rollouts that asks Prometheus each minute for the errors and the latency of the version that is served, and shows
 * the figures in its status. It ends with the version.
 *
 * Errors are answers with a status of 500 and above: what callers do wrong is no fault of a version.
 */
export class ModelDeploymentAnalysis extends Construct {
  public constructor(scope: Construct, id: string, props: ModelDeploymentAnalysisProps) {
    super(scope, id);
    const { name, namespace, content, prometheusUrl } = props;
    const metrics = Object.entries(queries(props)).map(([figure, query]) => ({
      name: figure,
      interval: '1m',
      consecutiveErrorLimit: ERRORS,
      provider: { prometheus: { address: prometheusUrl, query } },
    }));
    const spec = {
      metrics,
      measurementRetention: metrics.map(({ name: metricName }) => ({ metricName, limit: SHOWN })),
    };
    new ApiObject(this, 'Resource', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisRun',
      metadata: {
        name: contentName(name, 'deployment-analysis', [content, canonicalJson(spec)]),
        namespace,
        labels: objectLabels('model-deployment', name, 'analysis'),
      },
      spec,
    });
  }
}

function queries({ name, namespace, modelName, modelVersion }: ModelDeploymentAnalysisProps): {
  readonly [figure: string]: string;
} {
  const served = {
    namespace,
    service: childName(name, CHILD.DEPLOYMENT),
    model_name: labelValue(modelName),
    model_version: labelValue(modelVersion),
  };
  const of = promMatchers(served);
  const requests = `sum(rate(inference_requests_total{${of}}[2m]))`;
  const failed = `sum(rate(inference_requests_total{${of}, status=~"5.."}[2m]))`;
  const buckets = `sum by (le) (rate(inference_latency_seconds_bucket{${of}}[2m]))`;
  return {
    // nothing was asked: there is no figure, and no error either
    [FIGURES.ERRORS]: `(${failed} or vector(0)) / (${requests} > 0)`,
    [FIGURES.LATENCY]: `(1000 * histogram_quantile(0.95, ${buckets})) >= 0`,
  };
}
