import { checked, checkedEnum } from './checked';
import { fail } from './errors';
import { ComponentFootprint } from './footprint';
import { checkFootprint } from './footprint-check';

/** A Helm chart at one version. */
export interface HelmChart {
  /** URL of the repository; `oci://…` for a registry (without the chart's name). */
  readonly repository: string;
  /** Name of the chart in the repository. */
  readonly name: string;
  /** Exact version. */
  readonly version: string;
}

/** A folder of a git repository that Kustomize builds, at one revision. */
export interface KustomizeFolder {
  /** URL of the repository, `https://…`. */
  readonly repository: string;
  /** The folder that holds the `kustomization.yaml`, relative to the root of the repository. */
  readonly path: string;
  /** Tag with an exact version, such as `v1.2.3`, or a whole commit (40 hexadecimal digits). */
  readonly revision: string;
  /**
   * Strategic merge patches, each with `apiVersion`, `kind` and `metadata.name` of the object that it changes. The name may be
   * the one in the repository or, with the folder's prefix, the one in the cluster. `$patch: delete` leaves the object out.
   *
   * @default - none
   */
  readonly patches?: { [key: string]: unknown }[];
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
checkedEnum('PodSecurityLevel', PodSecurityLevel);

/** Properties of a component. */
export interface ComponentProps {
  /**
   * The chart that installs it.
   *
   * @default - `kustomize` does; exactly one of the two is given
   */
  readonly chart?: HelmChart;
  /**
   * The folder that installs it, for what has no chart. Argo CD reads it from git; where Terraform delivers, a user applies it
   * with kubectl. Everything in it should be in `namespace`, and the namespace itself not be part of it.
   *
   * @default - `chart` does
   */
  readonly kustomize?: KustomizeFolder;
  /** Namespace of the release. */
  readonly namespace: string;
  /**
   * Values of the chart. Only a component that Terraform installs may have Terraform tokens in them.
   *
   * @default - the chart's own
   */
  readonly values?: { [key: string]: unknown };
  /**
   * Values that are laid over `values` in staging and production, so that it survives the loss of a pod or a node: replicas, and
   * PodDisruptionBudgets where the chart has them.
   *
   * @default - none
   */
  readonly highAvailabilityValues?: { [key: string]: unknown };
  /**
   * Kinds that the component's CRDs define, as `Kind.group`.
   *
   * @default - none
   */
  readonly customResources?: string[];
  /**
   * Those of `customResources` that are cluster-scoped. An object of one of the others has to have a namespace.
   *
   * @default - none
   */
  readonly clusterScopedResources?: string[];
  /**
   * Pod Security level that the component's namespace enforces. Components that share a namespace get the laxest.
   *
   * @default PodSecurityLevel.RESTRICTED
   */
  readonly podSecurity?: PodSecurityLevel;
  /**
   * Components that must run before this one; none with `needsManifests`, for which nothing waits.
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
   * Pods, volumes, webhooks and Services that it brings.
   *
   * @default - not known: the rehearsal of the boot does not count it, and says so
   */
  readonly footprint?: ComponentFootprint;
  /**
   * Seconds until the installation is given up.
   *
   * @default 600
   */
  readonly timeoutSeconds?: number;
  /**
   * Whether its pods need objects of the program, such as an ExternalSecret, which come after the components. Nothing waits for it then,
   * so that no component may require it, and Argo CD installs it beside these objects.
   *
   * @default false
   */
  readonly needsManifests?: boolean;
}

/**
 * A third-party component of the platform: chart or folder, version, namespace, values, what it needs and what it provides.
 *
 * The same object is rendered as a `helm_release`, as an Argo CD Application or as a kustomization.
 */
@checked('Component')
export class Component {
  /** Name of the release, a DNS label. */
  public readonly name: string;
  /**
   * The chart that installs it.
   *
   * @default - none: `kustomize` installs it
   */
  public readonly chart?: HelmChart;
  /**
   * The folder that installs it.
   *
   * @default - none: `chart` installs it
   */
  public readonly kustomize?: KustomizeFolder;
  /** Namespace of the release. */
  public readonly namespace: string;
  /** Values of the chart. */
  public readonly values: { [key: string]: unknown };
  /**
   * Values that are laid over `values` in staging and production.
   *
   * @default - none
   */
  public readonly highAvailabilityValues?: { [key: string]: unknown };
  /** Kinds that the component's CRDs define, as `Kind.group`. */
  public readonly customResources: string[];
  /** Those of them that are cluster-scoped. */
  public readonly clusterScopedResources: string[];
  /** Pod Security level that the component's namespace enforces. */
  public readonly podSecurity: PodSecurityLevel;
  /** Whether Terraform installs it, whatever delivers the rest. */
  public readonly bootstrap: boolean;
  /**
   * Pods, volumes, webhooks and Services that it brings.
   *
   * @default - not known
   */
  public readonly footprint?: ComponentFootprint;
  /** Seconds until the installation is given up. */
  public readonly timeoutSeconds: number;
  /** Whether its pods need objects of the program, so that nothing waits for it. */
  public readonly needsManifests: boolean;
  private readonly dependencies: Component[];

