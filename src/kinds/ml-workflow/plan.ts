import { createHash } from 'node:crypto';
import { Construct } from 'constructs';
import {
  MLWorkflowSpec,
  StageConfig,
  StageType,
  WorkflowCheckpoints,
  WorkflowStage,
} from '../../api/generated/ml-workflow';
import { canonicalJson } from '../../contracts/canonical-json';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { programFiles } from '../../contracts/programs';
import { lookup } from '../../contracts/lookup';
import { ZonePlacement } from '../ai-zone/placement';
import { contentName, describingLabels } from '../child-names';
import { checkGraph, checkProfiles, checkPrograms, checkZone } from './checks';
import { MLWorkflowArtifactSettings, MLWorkflowSettings, ResolvedSettings, resolveSettings } from './settings';
import { checkVariables, RUN_NAME } from './variables';

/** A piece of JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** Label of everything that belongs to an MLWorkflow; its value is the name of the MLWorkflow. */
export const WORKFLOW_LABEL = 'nstarx.io/workflow';
/** Label of what a run makes; its value is the name of the Argo Workflow. In MLflow it is a tag of runs, with the namespace before the name. */
export const RUN_LABEL = 'nstarx.io/workflow-run';
/** Label of what a stage makes; its value is the name of the stage. */
export const STAGE_LABEL = 'nstarx.io/workflow-stage';

/** Label of runs and their pods; its value is what the workflow is for. */
export const WORKFLOW_TYPE_LABEL = 'nstarx.io/workflow-type';

/** Labels of all that belongs to an MLWorkflow. */
export function labelsOf(name: string): { [key: string]: string } {
  return {
    ...describingLabels('ml-workflow', name, 'workflow'),
    'nstarx.io/component': 'workflow',
    [WORKFLOW_LABEL]: name,
  };
}

/** Labels of runs and of all that they make. */
export function runLabels(name: string, { type }: Pick<MLWorkflowSpec, 'type'>): { [key: string]: string } {
  return { ...labelsOf(name), [WORKFLOW_TYPE_LABEL]: type };
}

/** What the objects of an MLWorkflow are made from. */
export interface MLWorkflowObjectsProps {
  /** Name of the MLWorkflow, a DNS label of at most 52 characters. */
  readonly name: string;
  /** Namespace of the objects. */
  readonly namespace: string;
  /** Its spec, as the API server has it. */
  readonly spec: MLWorkflowSpec;
  /**
   * The AIZone that the spec names.
   *
   * @default - nothing is known of it: its nodes and limits are not looked at
   */
  readonly zone?: ZonePlacement;
  /**
   * The platform.
   *
   * @default - the defaults of its fields
   */
  readonly settings?: MLWorkflowSettings;
}

/** What its objects are, worked out of the props once and handed down. */
export interface MLWorkflowPlan extends CommonPlan {
  readonly stages: readonly StagePlan[];
}

/** What all stages of an MLWorkflow have in common. */
interface CommonPlan {
  readonly scope: Construct;
  /** Name of the MLWorkflow. */
  readonly name: string;
  readonly namespace: string;
  readonly spec: MLWorkflowSpec;
  readonly settings: ResolvedSettings;
  readonly zone?: ZonePlacement;
  readonly checkpoints?: CheckpointStore;
  /** MLflow's address and experiment; undefined where runs are not tracked. */
  readonly tracking?: { readonly uri: string; readonly experiment: string };
  /** The bucket through which stages hand files on; undefined where the platform has none. */
  readonly artifacts?: ArtifactStore;
  /** The ConfigMap with the programs of the stages: its name, which changes with the content, and its files. */
  readonly programs: { readonly name: string; readonly files: { readonly [name: string]: string } };
}

/** What a stage is made from. */
export interface StagePlan extends CommonPlan {
  readonly stage: WorkflowStage;
  /** Place of the stage in the list. */
  readonly index: number;
  /** What it waits for. */
  readonly dependencies: readonly string[];
  /** Every stage that has ended when this one begins, in the order of the list. */
  readonly before: readonly WorkflowStage[];
  /** Attempts after the first one. */
  readonly retries: number;
  /** Seconds that an attempt may take. @default - as long as it takes */
  readonly deadline?: number;
  /** The file with its script. @default - it has none */
  readonly script?: string;
  /** What each of its pods gets. */
  readonly amounts: StageAmounts;
  /** The fields of the spec that these amounts are from. */
  readonly amountProps: StageAmounts;
  /** What a program of the platform gets in the stage: little, unless the stage has a profile of its own. */
  readonly programAmounts: StageAmounts;
  /** Labels of all that it makes. */
  readonly labels: { readonly [key: string]: string };
}

