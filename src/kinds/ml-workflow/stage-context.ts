import { Construct } from 'constructs';
import { MLWorkflowSpec, StageConfig, WorkflowStage } from '../../api/generated/ml-workflow';
import { durationSeconds } from '../../contracts/duration';
import { CheckpointStore } from './checkpoint-store';
import { Settings } from './settings-defaults';
import { StageGraph } from './stage-graph';
import { ZonePlacement } from '../ai-zone/placement';

/** Label of everything that belongs to an MLWorkflow; its value is the name of the MLWorkflow. */
export const WORKFLOW_LABEL = 'nstarx.io/workflow';
/** Label of what a run makes; its value is the name of the Argo Workflow. It is the tag of runs in MLflow as well. */
export const RUN_LABEL = 'nstarx.io/workflow-run';
/** Label of what a stage makes; its value is the name of the stage. */
export const STAGE_LABEL = 'nstarx.io/workflow-stage';
/** The name of the run, where Argo fills it in. */
export const RUN_NAME = '{{workflow.name}}';

/** What a stage is made from. */
export interface StageContext {
  readonly scope: Construct;
  /** Name of the MLWorkflow. */
  readonly workflow: string;
  readonly spec: MLWorkflowSpec;
  readonly settings: Settings;
  readonly zone?: ZonePlacement;
  readonly graph: StageGraph;
  readonly checkpoints?: CheckpointStore;
  /** The ConfigMap with the programs. */
  readonly programs: string;
  /** MLflow's address and experiment; undefined where runs are not tracked. */
  readonly tracking?: { readonly uri: string; readonly experiment: string };
  readonly stage: WorkflowStage;
  /** Place of the stage in the list. */
  readonly index: number;
}

/** A piece of JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** What Argo runs for a stage. */
export interface StageTemplate {
  /** The Argo template, without name, retries and labels. */
  readonly template: Json;
  /** Arguments that the stage takes from the stages before. */
  readonly arguments?: Json;
  /** Expression by which an attempt is followed by another. @default - always */
  readonly retryExpression?: string;
}

/** The field of a stage's configuration. */
export function configProp({ index }: StageContext, field: keyof StageConfig): string {
  return `stages[${index}].config.${field}`;
}

/** Labels of all that belongs to a workflow. */
export function labelsOf(workflow: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': workflow,
    'app.kubernetes.io/component': 'workflow',
    'app.kubernetes.io/part-of': 'ml-platform',
    'nstarx.io/component': 'workflow',
    [WORKFLOW_LABEL]: workflow,
  };
}

/** Labels of what a stage makes. */
export function stageLabels({ workflow, stage }: StageContext): Readonly<Record<string, string>> {
  return { ...labelsOf(workflow), [STAGE_LABEL]: stage.name };
}

/** Whole seconds of a duration such as `1h30m`, at least one. */
export function wholeSeconds(duration: string): number {
  return Math.max(1, Math.ceil(durationSeconds(duration)));
}
