import { Environment } from '../../../src/app';
import { ManifestGraph } from '../../../src/checks';
import { Tier } from '../../../src/contracts';
import { KindProvider } from '../../../src/providers/kind';
import { temporaryApp } from '../../support/synth';

/** An environment on Kind with a cluster. */
export function environmentOf(tier = Tier.LOCAL): Environment {
  const environment = temporaryApp().app.environment('sample', { provider: KindProvider.local(), tier });
  environment.addCluster();
  return environment;
}

/** An object as it would be written. */
export interface ManifestJson {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: { [key: string]: string } };
  readonly [field: string]: unknown;
}

/** The one object of a kind and name. */
export function manifest(environment: Environment, kind: string, name: string): ManifestJson {
  const found = manifestsOf(environment, kind).filter((json) => json.metadata.name === name);
  expect([kind, name, found.length]).toEqual([kind, name, 1]);
  return found[0];
}

/** The objects of a kind. */
export function manifestsOf(environment: Environment, kind: string): ManifestJson[] {
  return ManifestGraph.of(environment)
    .manifests.filter((one) => one.kind === kind)
    .map((one) => one.json as ManifestJson);
}

/** The field `spec` of an object. */
export function specOf(json: ManifestJson): Record<string, unknown> {
  return json.spec as Record<string, unknown>;
}
