import { DataPipelineSpec, PipelineEngine } from '../../../../src/api/generated/data-pipeline';
import { DataPipelineJob, PipelineSettings } from '../../../../src/constructs/pipelines';
import { OperatorSettings } from '../../../../src/constructs/operators/operator-settings';
import { Observed } from '../../runtime/observed';
import { SyncContext } from '../../runtime/operator';
import { Problems } from '../../runtime/problems';
import { KubernetesObject } from '../../runtime/protocol';
import { render } from '../../runtime/render';
import { observedZone, placementIn } from '../zone-placement';

/** What the operator knows of a DataPipeline. */
export type PipelineContext = SyncContext<DataPipelineSpec>;

export const SPARK = 'sparkoperator.k8s.io/v1beta2';
export const FLINK = 'flink.apache.org/v1beta1';

/** The platform, as pipelines have to know it. */
export function pipelineSettings({ pipelines, scraper }: OperatorSettings): PipelineSettings {
  return { scraper, ...pipelines };
}

/** Whether the pipeline is a stream, which runs without end. */
export function isStream({ spec }: PipelineContext): boolean {
  return spec.engine === PipelineEngine.FLINK;
}

/** What the spec means, and what is wrong with it. */
export interface Wish {
  readonly objects: readonly KubernetesObject[];
  readonly problems: Problems;
}

/** A request asks for it several times; its children are an object of its own. */
const WISHES = new WeakMap<Observed, Wish>();

/** What the spec means, whether or not it is suspended. */
export function wishOf(context: PipelineContext): Wish {
  const { name, namespace, spec, settings, children, related } = context;
  const known = WISHES.get(children);
  if (known) return known;
  const zone = observedZone(related, spec.zone);
  const problems = new Problems();
  const objects = render(namespace, problems, (chart) => {
    new DataPipelineJob(chart, 'pipeline', {
      name,
      namespace,
      spec,
      zone: zone && placementIn(zone),
      settings: pipelineSettings(settings),
    });
  });
  const wish = { objects, problems };
  WISHES.set(children, wish);
  return wish;
}
