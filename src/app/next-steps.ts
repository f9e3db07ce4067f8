import { ICluster, KubectlAccess } from '../contracts/cluster';

/** The folders that a synthesis writes to, as the commands that come after it name them. */
export interface OutputFolders {
  readonly terraform: string;
  readonly manifests: string;
}

const CDKTF_DEFAULT = 'cdktf.out';
const KUBECTL_DEFAULT = '~/.kube/config';

/** Applies some Terraform stacks; a name may hold an asterisk. */
export function deployStacks(folders: OutputFolders, ...stacks: string[]): string {
  // cdktf tells the program by CDKTF_OUTDIR which folder is its own
  const isDefault = [CDKTF_DEFAULT, process.env.CDKTF_OUTDIR].includes(folders.terraform);
  return command('npx', 'cdktf', 'deploy', ...(isDefault ? [] : ['--output', folders.terraform]), ...stacks);
}

/** Writes the context that `kubectl()` names, where nothing else does. */
export function connect(cluster: ICluster): string[] {
  return cluster.kubectl.command === undefined ? [] : [cluster.kubectl.command];
}

/** From where the commands have to run, where that is not everywhere. */
export function reachabilityNotes(cluster: ICluster): string[] {
  const { reachableFrom } = cluster.connection;
  if (reachableFrom === undefined) return [];
  return [
    `the API server answers ${reachableFrom.join(', ')} only: run what talks to it there, on a runner, through a VPN or a peered network`,
  ];
}

/** A kubectl command for a cluster, never for the current context. */
export function kubectl(cluster: ICluster, ...args: string[]): string {
  return command('kubectl', ...kubeconfigOf(cluster.kubectl), '--context', cluster.kubectl.context, ...args);
}

function kubeconfigOf({ kubeconfigPath = KUBECTL_DEFAULT }: KubectlAccess): string[] {
  return kubeconfigPath === KUBECTL_DEFAULT ? [] : ['--kubeconfig', kubeconfigPath];
}

/** Commits what was synthesized for an environment, and pushes it to where Argo CD reads it. */
export function pushManifests(folder: string, environmentName: string, repository: string, revision: string): string[] {
  const isBranch = revision !== 'HEAD' && !/^([0-9a-f]{40}|refs\/tags\/.*)$/.test(revision);
  return [
    command('git', 'add', folder),
    command('git', 'commit', '-m', `Synthesize ${environmentName}`),
    command('git', 'push', repository, isBranch ? `HEAD:${revision}` : 'HEAD'),
  ];
}

/** The words of a command, quoted for a POSIX shell where they have to be. */
function command(...words: string[]): string {
  return words.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)).join(' ');
}
