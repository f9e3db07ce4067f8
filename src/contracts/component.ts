import { fail } from './errors';

/** A Helm chart at one version. */
export interface HelmChart {
  /** URL of the repository; `oci://…` for a registry (without the chart's name). */
  readonly repository: string;
  /** Name of the chart in the repository. */
  readonly name: string;
  /** Exact version. */
  readonly version: string;
}

/** A Pod Security Standard (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
export enum PodSecurityLevel {
  /** Nothing is restricted. */
  PRIVILEGED = 'privileged',
  /** Known privilege escalations are refused. */
  BASELINE = 'baseline',
  /** Current hardening best practice. */
  RESTRICTED = 'restricted',
}

/** Properties of a component. */
export interface ComponentProps {
  /** The chart that installs it. */
  readonly chart: HelmChart;
  /** Namespace of the release. */
  readonly namespace: string;
  /**
   * Values of the chart. Only a component that Terraform installs may have Terraform tokens in them.
   *
   * @default - the chart's own
   */
  readonly values?: { [key: string]: unknown };
  /**
   * Kinds that the component's CRDs define, as `Kind.group`.
   *
   * @default - none
   */
  readonly customResources?: string[];
  /**
   * Pod Security level that the component's namespace enforces. Components that share a namespace get the laxest.
   *
   * @default PodSecurityLevel.RESTRICTED
   */
  readonly podSecurity?: PodSecurityLevel;
  /**
   * Components that must run before this one.
   *
   * @default - none
   */
  readonly requires?: Component[];
  /**
   * Whether Terraform installs it, whatever delivers the rest: it is needed before GitOps can work, or its values hold
   * what only Terraform knows.
   *
   * @default false
   */
  readonly bootstrap?: boolean;
  /**
   * Seconds until the installation is given up.
   *
   * @default 600
   */
  readonly timeoutSeconds?: number;
}

/**
 * A third-party component of the platform: chart, version, namespace, values, what it needs and what it provides.
 *
 * The same object is rendered as a `helm_release` or as an Argo CD Application.
 */
export class Component {
  /** Name of the release, a DNS label. */
  public readonly name: string;
  /** The chart that installs it. */
  public readonly chart: HelmChart;
  /** Namespace of the release. */
  public readonly namespace: string;
  /** Values of the chart. */
  public readonly values: { [key: string]: unknown };
  /** Kinds that the component's CRDs define, as `Kind.group`. */
  public readonly customResources: string[];
  /** Pod Security level that the component's namespace enforces. */
  public readonly podSecurity: PodSecurityLevel;
  /** Whether Terraform installs it, whatever delivers the rest. */
  public readonly bootstrap: boolean;
  /** Seconds until the installation is given up. */
  public readonly timeoutSeconds: number;
  private readonly dependencies: Component[];

  /**
   * @param name name of the release, a DNS label of at most 53 characters (Helm's bound)
   * @throws InvalidInputError when the name, the namespace or the chart is malformed
   */
  public constructor(name: string, props: ComponentProps) {
    const where = `component "${name}"`;
    if (!/^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/.test(name)) {
      fail(
        where,
        'name',
        'must be a DNS label of at most 53 characters',
        name,
        'use lower-case letters, digits and hyphens',
      );
    }
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(props.namespace)) {
      fail(where, 'namespace', 'must be a DNS label', props.namespace, 'use lower-case letters, digits and hyphens');
    }
    if (!/^(https|oci):\/\/[^/\s]+/.test(props.chart.repository)) {
      fail(
        where,
        'chart.repository',
        'must be an https:// or oci:// URL',
        props.chart.repository,
        'give the repository, without the name of the chart',
      );
    }
    if (!/^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(props.chart.version)) {
      fail(
        where,
        'chart.version',
        'must be an exact version',
        props.chart.version,
        'pin one, such as 1.2.3; ranges make two deployments differ',
      );
    }
    if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(props.chart.name)) {
      fail(where, 'chart.name', 'must be the name of a chart', props.chart.name, 'give it without the repository');
    }
    for (const kind of props.customResources ?? []) {
      if (!/^[A-Z][A-Za-z0-9]*(\.[a-z0-9-]+)+$/.test(kind)) {
        fail(where, 'customResources', 'must be kinds with their group', kind, 'write it like Kafka.kafka.strimzi.io');
      }
    }
    const seconds = props.timeoutSeconds ?? 600;
    if (!Number.isInteger(seconds) || seconds < 1) {
      fail(where, 'timeoutSeconds', 'must be a whole number of at least 1', seconds, 'give seconds');
    }
    this.name = name;
    this.chart = props.chart;
    this.namespace = props.namespace;
    this.values = props.values ?? {};
    this.customResources = [...(props.customResources ?? [])];
    this.podSecurity = props.podSecurity ?? PodSecurityLevel.RESTRICTED;
    this.bootstrap = props.bootstrap ?? false;
    this.timeoutSeconds = seconds;
    this.dependencies = [...(props.requires ?? [])];
  }

  /** Components that must run before this one. */
  public get requires(): Component[] {
    return [...this.dependencies];
  }

  /** Makes another component a precondition of this one. */
  public addDependency(component: Component): void {
    this.dependencies.push(component);
  }
}
