import { lookup } from '../../../src/contracts/lookup';
import { AIZoneSpec, ZoneModel } from '../../../src/api/generated/ai-zone';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { modelInZone } from '../../../src/kinds/ai-zone/models';
import { SyncContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { isOwned } from './contents';

type Context = SyncContext<AIZoneSpec>;

/** API version of AIModels. */
export const MODEL_API = apiVersionOf(AI_MODEL);

/** A model that the zone is to run. */
export interface DesiredModel {
  readonly model: ZoneModel;
  /** The AIModel in the zone, when it can be made. */
  readonly object?: KubernetesObject;
  /** Why it cannot be made, or is not as it should be: the path of the field and what to do. */
  readonly problem?: string;
}

/** The part of an AIModel's `spec.serving` that is looked at. */
interface Serving {
  readonly replicas?: number;
  readonly autoscaling?: { readonly enabled?: boolean; readonly maxReplicas?: number };
  readonly resources?: { readonly limits?: Readonly<Record<string, string | number>> };
}

/** Annotation of AIModels that a zone made: where the original is. */
const ORIGINAL = 'nstarx.io/original';

/**
 * The models of the spec. A model that cannot be made holds nothing else up: the others are made. One that was made before stays
 * as it was when its original is gone or has another version by now.
 */
export function desiredModels(context: Context): DesiredModel[] {
  return (context.spec.models ?? []).map((model, at) => desiredModel(context, model, `spec.models[${at}]`));
}

function desiredModel(context: Context, model: ZoneModel, field: string): DesiredModel {
  const { namespace, related, settings, name: zone } = context;
  const there = related.find(MODEL_API, AI_MODEL.kind, model.name, namespace);
  if (there && !isOwned(context, there)) {
    const problem = `${field}.name must not be an AIModel that is in ${namespace} already, got "${model.name}": delete that one, or take it out of models`;
    return { model, problem };
  }
  const namespaces = settings.aiZone?.modelNamespaces ?? ['ml-models'];
  const found = namespaces.flatMap((one) => related.find(MODEL_API, AI_MODEL.kind, model.name, one) ?? []);
  const original = found.find(({ spec }) => model.version === undefined || spec?.version === model.version);
  const kept = original ? undefined : keptModel(context, model);
  const missing = original ? undefined : whatIsMissing(field, model, namespaces, found);
  const source = original?.spec ?? kept?.spec;
  if (!source) return { model, problem: missing };
  const made = modelInZone(source, model, { zone, namespace });
  const annotations = original
    ? { [ORIGINAL]: `${original.metadata.namespace}/${original.metadata.name}` }
    : kept?.metadata.annotations;
  const object: KubernetesObject = { ...made, metadata: { ...made.metadata, annotations } };
  const tooMany = gpusThatDoNotFit(field, object.spec?.serving as Serving, context.spec);
  if (tooMany) return { model, problem: tooMany };
  return { model, object, problem: missing && `${missing}. It keeps running as it was` };
}

/** The model as it was in the last good objects of the zone. */
function keptModel({ revisions }: Context, { name, version }: ZoneModel): KubernetesObject | undefined {
  return revisions
    .at(-1)
    ?.objects.find(
      ({ kind, metadata, spec }) =>
        kind === AI_MODEL.kind && metadata.name === name && (version === undefined || spec?.version === version),
    );
}

function whatIsMissing(
  field: string,
  { name, version }: ZoneModel,
  namespaces: readonly string[],
  found: readonly KubernetesObject[],
): string {
  if (found.length === 0) {
    return `${field}.name must be an AIModel in ${namespaces.join(' or ')}, got "${name}": make it there, or take it out of models`;
  }
  const versions = found.map(({ metadata, spec }) => `${metadata.namespace} has ${String(spec?.version)}`).join(', ');
  return `${field}.version must be a version that there is of ${name}, got "${version}" where ${versions}: name that one, or bring ${version} back`;
}

/** The API server refuses such an AIModel; said here, it names the zone's own field. */
function gpusThatDoNotFit(field: string, serving: Serving, { resources }: AIZoneSpec): string | undefined {
  const most = resources?.compute?.limits ?? {};
  const { autoscaling } = serving;
  const scales = autoscaling !== undefined && (autoscaling.enabled ?? true);
  const replicas = (scales ? autoscaling.maxReplicas : serving.replicas) ?? 1;
  const tooMany = Object.entries(serving.resources?.limits ?? {}).filter(
    ([name, each]) => name.includes('/') && replicas * Number(each) > Number(lookup(most, name) ?? Infinity),
  );
  if (tooMany.length === 0) return undefined;
  const counts = tooMany
    .map(([name, each]) => `${each} ${name} each where the zone has ${lookup(most, name)}`)
    .join(', ');
  const path = scales ? `${field}.autoscaling.maxReplicas` : `${field}.replicas`;
  return `${path} must fit in the zone, got ${replicas} with ${counts}: lower it, or raise spec.resources.compute.limits`;
}
