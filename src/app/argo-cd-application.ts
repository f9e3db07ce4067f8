import { Finding, ICheck } from '../checks/check';
import { servedKinds } from '../checks/custom-resource-check';
import { ManifestGraph } from '../checks/manifest-graph';
import { fail } from '../contracts/errors';
import { dnsLabel, textInYaml } from '../contracts/names';
import { Tier } from '../contracts/tier';

/**
 * A folder of another repository that Argo CD applies: one Application, in a project of its own that lets it make objects of some kinds in one
 * namespace, and nothing else. `ModelDeliveryWorkflow.application()` has that of a repository of models.
 *
 * Source: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
 */
export interface ArgoCdApplication {
  /** Its name and that of its project: a DNS label of at most 50 characters, other than those of the environment and its components. */
  readonly name: string;
  /** URL of the git repository. A private one needs credentials, as that of the platform does. */
  readonly repository: string;
  /**
   * Branch, tag or commit.
   *
   * @default 'HEAD'
   */
  readonly revision?: string;
  /** Folder in the repository, with manifests or a kustomization. */
  readonly path: string;
  /** Namespace of what is applied, which the program makes or imports. */
  readonly namespace: string;
  /** Kinds that may be applied, as `Kind.group`, such as `ModelDeployment.mlifecycle.io`; those of the core group as `ConfigMap`. */
  readonly kinds: string[];
  /**
   * Tier of the environment that it is meant for; another one is refused.
   *
   * @default - any
   */
  readonly tier?: Tier;
}

/** The project of the platform's own Applications. */
export const PLATFORM_PROJECT = 'platform';

export const CLUSTER = 'https://kubernetes.default.svc';

/**
 * How a sync that failed is tried again, after 10 seconds at first and every three minutes at last. A commit that repairs it is taken at the next attempt.
 *
 * @param limit number of attempts; -1 for as long as it takes
 */
export function retries(limit: number): { readonly [key: string]: unknown } {
  return { limit, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } };
}

const KIND = /^[A-Z][A-Za-z0-9]{0,62}(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const WHERE = 'Delivery.argoCd';

/**
 * Refuses an Application that Argo CD could not apply, or that others have the name of.
 *
 * @throws InvalidInputError
 */
export function checkApplications(applications: readonly ArgoCdApplication[]): void {
  for (const [at, { name, repository, revision, path, namespace, kinds }] of applications.entries()) {
    const prop = `applications[${at}]`;
    textInYaml(WHERE, `${prop}.name`, dnsLabel(WHERE, `${prop}.name`, name, 50));
    const others = [PLATFORM_PROJECT, ...applications.slice(0, at).map((one) => one.name)];
    if (others.includes(name)) {
      fail(WHERE, `${prop}.name`, 'must have a name of its own', name, `choose another than ${others.join(', ')}`);
    }
    checkRepository(`${prop}.repository`, repository, 'give the repository with what is to be applied');
    if (revision === '') fail(WHERE, `${prop}.revision`, 'must not be empty', revision, 'leave it out for HEAD');
    checkFolder(`${prop}.path`, path);
    dnsLabel(WHERE, `${prop}.namespace`, namespace);
    if (kinds.length === 0) {
      fail(WHERE, `${prop}.kinds`, 'must have a kind', kinds, "name them like 'ModelDeployment.mlifecycle.io'");
    }
    for (const [index, kind] of kinds.entries()) {
      if (KIND.test(kind)) continue;
      const fix = "write it like 'ModelDeployment.mlifecycle.io', or 'ConfigMap' of the core group";
      fail(WHERE, `${prop}.kinds[${index}]`, 'must be a kind and its group', kind, fix);
    }
  }
}

/** @throws InvalidInputError where it is no URL that Argo CD clones */
export function checkRepository(prop: string, repository: string, fix: string): void {
  if (/^(https:\/\/|ssh:\/\/|git@)\S+$/.test(repository)) return;
  fail(WHERE, prop, 'must be an https:// or ssh URL of a git repository', repository, fix);
}

/** @throws InvalidInputError where it leads out of the repository */
export function checkFolder(prop: string, folder: string): void {
  if (folder !== '' && !folder.startsWith('/') && !folder.split('/').includes('..')) return;
  const fix = 'give it relative to the root of the repository';
  fail(WHERE, prop, 'must be a folder inside the repository', folder, fix);
}

/** Values of the chart argocd-apps: the project of an Application. */
export function projectOf({ repository, namespace, kinds }: ArgoCdApplication): { [key: string]: unknown } {
  return {
    description: `What ${repository} may have in ${namespace}`,
    sourceRepos: [repository],
    destinations: [{ server: CLUSTER, namespace }],
    // no cluster-scoped kinds: a project has those only that it names
    namespaceResourceWhitelist: kinds.map(groupAndKind),
  };
}

/** `ModelDeployment.mlifecycle.io` in its parts. */
function groupAndKind(name: string): { readonly group: string; readonly kind: string } {
  const [kind, ...group] = name.split('.');
  return { group: group.join('.'), kind };
}

/** Values of the chart argocd-apps: the Application itself. Without finalizers: what it has applied stays when it goes. */
export function applicationOf(application: ArgoCdApplication): { [key: string]: unknown } {
  const { name, repository, revision = 'HEAD', path, namespace } = application;
  return {
    project: name,
    source: { repoURL: repository, targetRevision: revision, path },
    destination: { server: CLUSTER, namespace },
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      // what is replaced stays until its successor is healthy
      syncOptions: ['ServerSideApply=true', 'PruneLast=true'],
      // on the first boot the namespace comes with what the platform's own Application applies
      retry: retries(-1),
    },
  };
}

/** The Applications fit their environment: its tier, its namespaces and kinds, and the names that it has given. */
export class ArgoCdApplicationsCheck implements ICheck {
  /** @param taken names of the Applications that the environment has beside these */
  public constructor(
    private readonly path: string,
    private readonly tier: Tier,
    private readonly taken: readonly string[],
    private readonly applications: readonly ArgoCdApplication[],
  ) {}

  public check(graph: ManifestGraph): Finding[] {
    const isServed = servedKinds(graph);
    const namespaces = graph.namespaces();
    return this.applications.flatMap((application, at) =>
      this.problems(application, namespaces, isServed).map((problem) => ({
        path: this.path,
        message: `Delivery.argoCd: applications[${at}].${problem}`,
      })),
    );
  }

  private problems(
    { name, namespace, tier, kinds }: ArgoCdApplication,
    namespaces: readonly string[],
    isServed: (kind: string, group: string) => boolean,
  ): string[] {
    const unknown = kinds.filter((one) => {
      const { group, kind } = groupAndKind(one);
      return !isServed(kind, group);
    });
    return [
      ...(this.taken.includes(name)
        ? [`name must be none of ${this.taken.join(', ')}, got "${name}": choose another`]
        : []),
      ...(tier !== undefined && tier !== this.tier
        ? [`tier must be ${this.tier}, that of the environment, got "${tier}": take the one that is meant for it`]
        : []),
      ...(namespaces.includes(namespace)
        ? []
        : [
            `namespace must be one of the program, got "${namespace}": make it, or importNamespace() one that is there`,
          ]),
      ...unknown.map((one) => `kinds must be defined by a component, got "${one}": make what defines it`),
    ];
  }
}
