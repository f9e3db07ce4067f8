import { Autoscaling, ComputeResources } from '../../../src/api/generated/shared';
import { PLATFORM_GROUP } from '../../../src/contracts/names';
import { lookup } from '../../../src/contracts/lookup';
import {
  CONTENT_ANNOTATION,
  MODEL_CONTAINER,
  ModelDeploymentObjects,
} from '../../../src/kinds/model-deployment/model-deployment-objects';
import { CHILD, childName, ownLabel } from '../../../src/kinds/child-names';
import { MODEL_DEPLOYMENT_OPERATOR } from '../../../src/kinds/model-deployment/operator';
import { GateVerdict, gateVerdict, mergedPolicies, policiesOfTier } from '../../../src/kinds/model-deployment/gate';
import { ModelDeploymentSettings } from '../../../src/kinds/model-deployment/settings';
import { Tier } from '../../../src/contracts/tier';
import { ConditionReport, previousConditions } from '../runtime/conditions';
import { Operator, Report, ReportContext, SyncContext } from '../runtime/operator';
import { livePods, servedImages, troubleOf } from '../runtime/pods';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { leastReplicas, rolloutOf } from '../runtime/rollout';
import { specTime } from './spec-time';

/** A ModelDeployment's spec. */
export interface ModelDeploymentJson {
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly framework: string;
    readonly description?: string;
    readonly owner?: string;
    readonly card?: string;
    readonly artifact?: { readonly uri: string; readonly sha256?: string };
  };
  readonly serving?: {
    readonly image?: string;
    readonly runAsUser?: number;
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
  related: ({ metadata: { name, namespace } }): readonly RelatedRule[] => [
    { apiVersion: 'v1', resource: 'pods', namespace, labelSelector: { matchLabels: serverSelector(name) } },
  ],
  preflight: (context) => {
    const image = context.spec.serving?.image;
    const gate = gateOf(context);
    return { objects: [], passed: image !== undefined && gate.status === true, condition: built(image) };
  },
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
      // an id of its own: the name may be one that every object of JavaScript has
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
        card: model.card,
        image,
        runAsUser: serving?.runAsUser,
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
  const { children, name, namespace } = context;
  const deployment = children.find('apps/v1', 'Deployment', childName(name, CHILD.DEPLOYMENT), namespace);
  const ready = readiness(context, deployment);
  const image = servedImage(context);
  const gate = gateOf(context);
  const { policies } = verdictOf(context);
  return {
    phase: phaseOf(context, gate, ready),
    fields: { policies, ...(image === undefined ? {} : { image }) },
    conditions: [gate, ready],
    // Metacontroller does not tell of a change of the status
    ...(gate.reason === WAITS ? { resyncAfterSeconds: 30 } : {}),
  };
}

function phaseOf(
  { active, problems, spec }: ReportContext<ModelDeploymentJson>,
  gate: ConditionReport,
  ready: ConditionReport,
): string {
  if (gate.reason === REJECTED) return 'Rejected';
  if (problems.isEmpty && spec.serving?.image === undefined && !active) return 'Building';
  if (problems.isEmpty && gate.reason === WAITS) return 'Validating';
  if (!active) return 'Failed';
  if (ready.status === true) return 'Deployed';
  return FAILURES.includes(ready.reason) ? 'Failed' : 'Deploying';
}

const REJECTED = 'PolicyFailed';
const WAITS = 'WaitsForApproval';

type Gated = Pick<SyncContext<ModelDeploymentJson>, 'parent' | 'spec' | 'settings' | 'now'>;

/** What the gate says of the object as it is; what it asks of it is the environment's. */
function verdictOf({ parent, settings, now }: Gated): GateVerdict {
  const policies = mergedPolicies(policiesOfTier(Tier.DEVELOPMENT), settings.modelDeployment?.policies);
  return gateVerdict({ manifest: parent, policies, now: specTime(parent, now) });
}

