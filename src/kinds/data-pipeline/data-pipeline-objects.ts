import { ApiObject, ApiObjectProps } from 'cdk8s';
import { Construct } from 'constructs';
import { contentHash } from '../../contracts/content-hash';
import { DATA_PIPELINE } from '../../api/kinds/data-pipeline';
import { checkFreeForms } from '../../api/schema/free-form';
import { fail } from '../../contracts/errors';
import { programFiles } from '../../contracts/programs';
import { checkDataPipeline } from './checks';
import { flinkJob } from './flink';
import { flinkStatements } from './flink-sql';
import { alertRules } from './monitoring';
import { networkPolicy } from './network';
import { DataPipelineObjectsProps, DataPipelinePlan, dataPipelinePlan, Json } from './plan';
import { PIPELINE_FILE } from './pods';
import { sparkJob } from './spark';

/**
 * The objects that run a DataPipeline: a ConfigMap with the program and what it does; a SparkApplication, a ScheduledSparkApplication or a
 * FlinkDeployment; a network policy; alerts.
 *
 * The same props give the same objects. The ServiceAccount of the pods must be there: see `EngineAccount`.
 */
export class DataPipelineObjects extends Construct {
  /** @throws InvalidInputError when the pipeline cannot run as its spec says; the prop is the path of the field in the spec */
  public constructor(scope: Construct, id: string, props: DataPipelineObjectsProps) {
    super(scope, id);
    checkFreeForms(this, DATA_PIPELINE, props.spec);
    const plan = dataPipelinePlan(this, props);
    checkDataPipeline(plan);
    const config = programConfig(plan);
    this.add('Program', config.object);
    this.add('Resource', plan.isStream ? flinkJob(plan, config.name) : sparkJob(plan, config.name));
    this.add('NetworkPolicy', networkPolicy(plan));
    if (plan.settings.alerts) this.add('Alerts', alertRules(plan));
  }

  private add(id: string, object: Json): void {
    new ApiObject(this, id, object as unknown as ApiObjectProps);
  }
}

/** The ControllerRevision has the ConfigMap too, with the spec twice, and etcd takes 1.5 MB. */
const MAX_BYTES = 500_000;

/** What the program is known by, and its size: they are the same for all pipelines. */
const RUNNER = measured(programFiles('pipeline-runner'));
const FLINK = measured(programFiles('flink-runner'));

/** The ConfigMap with the program and the pipeline. Its name is another one when its content is. */
function programConfig(plan: DataPipelinePlan): { readonly name: string; readonly object: Json } {
  const program = plan.isStream ? FLINK : RUNNER;
  const pipeline = text(plan.isStream ? flinkStatements(plan) : plan.work);
  const bytes = program.bytes + Buffer.byteLength(pipeline);
  if (bytes > MAX_BYTES) {
    const fix = 'put long scripts into an image, and import them';
    fail(plan.scope, 'transformations', `must fit into a ConfigMap with the program, ${MAX_BYTES} bytes`, bytes, fix);
  }
  const name = `${plan.base}-job-${contentHash(program.hash, pipeline)}`;
  const metadata = { name, namespace: plan.namespace, labels: plan.labels };
  const data = { ...program.files, [PIPELINE_FILE]: pipeline };
  return { name, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data } };
}

function measured(files: Readonly<Record<string, string>>): {
  readonly files: Readonly<Record<string, string>>;
  readonly hash: string;
  readonly bytes: number;
} {
  const bytes = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  return { files, hash: contentHash(files), bytes };
}

function text(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
