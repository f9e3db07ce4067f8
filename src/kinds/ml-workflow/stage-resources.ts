import { Construct } from 'constructs';
import { MLWorkflowSpec, StageType, WorkflowStage } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';
import { parseQuantity } from '../../contracts/quantity';

/** Amounts by resource. */
export interface StageResources {
  readonly [resource: string]: string;
}

/** What a stage gets that nobody gives anything. */
const DEFAULTS: StageResources = { cpu: '1', memory: '2Gi' };

/** What the platform's own programs get. */
const OWN = {
  [StageType.EVALUATION]: { cpu: '100m', memory: '128Mi' },
  [StageType.MODEL_REGISTRY]: { cpu: '200m', memory: '1Gi' },
} as const;

/** Keys of `resources` that apply to a stage, the strongest first. */
function profiles(stage: WorkflowStage): string[] {
  const training = stage.type === StageType.ML_TRAINING ? ['training'] : [];
  return [stage.name, ...training, 'default'];
}

/** What each pod of a stage gets. A profile that says nothing of a resource leaves it to the next weaker one. */
export function resourcesOf(spec: MLWorkflowSpec, stage: WorkflowStage): StageResources {
  const given = profiles(stage).map((profile) => amountsOf(spec, profile));
  return Object.assign({}, DEFAULTS, ...given.reverse()) as StageResources;
}

/** What a program of the platform gets in a stage: little, unless the stage has a profile of its own. */
export function ownResourcesOf(spec: MLWorkflowSpec, stage: WorkflowStage): StageResources {
  const type = stage.type as keyof typeof OWN;
  return { ...OWN[type], ...amountsOf(spec, stage.name) };
}

/** The field that an amount of a stage is from. */
export function resourceProp(spec: MLWorkflowSpec, stage: WorkflowStage, resource: string): string {
  const profile = profiles(stage).find((name) => spec.resources?.[name]?.[resource] !== undefined);
  return `resources.${profile ?? 'default'}.${resource}`;
}

/** Refuses profiles that no stage has. */
export function checkProfiles(scope: Construct, spec: MLWorkflowSpec): void {
  const known = ['default', 'training', ...spec.stages.map(({ name }) => name)];
  for (const [profile, amounts] of Object.entries(spec.resources ?? {})) {
    if (!known.includes(profile)) {
      fail(scope, `resources.${profile}`, `must be named one of ${known.join(', ')}`, profile, 'correct the name');
    }
    for (const [resource, amount] of Object.entries(texts(amounts))) {
      if (parseQuantity(amount) === undefined) {
        const prop = `resources.${profile}.${resource}`;
        fail(scope, prop, 'must be a quantity', amount, "write it like '4', '500m' or '16Gi'");
      }
    }
  }
}

/** `resources` of a container: CPU may be exceeded while nobody else wants it; memory and devices may not. */
export function containerResources(amounts: StageResources): object {
  const limits = Object.fromEntries(Object.entries(amounts).filter(([resource]) => resource !== 'cpu'));
  return { requests: { ...amounts }, limits };
}

/** Names of the devices among the resources, such as `nvidia.com/gpu`. */
export function devicesOf(amounts: StageResources): string[] {
  return Object.keys(amounts).filter((resource) => resource.includes('/') && Number(amounts[resource]) > 0);
}

function amountsOf(spec: MLWorkflowSpec, profile: string): StageResources {
  return texts(spec.resources?.[profile] ?? {});
}

/** A CRD takes 4 as well as "4". */
function texts(amounts: { readonly [resource: string]: unknown }): StageResources {
  return Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, String(amount)]));
}
