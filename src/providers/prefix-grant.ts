import { IConstruct } from 'constructs';
import { Access, GrantOptions } from '../contracts/backing-service';
import { fail } from '../contracts/errors';

/** Longest name of a topic. */
export const MAX_TOPIC = 249;
/** A namespace with the dot behind it. */
export const NAMESPACE_PART = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.';

/** The beginning of every key. */
export const EVERYTHING = '';

/** What prefixes are, of one sort of service. */
interface PrefixKind {
  readonly isValid: (prefix: string) => boolean;
  readonly rule: string;
  readonly fix: string;
  /** The service with an article, and all of it. */
  readonly service: string;
  readonly everything: string;
}

/** A folder must end in a slash: `features` would be `features-of-others/` too. Nothing in it may be a wildcard or a variable of IAM. */
const FOLDERS: PrefixKind = {
  isValid: (prefix) => /^([A-Za-z0-9_.=-]+\/)+$/.test(prefix) && !/(^|\/)\.+\//.test(prefix),
  rule: 'must be folders, without a slash at the start and with one at the end',
  fix: "write them like 'features/' or 'models/fraud/', of letters, digits, hyphens, dots, underscores and equals signs",
  service: 'a bucket',
  everything: 'the whole bucket',
};

/** Nothing in it may be a wildcard or end the pattern. */
const KEYS: PrefixKind = {
  isValid: (prefix) => /^[A-Za-z0-9_.:/-]{1,100}$/.test(prefix),
  rule: 'must be the beginnings of keys, of at most 100 letters, digits, hyphens, dots, colons, slashes and underscores',
  fix: "write them like 'session:'",
  service: 'a cache',
  everything: 'all keys',
};

/** A prefix begins with a namespace and a dot, so that it is never about the topics of several. */
const TOPICS: PrefixKind = {
  isValid: (prefix) => prefix.length <= MAX_TOPIC && new RegExp(`^${NAMESPACE_PART}[A-Za-z0-9._-]*$`).test(prefix),
  rule: `must be the beginnings of names of topics, of at most ${MAX_TOPIC} characters: a namespace, a dot, and letters, digits, dots, underscores and hyphens`,
  fix: "write them like 'orders.' or 'orders.payments'",
  service: 'a message bus',
  everything: "the topics of the workload's namespace",
};

/**
 * What one user may do with one service whose contents have keys, by the prefixes that it reaches; the larger access counts. The
 * prefixes are sorted and none is within another, so that they do not depend on the order of the grants.
 */
export class PrefixGrant {
  /** For a bucket. */
  public static ofBucket(): PrefixGrant {
    return new PrefixGrant(FOLDERS);
  }

  /** For a cache. */
  public static ofCache(): PrefixGrant {
    return new PrefixGrant(KEYS);
  }

  /** For a message bus: by default the topics of a namespace. */
  public static ofBus(namespace: string): PrefixGrant {
    return new PrefixGrant(TOPICS, `${namespace}.`);
  }

  private readonly read = new Set<string>();
  private readonly written = new Set<string>();

  private constructor(
    private readonly kind: PrefixKind,
    private readonly byDefault = EVERYTHING,
  ) {}

  /**
   * @param service the construct that errors name
   * @throws InvalidInputError when a prefix is malformed, or the options are of another service
   */
  public add(service: IConstruct, access: Access, options: GrantOptions = {}): void {
    const { prefixes } = options;
    const { isValid, rule, fix, everything } = this.kind;
    for (const prop of ['schema', 'database'] as const) {
      const rule = `must not be given for ${this.kind.service}`;
      if (options[prop] !== undefined) fail(service, prop, rule, options[prop], 'give prefixes, or nothing for all');
    }
    if (prefixes?.length === 0) {
      fail(service, 'prefixes', 'must name at least one', prefixes, `leave it out for ${everything}`);
    }
    const wrong = prefixes?.find((prefix) => !isValid(prefix));
    if (wrong !== undefined) fail(service, 'prefixes', rule, wrong, fix);
    const added = access === Access.READ ? this.read : this.written;
    for (const prefix of prefixes ?? [this.byDefault]) added.add(prefix);
  }

  /** The prefixes that can be read; those that can be written are among them. */
  public get readable(): string[] {
    return outermost([...this.read, ...this.written]);
  }

  /** The prefixes that can be written. */
  public get writable(): string[] {
    return outermost([...this.written]);
  }
}

function outermost(prefixes: string[]): string[] {
  const sorted = [...new Set(prefixes)].sort();
  return sorted.filter((one) => !sorted.some((other) => other !== one && one.startsWith(other)));
}
