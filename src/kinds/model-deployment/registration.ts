import { Construct } from 'constructs';
import { canonicalJson } from '../../contracts/canonical-json';
import { programFiles } from '../../contracts/programs';
import { inVariableOrder } from '../../contracts/variable-order';
import { CHILD, contentName } from '../child-names';
import { platformServices } from '../egress';
import { attestedPart, AttestedManifest, libraries } from './evidence';
import { addJob, addJobPolicy, FINAL, JOB_CONTAINER, MODEL_REGISTRATION } from './jobs';
import { DEPLOYMENT_IMAGES, ModelDeploymentSettings } from './settings';

/** A manifest, as it is registered. */
export interface RegisteredManifest extends AttestedManifest {
  readonly model: AttestedManifest['model'] & {
    readonly framework?: string;
    readonly description?: string;
    readonly owner?: string;
    readonly artifact?: { readonly uri: string; readonly sha256?: string };
  };
}

/** Options of the registration of a model. */
export interface ModelRegistrationProps {
  /** Name of the ModelDeployment. */
  readonly name: string;
  /** Namespace of the ModelDeployment. */
  readonly namespace: string;
  /** The image, with its digest where it is known. */
  readonly image: string;
  /** The manifest. */
  readonly manifest: RegisteredManifest;
  /** URL of MLflow. */
  readonly mlflowUrl: string;
  /** The platform. */
  readonly settings: ModelDeploymentSettings;
}

/** Name of the model in MLflow, which takes no slash there; a namespace has no dot. */
export function registeredName(namespace: string, model: string): string {
  return `${namespace}.${model}`;
}

const ATTEMPTS = {
  // up to ten minutes between two
  backoffLimit: 12,
  activeDeadlineSeconds: 3 * 3600,
  podFailurePolicy: {
    rules: [
      { action: 'FailJob', onExitCodes: { containerName: 'register', operator: 'In', values: [FINAL] } },
      // a pod that is taken away is no attempt
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ],
  },
};

/**
 * A Job that registers a model with its evidence in MLflow. It finds what it registered before: another attempt adds nothing. The same
 * version with another image or another artifact is refused.
 */
export class ModelRegistration extends Construct {
  /** Name of the Job. */
  public readonly jobName: string;

  public constructor(scope: Construct, id: string, props: ModelRegistrationProps) {
    super(scope, id);
    const { name: deployment, namespace, image, manifest, mlflowUrl, settings } = props;
    const { model } = manifest;
    const component = MODEL_REGISTRATION;
    const variables: { readonly [name: string]: string | undefined } = {
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      MLFLOW_TRACKING_URI: mlflowUrl,
      MODEL_NAME: registeredName(namespace, model.name),
      MODEL_VERSION: model.version,
      MODEL_DEPLOYMENT: `${namespace}/${deployment}`,
      MODEL_IMAGE: image,
      MODEL_URI: model.artifact?.uri,
      MODEL_FRAMEWORK: model.framework,
      MODEL_OWNER: model.owner,
      MODEL_DESCRIPTION: model.description,
      MODEL_EVIDENCE: canonicalJson(attestedPart(manifest)),
      TERMINATION_LOG: '/dev/termination-log',
    };
    const container = {
      name: 'register',
      image: settings.pythonImage ?? DEPLOYMENT_IMAGES.python,
      command: ['python3', '-c', programFiles('model-jobs')['register_deployment.py']],
      args: libraries(manifest),
      env: inVariableOrder(
        Object.entries(variables)
          .filter(([, value]) => value !== undefined)
          // what a user writes is no reference to another variable
          .map(([name, value]) => ({ name, value: value?.replaceAll('$(', '$$(') })),
      ),
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      ...JOB_CONTAINER,
    };
    addJobPolicy(
      this,
      { deployment, namespace, component, ending: CHILD.DEPLOYMENT_REGISTRATION },
      platformServices(namespace, mlflowUrl),
    );
    this.jobName = contentName(deployment, CHILD.DEPLOYMENT_REGISTRATION, [canonicalJson({ ATTEMPTS, container })]);
    addJob(this, 'Job', {
      deployment,
      namespace,
      name: this.jobName,
      component,
      attempts: ATTEMPTS,
      restartPolicy: 'Never',
      runAsUser: 1000,
      container,
      tmpSize: '64Mi',
    });
  }
}
