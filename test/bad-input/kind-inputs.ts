import {
  ExistingClusterProviderProps,
  ExistingClusterProvider,
  GeneralPool,
  GpuModel,
  GpuPool,
  KindProvider,
  KindProviderProps,
  Tier,
  VolumeSnapshotClass,
} from 'ml-platform-constructs';
import { BadInput, onKind, platformOn, platformWithChart } from './bad-input';

const kind = (props: KindProviderProps) => KindProvider.local(props);

/** Props of the Kind provider and of existing clusters, and what an environment asks of them. */
export const KIND_INPUTS: BadInput[] = [
  {
    what: 'a host port that is none',
    given: 70_000,
    act: () => kind({ hostPorts: [{ hostPort: 70_000, nodePort: 30_080 }] }),
    message:
      '[KindProvider.local] hostPorts[0].hostPort must be a port between 1 and 65535, got 70000: use a free port.',
  },
  {
    what: 'a node port below the range',
    given: 8080,
    act: () => kind({ hostPorts: [{ hostPort: 8080, nodePort: 8080 }] }),
    message:
      '[KindProvider.local] hostPorts[0].nodePort must be a node port between 30000 and 32767, got 8080: use the nodePort of the Service that is to be reached.',
  },
  {
    what: 'a host port that is used twice',
    given: 8080,
    act: () =>
      kind({
        hostPorts: [
          { hostPort: 8080, nodePort: 30_080 },
          { hostPort: 8080, nodePort: 30_443 },
        ],
      }),
    message: '[KindProvider.local] hostPorts[1].hostPort must be used once, got 8080: map each port to one other.',
  },
  {
    what: 'a pool without workers',
    given: 0,
    act: () => kind({ workersPerPool: 0 }),
    message:
      '[KindProvider.local] workersPerPool must be a whole number between 1 and 10, got 0: give a small number; every worker is a container on this machine.',
  },
  {
    what: 'a provider source that is a URL',
    given: 'https://github.com/tehcyx/kind',
    act: () => kind({ providerSource: 'https://github.com/tehcyx/kind' }),
    message:
      '[KindProvider.local] providerSource must be a source address of a Terraform provider, got "https://github.com/tehcyx/kind": use [host/]namespace/type, such as tehcyx/kind.',
  },
  {
    what: 'a node image without a digest',
    given: 'kindest/node:v1.35.0',
    act: () => kind({ nodeImage: 'kindest/node:v1.35.0' }),
    message:
      '[KindProvider.local] nodeImage must be an image with a digest, got "kindest/node:v1.35.0": use kindest/node:v1.35.0@sha256:… as in the release notes of kind.',
  },
  {
    what: 'a folder for a kubeconfig',
    given: '~/.kube/',
    act: () => kind({ kubeconfigPath: '~/.kube/' }),
    message:
      '[KindProvider.local] kubeconfigPath must be the path of a file, got "~/.kube/": use one such as ~/.kube/config; ~ stands for the home directory of the user who runs Terraform.',
  },
  {
    what: 'a version of Kubernetes without a node image',
    given: '1.36',
    act: (newApp) => platformOn(onKind(newApp()), { kubernetesVersion: '1.36' }),
    message:
      '[local-infrastructure/cluster] kubernetesVersion must be one of 1.33, 1.34, 1.35, got "1.36": choose one of them, or pass nodeImage to KindProvider.local() with an image of that version.',
  },
  {
    what: 'only nodes with GPUs',
    given: ['gpu-t4'],
    act: (newApp) => onKind(newApp()).addCluster({ nodePools: [GpuPool.of(GpuModel.T4)] }),
    message:
      "[local-infrastructure/cluster] nodePools must have a pool without GPUs, got [\"gpu-t4\"]: add GeneralPool.of('general'); GPU nodes are tainted, so the platform's own pods need another.",
  },
  {
    what: 'GPUs that cannot be simulated',
    given: 'amd.com/gpu',
    act: (newApp) =>
      platformOn(onKind(newApp()), {
        gpuPools: [GpuPool.of(GpuModel.of('AMD-MI300X', { memory: '192Gi', resourceName: 'amd.com/gpu' }))],
      }),
    message:
      '[local-infrastructure/cluster] nodePools "gpu-amd-mi300x" must have GPUs of the resource nvidia.com/gpu, got "amd.com/gpu": leave the pool out of this environment; Kind simulates no others.',
  },
  {
    what: 'a node label that a kubelet may not set',
    given: 'node-role.kubernetes.io/worker',
    act: (newApp) =>
      onKind(newApp()).addCluster({
        nodePools: [GeneralPool.of('general', { labels: { 'node-role.kubernetes.io/worker': '' } })],
      }),
    message:
      '[node pool "general"] labels must not be in the domain kubernetes.io, got "node-role.kubernetes.io/worker": use a domain of your own; these belong to Kubernetes, to what makes nodes, or to the platform.',
  },
  {
    what: 'a highly available cache inside the cluster',
    given: true,
    act: (newApp) => platformOn(onKind(newApp(), {}, Tier.STAGING), { cache: { highlyAvailable: true } }),
    message:
      '[local/backing-services/cache] highlyAvailable must be false for a cache inside the cluster, got true: leave it out, or use a provider with managed caches; the Valkey chart has no failover.',
  },
  {
    what: 'a cache of one megabyte',
    given: '1Mi',
    act: (newApp) => platformOn(onKind(newApp()), { cache: { memory: '1Mi' } }),
    message:
      '[local/backing-services/cache] memory must be a whole number of Mi between 64Mi and 1048576Mi, got "1Mi": write it like \'64Mi\'.',
  },
  {
    what: 'automated backups of a database inside the cluster',
    given: 7,
    act: (newApp) => platformOn(onKind(newApp(), {}, Tier.DEVELOPMENT), { database: { backupRetentionDays: 7 } }),
    message:
      '[local/backing-services/database] backupRetentionDays must be 0 for a database inside the cluster, got 7: leave it out and add a DatabaseDump, or use a provider with managed databases.',
  },
  {
    what: 'a database without storage inside the cluster',
    given: '0Gi',
    act: (newApp) => platformOn(onKind(newApp()), { database: { storage: '0Gi' } }),
    message:
      '[local/backing-services/database] storage must be a whole number of Gi between 1Gi and 65536Gi, got "0Gi": write it like \'1Gi\'.',
  },
  {
    what: 'a database that PostgreSQL has for itself',
    given: 'postgres',
    act: (newApp) => platformOn(onKind(newApp()), { database: { databaseName: 'postgres' } }),
    message:
      '[local/backing-services/database] databaseName must not be a name that the database server has for itself, got "postgres": choose another, such as platform; postgres, template0, rdsadmin, pg_… and the like are taken.',
  },
  {
    what: 'a database that RDS would refuse, inside the cluster too',
    given: 'user',
    act: (newApp) => platformOn(onKind(newApp()), { database: { databaseName: 'user' } }),
    message:
      '[local/backing-services/database] databaseName must not be a key word of SQL, got "user": name it like user_db; RDS refuses key words.',
  },
  {
    what: 'a service that RDS and ElastiCache would refuse',
    given: 'a--b',
    act: (newApp) => {
      const environment = onKind(newApp());
      environment.addCluster();
      environment.addCache('a--b');
    },
    message:
      '[local] name must start with a letter and have no two hyphens in a row, got "a--b": name it like database or ml-artifacts; RDS and ElastiCache refuse others.',
  },
  {
    what: 'a replica of a bucket inside the cluster',
    given: 'acme-replica',
    act: (newApp) =>
      platformOn(onKind(newApp(), {}, Tier.DEVELOPMENT), { artifactBucket: { replicaBucketName: 'acme-replica' } }),
    message:
      '[local/backing-services/artifacts] replicaBucketName must not be given for a bucket inside the cluster, got "acme-replica": leave it out, or use a provider with managed buckets.',
  },
  {
    what: 'a bucket with an underscore inside the cluster',
    given: 'my_models',
    act: (newApp) => platformOn(onKind(newApp()), { artifactBucket: { bucketName: 'my_models' } }),
    message:
      '[local/backing-services/artifacts] bucketName must be a name of an S3 bucket, got "my_models": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  },
  {
    what: 'two buckets of one name',
    given: 'local-artifacts',
    act: (newApp) => {
      const environment = onKind(newApp());
      platformOn(environment);
      environment.addObjectStore('models', { bucketName: 'local-artifacts' });
    },
    message:
      '[local/backing-services/S3] bucketName must be unique in its environment, got "local-artifacts": choose another name.',
  },
  {
    what: 'snapshots of volumes, which Kind does not make',
    given: 'local',
    act: (newApp) => {
      new VolumeSnapshotClass(platformWithChart(newApp).chart, 'snapshots', { driver: 'rancher.io' });
    },
    message:
      '[local/team/snapshots] cluster must be able to make volume snapshots, got "local": make none here: ask cluster.capabilities.volumeSnapshots first, and rely on logical backups such as DatabaseDump.',
  },
  {
    what: 'a context that is empty',
    given: '',
    act: () => existing({ context: '' }),
    message:
      '[ExistingClusterProvider.fromKubeconfig] context must be a name, got "": use one that `kubectl config get-contexts -o name` prints.',
  },
  {
    what: 'a version of Kubernetes that is too old',
    given: '1.28',
    act: () => existing({ kubernetesVersion: '1.28' }),
    message:
      '[ExistingClusterProvider.fromKubeconfig] kubernetesVersion must be one of 1.33, 1.34, 1.35, 1.36, 1.37, got "1.28": give the minor version alone, like 1.35; upgrade an older cluster first.',
  },
  {
    what: 'a storage class that is none',
    given: 'Standard SSD',
    act: () => existing({ defaultStorageClass: 'Standard SSD' }),
    message:
      '[ExistingClusterProvider.fromKubeconfig] defaultStorageClass must be the name of a StorageClass, got "Standard SSD": use the one that `kubectl get storageclass` marks as default.',
  },
  {
    what: 'fewer GPUs in a pool than on one of its nodes',
    given: { perNode: 8, total: 4 },
    act: () =>
      existing({
        gpus: [
          { pool: 'a100', resourceName: 'nvidia.com/gpu', productLabel: 'NVIDIA-A100-SXM4-80GB', perNode: 8, total: 4 },
        ],
      }),
    message:
      '[ExistingClusterProvider.fromKubeconfig] gpus "a100" must have at least one GPU per node, and as many in total, got {"perNode":8,"total":4}: give the GPUs of one node and of the whole pool.',
  },
  {
    what: 'add-ons of an existing cluster without the nodes that they take room on',
    given: ['coredns'],
    act: () => existing({ addOns: [{ kind: 'Deployment', name: 'coredns', containers: [{ name: 'coredns' }] }] }),
    message:
      '[ExistingClusterProvider.fromKubeconfig] addOns must come with nodes, got ["coredns"]: describe the nodes that the add-ons take room on, or leave addOns out.',
  },
  {
    what: 'another version than the existing cluster has',
    given: '1.34',
    act: (newApp) =>
      newApp()
        .environment('lab', { provider: existing({}) })
        .addCluster({ kubernetesVersion: '1.34' }),
    message:
      '[lab-infrastructure/cluster] kubernetesVersion must be the cluster\'s own, 1.35, got "1.34": leave it out: the version of an existing cluster is not managed here.',
  },
  {
    what: 'GPUs that the existing cluster does not have',
    given: 'Tesla-T4',
    act: (newApp) => platformOn(newApp().environment('lab', { provider: existing({}) })),
    message:
      '[lab-infrastructure/cluster] nodePools "gpu-t4" must be GPUs that the cluster has, got "Tesla-T4": describe the pool in the gpus of fromKubeconfig(), or leave it out of this environment.',
  },
];

function existing(props: Partial<ExistingClusterProviderProps>): ExistingClusterProvider {
  return ExistingClusterProvider.fromKubeconfig({
    context: 'lab',
    kubernetesVersion: '1.35',
    defaultStorageClass: 'standard',
    ...props,
  });
}
