import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { ServerOptions } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { FastifyReply, FastifyRequest } from 'fastify';

/** Options of TLS files. */
interface TlsFilesOptions {
  /** Folder with `tls.crt` and `tls.key`, and `ca.crt` for client certificates. */
  readonly folder: string;
  /** Whether callers of hooks must have a certificate from the authority `ca.crt`. @default false */
  readonly clientCertificates?: boolean;
  /** Milliseconds between two looks at the files. @default 10000 */
  readonly interval?: number;
}

type Context = Pick<ServerOptions, 'cert' | 'key' | 'ca'>;

/**
 * Certificate and key in files that are written anew now and then, as cert-manager and the kubelet do. New connections get the
 * new certificate; a pair that does not fit is not taken.
 */
export class TlsFiles {
  private readonly certificate: string;

  /** @throws when a file cannot be read */
  public constructor(private readonly options: TlsFilesOptions) {
    this.certificate = join(options.folder, 'tls.crt');
  }

  /** Whether callers of hooks must have a certificate. */
  public get asksForCertificates(): boolean {
    return this.options.clientCertificates ?? false;
  }

  public serverOptions(): ServerOptions {
    // probes and scrapers have no certificate: who calls a hook without one is refused there
    return { ...this.read(), requestCert: this.asksForCertificates, rejectUnauthorized: false, minVersion: 'TLSv1.2' };
  }

  /** Calls back whenever the files have changed. */
  public onChange(use: (context: Context) => void): void {
    // the kubelet swaps a symbolic link, which watches of the file system miss
    watchFile(this.certificate, { interval: this.options.interval ?? 10_000, persistent: false }, () => {
      try {
        use(this.read());
      } catch (error) {
        process.emitWarning(`the new certificate is not used: ${(error as Error).message}`);
      }
    });
  }

  public close(): void {
    unwatchFile(this.certificate);
  }

  private read(): Context {
    const file = (name: string): Buffer => readFileSync(join(this.options.folder, name));
    return {
      cert: file('tls.crt'),
      key: file('tls.key'),
      ...(this.asksForCertificates ? { ca: file('ca.crt') } : {}),
    };
  }
}

/**
 * Refuses requests without the bearer token of a file. The file is read again when it was written, so that the token can be
 * changed while the server runs.
 *
 * @throws when the file cannot be read or is empty
 */
export function tokenCheck(
  file: string,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  let known: { readonly changed: number; readonly digest: Buffer } = { changed: -1, digest: Buffer.alloc(0) };
  const expected = (): Buffer => {
    const changed = statSync(file).mtimeMs;
    if (changed !== known.changed) {
      const token = readFileSync(file, 'utf8').trim();
      if (token === '') throw new Error(`the file ${file} must have a token, but it is empty`);
      known = { changed, digest: digest(token) };
    }
    return known.digest;
  };
  expected();
  return async (request, reply) => {
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (timingSafeEqual(digest(token), expected())) return undefined;
    return reply.code(401).send({ error: 'a bearer token is needed' });
  };
}

/** Refuses requests over connections without a client certificate from the server's authority. */
export async function certificateCheck(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const { socket } = request;
  if (socket instanceof TLSSocket && socket.authorized) return undefined;
  return reply.code(401).send({ error: 'a client certificate is needed' });
}

/** Of one length, whatever the token's. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
