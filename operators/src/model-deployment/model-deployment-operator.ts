import { PLATFORM_GROUP } from '../../../src/contracts/names';
import { ModelDeploymentAnalysis } from '../../../src/kinds/model-deployment/analysis';
import { IMAGE_VERIFICATION, MODEL_REGISTRATION } from '../../../src/kinds/model-deployment/jobs';
import { ModelDeploymentObjects } from '../../../src/kinds/model-deployment/model-deployment-objects';
import { MODEL_DEPLOYMENT_OPERATOR } from '../../../src/kinds/model-deployment/operator';
import { CONTENT_ANNOTATION } from '../../../src/kinds/model-deployment/pod';
import { modelDeploymentSettings } from '../../../src/kinds/operators/kind-settings';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { ownLabel } from '../../../src/kinds/child-names';
import { Operator, Problems } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { judge } from './judgement';
import { report } from './report';
import { serverSelector } from './serving';
import { DeploymentContext, isServiceName, ModelDeploymentJson, olderVersion } from './spec';
import { preflight } from './steps';

/** Old versions that are kept for a roll-back. */
const KEPT = 10;

/** Serves a model once its image is verified and it is registered: see docs/operators/model-deployment.md. */
export const modelDeploymentOperator: Operator<ModelDeploymentJson> = {
  definition: MODEL_DEPLOYMENT_OPERATOR,
  related,
  preflight,
  desired,
  report,
  versioning: {
    version: ({ model }) => model.version,
    limit: () => KEPT,
    rollbackTo: olderVersion,
    judge,
  },
  // set by model reviewers
  othersConditions: ['Approved'],
};

function related({ metadata: { name, namespace } }: KubernetesObject, settings: OperatorSettings): RelatedRule[] {
  const pods = { apiVersion: 'v1', resource: 'pods', namespace };
  const { signers = [], mlflowUrl } = modelDeploymentSettings(settings);
  const runsJobs = signers.length > 0 || mlflowUrl !== undefined;
  const jobs = {
    matchLabels: ownLabel('model-deployment-job', name),
    matchExpressions: [
      { key: `${PLATFORM_GROUP}/component`, operator: 'In', values: [IMAGE_VERIFICATION, MODEL_REGISTRATION] },
    ],
  };
  return [
    { ...pods, labelSelector: { matchLabels: serverSelector(name) } },
    ...(runsJobs ? [{ ...pods, labelSelector: jobs }] : []),
  ];
}

function desired(context: DeploymentContext, problems: Problems): readonly KubernetesObject[] {
  const { name, namespace, spec, settings } = context;
  const image = spec.serving?.image;
  if (image === undefined) return [];
  if (!isServiceName(name)) {
    problems.add(
      'metadata.name',
      `must be the name of a Service, got "${name}": use at most 63 lower-case letters, digits and hyphens, beginning with a letter`,
    );
    return [];
  }
  const objects = render(namespace, problems, (chart) => {
    // an id of its own: the name may be one that every object of JavaScript has
    new ModelDeploymentObjects(chart, 'deployment', {
      name,
      namespace,
      spec,
      image,
      settings: modelDeploymentSettings(settings),
      scraper: settings.scraper,
      gateway: settings.gateway,
    });
  });
  return [...objects, ...analysis(context, objects)];
}

/** What measures the version, where there is something that does. */
function analysis(
  { name, namespace, spec, settings }: DeploymentContext,
  objects: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (!deployment || !measures(settings)) return [];
  return render(namespace, new Problems(), (chart) => {
    new ModelDeploymentAnalysis(chart, 'analysis', {
      name,
      namespace,
      modelName: spec.model.name,
      modelVersion: spec.model.version,
      content: deployment.metadata.annotations?.[CONTENT_ANNOTATION] ?? '',
      prometheusUrl: settings.prometheusUrl,
    });
  });
}

/** Whether the cluster has Argo Rollouts' AnalysisRuns. */
function measures({ apiGroups, customResources }: OperatorSettings): boolean {
  const serves = apiGroups?.includes('argoproj.io') ?? true;
  return serves && (customResources?.includes('AnalysisRun.argoproj.io') ?? true);
}
