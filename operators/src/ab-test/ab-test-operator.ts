import { createHash } from 'node:crypto';
import { lookup } from '../../../src/contracts/lookup';
import { ABTestMetricType, ABTestSpec, ABTestStickinessType } from '../../../src/api/generated/ab-test';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { defaultHost, noDefaultHost } from '../../../src/contracts/host-names';
import { ABTestObjects, ABTestObjectsStickiness } from '../../../src/kinds/ab-test/ab-test-objects';
import { AB_TEST_OPERATOR } from '../../../src/kinds/ab-test/operator';
import { contentName, ownLabel } from '../../../src/kinds/child-names';
import { conditionOf } from '../runtime/conditions';
import { Operator, Preflight, Problems, SyncContext } from '../runtime/operator';
import { controllerOf } from '../runtime/ownership';
import { JsonObject, KubernetesObject } from '../runtime/protocol';
import { render } from '../runtime/render';
import { REVISION_OF, VERSION } from '../runtime/revisions';
import { DECISION_ANNOTATION, decisionText, durationOf, progressOf } from './progress';
import { report } from './report';

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
          message: `No traffic is shared until the models of ${waiting.map(({ name }) => name).join(', ')} are ready${whyNot(waiting)}`,
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
  const noHost = spec.host === undefined ? noDefaultHost(name, namespace) : undefined;
  if (noHost !== undefined) problems.add('spec.host', `must be given, since ${noHost}`);
  const variants = resolveVariants(context, problems);
  if (!problems.isEmpty) return [];
  const progress = progressOf(spec, analysisOf(context), now);
  const served = variants.filter((variant) => !progress.ended || (lookup(progress.weights, variant.name) ?? 0) > 0);
  const objects = render(namespace, problems, (chart) => {
    const { analysis } = new ABTestObjects(chart, 'ab-test', {
      name,
      namespace,
      runName: runName(context),
      variants: variants.map((variant) => ({
        name: variant.name,
        modelName: variant.modelName,
        modelVersion: variant.modelVersion,
        servicePort: variant.servicePort,
        weight: served.includes(variant) ? lookup(progress.weights, variant.name) : undefined,
      })),
      hostname: spec.host ?? defaultHost(chart, name, namespace, gateway.domain),
      path: spec.path,
      stickiness: spec.stickiness && stickiness(spec.stickiness),
      gateway,
      metric: spec.metric.name,
      type: spec.metric.type ?? ABTestMetricType.RATIO,
      percentile: spec.metric.percentile,
      guardrails: (spec.guardrails ?? []).map((guardrail) => guardrail.name),
      seconds: durationOf(spec),
      prometheusUrl: settings.prometheusUrl,
      ended: progress.ended,
    });
    if (progress.decided) analysis.metadata.addAnnotation(DECISION_ANNOTATION, decisionText(progress.decided));
  });
  return [...served.flatMap(({ child }) => child ?? []), ...objects];
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

function stickiness({ type, name }: NonNullable<ABTestSpec['stickiness']>): ABTestObjectsStickiness {
  return {
    type: type ?? ABTestStickinessType.HEADER,
    name: name ?? 'x-user-id',
  };
}

const AI_MODEL_VERSION = apiVersionOf(AI_MODEL);

/** A variant and the model that answers for it. */
interface ResolvedVariant {
  readonly name: string;
  readonly isControl: boolean;
  readonly weight: number;
  /** The AIModel whose Service gets the requests. */
  readonly modelName: string;
  readonly modelVersion: string;
  readonly servicePort: number;
  /** The AIModel that the test makes, for a version that its model does not serve now. */
  readonly child?: KubernetesObject;
}

/**
 * The models of the variants: the AIModel itself where it serves the version, or one of the test's own, made from the revision that the
 * AIModel keeps. What is not there is added to the problems.
 */
