import { Chart } from 'cdk8s';
import { PlatformCrds } from '../../api';
import { Environment } from '../../app/environment';
import { argoRollouts, ARGO_ROLLOUTS_NAMESPACE, ARGO_ROLLOUTS_POD_LABELS } from '../../components/argo-rollouts';
import { ComponentRegistry } from '../../contracts/component-registry';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { keep } from '../../contracts/kept';
import { INamespace } from '../../contracts/namespace';
import { isHighlyAvailable } from '../../contracts/tier';
import { NetworkFlow } from '../../constructs/tenancy';
import { LakeFolders } from '../../kinds/lake-folders';
import { OperatorSettings } from '../../kinds/operators/operator-settings';
import { PlatformOperators } from '../../kinds/operators/platform-operators';
import { DataPlatform } from '../data-platform';
import { KindChildren } from './kind-children';
import { KindsCheck } from './kinds-check';
import { OPERATORS_IMAGE } from './operators-image';

/** The operators of an environment. */
export interface OperatorsInput {
  readonly environment: Environment;
  /** The platform that they run on. */
  readonly platform: DataPlatform;
  /** Namespace of the hook servers. */
  readonly namespace: INamespace;
  /** Who reaches which folder of the bucket for models and data. */
  readonly lake: LakeFolders;
  /** What they have to know, but for the kinds that are served. */
  readonly settings: OperatorSettings;
  /** Which operators. @default - all */
  readonly operators?: string[];
  readonly image?: string;
  readonly separateDeployments?: boolean;
  readonly logLevel?: string;
  readonly tokenSecretName?: string;
}

/**
 * Refuses a second composition that has the operator of ModelDeployments, in whatever order they are made. Called before the composition is in the tree.
 *
 * @throws InvalidInputError when the environment has one
 */
export function oneModelOperator(scope: Environment, id: string): void {
  const fix = 'make one of the two in an environment of its own';
  onePerEnvironment(scope, id, 'composition with the operator of ModelDeployments', fix);
}

/**
 * Adds operators, and a check of the objects that they will be given. Every component whose kinds they make has been required before.
 */
export function addOperators(chart: Chart, input: OperatorsInput): PlatformOperators {
  const { environment, platform, settings } = input;
  const registry = ComponentRegistry.of(chart);
  registry.require(argoRollouts());
  new NetworkFlow(chart, 'analysis-queries', {
    from: { namespace: ARGO_ROLLOUTS_NAMESPACE, podLabels: { ...ARGO_ROLLOUTS_POD_LABELS } },
    to: platform.monitoring.prometheus,
    // nothing denies that namespace anything: a policy for its egress would leave the pods Prometheus alone
    ingressOnly: true,
  });
  const customResources = servedKinds(registry);
  const apiGroups = groupsOf(customResources);
  const children = new KindChildren({ ...settings, apiGroups, customResources });
  environment.addCheck(new KindsCheck(children, input.lake));
  environment._useOperators(children);
  return new PlatformOperators(chart, 'operators', {
    namespace: input.namespace,
    image: input.image ?? OPERATORS_IMAGE,
    replicas: isHighlyAvailable(environment.tier) ? 2 : 1,
    separateDeployments: input.separateDeployments,
    logLevel: input.logLevel,
    tokenSecretName: input.tokenSecretName,
    operators: input.operators,
    apiGroups,
    customResources,
    settings,
  });
}

/** What all operators have to know of the platform. */
export function platformSettings(
  { gateway, monitoring }: DataPlatform,
  system: INamespace,
): Pick<OperatorSettings, 'gateway' | 'scraper' | 'prometheusUrl'> {
  const { name, namespace } = gateway._parentRef();
  const { namespace: scraperNamespace = '', podLabels = {} } = system.scraper ?? {};
  return {
    gateway: {
      name,
      namespace,
      domain: gateway.domain,
      podNamespace: gateway.peer.namespace ?? '',
      podLabels: gateway.peer.podLabels ?? {},
    },
    scraper: { namespace: scraperNamespace, podLabels },
    prometheusUrl: monitoring.prometheusUrl,
  };
}

/** Removing a definition removes every object of its kind: neither Argo CD nor Helm does. */
export function keepDefinitions({ definitions }: PlatformCrds): void {
  Object.values(definitions).forEach(keep);
}

/** The kinds of everything that is installed, as `Kind.group`. */
function servedKinds(registry: ComponentRegistry): string[] {
  const kinds = registry.sorted().flatMap(({ customResources }) => customResources);
  return [...new Set(kinds)].sort();
}

function groupsOf(kinds: readonly string[]): string[] {
  return [...new Set(kinds.map((kind) => kind.slice(kind.indexOf('.') + 1)))].sort();
}
