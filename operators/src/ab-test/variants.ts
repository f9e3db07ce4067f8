import { createHash } from 'node:crypto';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { ABTestSpec } from '../../../src/api/generated/ab-test';
import { conditionOf } from '../runtime/conditions';
import { Problems, SyncContext } from '../runtime/operator';
import { JsonObject, KubernetesObject } from '../runtime/protocol';
import { REVISION_OF, VERSION } from '../runtime/revisions';

const AI_MODEL_VERSION = apiVersionOf(AI_MODEL);

/** A variant and the model that answers for it. */
export interface ResolvedVariant {
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
export function resolveVariants(context: SyncContext<ABTestSpec>, problems: Problems): ResolvedVariant[] {
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
    const kept = revisionsOf(context, name);
    const former = kept.get(version);
    if (!former) {
      const versions = [...new Set([served, ...kept.keys()])].join(', ');
      problems.add(
        `${field}.version`,
        `must be a version that AIModel ${name} serves or keeps, got "${version}": there are ${versions}`,
      );
      return [];
    }
    const modelName = childName(test, variant.name);
    const { rollbackTo: _, ...rest } = former as JsonObject & { readonly rollbackTo?: unknown };
    const child: KubernetesObject = {
      apiVersion: AI_MODEL_VERSION,
      kind: AI_MODEL.kind,
      metadata: {
        name: modelName,
        namespace,
        labels: { 'app.kubernetes.io/part-of': 'ml-platform', 'nstarx.io/ab-test': test },
      },
      spec: { ...rest, revisionHistoryLimit: 0 },
    };
    return [{ ...common, modelName, modelVersion: version, servicePort: portOf(former), child }];
  });
}

/** Variants whose model does not answer yet. */
export function notReady(context: SyncContext<ABTestSpec>, variants: readonly ResolvedVariant[]): string[] {
  const { children, related, namespace } = context;
  return variants
    .filter(({ modelName, modelVersion, child }) => {
      const model = (child ? children : related).find(AI_MODEL_VERSION, AI_MODEL.kind, modelName, namespace);
      return conditionOf(model, 'Ready')?.status !== 'True' || model?.status?.version !== modelVersion;
    })
    .map(({ name }) => name);
}

function servedVersion({ spec }: KubernetesObject): string {
  const { version, rollbackTo } = spec as { readonly version: string; readonly rollbackTo?: string };
  return rollbackTo ?? version;
}

function portOf(spec: JsonObject): number {
  return (spec.serving as { readonly port?: number } | undefined)?.port ?? 8080;
}

/** The specs that an AIModel keeps, by version. */
function revisionsOf({ related }: SyncContext<ABTestSpec>, model: string): Map<string, JsonObject> {
  const revisions = related
    .all('apps/v1', 'ControllerRevision')
    .filter(({ metadata }) => metadata.annotations?.[REVISION_OF] === `${AI_MODEL.kind}/${model}`)
    .sort((a, b) => Number(a.revision) - Number(b.revision));
  return new Map(
    revisions.map(({ metadata, data }) => [
      metadata.annotations?.[VERSION] ?? '',
      (data as { readonly spec: JsonObject }).spec,
    ]),
  );
}

/** At most 52 characters, as names of AIModels have. */
function childName(test: string, variant: string): string {
  const name = `${test}-${variant}`;
  if (name.length <= 52) return name;
  return `${name.slice(0, 43).replace(/-+$/, '')}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
