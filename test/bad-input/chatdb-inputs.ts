import { ChatDb, ChatDbProps, Environment, Exposure, Tier } from 'ml-platform-constructs';
import { BadInput, onKind, platformOn } from './bad-input';

const IMAGE = 'ghcr.io/acme/chatdb:1.4.2';
const ISSUER = 'https://auth.acme.example/realms/chatdb';
const AT = '[local/chatdb]';

/** A ChatDB that is right but for these props. */
function chatDbIn(environment: Environment, props: ChatDbProps = {}): ChatDb {
  return new ChatDb(environment, 'chatdb', { domain: 'acme.example', image: IMAGE, ...props });
}

function given(what: string, props: ChatDbProps, shown: unknown, message: string, tier = Tier.LOCAL): BadInput {
  return {
    what,
    given: shown,
    act: (newApp) => chatDbIn(onKind(newApp(), {}, tier), props),
    message: `${AT} ${message}`,
  };
}

function beside(what: string, act: (environment: Environment) => unknown, shown: unknown, message: string): BadInput {
  return { what, given: shown, act: (newApp) => act(onKind(newApp())), message };
}

/** ChatDB. */
export const CHATDB_INPUTS: BadInput[] = [
  given(
    'a ChatDB without images',
    { image: undefined },
    [
      'training-orchestrator',
      'ml-engine',
      'model-registry',
      'query-parser',
      'prediction-service',
      'db-connector',
      'train-model',
      'test-service',
      'test-runner',
    ],
    'images must have every program where there is no image, got ["training-orchestrator","ml-engine","model-registry","query-parser","prediction-service","db-connector","train-model","test-service","test-runner"]: give them, or image for the rest.',
  ),
  given(
    'an image of a program of ChatDB that there is not',
    { images: { 'ml-engin': IMAGE } },
    'ml-engin',
    'images must be of programs that there are, got "ml-engin": use ml-engine.',
  ),
  given(
    'an image of ChatDB that can change',
    { image: 'ghcr.io/acme/chatdb' },
    'ghcr.io/acme/chatdb',
    'image must have a digest, or a tag other than latest, got "ghcr.io/acme/chatdb": pin a version, such as \'ghcr.io/acme/chatdb:1.2.3\'; otherwise two pods of one workload may run different code.',
  ),
  given(
    'an image of one program of ChatDB that can change',
    { images: { 'query-parser': 'ghcr.io/acme/query-parser:latest' } },
    'ghcr.io/acme/query-parser:latest',
    'images.query-parser must have a digest, or a tag other than latest, got "ghcr.io/acme/query-parser:latest": pin a version, such as \'ghcr.io/acme/query-parser:1.2.3\'; otherwise two pods of one workload may run different code.',
  ),
  ...[Tier.STAGING, Tier.PRODUCTION].map((tier) =>
    given(
      `a ChatDB that lets everybody in, in ${tier}`,
      {},
      undefined,
      "jwtIssuer must be given in staging and production, got nothing: give the issuer of the tokens, such as 'https://auth.acme.example/realms/chatdb'.",
      tier,
    ),
  ),
  given(
    'whom tokens are for without their issuer',
    { jwtAudiences: ['chatdb'] },
    ['chatdb'],
    'jwtAudiences must come with jwtIssuer, got ["chatdb"]: give it too, or leave this out.',
  ),
  given(
    'where the keys of tokens are without their issuer',
    { jwksUri: `${ISSUER}/keys` },
    `${ISSUER}/keys`,
    `jwksUri must come with jwtIssuer, got "${ISSUER}/keys": give it too, or leave this out.`,
  ),
  {
    what: 'a ChatDB with tokens for nobody',
    given: [],
    act: (newApp) => chatDbIn(onKind(newApp()), { jwtIssuer: ISSUER, jwtAudiences: [] }),
    message:
      '[local/chatdb/services/services/api-gateway] jwtAudiences must name the audiences of tokens for this gateway, got []: give what tokens have in the claim aud; without it tokens for any other application would be taken.',
  },
  {
    what: 'a ChatDB that answers no request',
    given: 0,
    act: (newApp) => chatDbIn(onKind(newApp()), { requestsPerMinute: 0 }),
    message:
      '[local/chatdb/services/services/api-gateway] requestsPerMinute must be a whole number between 1 and 1000000, got 0: give requests in a minute.',
  },
  {
    what: 'a load balancer for ChatDB on a laptop',
    given: 'LoadBalancer',
    act: (newApp) => chatDbIn(onKind(newApp()), { exposure: Exposure.loadBalancer() }),
    message:
      '[local/chatdb/services/services/api-gateway] exposure must be one that the cluster has, which is without load balancers, got "LoadBalancer": use Exposure.nodePort(30090) or Exposure.cluster() here.',
  },
  {
    what: 'a host of ChatDB with a scheme',
    given: 'https://chatdb.acme.example',
    act: (newApp) => chatDbIn(onKind(newApp()), { host: 'https://chatdb.acme.example' }),
    message:
      '[local/chatdb/services/services/api-gateway] host must be a host name of at least two labels, got "https://chatdb.acme.example": use one like api.acme.example, without scheme, port or path.',
  },
  given(
    'a ChatDB without a domain and without a platform',
    { domain: undefined },
    undefined,
    "domain must be given where the environment has no DataPlatform, got nothing: give one such as 'ml.acme.example'.",
  ),
  beside(
    'another domain for ChatDB than that of the gateway',
    (environment) => {
      platformOn(environment);
      return chatDbIn(environment);
    },
    'acme.example',
    `${AT} domain must be that of the DataPlatform (ml.acme.example), got "acme.example": leave it out: both share a gateway.`,
  ),
  beside(
    'a second ChatDB',
    (environment) => {
      chatDbIn(environment);
      return new ChatDb(environment, 'second', { image: IMAGE });
    },
    'local/chatdb',
    '[local/second] scope must have no ChatDb yet, since an environment has one, got "local/chatdb": use that one, and remove this.',
  ),
  beside(
    'a ChatDB on a cluster without a platform',
    (environment) => {
      environment.addCluster();
      return chatDbIn(environment);
    },
    'local',
    `${AT} environment must have a DataPlatform where it has a cluster already, got "local": make the DataPlatform before, or leave the cluster to this composition.`,
  ),
  beside(
    'a ChatDB on a platform without monitoring',
    (environment) => {
      platformOn(environment, { standardTeams: [] });
      return chatDbIn(environment, { domain: undefined });
    },
    'standardTeams without StandardTeam.MONITORING',
    `${AT} monitoring must be part of the platform of local/platform, got "standardTeams without StandardTeam.MONITORING": change that, or do without what needs it.`,
  ),
];
