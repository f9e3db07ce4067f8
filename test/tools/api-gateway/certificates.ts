import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** A key and a certificate that is signed by itself, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Makes a certificate for a host. */
export function certificateFor(host: string): Certificate {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certificate-'));
  const file = (name: string): string => path.join(folder, name);
  const { status, stderr } = spawnSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-keyout', file('key'), '-out', file('cert'), '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const certificate = { key: fs.readFileSync(file('key'), 'utf8'), cert: fs.readFileSync(file('cert'), 'utf8') };
  fs.rmSync(folder, { recursive: true, force: true });
  return certificate;
}
