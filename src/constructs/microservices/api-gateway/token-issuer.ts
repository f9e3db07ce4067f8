import { IConstruct } from 'constructs';
import { publicAddresses } from '../../../contracts/addresses';
import { fail } from '../../../contracts/errors';
import { objectName } from '../../../contracts/names';
import { NetworkPeer } from '../../../contracts/network';
import { serverUrl, WEB_ADDRESS } from '../../../contracts/server-url';
import { TokenSettings } from './envoy/settings';

/** What a gateway says of the tokens that it takes. */
export interface TokenProps {
  readonly jwtIssuer?: string;
  readonly jwtAudiences?: string[];
  readonly jwksUri?: string;
  readonly jwksPeer?: NetworkPeer;
  readonly jwksCaConfigMapName?: string;
}

/** Tokens that are taken, and where their keys are. */
export interface Tokens extends TokenSettings {
  /** The server with the keys. */
  readonly peer: NetworkPeer;
}

/**
 * Where issuers have their keys, by the form of their URLs. Envoy does not ask `/.well-known/openid-configuration`, which says so for any issuer.
 *
 * Sources: https://auth0.com/docs/secure/tokens/json-web-tokens/json-web-key-sets,
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html,
 * https://accounts.google.com/.well-known/openid-configuration,
 * https://www.keycloak.org/securing-apps/oidc-layers,
 * https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens,
 * https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/CustomAS
 */
const KNOWN_ISSUERS: readonly (readonly [issuer: RegExp, keys: string])[] = [
  [/^https:\/\/accounts\.google\.com$/, 'https://www.googleapis.com/oauth2/v3/certs'],
  [/^(https:\/\/[a-z0-9-]+(?:\.[a-z]{2})?\.auth0\.com)\/$/, '$1/.well-known/jwks.json'],
  [/^(https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com\/[A-Za-z0-9_-]+)$/, '$1/.well-known/jwks.json'],
  [/^(https:\/\/login\.microsoftonline\.com\/[A-Za-z0-9.-]+)\/v2\.0$/, '$1/discovery/v2.0/keys'],
  [/^(https:\/\/[a-z0-9-]+\.okta\.com\/oauth2\/[A-Za-z0-9]+)$/, '$1/v1/keys'],
  [/^(https:\/\/[^/]+(?:\/[^/]+)*\/realms\/[^/]+)$/, '$1/protocol/openid-connect/certs'],
];

/**
 * The tokens that a gateway takes; undefined where it takes none.
 *
 * @throws InvalidInputError when what is given is not enough, malformed, or sends keys over the network in the clear
 */
export function tokensOf(where: IConstruct, props: TokenProps): Tokens | undefined {
  const { jwtIssuer: issuer, jwtAudiences: audiences, jwksCaConfigMapName: ca } = props;
  if (issuer === undefined) {
    const { jwtAudiences, jwksUri, jwksPeer, jwksCaConfigMapName } = props;
    for (const [prop, given] of Object.entries({ jwtAudiences, jwksUri, jwksPeer, jwksCaConfigMapName })) {
      if (given !== undefined) fail(where, prop, 'must come with jwtIssuer', given, 'give jwtIssuer, or leave it out');
    }
    return undefined;
  }
  if (issuer.length > 1024 || !new RegExp(`^https://${WEB_ADDRESS}$`).test(issuer)) {
    const fix = "write it as in the claim iss of its tokens, such as 'https://auth.acme.example/realms/shop'";
    fail(where, 'jwtIssuer', 'must be an https:// URL without credentials and query', issuer, fix);
  }
  if (audiences === undefined || audiences.length === 0 || audiences.includes('')) {
    const rule = 'must name the audiences of tokens for this gateway';
    const fix = 'give what tokens have in the claim aud; without it tokens for any other application would be taken';
    fail(where, 'jwtAudiences', rule, audiences, fix);
  }
  if (ca !== undefined) {
    objectName(where, 'jwksCaConfigMapName', 'a ConfigMap', ca, 'name one with a key ca.crt, of the same namespace');
  }
  const jwksUri = props.jwksUri ?? keysOf(where, issuer);
  const { protocol, hostname, port } = checkedUri(where, jwksUri);
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  if (props.jwksPeer === undefined && isInCluster(hostname)) {
    const fix = `name who serves it, such as { namespace: 'auth', podLabels: { app: 'keycloak' }, ports: [8443] }`;
    fail(where, 'jwksPeer', `must be given, since ${hostname} is in the cluster`, undefined, fix);
  }
  const peer = props.jwksPeer ?? publicAddresses([number]);
  return { issuer, audiences, jwksUri, hasOwnCa: ca !== undefined, peer };
}

function keysOf(where: IConstruct, issuer: string): string {
  const known = KNOWN_ISSUERS.find(([pattern]) => pattern.test(issuer));
  if (known) return issuer.replace(...known);
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const rule = `must be given for the issuer ${issuer}, whose keys could be anywhere`;
  fail(where, 'jwksUri', rule, undefined, `give what ${discovery} has as jwks_uri`);
}

function checkedUri(where: IConstruct, jwksUri: string): URL {
  const example = 'https://auth.acme.example/realms/shop/protocol/openid-connect/certs';
  const url = new URL(serverUrl(where, 'jwksUri', jwksUri, example));
  if (url.protocol === 'http:' && !isInCluster(url.hostname)) {
    const rule =
      'must begin with https:// unless it is in the cluster, since whoever changes the keys on their way makes tokens';
    fail(where, 'jwksUri', rule, jwksUri, `write it like '${example}'`);
  }
  return url;
}

/** Whether a name is one of the cluster's DNS. */
function isInCluster(host: string): boolean {
  return !host.includes('.') || host.endsWith('.svc') || host.endsWith('.svc.cluster.local');
}
