import { App, Chart } from 'cdk8s';
import { Finding } from '../api/schema/validate';
import { InvalidInputError } from '../contracts/errors';
import { ModelDeploymentObjects } from '../kinds/model-deployment/model-deployment-objects';
import { ServedSpec } from '../kinds/model-deployment/plan';
import { modelDeploymentSettings } from '../kinds/operators/kind-settings';
import { OperatorSettings } from '../kinds/operators/operator-settings';

/** A ModelDeployment that can be served. */
export interface ServedManifest {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** With the defaults of the schema. */
  readonly spec: unknown;
}

/** What the operator knows of an environment. */
export type RenderSettings = Pick<OperatorSettings, 'apiGroups' | 'gateway' | 'scraper' | 'modelDeployment'>;

/** What the operator makes of a ModelDeployment that it accepts, or why it would not. */
export function modelObjects(
  { name, namespace, image, spec }: ServedManifest,
  { scraper, gateway, ...platform }: RenderSettings,
): { readonly objects: object[] } | { readonly finding: Finding } {
  const chart = new Chart(new App(), 'objects', { disableResourceNameHashes: true, namespace });
  const settings = modelDeploymentSettings({ ...platform, scraper, prometheusUrl: '' });
  try {
    const served = spec as ServedSpec;
    new ModelDeploymentObjects(chart, 'deployment', {
      name,
      namespace,
      spec: served,
      image,
      settings,
      scraper,
      gateway,
    });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const message = error.message.replace(/^\[[^\]]*\] \S+ /, '').replace(/\.$/, '');
    return { finding: { field: `spec.${error.prop}`, message, reason: 'rule' } };
  }
  return { objects: chart.toJson() as object[] };
}
