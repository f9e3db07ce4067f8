import { IConstruct } from 'constructs';
import { Finding, ICheck } from './check';
import { ImageTagCheck, ResourcesCheck } from './container-checks';
import { CustomResourceCheck } from './custom-resource-check';
import { DuplicateObjectCheck } from './duplicate-object-check';
import { GpuCheck } from './gpu-check';
import { ManifestGraph, ManifestGraphContext } from './manifest-graph';
import { MetadataCheck } from './metadata-check';
import { NetworkPolicyCheck } from './network-policy-check';
import { PodSecurityCheck } from './pod-security-check';
import { ReferencesCheck } from './references-check';
import { checked } from '../contracts/checked';
import { SchemaCheck } from './schema-check';

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
    return [...defaultChecks(), ...(props.checks ?? [])].flatMap((check) => check.check(graph));
  }

  private constructor() {}
}

/** The checks that every environment runs. A new check is a file of its own and one line here. */
export function defaultChecks(): ICheck[] {
  return [
    new SchemaCheck(),
    new MetadataCheck(),
    new DuplicateObjectCheck(),
    new ReferencesCheck(),
    new CustomResourceCheck(),
    new ImageTagCheck(),
    new ResourcesCheck(),
    new GpuCheck(),
    new PodSecurityCheck(),
    new NetworkPolicyCheck(),
  ];
}
