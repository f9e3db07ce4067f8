import { DataPipelineJob } from '../../../../src/constructs/pipelines';
import { Problems } from '../../runtime/problems';
import { KubernetesObject } from '../../runtime/protocol';
import { render } from '../../runtime/render';
import { PipelineContext, pipelineSettings, SPARK } from './pipeline-context';
import { zoneOf } from './zone-of';

/** The objects that run the pipeline. */
export function desired(context: PipelineContext, problems: Problems): readonly KubernetesObject[] {
  const { name, namespace, spec, settings, children } = context;
  const mine = new Problems();
  const objects = render(namespace, mine, (chart) => {
    new DataPipelineJob(chart, 'pipeline', {
      name,
      namespace,
      spec,
      zone: zoneOf(context),
      settings: pipelineSettings(settings),
    });
  });
  // the one thing that the construct is given beside the spec
  for (const { field, message } of mine.all) problems.add(field === 'spec.name' ? 'metadata.name' : field, message);
  // a run that has begun goes on
  const begins = ({ kind, metadata }: KubernetesObject): boolean =>
    kind === 'SparkApplication' && children.find(SPARK, kind, metadata.name, namespace) === undefined;
  return spec.suspend ? objects.filter((object) => !begins(object)) : objects;
}
