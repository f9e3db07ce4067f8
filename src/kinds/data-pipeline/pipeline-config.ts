import { PipelineEngine } from '../../api/generated/data-pipeline';
import { contentHash } from '../../contracts/content-hash';
import { fail } from '../../contracts/errors';
import { programFiles } from '../../contracts/programs';
import { flinkStatements } from './flink-sql';
import { Json, PipelinePlan } from './pipeline-plan';

/** The folder with the program and what it does, in the pods. */
export const PROGRAM_FOLDER = '/opt/pipeline';
/** The file with the pipeline. */
export const PIPELINE_FILE = 'pipeline.json';

/** The ControllerRevision has it too, with the spec twice, and etcd takes 1.5 MB. */
const MAX_BYTES = 500_000;

/** What a run does; the rest of the spec says when and with what. A change of it is another job. */
export function work({ name, namespace, spec }: PipelinePlan): Json {
  const { source, transformations, sink, quality, lineage } = spec;
  return { metadata: { name, namespace }, spec: { source, transformations, sink, quality, lineage } };
}

/** What the program is known by, and its size: they are the same for all pipelines. */
const RUNNER = measured(programFiles('pipeline-runner'));
const FLINK = measured(programFiles('flink-runner'));

/** The ConfigMap with the program and the pipeline. Its name is another one when its content is. */
export function programConfig(plan: PipelinePlan): { readonly name: string; readonly object: Json } {
  const isFlink = plan.spec.engine === PipelineEngine.FLINK;
  const program = isFlink ? FLINK : RUNNER;
  const pipeline = text(isFlink ? flinkStatements(plan) : work(plan));
  const bytes = program.bytes + Buffer.byteLength(pipeline);
  if (bytes > MAX_BYTES) {
    const mend = 'put long scripts into an image, and import them';
    fail(plan.scope, 'transformations', `must fit into a ConfigMap with the program, ${MAX_BYTES} bytes`, bytes, mend);
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
