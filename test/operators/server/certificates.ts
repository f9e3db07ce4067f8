// x509's dependency injection needs it first
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const crypto = webcrypto;
x509.cryptoProvider.set(crypto as never);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 24 * 3600 * 1000;

/** A certificate and its key in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test. */
export class Authority {
  public static async create(): Promise<Authority> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=authority-${Math.random()}`,
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(certificate, keys.privateKey);
  }

  private constructor(
    private readonly root: x509.X509Certificate,
    private readonly key: webcrypto.CryptoKey,
  ) {}

  /** Its own certificate in PEM. */
  public get certificate(): string {
    return this.root.toString('pem');
  }

  /** A certificate for a name (of a server, a DNS name), and for `localhost`, as cert-manager makes it for the usages `server auth` or `client auth`. */
  public async issue(name: string, usage: 'serverAuth' | 'clientAuth' = 'serverAuth'): Promise<Pair> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: this.root.subject,
      publicKey: keys.publicKey,
      signingKey: this.key,
      signingAlgorithm: ALGORITHM,
      ...validity(),
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
        ...(usage === 'serverAuth'
          ? [new x509.SubjectAlternativeNameExtension([...new Set([name, 'localhost'])].map(dnsName))]
          : []),
      ],
    });
    const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(der, 'PRIVATE KEY') };
  }

  /** Writes a server's files into a folder, as cert-manager does into a Secret. */
  public async write(folder: string): Promise<void> {
    const { cert, key } = await this.issue('localhost');
    writeFileSync(join(folder, 'ca.crt'), this.certificate);
    writeFileSync(join(folder, 'tls.key'), key);
    writeFileSync(join(folder, 'tls.crt'), cert);
  }
}

/** A folder with a server's files, and the authority that they are from. */
export async function certificateFolder(): Promise<{ readonly folder: string; readonly authority: Authority }> {
  const folder = mkdtempSync(join(tmpdir(), 'hooks-'));
  const authority = await Authority.create();
  await authority.write(folder);
  return { folder, authority };
}

function dnsName(value: string): { readonly type: 'dns'; readonly value: string } {
  return { type: 'dns', value };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };
}