/** Whether the model may be served: it keeps the policies, and a reviewer has approved it where one must. */
function gateOf(context: Gated): ConditionReport {
  const type = 'GatePassed';
  const { allowed, policies } = verdictOf(context);
  if (!allowed) {
    const message = policies.flatMap((policy) => (policy.passed ? [] : (policy.message ?? policy.name))).join('; ');
    return { type, status: false, reason: REJECTED, message };
  }
  if (!(context.settings.modelDeployment?.policies?.approval ?? false)) {
    return { type, status: true, reason: 'PoliciesKept', message: 'The manifest keeps the policies of the platform' };
  }
  const { generation } = context.parent.metadata;
  const approval = previousConditions(context.parent).find((condition) => condition.type === 'Approved');
  if (approval?.status === 'True' && approval.observedGeneration === generation) {
    return { type, status: true, reason: 'Approved', message: `Approved: ${approval.message}` };
  }
  const message = `A model reviewer has to set the condition Approved for generation ${generation}; what was served before stays`;
  return { type, status: false, reason: WAITS, message };
}

const DEADLINE = 'ProgressDeadlineExceeded';
/** Reasons that do not go away by waiting. */
const FAILURES: readonly string[] = [DEADLINE, 'FailedCreate'];

const RUN_AS_USER =
  "set spec.serving.runAsUser to the number of the image's user, or build the image with a numeric one";

/**
 * Ready when what is desired is rolled out and as many replicas as are asked for at least are available, as the Deployment's controller
 * observed it.
 */
function readiness(
  context: ReportContext<ModelDeploymentJson>,
  deployment: KubernetesObject | undefined,
): ConditionReport {
  const not = (reason: string, message: string): ConditionReport => ({ type: 'Ready', status: false, reason, message });
  const { active } = context;
  const desired = active?.objects.find(({ kind }) => kind === 'Deployment');
  if (!desired || !deployment) return not('NotDeployed', 'There is no Deployment yet');
  if (contentOf(deployment) !== contentOf(desired)) {
    return not('RollingOut', 'The Deployment is still the previous one');
  }
  const least = leastReplicas(active?.objects ?? []);
  const { ready, failure, availableReplicas, updatedReplicas } = rolloutOf(deployment, least);
  const message = `${availableReplicas} of ${least} replicas are available, ${updatedReplicas} are of the desired version`;
  if (ready) return { type: 'Ready', status: true, reason: 'Available', message };
  const trouble = troubleOf(livePods(context, isServerOf(context)), RUN_AS_USER);
  // a Deployment that is over its deadline says only that; its pods say why
  if (failure?.reason === DEADLINE) {
    const why = trouble?.message ?? `${failure.message}. Look at their events and logs`;
    return not(DEADLINE, `The new pods do not become ready: ${why}`);
  }
  if (failure) return not(failure.reason, failure.message);
  return trouble ? not(trouble.reason, `${trouble.message} (${message})`) : not('RollingOut', message);
}

function contentOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[CONTENT_ANNOTATION];
}

/** What Metacontroller shows the operator of the pods. */
function serverSelector(name: string): { readonly [label: string]: string } {
  return { ...ownLabel('model-deployment', name), [`${PLATFORM_GROUP}/component`]: 'model-server' };
}

function isServerOf({ name }: ReportContext<ModelDeploymentJson>): (pod: KubernetesObject) => boolean {
  const selector = Object.entries(serverSelector(name));
  return ({ metadata }) => selector.every(([label, value]) => lookup(metadata.labels, label) === value);
}

/**
 * The image that answers, by its digest where the node knows it: that of the last report while any pod has it, since a roll-out may
 * not succeed. Undefined while nothing answers.
 */
function servedImage(context: ReportContext<ModelDeploymentJson>): string | undefined {
  const images = servedImages(livePods(context, isServerOf(context)), MODEL_CONTAINER);
  const before = context.parent.status?.image;
  return typeof before === 'string' && images.includes(before) ? before : images.at(-1);
}
