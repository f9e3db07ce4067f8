import {
  ModelDeliveryEnvironment,
  ModelDeliveryWorkflow,
  ModelDeliveryWorkflowProps,
  Tier,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, onKind } from './bad-input';

const STAGING: ModelDeliveryEnvironment = {
  name: 'staging',
  tier: Tier.STAGING,
  modelUrl: 'https://{name}--ml-inference.staging.acme.example',
};

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/models';

/** Delivers a repository of models; it is right as it is. */
function deliver(newApp: AppFactory, props: Partial<ModelDeliveryWorkflowProps>): ModelDeliveryWorkflow {
  return new ModelDeliveryWorkflow(newApp().kubernetes, 'models', {
    repository: 'https://github.com/acme/models',
    imageRepository: 'ghcr.io/acme/models',
    baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
    environments: [STAGING],
    ...props,
  });
}

function row(what: string, props: Partial<ModelDeliveryWorkflowProps>, given: unknown, message: string): BadInput {
  return { what, given, act: (newApp) => deliver(newApp, props), message: `[models] ${message}` };
}

function environment(
  what: string,
  props: Partial<ModelDeliveryEnvironment>,
  given: unknown,
  message: string,
): BadInput {
  return row(what, { environments: [{ ...STAGING, ...props }] }, given, message);
}

