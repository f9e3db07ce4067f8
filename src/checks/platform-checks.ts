import { IConstruct } from 'constructs';
import { acknowledge } from './acknowledgements';
import { Finding, ICheck } from './check';
import { ImageTagCheck, ResourcesCheck } from './container-checks';
import { CustomResourceCheck } from './custom-resource-check';
import { DefaultClassCheck } from './default-class-check';
import { DuplicateObjectCheck } from './duplicate-object-check';
import { GpuCheck } from './gpu-check';
import { ManifestGraph, ManifestGraphContext } from './manifest-graph';
import { MetadataCheck } from './metadata-check';
import { NetworkPolicyCheck } from './network-policy-check';
import { PlainSecretCheck } from './plain-secret-check';
import { PodSecurityCheck } from './pod-security-check';
import { ReferencesCheck } from './references-check';
import { RehearsalCheck } from './rehearsal/rehearsal';
import { checked } from '../contracts/checked';
import { SchemaCheck } from './schema-check';
import { SizeCheck } from './size-check';
import { VariablesCheck } from './variables-check';

/** Options of the checks. */
export interface PlatformChecksProps {
  /**
   * What exists in the cluster before the manifests are applied.
   *
   * @default - only what every cluster has
   */
  readonly context?: ManifestGraphContext;
  /**
   * Checks beside the built-in ones.
   *
   * @default - none
   */
  readonly checks?: ICheck[];
}

/**
 * The checks of the platform for a cdk8s app that is no `PlatformApp`. An environment of a `PlatformApp` runs them by itself.
 */
@checked('PlatformChecks')
export class PlatformChecks {
  /**
   * Has the checks run over everything below a construct whenever its app is synthesized; what they find fails it.
   *
   * @param scope an app or a chart
   */
  public static attachTo(scope: IConstruct, props: PlatformChecksProps = {}): void {
    scope.node.addValidation({
      validate: () => PlatformChecks.run(scope, props).map(({ path, message }) => `[${path}] ${message}`),
    });
  }

  /** Runs the checks over everything below a construct. */
  public static run(scope: IConstruct, props: PlatformChecksProps = {}): Finding[] {
    const graph = ManifestGraph.of(scope, props.context);
    return [...defaultChecks(), new RehearsalCheck(), ...(props.checks ?? [])].flatMap((check) => check.check(graph));
  }

  /**
   * Says that a finding is known and meant. Only findings of checks that judge by likelihood can be acknowledged: `plain-secret`, which
   * finds passwords, tokens and keys in plain text. An acknowledgement that nothing needs is a finding itself.
   *
   * @example
   * PlatformChecks.acknowledge(chart, 'plain-secret', 'a public client identifier, printed on our web page');
   *
   * @param scope the construct that the finding is about, or one above it; for values of charts, the environment
   * @param check the name of the check
   * @param reason why it is none, for a reviewer; at least 10 characters
   * @param field the field that the finding names; all of the construct by default
   * @throws InvalidInputError when there is no such check, or hardly a reason
   */
  public static acknowledge(scope: IConstruct, check: string, reason: string, field?: string): void {
    acknowledge(scope, check, reason, field);
  }

  private constructor() {}
}

/** The checks that every environment runs, beside the rehearsal of its boot. A new check is a file of its own and one line here. */
export function defaultChecks(): ICheck[] {
  return [
    new SchemaCheck(),
    new MetadataCheck(),
    new DuplicateObjectCheck(),
    new DefaultClassCheck(),
    new ReferencesCheck(),
    new CustomResourceCheck(),
    new ImageTagCheck(),
    new ResourcesCheck(),
    new GpuCheck(),
    new PlainSecretCheck(),
    new VariablesCheck(),
    new SizeCheck(),
    new PodSecurityCheck(),
    new NetworkPolicyCheck(),
  ];
}
