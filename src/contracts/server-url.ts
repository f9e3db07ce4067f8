import { IConstruct } from 'constructs';
import { fail } from './errors';

/** A TCP port, without leading zeros. */
const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/** Host and port in a URL, without credentials, as a part of a regular expression that JavaScript and CEL (RE2) read. */
export const AUTHORITY = `[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:${PORT})?`;

/** What follows `https://` in the address of a server. */
export const WEB_ADDRESS = `${AUTHORITY}(/[A-Za-z0-9._~%+=@:,!&-]+)*/?`;

/**
 * Refuses what is no address of a server: no scheme, credentials, a query or a port that there is not.
 *
 * @returns the URL
 */
export function serverUrl(where: IConstruct | string, prop: string, url: string, example: string): string {
  if (url.length > 1024 || !new RegExp(`^https?://${WEB_ADDRESS}$`).test(url) || /\/\.{1,2}(\/|$)/.test(url)) {
    const fix = `write it like '${example}'; credentials belong in a Secret`;
    fail(where, prop, 'must be an http:// or https:// URL without credentials and query', url, fix);
  }
  return url;
}