/** The delivery of a repository of models. */
export const DELIVERY_INPUTS: BadInput[] = [
  {
    what: 'a delivery in an environment',
    given: 'local',
    act: (newApp) =>
      new ModelDeliveryWorkflow(onKind(newApp()), 'models', {
        repository: 'https://github.com/acme/models',
        imageRepository: 'ghcr.io/acme/models',
        baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
        environments: [STAGING],
      }),
    message:
      '[local/models] scope must be the app, got "local": pass app.kubernetes, since a repository is of no one environment.',
  },
  row(
    'a delivery to no environment',
    { environments: [] },
    [],
    "environments must name an environment, got []: add one: { name: 'staging', … }.",
  ),
  row(
    'two deliveries to one environment',
    { environments: [STAGING, STAGING] },
    'staging',
    'environments[1].name must have a name of its own, got "staging": choose another; there are already: staging.',
  ),
  environment(
    'an environment of a delivery with a blank',
    { name: 'pre production' },
    'pre production',
    'environments[0].name must be a DNS label of at most 20 characters, got "pre production": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ),
  environment(
    'models that answer at one address',
    { modelUrl: 'https://models.acme.example' },
    'https://models.acme.example',
    'environments[0].modelUrl must have {name} once, got "https://models.acme.example": write it like \'https://{name}--ml-inference.ml.acme.example\'.',
  ),
  environment(
    'an address of models that a shell would expand',
    { modelUrl: 'https://{name}.$(id).example' },
    'https://name.$(id).example',
    'environments[0].modelUrl must be an http:// or https:// URL without credentials and query, got "https://name.$(id).example": write it like \'https://{name}--ml-inference.ml.acme.example\'; credentials belong in a Secret.',
  ),
  environment(
    'an address of MLflow with a password',
    { mlflowUrl: 'https://dana:secret@mlflow.acme.example' },
    'https://dana:secret@mlflow.acme.example',
    'environments[0].mlflowUrl must be an http:// or https:// URL without credentials and query, got "https://dana:secret@mlflow.acme.example": write it like \'https://mlflow.ml.acme.example\'; credentials belong in a Secret.',
  ),
  environment(
    'runners with an expression for a label',
    { runsOn: '${{ secrets.TOKEN }}' },
    '${{ secrets.TOKEN }}',
    'environments[0].runsOn must be a label of runners, got "${{ secrets.TOKEN }}": write it like \'ubuntu-latest\'.',
  ),
  environment(
    'a role that is a user',
    { awsRoleArn: 'arn:aws:iam::123456789012:user/dana', awsRegion: 'eu-west-1' },
    'arn:aws:iam::123456789012:user/dana',
    'environments[0].awsRoleArn must be the ARN of a role, got "arn:aws:iam::123456789012:user/dana": write it like \'arn:aws:iam::123456789012:role/model-delivery\'.',
  ),
  environment(
    'a role without a region',
    { awsRoleArn: 'arn:aws:iam::123456789012:role/model-delivery' },
    undefined,
    'environments[0].awsRegion must be given together with awsRoleArn, got nothing: give both, or leave both out.',
  ),
  row(
    'a repository with credentials',
    { repository: 'https://token@github.com/acme/models' },
    'https://token@github.com/acme/models',
    'repository must be the URL of a repository, got "https://token@github.com/acme/models": write it like \'https://github.com/acme/models\'.',
  ),
  row(
    'a branch that is an option',
    { branch: '--force' },
    '--force',
    'branch must be the name of a branch, got "--force": write it like \'main\'.',
  ),
  row(
    'overlays on the branch of the models',
    { deployBranch: 'main' },
    'main',
    'deployBranch must be another branch than that of the models, got "main": leave it out for deploy: the workflow pushes to it, past all reviews.',
  ),
  row(
    'a folder of models outside of the repository',
    { modelsFolder: '../models' },
    '../models',
    'modelsFolder must be a folder of the repository, got "../models": write it like \'models\'.',
  ),
  row(
    'a platform without nodes',
    { platform: 'windows/amd64' },
    'windows/amd64',
    'platform must be linux/amd64 or linux/arm64, got "windows/amd64": choose that of the nodes.',
  ),
  row(
    'a repository of images with a tag',
    { imageRepository: 'ghcr.io/acme/models:1.0' },
    'ghcr.io/acme/models:1.0',
    'imageRepository must be a registry and a path, without tag and digest, got "ghcr.io/acme/models:1.0": write it like \'ghcr.io/acme/models\'.',
  ),
  row(
    'an image of the service without a digest',
    { baseImage: 'ghcr.io/acme/inference:1.0.0' },
    'ghcr.io/acme/inference:1.0.0',
    'baseImage must have a digest, got "ghcr.io/acme/inference:1.0.0": add @sha256:… of the image, so that the same commit makes the same image.',
  ),
  row(
    'a registry of AWS without a role',
    { imageRepository: ECR },
    undefined,
    'awsRoleArn must be given, since the registry is one of AWS, got nothing: name a role that may push to it.',
  ),
  row(
    'a registry of AWS that an environment has no role for',
    { imageRepository: ECR, awsRoleArn: 'arn:aws:iam::123456789012:role/model-delivery', awsRegion: 'eu-west-1' },
    undefined,
    'environments.staging.awsRoleArn must be given, since the registry is one of AWS, got nothing: name a role that may read and write it.',
  ),
  row(
    'a public key that is a path',
    { publicKey: 'cosign.pub', signingKeyUri: 'awskms:///alias/models' },
    '10 characters',
    'publicKey must be the PEM of a public key, got "10 characters": give what cosign public-key prints.',
  ),
  row(
    'a public key without a private one',
    { publicKey: PEM },
    undefined,
    'signingKeyUri must be given together with publicKey, got nothing: give both, or leave both out for keyless signatures.',
  ),
  row(
    'a signing key in a file',
    { publicKey: PEM, signingKeyUri: 'cosign.key' },
    'cosign.key',
    'signingKeyUri must be the URI of a key in a key management service, got "cosign.key": write it like \'awskms:///alias/models\'.',
  ),
  row(
    'a webhook in the place of the name of its secret',
    { slackWebhookSecretName: 'https://hooks.slack.example/T0/B0/x' },
    'https://hooks.slack.example/T0/B0/x',
    'slackWebhookSecretName must be the name of a secret on GitHub, got "https://hooks.slack.example/T0/B0/x": write it like \'SLACK_WEBHOOK_URL\': the URL itself is the secret.',
  ),
  row(
    'a delivery that is told of in two ways',
    { slackWebhookSecretName: 'SLACK_WEBHOOK_URL', webhookSecretName: 'HOOK' },
    'HOOK',
    'webhookSecretName must not be given beside slackWebhookSecretName, got "HOOK": leave one of them out.',
  ),
];
