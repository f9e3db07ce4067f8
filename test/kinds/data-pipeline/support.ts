import { App, Chart } from 'cdk8s';
import { DataPipelineSpec } from '../../../src/api/generated/data-pipeline';
import { DataPipelineObjects } from '../../../src/kinds/data-pipeline/data-pipeline-objects';
import { DataPipelineSettings } from '../../../src/kinds/data-pipeline/settings';
import { ZonePlacement } from '../../../src/kinds/ai-zone/placement';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly spec: Record<string, unknown>;
  readonly data: Record<string, string>;
}

/** The objects of a pipeline, by kind. */
export function objects(
  spec: object,
  settings: DataPipelineSettings = {},
  name = 'orders',
  zone?: ZonePlacement,
): Readonly<Record<string, Manifest>> {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  const given = spec as unknown as DataPipelineSpec;
  new DataPipelineObjects(chart, 'pipeline', { name, namespace: 'shop', spec: given, settings, zone });
  return Object.fromEntries((chart.toJson() as Manifest[]).map((object) => [object.kind, object]));
}

export const DATABASE = {
  type: 'database',
  config: { driver: 'postgresql', connection: { secretRef: { name: 'db' } }, table: 'orders' },
};
export const LAKE = { type: 'datalake', config: { path: 's3://lake/orders/' } };

/** What a pipeline is refused with. */
export function refusal(spec: object, settings?: DataPipelineSettings): string {
  try {
    objects(spec, settings);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}
