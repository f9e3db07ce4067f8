import { Problems } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { PipelineContext, SPARK, wishOf } from './pipeline-context';
import { allowsSeveral, requestedRuns } from './run-request';
import { isLive } from './runs';

/** The objects that run the pipeline. */
export function desired(context: PipelineContext, problems: Problems): readonly KubernetesObject[] {
  const { namespace, spec, children } = context;
  const { objects, problems: found } = wishOf(context);
  problems.addAll(found);
  // a run that has begun goes on
  const begins = ({ kind, metadata }: KubernetesObject): boolean =>
    kind === 'SparkApplication' && children.find(SPARK, kind, metadata.name, namespace) === undefined;
  const waits = spec.suspend || (!allowsSeveral(context) && requestedRuns(context).some(isLive));
  return waits ? objects.filter((object) => !begins(object)) : objects;
}
