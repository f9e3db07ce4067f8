import { contentHash } from '../contracts/content-hash';
import { PLATFORM_GROUP } from '../contracts/names';

/**
 * What the names of children end with, by what makes them and what they are for. Objects of several kinds are named by users, in one
 * namespace; what they make has a name of its own there, whatever the users chose: no word of these ends another one, none is the last
 * word of an object of the platform or of what an engine makes, and what does not end with one of them ends with a hash (`contentName`).
 */
export const CHILD = {
  /** An AIModel's server and all that is about it. */
  MODEL: 'model',
  /** The settings of a model's server. */
  MODEL_MONITORING: 'model-monitoring',
  /** What a model's check of its artifact may reach. */
  MODEL_CHECK: 'model-check',
  /** What a model's reading of its training data may reach. */
  MODEL_BASELINE: 'model-baseline',
  /** What counts the values that a model is asked with. */
  MODEL_DRIFT: 'model-drift',
  /** All of a ModelDeployment. */
  DEPLOYMENT: 'deployment',
  /** What verifies the image of a ModelDeployment. */
  DEPLOYMENT_VERIFICATION: 'deployment-verification',
  /** What registers the model of a ModelDeployment. */
  DEPLOYMENT_REGISTRATION: 'deployment-registration',
  /** A FeatureStore's servers and what is about the store. */
  FEATURES: 'features',
  /** What measures the values of a FeatureStore. */
  FEATURE_METRICS: 'feature-metrics',
  /** What the servers of a FeatureStore may reach where Feast's operator makes them. */
  FEATURE_SERVERS: 'feature-servers',
  /** What the streams of a FeatureStore may reach. */
  FEATURE_STREAMS: 'feature-streams',
  /** All of a DataPipeline. */
  PIPELINE: 'pipeline',
  /** What starts runs of an MLWorkflow when someone pushes. */
  WORKFLOW_PUSHES: 'workflow-pushes',
  /** The route and the rules of an ABTest. */
  AB_TEST: 'ab-test',
} as const;

/** One of the endings. */
export type ChildEnding = (typeof CHILD)[keyof typeof CHILD];

/** Longest name of a Service, and of a value of a label. */
const LONGEST = 63;

/** Ten digits and a hyphen. */
const HASH_LENGTH = 11;

/**
 * The name of a child: `<name>-<ending>`; where that is too long, its beginning and a hash of the whole. Different objects and endings
 * give different names.
 *
 * @param longest most characters that the child may have
 */
export function childName(name: string, ending: ChildEnding, longest = LONGEST): string {
  const whole = `${name}-${ending}`;
  if (whole.length <= longest) return whole;
  const start = name.slice(0, longest - HASH_LENGTH - ending.length - 1).replace(/[-.]+$/, '');
  return `${start}-${ending}-${contentHash(name, ending)}`;
}

/**
 * The name of a child that is made anew when its content changes. It ends with a hash of the object's name, of what the child is for and
 * of the content.
 *
 * @param role what it is for, human-readable
 * @param longest most characters that the child may have
 */
export function contentName(name: string, role: string, content: readonly unknown[], longest = LONGEST): string {
  const start = `${name}-${role}`.slice(0, longest - HASH_LENGTH).replace(/[-.]+$/, '');
  return `${start}-${contentHash(name, role, ...content)}`;
}

/** Kinds whose objects are found by a label of their own; that of MLWorkflows is `WORKFLOW_LABEL`. */
const LABELLED_KINDS = [
  'ai-model',
  'model-deployment',
  // not selected by the Service of the deployment
  'model-deployment-job',
  'feature-store',
  'data-pipeline',
  'ab-test',
] as const;

/** One of these kinds. */
export type LabelledKind = (typeof LABELLED_KINDS)[number];

/** Keys of all labels by which pods of the kinds are selected. */
export const OWN_LABELS: readonly string[] = [...LABELLED_KINDS, 'workflow'].map((kind) => `${PLATFORM_GROUP}/${kind}`);

/**
 * The label by which what belongs to an object is selected. It is of the platform's own domain: admission lets no person give it to a pod,
 * and no Service of a team asks for it.
 */
export function ownLabel(kind: LabelledKind, name: string): { readonly [key: string]: string } {
  return { [`${PLATFORM_GROUP}/${kind}`]: name };
}

/**
 * Labels of what belongs to an object. Those of `app.kubernetes.io` describe it: its kind is the name of the application, so that a Service
 * of a team that selects its pods by that label does not get those of an object which a user called like them.
 */
export function objectLabels(kind: LabelledKind, name: string, component: string): { readonly [key: string]: string } {
  return { ...describingLabels(kind, name, component), ...ownLabel(kind, name) };
}

/** The labels of `app.kubernetes.io` alone. */
export function describingLabels(kind: string, name: string, component: string): { readonly [key: string]: string } {
  return {
    'app.kubernetes.io/name': kind,
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'ml-platform',
  };
}
