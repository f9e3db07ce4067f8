import { App, Chart } from 'cdk8s';
import { ModelDeploymentSpec } from '../api/generated/model-deployment';
import { Finding } from '../api/schema/validate';
import { InvalidInputError } from '../contracts/errors';
import { ModelDeploymentObjects } from '../kinds/model-deployment/model-deployment-objects';
import { ModelDeploymentSettings } from '../kinds/model-deployment/settings';
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
export type RenderSettings = Pick<OperatorSettings, 'gateway' | 'scraper'> & {
  readonly modelDeployment: ModelDeploymentSettings;
};

/** What the operator makes of a ModelDeployment that it accepts, or why it would not. */
export function modelObjects(
  { name, namespace, image, spec }: ServedManifest,
  { gateway, scraper, modelDeployment: settings }: RenderSettings,
): { readonly objects: object[] } | { readonly finding: Finding } {
  const { model, serving } = spec as ModelDeploymentSpec;
  const chart = new Chart(new App(), 'objects', { disableResourceNameHashes: true, namespace });
  try {
    new ModelDeploymentObjects(chart, 'deployment', {
      name,
      namespace,
      modelName: model.name,
      modelVersion: model.version,
      framework: model.framework,
      artifactUri: model.artifact?.uri,
      artifactSha256: model.artifact?.sha256,
      description: model.description,
      owner: model.owner,
      image,
      runAsUser: serving?.runAsUser,
      replicas: serving?.replicas,
      resources: serving?.resources,
      autoscaling: serving?.autoscaling,
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