function resolveVariants(context: SyncContext<ABTestSpec>, problems: Problems): ResolvedVariant[] {
  const { name: test, namespace, related, spec } = context;
  return spec.variants.flatMap((variant, index): ResolvedVariant[] => {
    const { name, version } = variant.modelRef;
    const field = `spec.variants[${index}].modelRef`;
    const model = related.find(AI_MODEL_VERSION, AI_MODEL.kind, name, namespace);
    if (!model) {
      problems.add(`${field}.name`, `must be an AIModel of the namespace, got "${name}": make it, or correct the name`);
      return [];
    }
    const common = { name: variant.name, isControl: variant.control ?? false, weight: variant.weight };
    const served = servedVersion(model);
    if (version === undefined || version === served) {
      return [{ ...common, modelName: name, modelVersion: served, servicePort: portOf(model.spec ?? {}) }];
    }
    const kept = revisionsOf(context, model);
    const former = kept.get(version);
    if (!former) {
      const versions = [...new Set([served, ...kept.keys()])].join(', ');
      problems.add(
        `${field}.version`,
        `must be a version that AIModel ${name} serves or keeps, got "${version}": there are ${versions}`,
      );
      return [];
    }
    const zone = zoneOf(former);
    // whoever may write tests may not use every zone: the API server asks for the right to the one that the test names
    if (zone !== undefined && zone !== spec.zone) {
      problems.add(
        `${field}.version`,
        `must not enter an AIZone that the test does not name, got "${version}", which ran in ${zone}: set spec.zone to ${zone}`,
      );
      return [];
    }
    // at most 52 characters, as names of AIModels have
    const modelName = contentName(test, variant.name, [], 52);
    const { rollbackTo: _, ...rest } = former as JsonObject & { readonly rollbackTo?: unknown };
    const child: KubernetesObject = {
      apiVersion: AI_MODEL_VERSION,
      kind: AI_MODEL.kind,
      metadata: {
        name: modelName,
        namespace,
        labels: { 'app.kubernetes.io/part-of': 'ml-platform', ...ownLabel('ab-test', test) },
      },
      spec: { ...rest, revisionHistoryLimit: 0 },
    };
    return [{ ...common, modelName, modelVersion: version, servicePort: portOf(former), child }];
  });
}

/** Variants whose model does not answer yet. */
/** A variant whose model does not answer yet, and what the model says of it. */
interface WaitingVariant {
  readonly name: string;
  readonly says?: string;
}

function notReady(context: SyncContext<ABTestSpec>, variants: readonly ResolvedVariant[]): WaitingVariant[] {
  const { children, related, namespace } = context;
  return variants.flatMap(({ name, modelName, modelVersion, child }) => {
    const model = (child ? children : related).find(AI_MODEL_VERSION, AI_MODEL.kind, modelName, namespace);
    const ready = conditionOf(model, 'Ready');
    if (ready?.status === 'True' && model?.status?.version === modelVersion) return [];
    return ready?.status === 'False' ? { name, says: `AIModel ${modelName}: ${ready.message}` } : { name };
  });
}

function whyNot(waiting: readonly WaitingVariant[]): string {
  const said = [...new Set(waiting.flatMap(({ says }) => says ?? []))];
  return said.length === 0 ? '' : `. ${said.join('; ')}`;
}

function servedVersion({ spec }: KubernetesObject): string {
  const { version, rollbackTo } = spec as { readonly version: string; readonly rollbackTo?: string };
  return rollbackTo ?? version;
}

function portOf(spec: JsonObject): number {
  return (spec.serving as { readonly port?: number } | undefined)?.port ?? 8080;
}

function zoneOf(spec: JsonObject): string | undefined {
  return (spec.serving as { readonly zone?: string } | undefined)?.zone;
}

/** The specs that an AIModel keeps, by version. What says to be one of its revisions, and is not its child, is none. */
function revisionsOf(
  { related }: SyncContext<ABTestSpec>,
  { metadata: model }: KubernetesObject,
): Map<string, JsonObject> {
  const revisions = related
    .all('apps/v1', 'ControllerRevision')
    .filter(({ metadata }) => metadata.annotations?.[REVISION_OF] === `${AI_MODEL.kind}/${model.name}`)
    .filter((revision) => controllerOf(revision)?.uid === model.uid)
    .sort((a, b) => Number(a.revision) - Number(b.revision));
  return new Map(
    revisions.map(({ metadata, data }) => [
      metadata.annotations?.[VERSION] ?? '',
      (data as { readonly spec: JsonObject }).spec,
    ]),
  );
}