/** Amounts by resource. */
export interface StageAmounts {
  readonly [resource: string]: string;
}

/** Where stages keep their state: a folder of a volume, or a place in an object store. */
export interface CheckpointStore {
  /** Path or URL below which each run has a folder. */
  readonly root: string;
  /** The claim, and the folder in it, that is mounted; undefined for object stores. */
  readonly claim?: { readonly name: string; readonly folder?: string };
  /** Seconds between two times that state is written. */
  readonly interval: number;
}

/** The bucket through which stages hand files on. */
export interface ArtifactStore extends MLWorkflowArtifactSettings {
  /** Key below which the files of a run are. */
  readonly folder: string;
}

/** @throws InvalidInputError when the workflow cannot run; it names the field */
export function mlWorkflowPlan(scope: Construct, props: MLWorkflowObjectsProps): MLWorkflowPlan {
  const { namespace, spec, zone } = props;
  const name = dnsLabel(scope, 'name', props.name, 52);
  checkVariables(scope, spec);
  const settings = resolveSettings(props.settings);
  const dependencies = dependenciesOf(spec.stages);
  checkGraph(scope, spec.stages, dependencies);
  const profiles = profilesOf(spec);
  const names = spec.stages.map((stage) => stage.name);
  checkProfiles(scope, profiles, names);
  const files = stagePrograms(spec.stages);
  checkPrograms(scope, files);
  const { artifacts } = settings;
  const uri = (spec.tracking?.enabled ?? true) ? (spec.tracking?.uri ?? settings.trackingUri) : undefined;
  const common: CommonPlan = {
    scope,
    name,
    namespace,
    spec,
    settings,
    zone,
    checkpoints: checkpointStore(scope, namespace, spec.checkpoints),
    ...(uri === undefined
      ? {}
      : { tracking: { uri, experiment: inNamespace(namespace, spec.tracking?.experiment ?? name) } }),
    ...(artifacts && {
      artifacts: {
        ...artifacts,
        folder: `${artifacts.prefix ?? 'workflows'}/${inNamespace(namespace, name)}/${RUN_NAME}`,
      },
    }),
    programs: { name: contentName(name, 'workflow', [hashOf(files)]), files },
  };
  const stages = spec.stages.map((stage, index): StagePlan => {
    const script = scriptOf(stage);
    const { timeout } = stage;
    const plan: StagePlan = {
      ...common,
      stage,
      index,
      dependencies: dependencies.get(stage.name) ?? [],
      before: stagesBefore(stage.name, spec.stages, dependencies),
      retries: stage.retries ?? 1,
      ...(timeout === undefined ? {} : { deadline: wholeSeconds(timeout) }),
      ...(script === undefined ? {} : { script }),
      ...amountsOf(stage, profiles),
      labels: { ...runLabels(name, spec), [STAGE_LABEL]: stage.name },
    };
    // how many executors a stage of Spark has is not known before: its driver is counted here, they are by the quota
    const pods = stage.type === StageType.ML_TRAINING ? (stage.config.distributedTraining?.workers ?? 1) : 1;
    checkZone(scope, zone, stage.name, plan.amounts, plan.amountProps, pods);
    return plan;
  });
  return { ...common, stages };
}

/**
 * What is known by a name in a namespace, where all namespaces are: an experiment, a run, a folder. A namespace has no slash, so that no two
 * are known by the same text.
 */
export function inNamespace(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Ten digits that are different for different content, whatever the order of its keys. */
export function hashOf(content: object): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 10);
}

/** The field of a stage's configuration. */
export function configProp({ index }: StagePlan, field: keyof StageConfig): string {
  return `stages[${index}].config.${field}`;
}

/** What each stage waits for: what it says, or else the stage before it in the list. */
function dependenciesOf(stages: readonly WorkflowStage[]): ReadonlyMap<string, readonly string[]> {
  return new Map(stages.map(({ name, dependsOn }, at) => [name, dependsOn ?? (at > 0 ? [stages[at - 1].name] : [])]));
}

function stagesBefore(
  stage: string,
  stages: readonly WorkflowStage[],
  dependencies: ReadonlyMap<string, readonly string[]>,
): readonly WorkflowStage[] {
  const found = new Set<string>();
  const open = [...(dependencies.get(stage) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(dependencies.get(next) ?? []));
  }
  return stages.filter(({ name }) => found.has(name));
}

