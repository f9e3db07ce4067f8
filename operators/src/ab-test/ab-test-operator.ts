import { createHash } from 'node:crypto';
import { ABTestMetricType, ABTestSpec, ABTestStickinessType } from '../../../src/api/generated/ab-test';
import { ExperimentMetrics, ExperimentRoute, Stickiness } from '../../../src/kinds/ab-test';
import { AB_TEST_OPERATOR } from '../../../src/kinds/ab-test/operator';
import { Operator, Preflight, Problems, SyncContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { render } from '../runtime/render';
import { decisionText, DECISION_ANNOTATION, durationOf, Progress, progressOf } from './progress';
import { report } from './report';
import { notReady, ResolvedVariant, resolveVariants } from './variants';

/** Shares the traffic of a host among models, watches them, and gives it to the one that proves better. */
export const abTestOperator: Operator<ABTestSpec> = {
  definition: AB_TEST_OPERATOR,
  related: ({ metadata: { namespace }, spec }) => {
    const names = [...new Set((spec as unknown as ABTestSpec).variants.map(({ modelRef }) => modelRef.name))].sort();
    const labelSelector = { matchLabels: { 'app.kubernetes.io/component': 'revision' } };
    return [
      { apiVersion: 'nstarx.io/v1alpha1', resource: 'aimodels', namespace, names },
      { apiVersion: 'apps/v1', resource: 'controllerrevisions', namespace, labelSelector },
    ];
  },
  preflight,
  desired,
  report: (context) => report(context, progressOf(context.spec, analysisOf(context), context.now)),
};

/** Traffic is shared once every variant answers. */
function preflight(context: SyncContext<ABTestSpec>): Preflight {
  const variants = resolveVariants(context, new Problems());
  // a test that is over does not need those that got nothing
  const started = analysisOf(context) !== undefined;
  const waiting = started ? [] : notReady(context, variants);
  const passed = waiting.length === 0;
  return {
    objects: passed ? [] : variants.flatMap(({ child }) => child ?? []),
    passed,
    condition: passed
      ? { type: 'VariantsReady', status: true, reason: 'Ready', message: 'Every variant has had its model ready' }
      : {
          type: 'VariantsReady',
          status: false,
          reason: 'WaitingForModels',
          message: `No traffic is shared until the models of ${waiting.join(', ')} are ready`,
        },
  };
}

function desired(context: SyncContext<ABTestSpec>, problems: Problems): readonly KubernetesObject[] {
  const { name, namespace, spec, settings, now } = context;
  const { gateway } = settings;
  if (!gateway) {
    problems.add('spec', 'must be in a cluster with a Gateway: the settings of the operators name none');
    return [];
  }
  const hostname = spec.host ?? `${name}-${namespace}.${gateway.domain}`;
  if (hostname.split('.')[0].length > 63) {
    problems.add('spec.host', `must be given, since the name "${hostname.split('.')[0]}" is too long for a host`);
  }
  const variants = resolveVariants(context, problems);
  if (!problems.isEmpty) return [];
  const progress = progressOf(spec, analysisOf(context), now);
  const served = variants.filter((variant) => !progress.ended || progress.weights[variant.name] > 0);
  const objects = render(namespace, problems, (chart) => {
    new ExperimentRoute(chart, 'route', {
      name,
      namespace,
      hostname,
      path: spec.path,
      gateway,
      stickiness: spec.stickiness && stickiness(spec.stickiness),
      backends: served.map((variant) => ({
        variant: variant.name,
        serviceName: variant.modelName,
        servicePort: variant.servicePort,
        weight: progress.weights[variant.name],
      })),
    });
    measuring(context, variants, progress, chart);
  });
  return [...served.flatMap(({ child }) => child ?? []), ...objects];
}

function measuring(
  context: SyncContext<ABTestSpec>,
  variants: readonly ResolvedVariant[],
  progress: Progress,
  chart: ConstructorParameters<typeof ExperimentMetrics>[0],
): void {
  const { name, namespace, spec, settings } = context;
  const { analysis } = new ExperimentMetrics(chart, 'metrics', {
    name,
    namespace,
    runName: runName(context),
    variants: variants.map((variant) => ({
      name: variant.name,
      modelName: variant.modelName,
      modelVersion: variant.modelVersion,
    })),
    metric: spec.metric.name,
    type: spec.metric.type ?? ABTestMetricType.RATIO,
    percentile: spec.metric.percentile,
    guardrails: (spec.guardrails ?? []).map((guardrail) => guardrail.name),
    seconds: durationOf(spec),
    prometheusUrl: settings.prometheusUrl,
    ended: progress.ended,
  });
  if (progress.decided) analysis.metadata.addAnnotation(DECISION_ANNOTATION, decisionText(progress.decided));
}

/** What is measured begins anew when it, or one of the models, is another. */
function runName({ name, spec }: SyncContext<ABTestSpec>): string {
  const { variants, metric, guardrails, significance, duration } = spec;
  const models = variants.map(({ name: variant, modelRef, control }) => [variant, modelRef, control]);
  const content = JSON.stringify([models, metric, guardrails, significance, duration]);
  return `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;
}

function analysisOf(context: SyncContext<ABTestSpec>): KubernetesObject | undefined {
  return context.children.find('argoproj.io/v1alpha1', 'AnalysisRun', runName(context), context.namespace);
}

function stickiness({ type, name }: NonNullable<ABTestSpec['stickiness']>): Stickiness {
  return {
    type: type ?? ABTestStickinessType.HEADER,
    name: name ?? 'x-user-id',
  };
}
