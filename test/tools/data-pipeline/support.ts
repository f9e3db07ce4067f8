import * as fs from 'node:fs';
import * as path from 'node:path';

import { App, Chart } from 'cdk8s';
import { DataPipelineSpec } from '../../../src/api/generated/data-pipeline';
import { DataPipelineObjects } from '../../../src/kinds/data-pipeline/data-pipeline-objects';
import { DataPipelineSettings } from '../../../src/kinds/data-pipeline/settings';

export interface Manifest {
  readonly kind: string;
  readonly data: Record<string, string>;
  readonly spec: Record<string, unknown>;
}

/** The objects of a pipeline, by kind. */
export function objects(spec: object, settings: DataPipelineSettings = {}): Readonly<Record<string, Manifest>> {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  const given = spec as unknown as DataPipelineSpec;
  new DataPipelineObjects(chart, 'pipeline', { name: 'orders', namespace: 'shop', spec: given, settings });
  return Object.fromEntries((chart.toJson() as Manifest[]).map((object) => [object.kind, object]));
}

/** Files as a volume has them. */
export function mount(folder: string, files: Readonly<Record<string, string>>): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
}

/** Text of all files below a folder, without those that begin with a dot or an underscore. */
export function textsBelow(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const found = path.join(folder, entry.name);
    if (/^[._]/.test(entry.name)) return [];
    return entry.isDirectory() ? textsBelow(found) : [fs.readFileSync(found, 'utf8')];
  });
}
