import { IConstruct } from 'constructs';
import { fail } from './errors';

/** Stands between name and namespace in a default host. */
export const HOST_SEPARATOR = '--';

/**
 * Names that have a default host, as a regular expression that JavaScript and CEL (RE2) read: DNS labels without two hyphens in a row, so
 * that the first separator of a host is where the name ends.
 */
export const HOST_NAME_PATTERN = '[a-z0-9]+(-[a-z0-9]+)*';

/** What labels of names in other scripts begin with (Punycode); no default host may look like one. */
export const PUNYCODE_PREFIX = 'xn--';

/**
 * Why an object has no default host, as the second half of a sentence: its name leaves no unambiguous label of a host name. Undefined
 * where it has one.
 */
export function noDefaultHost(name: string, namespace: string): string | undefined {
  const label = `${name}${HOST_SEPARATOR}${namespace}`;
  if (!new RegExp(`^${HOST_NAME_PATTERN}$`).test(name)) {
    return `the name "${name}" is no DNS label without two hyphens in a row, which a host is made from`;
  }
  if (label.startsWith(PUNYCODE_PREFIX)) return `"${label}" would be a name in another script`;
  if (label.length > 63) return `the label "${label}" has more than 63 characters`;
  return undefined;
}

/**
 * The host at which an object is reached unless it names another: `<name>--<namespace>.<domain>`. Two objects of one kind never have the same:
 * names have no two hyphens in a row. It is one label below the domain, which the Gateway's certificate covers.
 *
 * @throws InvalidInputError naming the name, where it leaves no unambiguous label
 */
export function defaultHost(where: IConstruct | string, name: string, namespace: string, domain: string): string {
  const why = noDefaultHost(name, namespace);
  if (why !== undefined) {
    const rule = `must leave a host name of the form <name>${HOST_SEPARATOR}<namespace>, but ${why}`;
    fail(where, 'name', rule, name, 'use another name, such as a shorter one with single hyphens');
  }
  return `${name}${HOST_SEPARATOR}${namespace}.${domain}`;
}
