import { createHash } from 'node:crypto';

/** Ten hexadecimal digits that are different for different content, which may end a name. */
export function contentHash(...content: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 10);
}
