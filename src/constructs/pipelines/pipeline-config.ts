import { PipelinePlan, contentHash, Json } from './pipeline-plan';
import { PipelineEngine } from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { FLINK_PROGRAM } from './flink-program';
import { flinkStatements } from './flink-sql';
import { RUNNER_FILES } from './runner-source';

/** The folder with the program and what it does, in the pods. */
export const PROGRAM_FOLDER = '/opt/pipeline';
/** The file with the pipeline. */
export const PIPELINE_FILE = 'pipeline.json';

/** etcd takes 1.5 MB, the API server 1 MiB of data. */
const MAX_BYTES = 1_000_000;

/** What a run does; the rest of the spec says when and with what. A change of it is another job. */
export function work({ name, namespace, spec }: PipelinePlan): Json {
  const { source, transformations, sink, quality, lineage } = spec;
  return { metadata: { name, namespace }, spec: { source, transformations, sink, quality, lineage } };
}

/** The ConfigMap with the program and the pipeline. Its name is another one when its content is. */
export function programConfig(plan: PipelinePlan): { readonly name: string; readonly object: Json } {
  const data =
    plan.spec.engine === PipelineEngine.FLINK
      ? { 'main.py': FLINK_PROGRAM, [PIPELINE_FILE]: text(flinkStatements(plan)) }
      : { ...RUNNER_FILES, [PIPELINE_FILE]: text(work(plan)) };
  const bytes = Object.values(data).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  if (bytes > MAX_BYTES) {
    const mend = 'put long scripts into an image, and import them';
    fail(plan.scope, 'transformations', `must fit into a ConfigMap with the program, ${MAX_BYTES} bytes`, bytes, mend);
  }
  const name = `${plan.base}-job-${contentHash(data)}`;
  const metadata = { name, namespace: plan.namespace, labels: plan.labels };
  return { name, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data } };
}

function text(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
