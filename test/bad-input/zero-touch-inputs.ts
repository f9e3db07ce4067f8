import { Environment, NeuralPlatform, Tier, ZeroTouch, ZeroTouchProps } from 'ml-platform-constructs';
import { AppFactory, BadInput, onKind, platformOn } from './bad-input';

const SIGNERS = [{ issuer: 'https://issuer.acme.example', subject: 'robot@acme.example' }];
const AT = '[local/zero-touch]';

/** On a platform that is right. */
function zeroTouchOn(newApp: AppFactory, props: ZeroTouchProps, tier = Tier.LOCAL): ZeroTouch {
  const environment = onKind(newApp(), {}, tier);
  platformOn(environment);
  return new ZeroTouch(environment, 'zero-touch', props);
}

function given(what: string, props: ZeroTouchProps, shown: unknown, message: string, tier?: Tier): BadInput {
  return { what, given: shown, act: (newApp) => zeroTouchOn(newApp, props, tier), message: `${AT} ${message}` };
}

function beside(what: string, act: (environment: Environment) => unknown, shown: unknown, message: string): BadInput {
  return { what, given: shown, act: (newApp) => act(onKind(newApp())), message };
}

const notBoth = (second: string, first: string): string =>
  `[local/${second}] scope must have no composition with the operator of ModelDeployments yet, since an environment has one, got "local/${first}": make one of the two in an environment of its own.`;

/** The zero-touch deployment of models. */
export const ZERO_TOUCH_INPUTS: BadInput[] = [
  ...[Tier.STAGING, Tier.PRODUCTION].map((tier) =>
    given(
      `models that nobody signs in ${tier}`,
      {},
      undefined,
      'signers must be given in staging and production, got nothing: give [delivery.signer] of the ModelDeliveryWorkflow.',
      tier,
    ),
  ),
  given(
    'models that nobody signs, by an empty list',
    { signers: [] },
    [],
    'signers must be one signer or more, got []: name who signs; without one nothing could be verified.',
  ),
  given(
    'a signer of models that is nobody',
    { signers: [{}] },
    undefined,
    'signers[0] must have a publicKey, or else an issuer and a subject, got nothing: give the one that signs; two signers are two entries.',
  ),
  given(
    'a way past policies that are not there',
    { breakGlassGroup: 'acme:ml-on-call' },
    'acme:ml-on-call',
    'breakGlassGroup must come with signers, got "acme:ml-on-call": leave it out: no image is verified.',
  ),
  {
    what: 'a built-in group of Kubernetes as those who may have a model served past the policies',
    given: 'system:masters',
    act: (newApp) => zeroTouchOn(newApp, { signers: SIGNERS, breakGlassGroup: 'system:masters' }),
    message:
      '[local/zero-touch/admission/admission] breakGlassGroup must be a group of the identity provider, got "system:masters": name a group of your own; those that start with system: are built in.',
  },
  given(
    'a policy of models for a figure that none has',
    { modelPolicies: { least: { acuracy: 0.9 } } },
    'acuracy',
    'modelPolicies.least.acuracy must be a figure of a ModelDeployment, got "acuracy": use ' +
      'accuracy, f1_score, precision, recall, auc_roc, latency_p95_ms, ' +
      'demographic_parity, equalized_odds, equal_opportunity, disparate_impact.',
  ),
  given(
    'credentials in the URL of MLflow',
    { mlflowUrl: 'http://user:secret@mlflow.acme.example' },
    'http://user:secret@mlflow.acme.example',
    'mlflowUrl must be an http:// or https:// URL without credentials and query, got "http://user:secret@mlflow.acme.example": write it like \'http://mlflow.mlflow.svc:5000\'; credentials belong in a Secret.',
  ),
  given(
    'an image of the operator that can change',
    { operatorsImage: 'registry.example/operators:latest' },
    'registry.example/operators:latest',
    'operatorsImage must have a digest, or a tag other than latest, got "registry.example/operators:latest": pin a version, such as \'registry.example/operators:1.2.3\'; otherwise two pods of one workload may run different code.',
  ),
  {
    what: 'the name of a Secret with the login of the registry that is none',
    given: 'Registry Login',
    act: (newApp) => zeroTouchOn(newApp, { registrySecretName: 'Registry Login' }),
    message:
      '[local/zero-touch/inference/inference] registrySecretName must be a DNS label of at most 63 characters, got "Registry Login": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a quota for models without CPU',
    given: '0',
    act: (newApp) => zeroTouchOn(newApp, { quota: { cpu: '0', memory: '8Gi' } }),
    message:
      "[local/zero-touch/inference/inference/Resource] quota.cpu must be a Kubernetes quantity of at least 1m, got \"0\": write it in cores, such as '500m' or '2'.",
  },
  {
    what: 'an administrator of models who is everybody',
    given: 'system:authenticated',
    act: (newApp) => zeroTouchOn(newApp, { platformAdminGroup: 'system:authenticated' }),
    message:
      '[local/zero-touch/governance/personas] platformAdminGroup must be a group of the identity provider, got "system:authenticated": name a group of your own; those that start with system: are built in.',
  },
  {
    what: 'a level of the log of the operator that there is not',
    given: 'verbose',
    act: (newApp) => zeroTouchOn(newApp, { logLevel: 'verbose' }),
    message:
      '[local/zero-touch/operators/operators] logLevel must be one of debug, info, warn, error, got "verbose": choose one of them.',
  },
  given(
    'another domain for models than that of the gateway',
    { domain: 'other.example' },
    'other.example',
    'domain must be that of the DataPlatform (ml.acme.example), got "other.example": leave it out: both share a gateway.',
  ),
  given(
    'pools for a cluster that is there before the deployment of models',
    { gpuPools: [] },
    [],
    'gpuPools must be said to the DataPlatform, which has the cluster, got []: give it there.',
  ),
  beside(
    'the deployment of models beside a NeuralPlatform',
    (environment) => {
      new NeuralPlatform(environment, 'neural', { domain: 'ml.acme.example' });
      return new ZeroTouch(environment, 'zero-touch');
    },
    'local/neural',
    notBoth('zero-touch', 'neural'),
  ),
  beside(
    'a NeuralPlatform beside the deployment of models',
    (environment) => {
      new ZeroTouch(environment, 'zero-touch', { domain: 'ml.acme.example' });
      return new NeuralPlatform(environment, 'neural');
    },
    'local/zero-touch',
    notBoth('neural', 'zero-touch'),
  ),
  beside(
    'a second deployment of models',
    (environment) => {
      new ZeroTouch(environment, 'zero-touch', { domain: 'ml.acme.example' });
      return new ZeroTouch(environment, 'second');
    },
    'local/zero-touch',
    '[local/second] scope must have no ZeroTouch yet, since an environment has one, got "local/zero-touch": use that one, and remove this.',
  ),
  beside(
    'the deployment of models without a domain and without a platform',
    (environment) => new ZeroTouch(environment, 'zero-touch'),
    undefined,
    `${AT} domain must be given where the environment has no DataPlatform, got nothing: give one such as 'ml.acme.example'.`,
  ),
  beside(
    'the deployment of models on a cluster without a platform',
    (environment) => {
      environment.addCluster();
      return new ZeroTouch(environment, 'zero-touch', { domain: 'ml.acme.example' });
    },
    'local',
    `${AT} environment must have a DataPlatform where it has a cluster already, got "local": make the DataPlatform before, or leave the cluster to this composition.`,
  ),
];
