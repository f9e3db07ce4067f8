import { createHash } from 'node:crypto';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { MLWorkflowSpec, RunConcurrencyPolicy, StageType, WorkflowTriggerType } from '../../api/generated';
import { canonicalJson } from '../../contracts/canonical-json';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { programFiles } from '../../contracts/programs';
import { checkpointStore } from './checkpoint-store';
import { scriptName } from './container-stages';
import { RESOURCE_POD } from './resource-stage';
import { withDefaults } from './settings-defaults';
import { Json, labelsOf, RUN_LABEL, RUN_NAME, StageContext } from './stage-context';
import { StageGraph } from './stage-graph';
import { POD_SECURITY } from './stage-pod';
import { checkProfiles } from './stage-resources';
import { StageNode, stageNode } from './stage-templates';
import { MLWorkflowSettings } from './ml-workflow-settings';
import { ZonePlacement } from '../ai-zone/placement';
import { zoneTolerations } from '../ai-zone/placement';

const ARGO = 'argoproj.io/v1alpha1';
/** The most that one ConfigMap takes. */
const PROGRAMS_BYTES = 1_000_000;
/** Runs are kept by their number, not by their age. */
const NO_EXPIRY = { secondsAfterCompletion: 10 * 365 * 86_400 };

/** Annotation of the WorkflowTemplate that changes with its content. */
export const CONTENT_ANNOTATION = 'nstarx.io/content';

/** Options of the orchestration of a workflow. */
export interface MLWorkflowObjectsProps {
  /** Name of the workflow, a DNS label of at most 52 characters. */
  readonly name: string;
  /**
   * Namespace of the workflow.
   *
   * @default - that of the chart
   */
  readonly namespace?: string;
  /** What is wished, as in an MLWorkflow. */
  readonly spec: MLWorkflowSpec;
  /**
   * The AIZone that the spec names.
   *
   * @default - nothing is known of it: its nodes and limits are not looked at
   */
  readonly zone?: ZonePlacement;
  /**
   * What is to be known of the platform.
   *
   * @default - the defaults of its fields
   */
  readonly settings?: MLWorkflowSettings;
}

/**
 * How the stages of an MLWorkflow run on Argo Workflows: a WorkflowTemplate with their graph, a ConfigMap with their programs, and a
 * CronWorkflow where a schedule starts the runs.
 *
 * A stage begins when all that it waits for have succeeded; those that wait for nothing run side by side. The template is copied into
 * each run when it starts, so that a change of the workflow does not touch a run that is under way.
 */
export class MLWorkflowObjects extends Construct {
  /** The WorkflowTemplate; its name is that of the workflow. */
  public readonly template: ApiObject;
  /**
   * The ConfigMap with the programs. Its name changes with its content.
   *
   * @default - no stage has a program in it
   */
  public readonly programs?: ApiObject;
  /**
   * The CronWorkflow.
   *
   * @default - the trigger is no schedule
   */
  public readonly cron?: ApiObject;

