import { createPublicKey, KeyObject } from 'node:crypto';
import { IConstruct } from 'constructs';
import { fail } from './errors';

/**
 * Who signs the images of models and what is said about them: the holder of a key, or a workflow that proves its identity to Sigstore
 * (keyless). One of the two.
 */
export interface ImageSigner {
  /**
   * PEM of the public key.
   *
   * @default - keyless
   */
  readonly publicKey?: string;
  /**
   * Issuer of the identity's tokens, such as `https://token.actions.githubusercontent.com`.
   *
   * @default - a key
   */
  readonly issuer?: string;
  /**
   * The identity: for GitHub Actions the workflow and its ref, such as
   * `https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main`.
   *
   * @default - a key
   */
  readonly subject?: string;
}

const GITHUB_ACTIONS = 'https://token.actions.githubusercontent.com';

/** A workflow of a branch or a tag; what a pull request runs is anyone's. */
const WORKFLOW =
  /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml@refs\/(heads|tags)\/\S+$/;

const KEYS = ['ec', 'ed25519', 'rsa'];
const LEAST_RSA_BITS = 2048;

/**
 * Refuses signers that nobody is, or anybody may be.
 *
 * @throws InvalidInputError for the first of them
 */
export function checkSigners(where: IConstruct | string, prop: string, signers: readonly ImageSigner[]): void {
  if (signers.length === 0) {
    fail(where, prop, 'must be one signer or more', signers, 'name who signs; without one nothing could be verified');
  }
  signers.forEach((signer, at) => checkSigner(where, `${prop}[${at}]`, signer));
}

function checkSigner(where: IConstruct | string, prop: string, { publicKey, issuer, subject }: ImageSigner): void {
  const keyless = issuer !== undefined || subject !== undefined;
  if ((publicKey !== undefined) === keyless) {
    const given = publicKey === undefined ? undefined : { publicKey: '…', issuer, subject };
    const fix = 'give the one that signs; two signers are two entries';
    fail(where, prop, 'must have a publicKey, or else an issuer and a subject', given, fix);
  }
  if (publicKey !== undefined) return checkKey(where, `${prop}.publicKey`, publicKey);
  if (issuer === undefined || !/^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[^\s?#*]*)?$/.test(issuer)) {
    const fix = `give the issuer of the tokens, such as ${GITHUB_ACTIONS}`;
    fail(where, `${prop}.issuer`, 'must be an https:// URL', issuer, fix);
  }
  checkSubject(where, `${prop}.subject`, issuer, subject ?? '');
}

function checkSubject(where: IConstruct | string, prop: string, issuer: string, subject: string): void {
  if (subject.trim() === '' || /[\s*]/.test(subject) || /(^|[^\\])\.[+?]|[()[\]|^$\\]/.test(subject)) {
    const fix = 'write the whole identity; it is compared as it is, and a pattern would be met by others';
    fail(where, prop, 'must be one identity, without wildcards', subject, fix);
  }
  if (issuer === GITHUB_ACTIONS && !WORKFLOW.test(subject)) {
    const fix =
      "write it like 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main'; pull requests are anyone's";
    fail(where, prop, 'must be a workflow of a branch or a tag', subject, fix);
  }
}

function checkKey(where: IConstruct | string, prop: string, pem: string): void {
  const shown = `${pem.trim().split('\n', 1)[0].slice(0, 40)}…`;
  if (/PRIVATE KEY/.test(pem)) {
    const fix = 'give the public key (cosign.pub), and make a new pair: what is in a program is no secret';
    fail(where, prop, 'must be a public key', 'a private key', fix);
  }
  if (!/^\s*-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\s*$/.test(pem)) {
    fail(where, prop, 'must be one public key in PEM', shown, 'give the content of cosign.pub');
  }
  const key = parsed(pem) ?? fail(where, prop, 'must be a public key in PEM', shown, 'give the content of cosign.pub');
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails } = key;
  const bits = asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS;
  if (!KEYS.includes(type) || bits < LEAST_RSA_BITS) {
    const given = type === 'rsa' ? `rsa with ${bits} bits` : type;
    const fix = 'make a pair with cosign generate-key-pair';
    fail(where, prop, `must be an ECDSA, Ed25519 or RSA key of at least ${LEAST_RSA_BITS} bits`, given, fix);
  }
}

function parsed(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
