import { RUNNER_IMAGE, RUNNER_SPARK_VERSION } from '../../constructs/engines/engine-pods';
import { ARGO_ACCOUNT, ARGO_RESOURCES_ACCOUNT, SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { MLFLOW_CLIENT_IMAGE } from '../../constructs/tracking/mlflow-version';
import { SecretEnv } from '../../contracts/backing-service';
import { GatewaySettings } from '../../contracts/network';

/** A key of a Secret in the namespace of the workflow. */
export interface MLWorkflowSecretKey {
  /** Name of the Secret. */
  readonly secretName: string;
  /** Key in the Secret. */
  readonly key: string;
}

/** The bucket through which stages hand files on. */
export interface MLWorkflowArtifactSettings {
  /** Name of the bucket. */
  readonly bucket: string;
  /**
   * Host, and port where it is not the usual one, of the object store.
   *
   * @default 's3.amazonaws.com'
   */
  readonly endpoint?: string;
  /**
   * Region of the bucket.
   *
   * @default - that of the object store
   */
  readonly region?: string;
  /**
   * Whether the object store is reached without TLS.
   *
   * @default false
   */
  readonly insecure?: boolean;
  /**
   * Key below which the artifacts of each run are kept, in `<namespace>/<workflow>/<run>`.
   *
   * @default 'workflows'
   */
  readonly prefix?: string;
  /**
   * The access key. It comes with `secretKey`.
   *
   * @default - the permissions of the ServiceAccount are used
   */
  readonly accessKey?: MLWorkflowSecretKey;
  /**
   * The secret key.
   *
   * @default - the permissions of the ServiceAccount are used
   */
  readonly secretKey?: MLWorkflowSecretKey;
}

/** What an MLWorkflow has to know of the platform that it runs on. The settings of the operators have it. */
export interface MLWorkflowSettings {
  /**
   * MLflow, for workflows that name no server: `http://mlflow.mlflow.svc:5000`.
   *
   * @default - none: runs are not tracked, and workflows with a stage of type model-registry must name a server
   */
  readonly trackingUri?: string;
  /**
   * The Gateway through which pushes come.
   *
   * @default - nothing is reached from outside: a trigger of type git is refused
   */
  readonly gateway?: GatewaySettings;
  /**
   * Namespaces with an EventBus and the accounts of Argo Events, whose workflows may start with pushes.
   *
   * @default - none: a trigger of type git is refused
   */
  readonly pushNamespaces?: string[];
  /**
   * ServiceAccount of stages that run a container; it may report results to Argo Workflows, and nothing else.
   *
   * @default 'argo-workflow'
   */
  readonly serviceAccountName?: string;
  /**
   * ServiceAccount of stages that make SparkApplications, TrainJobs and runs of DataPipelines. Programs of users never run as it.
   *
   * @default 'argo-workflow-resources'
   */
  readonly resourceServiceAccountName?: string;
  /**
   * ServiceAccount of Spark drivers and executors.
   *
   * @default 'spark'
   */
  readonly sparkServiceAccountName?: string;
  /**
   * Environment variables of every stage, such as `AWS_ENDPOINT_URL_S3`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: string };
  /**
   * Environment variables of every stage from Secrets in the namespace of the workflow.
   *
   * @default - none
   */
  readonly secretEnv?: SecretEnv[];
  /**
   * The bucket through which stages hand files on.
   *
   * @default - none: stages pass on metrics only, and keep their files where they choose
   */
  readonly artifacts?: MLWorkflowArtifactSettings;
  /**
   * ClusterTrainingRuntimes by framework; the key `mpi` is for the backend of that name, whatever the framework.
   *
   * @default - `torch-distributed` for pytorch and huggingface. Other frameworks train in one container.
   */
  readonly trainingRuntimes?: { readonly [framework: string]: string };
  /**
   * Images by framework, for trainings that name none.
   *
   * @default - that of the runtime
   */
  readonly trainingImages?: { readonly [framework: string]: string };
  /**
   * Image of python-job stages that name none, and of the evaluation gate. It must have Python.
   *
   * @default 'docker.io/library/python:3.13.7-slim'
   */
  readonly pythonImage?: string;
  /**
   * Image with Python and MLflow's client, for stages of type model-registry.
   *
   * @default 'ghcr.io/mlflow/mlflow:v3.15.1'
   */
  readonly registryImage?: string;
  /**
   * Image of Spark, for spark-job stages that name none.
   *
   * @default 'docker.io/apache/spark:4.0.1-scala2.13-java17-python3-ubuntu'
   */
  readonly sparkImage?: string;
  /**
   * Version of Spark in the images.
   *
   * @default '4.0.1'
   */
  readonly sparkVersion?: string;
  /**
   * Configuration of Spark, such as that of the object store.
   *
   * @default - that of Spark
   */
  readonly sparkConf?: { readonly [key: string]: string };
  /**
   * Executors that a spark-job stage grows to; one is there at least.
   *
   * @default 4
   */
  readonly sparkMaxExecutors?: number;
  /**
   * PriorityClass of the pods of stages.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * Whether the SparkApplications and TrainJobs of a run that failed are kept with their pods, to look into. Where they are not,
   * whatever a run that failed or was stopped still holds is given back.
   *
   * @default false
   */
  readonly keepFailedJobs?: boolean;
}

/** The settings with their defaults. */
export type ResolvedSettings = MLWorkflowSettings &
  Required<
    Pick<
      MLWorkflowSettings,
      | 'serviceAccountName'
      | 'resourceServiceAccountName'
      | 'sparkServiceAccountName'
      | 'env'
      | 'secretEnv'
      | 'trainingRuntimes'
      | 'trainingImages'
      | 'pythonImage'
      | 'registryImage'
      | 'sparkImage'
      | 'sparkVersion'
      | 'sparkConf'
      | 'sparkMaxExecutors'
      | 'keepFailedJobs'
    >
  >;

/** Fills in the defaults. */
export function resolveSettings(settings: MLWorkflowSettings = {}): ResolvedSettings {
  return {
    ...settings,
    serviceAccountName: settings.serviceAccountName ?? ARGO_ACCOUNT,
    resourceServiceAccountName: settings.resourceServiceAccountName ?? ARGO_RESOURCES_ACCOUNT,
    sparkServiceAccountName: settings.sparkServiceAccountName ?? SPARK_ACCOUNT,
    env: settings.env ?? {},
    secretEnv: settings.secretEnv ?? [],
    trainingRuntimes: { pytorch: 'torch-distributed', huggingface: 'torch-distributed', ...settings.trainingRuntimes },
    trainingImages: settings.trainingImages ?? {},
    pythonImage: settings.pythonImage ?? 'docker.io/library/python:3.13.7-slim',
    registryImage: settings.registryImage ?? MLFLOW_CLIENT_IMAGE,
    sparkImage: settings.sparkImage ?? RUNNER_IMAGE,
    sparkVersion: settings.sparkVersion ?? RUNNER_SPARK_VERSION,
    sparkConf: settings.sparkConf ?? {},
    sparkMaxExecutors: settings.sparkMaxExecutors ?? 4,
    keepFailedJobs: settings.keepFailedJobs ?? false,
  };
}
