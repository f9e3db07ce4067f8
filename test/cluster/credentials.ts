import { generateKeyPairSync, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';

/** Adds a user to a file of tokens. Returns the token. */
export function addUser(file: string, name: string, group = ''): string {
  const token = randomBytes(24).toString('hex');
  fs.appendFileSync(file, `${token},${name},${name}${group && `,${group}`}\n`, { mode: 0o600 });
  return token;
}

/** The pair of keys that the tokens of service accounts are signed with. */
export function writeServiceAccountKeys(privateFile: string, publicFile: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  fs.writeFileSync(privateFile, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  fs.writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
}

/** Writes a kubeconfig. Returns its path. */
export function writeKubeconfig(file: string, server: string, ca: string, token: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  // JSON is YAML.
  fs.writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return file;
}
