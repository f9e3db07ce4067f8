import { Tier } from '../../contracts/tier';

/** An environment that models are delivered to. */
export interface ModelDeliveryEnvironment {
  /**
   * Its name: that of the environment on GitHub, whose required reviewers approve each delivery, and of the folder of its overlay. A DNS label of at most 20
   * characters.
   */
  readonly name: string;
  /** Whose bounds the policy gate asks. */
  readonly tier: Tier;
  /** Where a model answers, with `{name}` for the name of its ModelDeployment: the smoke test asks there. */
  readonly modelUrl: string;
  /**
   * The tracking server of MLflow, as the runner reaches it, that versions are registered in.
   *
   * @default - the workflow registers nothing; the operator does, where the platform has MLflow
   */
  readonly mlflowUrl?: string;
  /**
   * ARN of the role that a delivery takes in AWS, by OIDC.
   *
   * @default - none
   */
  readonly awsRoleArn?: string;
  /**
   * Region of the role's calls.
   *
   * @default - none; a role needs one
   */
  readonly awsRegion?: string;
  /**
   * Label of the runners that reach the environment.
   *
   * @default 'ubuntu-latest'
   */
  readonly runsOn?: string;
}

/** Options of a model repository's delivery. */
export interface ModelDeliveryWorkflowProps {
  /** The repository of the models, such as `https://github.com/acme/models`. */
  readonly repository: string;
  /** Where models go, in this order; each has what the one before it has served. */
  readonly environments: ModelDeliveryEnvironment[];
  /** Where images go, as `<imageRepository>/<model>`: `ghcr.io/acme/models`, or a registry of ECR. */
  readonly imageRepository: string;
  /** The image of the inference service, with its digest. */
  readonly baseImage: string;
  /**
   * Branch whose pushes are delivered.
   *
   * @default 'main'
   */
  readonly branch?: string;
  /**
   * Branch with the overlays, `deploy/overlays/<environment>`, that Argo CD reads and the workflow alone writes.
   *
   * @default 'deploy'
   */
  readonly deployBranch?: string;
  /**
   * Folder with the manifests, each in a folder of its own beside its model.
   *
   * @default 'models'
   */
  readonly modelsFolder?: string;
  /**
   * Namespace of the ModelDeployments.
   *
   * @default 'ml-inference'
   */
  readonly namespace?: string;
  /**
   * PEM of the public key that images are verified with.
   *
   * @default - keyless: the workflow proves its identity to Sigstore
   */
  readonly publicKey?: string;
  /**
   * The private key in a key management service, such as `awskms:///arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`.
   *
   * @default - keyless
   */
  readonly signingKeyUri?: string;
  /**
   * ARN of the role that builds take in AWS, by OIDC: to read models in S3 and to push to ECR.
   *
   * @default - none
   */
  readonly awsRoleArn?: string;
  /**
   * Region of that role's calls.
   *
   * @default - none; a role needs one
   */
  readonly awsRegion?: string;
  /**
   * Name of the secret on GitHub with the URL of a Slack webhook that is told of each delivery.
   *
   * @default - none
   */
  readonly slackWebhookSecretName?: string;
  /**
   * Name of the secret on GitHub with a URL that is told of each delivery, in JSON.
   *
   * @default - none; without this and Slack nobody is told
   */
  readonly webhookSecretName?: string;
  /**
   * Platform of the images.
   *
   * @default 'linux/amd64'
   */
  readonly platform?: string;
}