/** Whole seconds of a duration such as `1h30m`, at least one. */
function wholeSeconds(duration: string): number {
  return Math.max(1, Math.ceil(durationSeconds(duration)));
}

/** What a stage without resources gets. */
const DEFAULT_AMOUNTS: StageAmounts = { cpu: '1', memory: '2Gi' };

/** What the platform's own programs get. */
const PROGRAM_AMOUNTS: { readonly [type: string]: StageAmounts } = {
  [StageType.EVALUATION]: { cpu: '100m', memory: '128Mi' },
  [StageType.MODEL_REGISTRY]: { cpu: '200m', memory: '1Gi' },
};

/** `resources` of the spec. A CRD takes 4 as well as "4". */
function profilesOf({ resources = {} }: MLWorkflowSpec): { readonly [profile: string]: StageAmounts } {
  const texts = (amounts: { readonly [resource: string]: unknown }): StageAmounts =>
    Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, String(amount)]));
  return Object.fromEntries(Object.entries(resources).map(([profile, amounts]) => [profile, texts(amounts)]));
}

/** What a stage gets. A profile that says nothing of a resource leaves it to the next weaker one. */
function amountsOf(
  { name, type }: WorkflowStage,
  profiles: { readonly [profile: string]: StageAmounts },
): Pick<StagePlan, 'amounts' | 'amountProps' | 'programAmounts'> {
  const amounts = new Map<string, string>(Object.entries(DEFAULT_AMOUNTS));
  const amountProps = new Map([...amounts.keys()].map((resource) => [resource, `resources.default.${resource}`]));
  for (const profile of ['default', ...(type === StageType.ML_TRAINING ? ['training'] : []), name]) {
    for (const [resource, amount] of Object.entries(lookup(profiles, profile) ?? {})) {
      amounts.set(resource, amount);
      amountProps.set(resource, `resources.${profile}.${resource}`);
    }
  }
  return {
    amounts: Object.fromEntries(amounts),
    amountProps: Object.fromEntries(amountProps),
    programAmounts: { ...PROGRAM_AMOUNTS[type], ...lookup(profiles, name) },
  };
}

const STORES = ['s3:', 's3a:', 'gs:', 'abfs:', 'abfss:', 'hdfs:'];

/** Where a volume with the state of stages is mounted. */
export const CHECKPOINTS_FOLDER = '/checkpoints';

/**
 * What the spec says of checkpoints; undefined when there are none. `pvc://claim/folder` is a PersistentVolumeClaim in the
 * namespace of the workflow, which must exist.
 */
function checkpointStore(
  scope: Construct,
  namespace: string,
  given: WorkflowCheckpoints | undefined,
): CheckpointStore | undefined {
  if (!given || given.enabled === false) return undefined;
  const interval = wholeSeconds(given.interval ?? '30m');
  const path = given.path.replace(/\/+$/, '');
  const scheme = path.slice(0, path.indexOf('//'));
  // a store is not of one namespace, as a volume is
  if (STORES.includes(scheme)) return { root: `${path}/${namespace}`, interval };
  const claim = /^pvc:\/\/([a-z0-9]([-a-z0-9.]*[a-z0-9])?)(?:\/(.+))?$/.exec(path);
  if (!claim || claim[3]?.split('/').includes('..')) {
    fail(
      scope,
      'checkpoints.path',
      'must be a volume or an object store',
      given.path,
      'write pvc://claim/folder, or s3://, gs://, abfss:// or hdfs:// with a folder',
    );
  }
  return { root: CHECKPOINTS_FOLDER, claim: { name: claim[1], folder: claim[3] }, interval };
}

/** The program of a stage. */
const STAGE_PROGRAMS: ReadonlyMap<StageType, string> = new Map([
  [StageType.EVALUATION, 'evaluation_gate.py'],
  [StageType.MODEL_REGISTRY, 'register_model.py'],
]);

/** The programs that the stages need, by the name of their file. */
function stagePrograms(stages: readonly WorkflowStage[]): Record<string, string> {
  const programs = programFiles('model-jobs');
  const files: Record<string, string> = {};
  for (const stage of stages) {
    const script = scriptOf(stage);
    if (script !== undefined) files[script] = stage.config.script ?? '';
    const program = STAGE_PROGRAMS.get(stage.type);
    for (const file of program === undefined ? [] : [program, 'redaction.py']) files[file] = programs[file];
  }
  return files;
}

function scriptOf({ name, type, config }: WorkflowStage): string | undefined {
  return type === StageType.PYTHON_JOB && config.script !== undefined ? `${name}.script.py` : undefined;
}
