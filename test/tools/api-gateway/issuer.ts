import { createHmac, createPublicKey, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import * as https from 'node:https';
import { AddressInfo } from 'node:net';

import { Certificate } from './certificates';

export const ISSUER = 'https://auth.acme.example/realms/shop';
export const AUDIENCE = 'shop';

/** A key that signs tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'ES256' | 'RS256';
  readonly key: KeyObject;
}

/** Makes a key. */
export function signingKey(kid: string, alg: SigningKey['alg'] = 'ES256'): SigningKey {
  const { privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, alg, key: privateKey };
}

/** Claims of a token that is valid for a while. */
export function claims(more: { readonly [claim: string]: unknown } = {}): { [claim: string]: unknown } {
  const now = Math.floor(Date.now() / 1000);
  return { iss: ISSUER, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 600, ...more };
}

/** A token. */
export function tokenOf({ kid, alg, key }: SigningKey, payload: object = claims()): string {
  const data = `${part({ typ: 'JWT', alg, kid })}.${part(payload)}`;
  const signature = sign('sha256', Buffer.from(data), alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key);
  return `${data}.${signature.toString('base64url')}`;
}

/** A token that says that it needs no signature. */
export function unsignedToken(): string {
  return `${part({ typ: 'JWT', alg: 'none' })}.${part(claims())}.`;
}

/** A token that is signed by the text of a public key, as if that were a secret. */
export function confusedToken({ kid, key }: SigningKey): string {
  const data = `${part({ typ: 'JWT', alg: 'HS256', kid })}.${part(claims())}`;
  const secret = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`;
}

function part(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url');
}

/** A server with the keys of an issuer. */
export interface KeyServer {
  readonly port: number;
  /** How often keys were asked for. */
  readonly asked: () => number;
  /** Has it serve these keys from now on. */
  readonly publish: (...keys: SigningKey[]) => void;
  readonly stop: () => Promise<void>;
}

/** Starts one on 127.0.0.1, at a port that was free before. */
export async function startKeyServer({ key, cert }: Certificate, keys: SigningKey[], port = 0): Promise<KeyServer> {
  let published = keys;
  let asked = 0;
  const server = https.createServer({ key, cert }, (_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: published.map(publicJwk) }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    publish: (...given) => {
      published = given;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function publicJwk({ kid, alg, key }: SigningKey): object {
  return { ...createPublicKey(key).export({ format: 'jwk' }), kid, alg, use: 'sig' };
}
