import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { giveInput } from '../../support/process-input';
import { goTool, GoTool } from '../go-tool';

const run = promisify(execFile);

/** Kyverno's engine with a program around it. */
export const ENGINE: GoTool = { name: 'kyverno-engine', package: './engine', folder: __dirname, minutes: 5 };

/** Cosign as the workflow has it. */
export const COSIGN: GoTool = {
  name: 'cosign',
  package: 'github.com/sigstore/cosign/v3/cmd/cosign',
  folder: path.join(__dirname, '..', 'supply-chain'),
  minutes: 5,
};

/** What one policy says of a request. */
export interface Judgement {
  readonly policy: string;
  readonly status: 'pass' | 'fail' | 'error' | 'skip' | 'warn';
  readonly message: string;
}

/** A request to the API server. */
export interface Asked {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly plural: string;
  readonly object: object;
  readonly oldObject?: object;
  readonly subresource?: string;
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** What Kyverno says of requests, in a cluster with these namespaces and objects. */
export async function judged(
  policies: readonly unknown[],
  namespaces: { readonly [name: string]: { readonly [label: string]: string } },
  resources: readonly { readonly plural: string; readonly object: object }[],
  requests: readonly Asked[],
): Promise<Judgement[][]> {
  const input = {
    policies,
    resources,
    namespaces: Object.fromEntries(
      Object.entries(namespaces).map(([name, labels]) => [name, { metadata: { name, labels } }]),
    ),
    requests: requests.map(request),
  };
  const child = run(await goTool(ENGINE), [], { maxBuffer: 64 * 1024 * 1024 });
  giveInput(child.child, JSON.stringify(input));
  return JSON.parse((await child).stdout) as Judgement[][];
}

function request({ operation, plural, object, oldObject, subresource }: Asked): object {
  const { apiVersion, kind, metadata } = object as Named;
  const [version, group = ''] = apiVersion.split('/').reverse();
  const resource = { group, version, resource: plural };
  return {
    uid: '1',
    kind: { group, version, kind },
    resource,
    requestKind: { group, version, kind },
    requestResource: resource,
    ...(subresource === undefined ? {} : { subResource: subresource }),
    name: metadata.name,
    namespace: metadata.namespace,
    operation,
    userInfo: { username: 'system:serviceaccount:argocd:argocd-application-controller' },
    object,
    oldObject: oldObject ?? null,
    options: null,
  };
}

/** A registry of this machine, empty. */
export interface Registry {
  readonly address: string;
  stop(): void;
}

/** Starts one. */
export async function registry(): Promise<Registry> {
  const child = spawn(await goTool(ENGINE), ['registry'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
  });
  return { address, stop: () => child.kill() };
}

/**
 * Puts an image into a registry: one layer with a text.
 *
 * @returns its name with the digest
 */
export async function pushImage(address: string, repository: string, tag: string, text: string): Promise<string> {
  const { stdout } = await run(await goTool(ENGINE), ['push', `${address}/${repository}:${tag}`, text]);
  return `${address}/${repository}@${stdout.trim()}`;
}

/** Somebody with a pair of keys. */
export interface KeyHolder {
  /** PEM. */
  readonly publicKey: string;
  sign(image: string): Promise<void>;
  /** @param format flags of Cosign for the format of the attestation */
  attest(image: string, type: string, predicate: unknown, ...format: string[]): Promise<void>;
}

/** Makes a pair of keys with Cosign. */
export async function keyHolder(): Promise<KeyHolder> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cosign-'));
  const cosign = async (...args: string[]): Promise<void> => {
    const env = { ...process.env, COSIGN_PASSWORD: '', HOME: folder };
    await run(await goTool(COSIGN), args, { cwd: folder, env });
  };
  await cosign('generate-key-pair');
  // no public log, and the registry of this machine has no certificate
  const how = [
    '--key',
    'cosign.key',
    '--yes',
    '--use-signing-config=false',
    '--tlog-upload=false',
    '--allow-insecure-registry',
  ];
  return {
    publicKey: fs.readFileSync(path.join(folder, 'cosign.pub'), 'utf8'),
    sign: (image) => cosign('sign', ...how, image),
    attest: async (image, type, predicate, ...format) => {
      fs.writeFileSync(path.join(folder, 'predicate.json'), JSON.stringify(predicate));
      await cosign('attest', ...how, ...format, '--type', type, '--predicate', 'predicate.json', image);
    },
  };
}