  /**
   * @param name name of the release, a DNS label of at most 53 characters (Helm's bound)
   * @throws InvalidInputError when the name, the namespace, the chart or the folder is malformed, or not one of the two is given; when the
   * footprint, or a value that it names, has an amount that is no quantity
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
    checkSource(where, props);
    for (const kind of props.customResources ?? []) {
      if (!/^[A-Z][A-Za-z0-9]*(\.[a-z0-9-]+)+$/.test(kind)) {
        fail(where, 'customResources', 'must be kinds with their group', kind, 'write it like Kafka.kafka.strimzi.io');
      }
    }
    for (const kind of props.clusterScopedResources ?? []) {
      if (!props.customResources?.includes(kind)) {
        fail(where, 'clusterScopedResources', 'must be among customResources', kind, 'name it there too');
      }
    }
    if (props.footprint) checkFootprint(where, props.footprint, props.values ?? {});
    const seconds = props.timeoutSeconds ?? 600;
    if (!Number.isInteger(seconds) || seconds < 1) {
      fail(where, 'timeoutSeconds', 'must be a whole number of at least 1', seconds, 'give seconds');
    }
    this.name = name;
    this.chart = props.chart;
    this.kustomize = props.kustomize && { ...props.kustomize, patches: [...(props.kustomize.patches ?? [])] };
    this.namespace = props.namespace;
    this.values = props.values ?? {};
    this.highAvailabilityValues = props.highAvailabilityValues;
    this.customResources = [...(props.customResources ?? [])];
    this.clusterScopedResources = [...(props.clusterScopedResources ?? [])];
    this.podSecurity = props.podSecurity ?? PodSecurityLevel.RESTRICTED;
    this.bootstrap = props.bootstrap ?? false;
    this.footprint = props.footprint;
    this.timeoutSeconds = seconds;
    this.needsManifests = props.needsManifests ?? false;
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

function checkSource(where: string, props: ComponentProps): void {
  const { chart, kustomize, values, highAvailabilityValues, bootstrap } = props;
  if ((chart === undefined) === (kustomize === undefined)) {
    fail(where, 'chart', 'must be given, or else kustomize, and not both', chart?.name, 'name what installs it');
  }
  if (chart) checkChart(where, chart);
  if (!kustomize) return;
  for (const [prop, given] of Object.entries({ values, highAvailabilityValues })) {
    if (given === undefined) continue;
    fail(where, prop, 'must be left out with kustomize', Object.keys(given), 'use kustomize.patches');
  }
  if (bootstrap ?? false) {
    fail(
      where,
      'bootstrap',
      'must be left out with kustomize',
      bootstrap,
      'leave it out; Terraform installs charts only',
    );
  }
  checkFolder(where, kustomize);
}

const EXACT_VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

function checkChart(where: string, chart: HelmChart): void {
  if (!/^(https|oci):\/\/[^/\s]+/.test(chart.repository)) {
    fail(
      where,
      'chart.repository',
      'must be an https:// or oci:// URL',
      chart.repository,
      'give the repository, without the name of the chart',
    );
  }
  if (!EXACT_VERSION.test(chart.version)) {
    fail(
      where,
      'chart.version',
      'must be an exact version',
      chart.version,
      'pin one, such as 1.2.3; ranges make two deployments differ',
    );
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(chart.name)) {
    fail(where, 'chart.name', 'must be the name of a chart', chart.name, 'give it without the repository');
  }
}

function checkFolder(where: string, { repository, path, revision, patches }: KustomizeFolder): void {
  if (!/^https:\/\/[^/\s]+\/[^\s?#]*[^\s?#/]$/.test(repository) || repository.slice(8).includes('//')) {
    fail(
      where,
      'kustomize.repository',
      'must be an https:// URL of a git repository',
      repository,
      'give the repository, without a folder or a revision',
    );
  }
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(path) || path.split('/').includes('..')) {
    fail(
      where,
      'kustomize.path',
      'must be a folder inside the repository',
      path,
      'give it relative to the root of the repository',
    );
  }
  if (!EXACT_VERSION.test(revision) && !/^[0-9a-f]{40}$/.test(revision)) {
    fail(
      where,
      'kustomize.revision',
      'must be a tag with an exact version, or a whole commit',
      revision,
      'pin one, such as v1.2.3; branches make two deployments differ',
    );
  }
  for (const patch of patches ?? []) {
    const { apiVersion, kind, metadata } = patch as {
      apiVersion?: string;
      kind?: string;
      metadata?: { name?: string };
    };
    if (!apiVersion || !kind || !metadata?.name) {
      fail(
        where,
        'kustomize.patches',
        'must have apiVersion, kind and metadata.name',
        { apiVersion, kind },
        'name the object that is changed',
      );
    }
  }
}
