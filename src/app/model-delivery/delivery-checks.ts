import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';
import { pinnedImage, parseImage } from '../../contracts/image-reference';
import { dnsLabel } from '../../contracts/names';
import { serverUrl } from '../../contracts/server-url';
import { ModelDeliveryEnvironment, ModelDeliveryWorkflowProps } from './model-delivery-props';

/** Props that are right, with their defaults. */
export interface CheckedDelivery extends ModelDeliveryWorkflowProps {
  readonly branch: string;
  readonly deployBranch: string;
  readonly modelsFolder: string;
  readonly namespace: string;
  readonly platform: string;
  /** Host of the registry, by which the login is chosen. */
  readonly registry: Registry;
}

/** Who lets in to a registry: AWS, GitHub, or a user with a password. */
export type Registry = 'ecr' | 'ghcr' | 'password';

// what stands in YAML, in a shell and in names of Git: no pattern has quotes, blanks or what a shell or GitHub would expand
const BRANCH = /^[A-Za-z0-9][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$/;
const FOLDER = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const REPOSITORY = /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/;
const ROLE = /^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role\/[A-Za-z0-9_+=,.@/-]+$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-[0-9]$/;
const KEY = /^(awskms|gcpkms|azurekms|hashivault):\/\/[A-Za-z0-9._/:-]+$/;
const SECRET = /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/;
const RUNNER = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const PLATFORM = /^linux\/(amd64|arm64)$/;
const PEM = /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\s*$/;
const ECR = /^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

/**
 * Refuses what a workflow could not do, or would do otherwise than its reader thinks.
 *
 * @returns the props with their defaults
 */
export function checkDelivery(where: IConstruct, props: ModelDeliveryWorkflowProps): CheckedDelivery {
  const {
    environments,
    branch = 'main',
    deployBranch = 'deploy',
    modelsFolder = 'models',
    platform = 'linux/amd64',
  } = props;
  matches(
    where,
    'repository',
    props.repository,
    REPOSITORY,
    'be the URL of a repository',
    "write it like 'https://github.com/acme/models'",
  );
  matches(where, 'branch', branch, BRANCH, 'be the name of a branch', "write it like 'main'");
  matches(where, 'deployBranch', deployBranch, BRANCH, 'be the name of a branch', "write it like 'deploy'");
  if (branch === deployBranch) {
    fail(
      where,
      'deployBranch',
      'must be another branch than that of the models',
      deployBranch,
      'leave it out for deploy: the workflow pushes to it, past all reviews',
    );
  }
  matches(where, 'modelsFolder', modelsFolder, FOLDER, 'be a folder of the repository', "write it like 'models'");
  matches(where, 'platform', platform, PLATFORM, 'be linux/amd64 or linux/arm64', 'choose that of the nodes');
  const registry = checkImages(where, props);
  checkSigner(where, props);
  checkRole(where, '', props);
  checkEnvironments(where, environments);
  for (const prop of ['slackWebhookSecretName', 'webhookSecretName'] as const) {
    const name = props[prop];
    if (name !== undefined)
      matches(
        where,
        prop,
        name,
        SECRET,
        'be the name of a secret on GitHub',
        "write it like 'SLACK_WEBHOOK_URL': the URL itself is the secret",
      );
  }
  if (props.slackWebhookSecretName !== undefined && props.webhookSecretName !== undefined) {
    fail(
      where,
      'webhookSecretName',
      'must not be given beside slackWebhookSecretName',
      props.webhookSecretName,
      'leave one of them out',
    );
  }
  const namespace = dnsLabel(where, 'namespace', props.namespace ?? 'ml-inference');
  return { ...props, branch, deployBranch, modelsFolder, namespace, platform, registry };
}

function checkImages(
  where: IConstruct,
  { imageRepository, baseImage, awsRoleArn, environments }: ModelDeliveryWorkflowProps,
): Registry {
  const image = parseImage(imageRepository);
  const [host] = imageRepository.split('/');
  if (
    !image ||
    image.tag !== undefined ||
    image.digest !== undefined ||
    !/[.:]/.test(host) ||
    !imageRepository.includes('/')
  ) {
    fail(
      where,
      'imageRepository',
      'must be a registry and a path, without tag and digest',
      imageRepository,
      "write it like 'ghcr.io/acme/models'",
    );
  }
  pinnedImage(where, 'baseImage', baseImage);
  if (!/@sha256:[0-9a-f]{64}$/.test(baseImage)) {
    fail(
      where,
      'baseImage',
      'must have a digest',
      baseImage,
      'add @sha256:… of the image, so that the same commit makes the same image',
    );
  }
  if (!ECR.test(host)) return host === 'ghcr.io' ? 'ghcr' : 'password';
  if (awsRoleArn === undefined) {
    fail(
      where,
      'awsRoleArn',
      'must be given, since the registry is one of AWS',
      undefined,
      'name a role that may push to it',
    );
  }
  const without = environments.find((one) => one.awsRoleArn === undefined);
  if (without) {
    fail(
      where,
      `environments.${without.name}.awsRoleArn`,
      'must be given, since the registry is one of AWS',
      undefined,
      'name a role that may read and write it',
    );
  }
  return 'ecr';
}

function checkSigner(where: IConstruct, { publicKey, signingKeyUri }: ModelDeliveryWorkflowProps): void {
  if (publicKey !== undefined && !PEM.test(publicKey)) {
    // whoever gives the private one should not find it in a log
    fail(
      where,
      'publicKey',
      'must be the PEM of a public key',
      `${publicKey.length} characters`,
      'give what cosign public-key prints',
    );
  }
  if (signingKeyUri !== undefined) {
    matches(
      where,
      'signingKeyUri',
      signingKeyUri,
      KEY,
      'be the URI of a key in a key management service',
      "write it like 'awskms:///alias/models'",
    );
  }
  if ((publicKey === undefined) !== (signingKeyUri === undefined)) {
    const [prop, other] = publicKey === undefined ? ['publicKey', 'signingKeyUri'] : ['signingKeyUri', 'publicKey'];
    fail(
      where,
      prop,
      `must be given together with ${other}`,
      undefined,
      'give both, or leave both out for keyless signatures',
    );
  }
}

function checkEnvironments(where: IConstruct, environments: readonly ModelDeliveryEnvironment[]): void {
  if (environments.length === 0)
    fail(where, 'environments', 'must name an environment', [], "add one: { name: 'staging', … }");
  const names = environments.map(({ name }) => name);
  for (const [at, environment] of environments.entries()) {
    const prop = `environments[${at}]`;
    dnsLabel(where, `${prop}.name`, environment.name, 20);
    if (names.indexOf(environment.name) < at) {
      fail(
        where,
        `${prop}.name`,
        'must have a name of its own',
        environment.name,
        `choose another; there are already: ${names.slice(0, at).join(', ')}`,
      );
    }
    const url = environment.modelUrl;
    if (url.split('{name}').length !== 2) {
      fail(
        where,
        `${prop}.modelUrl`,
        'must have {name} once',
        url,
        "write it like 'https://{name}--ml-inference.ml.acme.example'",
      );
    }
    serverUrl(where, `${prop}.modelUrl`, url.replace('{name}', 'name'), 'https://{name}--ml-inference.ml.acme.example');
    if (environment.mlflowUrl !== undefined) {
      serverUrl(where, `${prop}.mlflowUrl`, environment.mlflowUrl, 'https://mlflow.ml.acme.example');
    }
    if (environment.runsOn !== undefined) {
      matches(
        where,
        `${prop}.runsOn`,
        environment.runsOn,
        RUNNER,
        'be a label of runners',
        "write it like 'ubuntu-latest'",
      );
    }
    checkRole(where, `${prop}.`, environment);
  }
}

function checkRole(
  where: IConstruct,
  prefix: string,
  { awsRoleArn, awsRegion }: { readonly awsRoleArn?: string; readonly awsRegion?: string },
): void {
  if (awsRoleArn !== undefined) {
    matches(
      where,
      `${prefix}awsRoleArn`,
      awsRoleArn,
      ROLE,
      'be the ARN of a role',
      "write it like 'arn:aws:iam::123456789012:role/model-delivery'",
    );
  }
  if (awsRegion !== undefined)
    matches(where, `${prefix}awsRegion`, awsRegion, REGION, 'be a region of AWS', "write it like 'eu-west-1'");
  if ((awsRoleArn === undefined) !== (awsRegion === undefined)) {
    const [prop, other] = awsRoleArn === undefined ? ['awsRoleArn', 'awsRegion'] : ['awsRegion', 'awsRoleArn'];
    fail(where, `${prefix}${prop}`, `must be given together with ${other}`, undefined, 'give both, or leave both out');
  }
}

function matches(where: IConstruct, prop: string, value: string, pattern: RegExp, rule: string, fix: string): void {
  if (value.length > 512 || !pattern.test(value)) fail(where, prop, `must ${rule}`, value, fix);
}