  /** @throws InvalidInputError when a stage cannot run; it names the field */
  public constructor(scope: Construct, id: string, props: MLWorkflowObjectsProps) {
    super(scope, id);
    const { spec, zone } = props;
    const name = dnsLabel(this, 'name', props.name, 52);
    const settings = withDefaults(props.settings);
    const graph = new StageGraph(this, spec.stages);
    checkProfiles(this, spec);
    const files = stagePrograms(this, spec);
    const programs = `${name}-${hash(files)}`;
    const uri = (spec.tracking?.enabled ?? true) ? (spec.tracking?.uri ?? settings.trackingUri) : undefined;
    const context: Omit<StageContext, 'stage' | 'index'> = {
      scope: this,
      workflow: name,
      spec,
      settings,
      zone,
      graph,
      checkpoints: checkpointStore(this, spec.checkpoints),
      programs,
      ...(uri === undefined ? {} : { tracking: { uri, experiment: spec.tracking?.experiment ?? name } }),
    };
    const nodes = spec.stages.map((stage, index) => stageNode({ ...context, stage, index }));
    const metadata = (own: string): Json => ({
      name: own,
      ...(props.namespace === undefined ? {} : { namespace: props.namespace }),
      labels: labelsOf(name),
    });
    if (Object.keys(files).length > 0) {
      this.programs = new ApiObject(this, 'Programs', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(programs),
        immutable: true,
        data: files,
      });
    }
    const release = !settings.keepFailedJobs && nodes.some(({ makesObjects }) => makesObjects);
    const tolerated = zoneTolerations(zone, []);
    const templateSpec = {
      entrypoint: 'stages',
      serviceAccountName: spec.serviceAccountName ?? settings.serviceAccountName,
      securityContext: POD_SECURITY,
      workflowMetadata: { labels: labelsOf(name) },
      podMetadata: { labels: labelsOf(name) },
      ...(zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {}),
      ...(tolerated.length > 0 ? { tolerations: tolerated } : {}),
      ...(release ? { hooks: { exit: { template: 'release', expression: 'workflow.status != "Succeeded"' } } } : {}),
      templates: [
        { name: 'stages', dag: { tasks: nodes.map(({ task }) => task) } },
        ...nodes.map(({ template }) => template),
        ...(release ? [releaseTemplate(settings.resourceServiceAccountName, nodes, name)] : []),
      ],
    };
    this.template = new ApiObject(this, 'Resource', {
      apiVersion: ARGO,
      kind: 'WorkflowTemplate',
      metadata: { ...metadata(name), annotations: { [CONTENT_ANNOTATION]: hash(templateSpec) } },
      spec: templateSpec,
    });
    const { trigger } = spec;
    if (trigger?.type === WorkflowTriggerType.SCHEDULE) {
      if (trigger.schedule === undefined)
        fail(this, 'trigger.schedule', 'must be given', undefined, 'say when runs begin');
      const limit = spec.historyLimit ?? 5;
      this.cron = new ApiObject(this, 'Schedule', {
        apiVersion: ARGO,
        kind: 'CronWorkflow',
        metadata: metadata(name),
        spec: {
          schedules: [trigger.schedule],
          timezone: trigger.timeZone ?? 'Etc/UTC',
          concurrencyPolicy: spec.concurrencyPolicy ?? RunConcurrencyPolicy.FORBID,
          // a run that was due while the controller was away for a short time
          startingDeadlineSeconds: 600,
          successfulJobsHistoryLimit: limit,
          failedJobsHistoryLimit: limit,
          suspend: spec.suspend ?? false,
          workflowMetadata: { labels: labelsOf(name) },
          workflowSpec: runSpec(name),
        },
      });
    }
  }
}

/** `spec` of a Workflow that runs the template. */
export function runSpec(template: string): Json {
  return { workflowTemplateRef: { name: template }, ttlStrategy: NO_EXPIRY };
}

/** The programs that the stages need, by the name of their file. */
function stagePrograms(scope: Construct, spec: MLWorkflowSpec): Record<string, string> {
  const programs = programFiles('model-jobs');
  const files: Record<string, string> = {};
  for (const { name, type, config } of spec.stages) {
    if (type === StageType.PYTHON_JOB && config.script !== undefined) files[scriptName(name)] = config.script;
    if (type === StageType.EVALUATION) files['evaluation_gate.py'] = programs['evaluation_gate.py'];
    if (type === StageType.MODEL_REGISTRY) files['register_model.py'] = programs['register_model.py'];
  }
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > PROGRAMS_BYTES) {
    fail(
      scope,
      'stages',
      `must have scripts of at most ${PROGRAMS_BYTES} bytes together`,
      bytes,
      'put the programs into an image',
    );
  }
  return files;
}

/** Gives back what a run that failed or was stopped still holds: its Spark applications and trainings. */
function releaseTemplate(serviceAccountName: string, nodes: readonly StageNode[], workflow: string): Json {
  const kinds = nodes
    .filter(({ makesObjects }) => makesObjects)
    .map(
      ({ template }) => JSON.parse((template.resource as { readonly manifest: string }).manifest) as { kind: string },
    )
    .map(({ kind }) =>
      kind === 'TrainJob' ? 'trainjobs.trainer.kubeflow.org' : 'sparkapplications.sparkoperator.k8s.io',
    );
  return {
    name: 'release',
    metadata: { labels: labelsOf(workflow) },
    serviceAccountName,
    resource: {
      action: 'delete',
      flags: [[...new Set(kinds)].sort().join(','), '--selector', `${RUN_LABEL}=${RUN_NAME}`, '--wait=false'],
    },
    podSpecPatch: RESOURCE_POD,
  };
}

function hash(content: object): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 10);
}
