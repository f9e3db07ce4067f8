import { canonicalJson } from '../../contracts/canonical-json';
import { executorContainer } from './stage-pod';
import { Json, RUN_LABEL, RUN_NAME, StageContext, stageLabels, wholeSeconds } from './stage-context';
import { zoneTolerations } from '../ai-zone/placement';

/** An object that a stage makes or changes, and how it is known that its work is done. */
export interface StageResource {
  readonly action: 'create' | 'patch';
  readonly manifest: Json;
  /** Requirements on fields of the object that all hold when it is done, as Argo writes them. */
  readonly success: string;
  /** Requirements of which one holds when it failed. */
  readonly failure: string;
}

/**
 * The Argo template that makes an object and waits for it. It runs as an account of its own, which may do that; the object belongs to
 * the run and goes with it.
 */
export function resourceTemplate(context: StageContext, resource: StageResource): Json {
  const { settings, zone } = context;
  const tolerated = zoneTolerations(zone, []);
  return {
    serviceAccountName: settings.resourceServiceAccountName,
    resource: {
      action: resource.action,
      ...(resource.action === 'create' ? { setOwnerReference: true } : { mergeStrategy: 'merge' }),
      manifest: canonicalJson(resource.manifest),
      successCondition: resource.success,
      failureCondition: resource.failure,
    },
    ...(tolerated.length > 0 ? { tolerations: tolerated } : {}),
    podSpecPatch: RESOURCE_POD,
  };
}

/** Argo's own containers in the pod of such a template. */
export const RESOURCE_POD = JSON.stringify({
  initContainers: [executorContainer('init')],
  containers: [executorContainer('main')],
});

/** Seconds that a resource's own deadline is ahead of that of the pod that waits for it, so that the object says why it ended. */
export const DEADLINE_AHEAD = 60;

/** The deadline of the stage in seconds; undefined where it has none. */
export function deadlineOf({ stage: { timeout } }: StageContext): number | undefined {
  return timeout === undefined ? undefined : wholeSeconds(timeout);
}

/** `metadata` of an object of which each attempt makes its own. */
export function generatedMetadata(context: StageContext): Json {
  return {
    generateName: `${shortName(context.workflow, 20)}-${shortName(context.stage.name, 18)}-`,
    labels: { ...stageLabels(context), [RUN_LABEL]: RUN_NAME },
  };
}

/**
 * The start of a name. With the five characters that the API server adds it is short enough for the names of pods of a JobSet:
 * `<name>-node-0-1023-xxxxx`.
 */
function shortName(name: string, length: number): string {
  const short = name.slice(0, length).replace(/-+$/, '');
  return /^[a-z]/.test(short) ? short : `w${short}`.slice(0, length).replace(/-+$/, '');
}
