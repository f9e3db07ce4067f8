import { AIZoneSpec, ZoneIsolation } from '../../../../src/api/generated/ai-zone';
import { PipelineZone } from '../../../../src/constructs/pipelines';
import { PipelineContext } from './pipeline-context';

/** What the pipeline has to know of the zone that it names; undefined while there is none of the name. */
export function zoneOf({ related, spec }: PipelineContext): PipelineZone | undefined {
  const found = spec.zone === undefined ? undefined : related.find('nstarx.io/v1alpha1', 'AIZone', spec.zone);
  // what is being deleted takes nothing in any more
  if (!found || found.metadata.deletionTimestamp !== undefined) return undefined;
  const zone = found.spec as unknown as AIZoneSpec;
  return {
    name: found.metadata.name,
    nodeSelector: zone.resources?.compute?.nodeSelector,
    ownNodes: zone.isolation === ZoneIsolation.NODE,
  };
}
