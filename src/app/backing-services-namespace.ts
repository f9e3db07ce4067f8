import { IConstruct } from 'constructs';
import { fail } from '../contracts/errors';
import { BACKING_SERVICES_NAMESPACE, dnsLabel, PLATFORM_NAMESPACE, textInYaml } from '../contracts/names';

const PROP = 'backingServicesNamespace';

/** Which namespace an environment's backing services are in: chosen once, before anything is put there. */
export class BackingServicesNamespace {
  private chosen?: string;
  private isUsed = false;

  /** @param given what the user of the environment says */
  public constructor(
    private readonly environment: IConstruct,
    given?: string,
  ) {
    this.chosen = given === undefined ? undefined : checkedNamespace(environment, given);
  }

  /** Its name. */
  public get name(): string {
    return this.chosen ?? BACKING_SERVICES_NAMESPACE;
  }

  /** Says that a namespace is asked for; afterwards, that of the backing services cannot be another. */
  public use(namespace: string): void {
    this.isUsed ||= namespace === this.name;
  }

  /**
   * Chooses it, where the user has not.
   *
   * @throws InvalidInputError when another is chosen or in use
   */
  public choose(namespace: string): void {
    if (namespace === this.name) return;
    const { environment, name } = this;
    const fix = `give the environment ${PROP}: '${namespace}'`;
    if (this.chosen !== undefined) fail(environment, PROP, `must be ${name}, which is chosen already`, namespace, fix);
    if (this.isUsed) {
      const rule = `must be chosen before anything is in ${name}`;
      fail(environment, PROP, rule, namespace, `${fix}, or make what chooses it before the first backing service`);
    }
    this.chosen = checkedNamespace(environment, namespace);
  }
}

function checkedNamespace(environment: IConstruct, name: string): string {
  dnsLabel(environment, PROP, name);
  if (/^kube-|^default$/.test(name) || name === PLATFORM_NAMESPACE) {
    const fix = 'name one that nothing else is in, such as data-services: its pods are cut off by default';
    fail(environment, PROP, 'must not be a namespace of Kubernetes or of the platform', name, fix);
  }
  return textInYaml(environment, PROP, name);
}
