import { IConstruct } from 'constructs';
import { Access, GrantOptions } from '../contracts/backing-service';
import { fail } from '../contracts/errors';

/** The beginning of every key. */
export const WHOLE_BUCKET = '';

/**
 * What one user may do with one bucket, by the folders that it reaches; the larger access counts. The folders are sorted and none is
 * within another, so that they do not depend on the order of the grants.
 */
export class BucketGrant {
  private readonly read = new Set<string>();
  private readonly written = new Set<string>();

  /**
   * @param bucket the construct that errors name
   * @throws InvalidInputError when a prefix is not a folder, or the options are of another service
   */
  public add(bucket: IConstruct, access: Access, { prefixes, schema }: GrantOptions = {}): void {
    if (schema !== undefined) {
      fail(
        bucket,
        'schema',
        'must not be given for a bucket',
        schema,
        'give prefixes, or nothing for the whole bucket',
      );
    }
    if (prefixes?.length === 0) {
      fail(bucket, 'prefixes', 'must name at least one folder', prefixes, 'leave it out for the whole bucket');
    }
    const folders = access === Access.READ ? this.read : this.written;
    for (const prefix of prefixes?.map((one) => checkedPrefix(bucket, one)) ?? [WHOLE_BUCKET]) folders.add(prefix);
  }

  /** The folders that can be read; those that can be written are among them. */
  public get readable(): string[] {
    return outermost([...this.read, ...this.written]);
  }

  /** The folders that can be written. */
  public get writable(): string[] {
    return outermost([...this.written]);
  }
}

function outermost(folders: string[]): string[] {
  const sorted = [...new Set(folders)].sort();
  return sorted.filter((one) => !sorted.some((other) => other !== one && one.startsWith(other)));
}

/** A folder must end in a slash: `features` would be `features-of-others/` too. Nothing in it may be a wildcard or a variable of IAM. */
function checkedPrefix(bucket: IConstruct, prefix: string): string {
  const folders = prefix.split('/').slice(0, -1);
  if (!/^([A-Za-z0-9_.=-]+\/)+$/.test(prefix) || folders.some((folder) => /^\.+$/.test(folder))) {
    fail(
      bucket,
      'prefixes',
      'must be folders, without a slash at the start and with one at the end',
      prefix,
      "write them like 'features/' or 'models/fraud/', of letters, digits, hyphens, dots, underscores and equals signs",
    );
  }
  return prefix;
}
