import { Autoscaling, ComputeResources } from '../../../src/api/generated/shared';
import { ModelDeploymentObjects } from '../../../src/kinds/model-deployment/model-deployment-objects';
import { MODEL_DEPLOYMENT_OPERATOR } from '../../../src/kinds/model-deployment/operator';
import { ModelDeploymentSettings } from '../../../src/kinds/model-deployment/settings';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { Operator, Report, ReportContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { render } from '../runtime/render';

/** What the operator reads of a ModelDeployment's spec; the policy gate reads the rest. */
export interface ModelDeploymentJson {
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly framework: string;
    readonly artifact?: { readonly uri: string };
  };
  readonly serving?: {
    readonly image?: string;
    readonly replicas?: number;
    readonly resources?: ComputeResources;
    readonly autoscaling?: Autoscaling;
  };
}

/** Production's, in the zero-touch document. */
const PRODUCTION: ModelDeploymentSettings = { minReplicas: 3, maxReplicas: 50, cpu: '2', memory: '4Gi' };

/** Serves a model once it has an image. */
export const modelDeploymentOperator: Operator<ModelDeploymentJson> = {
  definition: MODEL_DEPLOYMENT_OPERATOR,
  preflight: ({ spec }) => ({
    objects: [],
    passed: spec.serving?.image !== undefined,
    condition: built(spec.serving?.image),
  }),
  desired: ({ name, namespace, spec, settings }, problems) => {
    const { model, serving } = spec;
    const image = serving?.image;
    if (image === undefined) return [];
    if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
      problems.add(
        'metadata.name',
        `must be the name of a Service, got "${name}": use at most 63 lower-case letters, digits and hyphens, beginning with a letter`,
      );
      return [];
    }
    return render(namespace, problems, (chart) => {
      new ModelDeploymentObjects(chart, name, {
        name,
        namespace,
        modelName: model.name,
        modelVersion: model.version,
        framework: model.framework,
        artifactUri: model.artifact?.uri,
        image,
        replicas: serving?.replicas,
        resources: serving?.resources,
        autoscaling: serving?.autoscaling,
        settings: settings.modelDeployment ?? PRODUCTION,
        scraper: settings.scraper,
        gateway: settings.gateway,
      });
    });
  },
  report,
  // set by model reviewers
  othersConditions: ['Approved'],
};

function built(image: string | undefined): ConditionReport {
  return image === undefined
    ? {
        type: 'ImageAvailable',
        status: false,
        reason: 'NotBuilt',
        message: 'spec.serving.image is not set yet: the workflow that builds the image sets it',
      }
    : { type: 'ImageAvailable', status: true, reason: 'Given', message: `The image is ${image}` };
}

function report(context: ReportContext<ModelDeploymentJson>): Report {
  const { active, children, name, namespace, problems } = context;
  const deployment = children.find('apps/v1', 'Deployment', name, namespace);
  const ready = readiness(deployment);
  const image = imageOf(deployment);
  const phase = active
    ? ready.status === true
      ? 'Deployed'
      : ready.reason === 'ProgressDeadlineExceeded'
        ? 'Failed'
        : 'Deploying'
    : problems.isEmpty
      ? 'Building'
      : 'Failed';
  return { phase, fields: image === undefined ? {} : { image }, conditions: [ready] };
}

/** Ready when every replica is new and available, as the Deployment's controller observed it. */
function readiness(deployment: KubernetesObject | undefined): ConditionReport {
  if (!deployment) {
    return { type: 'Ready', status: false, reason: 'NotDeployed', message: 'There is no Deployment yet' };
  }
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = (deployment.status ?? {}) as Readonly<Record<string, number | undefined>>;
  const progressing = conditionOf(deployment, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    const message = `The new pods do not become ready: ${progressing.message ?? ''}. Look at their events and logs`;
    return { type: 'Ready', status: false, reason: 'ProgressDeadlineExceeded', message };
  }
  const desired = Number(deployment.spec?.replicas ?? 1);
  const isNew = observedGeneration >= (deployment.metadata.generation ?? 0);
  const done = isNew && updatedReplicas >= desired && availableReplicas >= desired && replicas === updatedReplicas;
  const message = `${availableReplicas} of ${desired} replicas are available, ${updatedReplicas} are of the desired version`;
  return { type: 'Ready', status: done, reason: done ? 'Available' : 'RollingOut', message };
}

function imageOf(deployment: KubernetesObject | undefined): string | undefined {
  const spec = deployment?.spec as
    | { readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } } }
    | undefined;
  return spec?.template?.spec?.containers?.[0]?.image;
}
