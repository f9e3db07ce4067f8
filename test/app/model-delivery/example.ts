import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  KindProvider,
  ModelDeliveryWorkflow,
  ModelDeliveryWorkflowProps,
  PlatformApp,
  Tier,
} from 'ml-platform-constructs';

const ROLE = { awsRoleArn: 'arn:aws:iam::123456789012:role/model-delivery', awsRegion: 'eu-west-1' };

/** Two environments, keyless signatures and GitHub's registry. */
export const ON_GITHUB: ModelDeliveryWorkflowProps = {
  repository: 'https://github.com/acme/models',
  imageRepository: 'ghcr.io/acme/models',
  baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
  environments: [
    { name: 'staging', tier: Tier.STAGING, modelUrl: 'https://{name}--ml-inference.staging.acme.example' },
    { name: 'production', tier: Tier.PRODUCTION, modelUrl: 'https://{name}--ml-inference.acme.example' },
  ],
  slackWebhookSecretName: 'SLACK_WEBHOOK_URL',
};

/** The same on AWS, with MLflow. */
export const ON_AWS: ModelDeliveryWorkflowProps = {
  ...ON_GITHUB,
  ...ROLE,
  imageRepository: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/models',
  environments: ON_GITHUB.environments.map((one) => ({
    ...one,
    ...ROLE,
    mlflowUrl: 'https://mlflow.acme.example',
    runsOn: 'inside',
  })),
  slackWebhookSecretName: undefined,
  webhookSecretName: 'DELIVERIES_URL',
};

/** One environment, a key in a key management service, a registry with a password, and nobody who is told. */
export const WITH_KEY: ModelDeliveryWorkflowProps = {
  ...ON_GITHUB,
  imageRepository: 'registry.acme.example:5000/models',
  environments: ON_GITHUB.environments.slice(0, 1),
  publicKey: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n',
  signingKeyUri: 'hashivault://models',
  slackWebhookSecretName: undefined,
};

/** Every variant by a name. */
export const VARIANTS = { 'on GitHub': ON_GITHUB, 'on AWS': ON_AWS, 'with a key': WITH_KEY };

/** An app with an environment, which writes into a folder. */
export function appIn(folder: string, environments?: string[]): PlatformApp {
  const app = new PlatformApp({
    manifestsOutdir: path.join(folder, 'dist'),
    terraformOutdir: path.join(folder, 'cdktf.out'),
    args: [],
    environments,
  });
  app.environment('local', { provider: KindProvider.local() }).addCluster();
  return app;
}

/** The files of a repository as they are written, by path. */
export function writtenFiles(folder: string, props: ModelDeliveryWorkflowProps): Map<string, string> {
  const app = appIn(folder);
  new ModelDeliveryWorkflow(app.kubernetes, 'models', props);
  app.synth();
  return filesIn(path.join(folder, 'dist', 'models'));
}

/** Every file below a folder, by path. */
export function filesIn(folder: string): Map<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
}
