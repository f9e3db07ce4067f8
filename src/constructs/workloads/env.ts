import { IConstruct } from 'constructs';
import { SecretEnv, ServiceBinding } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { checkVariables } from '../../contracts/variable-order';

/**
 * Keeps clients of stores from asking the metadata address of the node for keys. A pod has its permissions from its ServiceAccount or
 * a Secret; where it has none, network policies drop what it sends to that address, and the client would wait in silence.
 *
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
 */
export const NO_NODE_METADATA: { readonly [name: string]: string } = { AWS_EC2_METADATA_DISABLED: 'true' };

/** The environment variables of some pods: their own, and those of the backing services that they were granted. */
export class PodEnv {
  private readonly own = new Map<string, string>();
  private readonly bound = new Map<string, string>();
  private readonly secrets = new Map<string, SecretEnv>();
  private readonly lists = new Map<string, Set<string>>();
  private readonly fields = new Map<string, string>();
  /** Who sets a variable, and to what. */
  private readonly sources = new Map<string, { readonly value: string; readonly service?: string }>();

  /**
   * @param owner the construct that errors name
   * @throws InvalidInputError when a variable is malformed, or has two values
   */
  public constructor(
    private readonly owner: IConstruct,
    env: { [name: string]: string } = {},
    secretEnv: SecretEnv[] = [],
  ) {
    for (const [name, value] of Object.entries(env)) {
      this.claim(name, JSON.stringify(value));
      this.own.set(name, value);
    }
    checkVariables(
      owner,
      'env',
      Object.entries(env).map(([name, value]) => ({ name, value })),
    );
    secretEnv.forEach((one) => this.addSecret(one));
  }

  /** Adds what a backing service gives. */
  public add(serviceName: string, binding: ServiceBinding): void {
    for (const [name, value] of Object.entries(binding.env)) {
      this.claim(name, JSON.stringify(value), serviceName);
      if (!this.own.has(name)) this.bound.set(name, value);
    }
    binding.secretEnv.forEach((one) => this.addSecret(one, serviceName));
    for (const [name, value] of Object.entries(binding.listEnv ?? {})) {
      this.claim(name, A_LIST, serviceName);
      this.lists.set(name, (this.lists.get(name) ?? new Set()).add(value));
    }
  }

  /** Adds a variable whose value is a field of the pod. */
  public addField(name: string, fieldPath: string): void {
    this.claim(name, JSON.stringify({ fieldPath }));
    this.fields.set(name, fieldPath);
  }

  /** Variables whose values are fields of the pod. */
  public get fieldEnv(): { [name: string]: string } {
    return Object.fromEntries(this.fields);
  }

  /** Plain variables. */
  public get env(): { [name: string]: string } {
    const lists = [...this.lists].map(([name, values]) => [name, [...values].join(',')] as const);
    return Object.fromEntries([...this.bound, ...lists, ...this.own]);
  }

  /** Variables from Secrets. */
  public get secretEnv(): SecretEnv[] {
    return [...this.secrets.values()];
  }

  private addSecret(one: SecretEnv, service?: string): void {
    this.claim(one.name, JSON.stringify([one.secretName, one.key]), service);
    this.secrets.set(one.name, one);
  }

  private claim(name: string, value: string, service?: string): void {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      fail(this.owner, 'env', 'must have names of letters, digits and underscores', name, 'rename the variable');
    }
    const before = this.sources.get(name);
    if (before !== undefined && before.value !== value) {
      fail(this.owner, 'env', 'must have one value each', name, conflictFix(before.service, service));
    }
    if (before === undefined) this.sources.set(name, { value, service });
  }
}

/** Stands for the value of a variable to which several services add; no variable of one value is the same. */
const A_LIST = 'a list';

/** What to do when two set one variable to different values. */
function conflictFix(first: string | undefined, second: string | undefined): string {
  if (first !== undefined && second !== undefined) {
    return `use two workloads; the backing services "${first}" and "${second}" both set it`;
  }
  if (second === undefined) return 'rename one of your variables; env and secretEnv both set it';
  return `rename your variable; the backing service "${second}" sets it too`;
}

/** Variables of Secrets, as the JSON of a container has them. */
export function renderSecretEnv(
  secretEnv: readonly SecretEnv[] = [],
): { readonly name: string; readonly valueFrom: object }[] {
  return secretEnv.map(({ name, secretName, key, optional }) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key, ...(optional ? { optional } : {}) } },
  }));
}
