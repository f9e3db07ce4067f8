import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import { FastifyReply, FastifyRequest } from 'fastify';

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
