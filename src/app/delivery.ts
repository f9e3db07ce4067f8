import { Release } from '@cdktf/provider-helm/lib/release';
import { DefaultServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/default-service-account-v1';
import { Manifest } from '../checks/manifest-graph';
import { BootStep } from '../checks/rehearsal/boot-step';
import { checked } from '../contracts/checked';
import { Component, PodSecurityLevel } from '../contracts/component';
import { SIZES, tooLarge } from '../contracts/sizes';
import { PLATFORM_NAMESPACE } from '../contracts/names';
import { renderApplySet } from './apply-set';
import { AfterBootstrap, Installation } from './bootstrap';
import { checkApplications, checkFolder, checkRepository } from './argo-cd-application';
import { addArgoCdApplications, ArgoCdDeliveryProps, syncWaves } from './argo-cd-applications';
import { addClusterProviders, escapeTemplate, manifestChart, releaseBytes } from './helm';
import { applyCrds, componentsFolder, isCrd, refuseFolders } from './kustomize';
import { connect, deployStacks, kubectl, OutputFolders, pushManifests } from './next-steps';
import { releaseNames } from './release-names';
import { SynthesizedEnvironment } from './synthesized-environment';
import { ComponentRegistry } from '../contracts/component-registry';

/** How an environment's manifests and components reach its cluster. */
@checked('Delivery')
export abstract class Delivery {
  /**
   * Terraform installs the components; the manifests are files for `kubectl apply -k`, or for a tool of your own. So are
   * components without a chart, in a folder `components`.
   */
  public static files(): Delivery {
    return new FilesDelivery();
  }

  /**
   * Terraform installs the components and, in a third stack `<env>-workloads`, applies the manifests. For clusters
   * without git. Components without a chart are files for `kubectl apply -k`, in a folder `components`.
   */
  public static terraform(): Delivery {
    return new TerraformDelivery();
  }

  /**
   * Terraform installs Argo CD and the few components that must be there before it; Argo CD installs the others and
   * applies the manifests from git.
   */
  public static argoCd(props: ArgoCdDeliveryProps): Delivery {
    return new ArgoCdDelivery(props);
  }

  /**
   * Takes the components, in order, and gives back those that Terraform is to install.
   *
   * @internal
   */
  public abstract _deliverComponents(environment: SynthesizedEnvironment, components: Component[]): Installation;

  /**
   * Those of the components that a user applies with kubectl.
   *
   * @internal
   */
  public _filedComponents(components: Component[]): Component[] {
    return components.filter(({ chart }) => !chart);
  }

  /**
   * Whether CustomResourceDefinitions are applied by a step of their own, before the other manifests.
   *
   * @internal
   */
  public _appliesCrdsApart(): boolean {
    return true;
  }

  /**
   * Files for whoever applies the manifests with kubectl, by path.
   *
   * @internal
   */
  public _kubectlFiles(_environment: SynthesizedEnvironment): Map<string, string> {
    return new Map();
  }

  /**
   * The steps in which the rest is applied.
   *
   * @internal
   */
  public abstract _stepsAfterBootstrap(environment: SynthesizedEnvironment, rest: AfterBootstrap): BootStep[];

  /**
   * Called when all manifests are known.
   *
   * @internal
   */
  public _deliverManifests(_environment: SynthesizedEnvironment): void {}

  /**
   * The commands that apply the output, in their order, for the report.
   *
   * @internal
   */
  public abstract _nextSteps(environment: SynthesizedEnvironment, folders: OutputFolders): string[];
}

/** Applies the components that no chart installs, where there are some. */
function applyComponents(environment: SynthesizedEnvironment, folders: OutputFolders): string[] {
  if (environment._filedComponents().length === 0) return [];
  const folder = componentsFolder(folders.manifests, environment.environmentName);
  return [kubectl(environment.cluster, 'apply', '--server-side', '-k', folder)];
}

/** A step of kubectl, which waits for no pod, after others. */
function kubectlStep(folder: string, after: readonly BootStep[], what: Partial<BootStep>): BootStep {
  const empty = { components: [], manifests: [] };
  return { name: `kubectl apply -k ${folder}`, after: after.map(({ name }) => name), waits: false, ...empty, ...what };
}

/** The step of `applyComponents`. */
function stepsOfComponents(environment: SynthesizedEnvironment, { done }: AfterBootstrap): BootStep[] {
  const components = environment._filedComponents();
  const folder = componentsFolder('dist', environment.environmentName);
  return components.length > 0 ? [kubectlStep(folder, done, { components })] : [];
}

/** Those that have a chart, since Terraform installs no other. */
function terraformComponents(environment: SynthesizedEnvironment, components: Component[]): Installation {
  const installed = components.filter(({ chart }) => chart);
  refuseFolders(environment, installed);
  return { components: installed };
}

class FilesDelivery extends Delivery {
  public override _kubectlFiles(environment: SynthesizedEnvironment): Map<string, string> {
    return renderApplySet(environment.node.path, environment._origin);
  }

  public _deliverComponents(environment: SynthesizedEnvironment, components: Component[]): Installation {
    return terraformComponents(environment, components);
  }

  public _stepsAfterBootstrap(environment: SynthesizedEnvironment, rest: AfterBootstrap): BootStep[] {
    const folder = `dist/${environment.environmentName}`;
    const steps = [...rest.done, ...stepsOfComponents(environment, rest)];
    const crds = rest.manifests.filter(isCrd);
    if (crds.length > 0) steps.push(kubectlStep(`${folder}/crds`, steps, { manifests: crds }));
    steps.push(kubectlStep(folder, steps, { manifests: rest.manifests.filter((one) => !isCrd(one)) }));
    return steps.slice(rest.done.length);
  }

  public _nextSteps(environment: SynthesizedEnvironment, folders: OutputFolders): string[] {
    const { environmentName: name, cluster } = environment;
    return [
      deployStacks(folders, `${name}-*`),
      ...connect(cluster),
      ...applyComponents(environment, folders),
      ...applyCrds(environment._manifests(), folders.manifests, name, cluster),
      kubectl(cluster, 'apply', '--server-side', '-k', `${folders.manifests}/${name}`),
    ];
  }
}

class TerraformDelivery extends Delivery {
  public _deliverComponents(environment: SynthesizedEnvironment, components: Component[]): Installation {
    // Helm keeps there what it applied
    environment.requireNamespace(PLATFORM_NAMESPACE, PodSecurityLevel.RESTRICTED);
    return terraformComponents(environment, components);
  }

  public override _deliverManifests(environment: SynthesizedEnvironment): void {
    addWorkloadsStack(environment);
  }

  public _stepsAfterBootstrap(environment: SynthesizedEnvironment, rest: AfterBootstrap): BootStep[] {
    const components = stepsOfComponents(environment, rest);
    const step = (release: PlannedRelease, after: readonly BootStep[]): BootStep => ({
      name: `stack ${environment.environmentName}-workloads, release ${release.name}`,
      after: after.map(({ name }) => name),
      waits: false,
      components: [],
      manifests: release.manifests,
    });
    const { foundation, charts } = workloadReleases(rest.manifests, rest.components);
    const first = step(foundation, [...rest.done, ...components]);
    return [...components, first, ...charts.map((one) => step(one, [first]))];
  }

  public _nextSteps(environment: SynthesizedEnvironment, folders: OutputFolders): string[] {
    const { environmentName: name, cluster } = environment;
    const components = applyComponents(environment, folders);
    if (components.length === 0) return [deployStacks(folders, `${name}-*`)];
    // the manifests may be of kinds that these components define
    return [
      deployStacks(folders, `${name}-infrastructure`, `${name}-bootstrap`),
      ...connect(cluster),
      ...components,
      deployStacks(folders, `${name}-*`),
    ];
  }
}

class ArgoCdDelivery extends Delivery {
  public constructor(private readonly props: ArgoCdDeliveryProps) {
    super();
    checkRepository('repository', props.repository, 'give the repository that the synthesized manifests are pushed to');
    if (props.path !== undefined) checkFolder('path', props.path);
    checkApplications(props.applications ?? []);
  }

  public _deliverComponents(environment: SynthesizedEnvironment, components: Component[]): Installation {
    return addArgoCdApplications(environment, components, this.props);
  }

  public override _filedComponents(): Component[] {
    return [];
  }

  public _stepsAfterBootstrap(_environment: SynthesizedEnvironment, rest: AfterBootstrap): BootStep[] {
    return syncWaves(rest.manifests, rest.components, rest.done);
  }

  /** One Application applies all; Argo CD applies CustomResourceDefinitions first, and waits until their kinds are known. */
  public override _appliesCrdsApart(): boolean {
    return false;
  }

  public _nextSteps(environment: SynthesizedEnvironment, folders: OutputFolders): string[] {
    const name = environment.environmentName;
    const { repository, revision = 'HEAD' } = this.props;
    return [
      deployStacks(folders, `${name}-*`),
      ...pushManifests(`${folders.manifests}/${name}`, name, repository, revision),
    ];
  }
}

/** What objects of other charts need before they can be made. */
const FOUNDATION = ['ClusterRole', 'CustomResourceDefinition', 'Namespace', 'PriorityClass', 'ServiceAccount'];

/**
 * Adds the stack `<env>-workloads`, which applies every manifest: namespaces and the like first, then a Helm release per
 * chart.
 *
 * Through Helm rather than `kubernetes_manifest`: that one plans with the cluster's API, and fails when the API server
 * writes a value in another form than it was given (`1024Mi` as `1Gi`).
 */
function addWorkloadsStack(environment: SynthesizedEnvironment): void {
  const stack = environment._addStack('workloads');
  addClusterProviders(stack, environment.cluster.connection);
  const chart = manifestChart(stack, 'manifests-chart');
  const { foundation, charts, accounts } = workloadReleases(
    environment._deliveredManifests(),
    ComponentRegistry.of(environment).sorted(),
  );
  const first = release(foundation);
  charts.forEach((one) => release(one, first));
  for (const account of accounts) {
    // Kubernetes makes it, and Helm would refuse to take it over
    new DefaultServiceAccountV1(stack, `${ACCOUNT}${account.namespace ?? ''}`, {
      metadata: { namespace: account.namespace, ...labelsAndAnnotations(account) },
      automountServiceAccountToken: account.json.automountServiceAccountToken === true,
      dependsOn: [first],
    });
  }

  function release({ name, manifests }: PlannedRelease, after?: Release): Release {
    const objects = manifests.map(({ json }) => json);
    const problem = tooLarge(`release ${name}`, releaseBytes(objects), SIZES.release);
    if (problem !== undefined)
      environment.node.addValidation({ validate: () => [`[${environment.node.path}] ${problem}`] });
    return new Release(stack, name, {
      name,
      chart,
      namespace: PLATFORM_NAMESPACE,
      values: [escapeTemplate(JSON.stringify({ manifests: objects }, undefined, 2))],
      wait: false,
      // not atomic, since that waits; a first install that failed is repaired by the next apply
      upgradeInstall: true,
      dependsOn: after && [after],
    });
  }
}

/** A Helm release of the stack. */
interface PlannedRelease {
  readonly name: string;
  readonly manifests: Manifest[];
}

/** What the stack has: first `foundation`, then a release per chart, and accounts that exist already. */
function workloadReleases(
  manifests: Manifest[],
  components: readonly Component[],
): {
  readonly foundation: PlannedRelease;
  readonly charts: PlannedRelease[];
  readonly accounts: Manifest[];
} {
  const accounts = manifests.filter(isDefaultAccount);
  const isFoundation = (one: Manifest): boolean => FOUNDATION.includes(one.kind) && !isDefaultAccount(one);
  const rest = manifests.filter((one) => !isFoundation(one) && !isDefaultAccount(one));
  const names = releaseNames(rest.map(chartPath), (name) => isTaken(name, components));
  const byChart = new Map<string, Manifest[]>();
  for (const manifest of rest) {
    const path = chartPath(manifest);
    byChart.set(path, [...(byChart.get(path) ?? []), manifest]);
  }
  return {
    foundation: { name: 'foundation', manifests: manifests.filter(isFoundation) },
    charts: [...byChart].map(([path, objects]) => ({ name: names.get(path) ?? path, manifests: objects })),
    accounts,
  };
}

/** What else has a name in the stack, or is a release of the platform in the same namespace. */
const TAKEN = ['foundation', 'helm', 'kubernetes', 'manifests-chart', 'terraform-values'];

/** What the accounts begin with that exist already. */
const ACCOUNT = 'default-service-account-';

function isTaken(name: string, components: readonly Component[]): boolean {
  const released = components.some((one) => one.name === name && one.namespace === PLATFORM_NAMESPACE);
  return released || TAKEN.includes(name) || name.startsWith(ACCOUNT);
}

/** Path of the chart that an object is in, below the environment. */
function chartPath({ source }: Manifest): string {
  return source.chart.node.path.split('/').slice(1).join('/');
}

function labelsAndAnnotations({ json }: Manifest): { [field: string]: { [key: string]: string } } {
  const { labels, annotations } = json.metadata as { labels?: Text; annotations?: Text };
  return { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
}

type Text = { [key: string]: string };

function isDefaultAccount(manifest: Manifest): boolean {
  return manifest.kind === 'ServiceAccount' && manifest.name === 'default';
}
