/** What the message about a mistake advises, done to its program and command line: pieces of text and what replaces them. */
export interface Fix {
  /** The mistake, as its table has it. */
  readonly what: string;
  /** Each text is in the program or an argument, and is replaced by the other. */
  readonly changes: { readonly [text: string]: string };
  /**
   * Words of the message that the changes come from.
   *
   * @default - the texts that the changes put in
   */
  readonly advice?: string;
}

/** Advice that a program can follow word by word. */
export const FIXES: Fix[] = [
  { what: 'a ConfigMap that is too large', changes: { ", b: 'y'": '' }, advice: 'divide it' },
  { what: 'variables that name each other', changes: { "B: '$(A)'": "B: '$$(A)'" }, advice: 'write it as $$(A)' },
  {
    what: 'a variable before the one that it names',
    changes: {
      "{ name: 'URL', value: 'http://$(HOST)' }, { name: 'HOST', value: 'db' }":
        "{ name: 'HOST', value: 'db' }, { name: 'URL', value: 'http://$(HOST)' }",
    },
    advice: 'move URL behind HOST',
  },
  {
    what: 'a part of a GPU, which no node offers',
    changes: { ", resourceName: 'nvidia.com/mig-1g.5gb'": '' },
    advice: 'leave resourceName out',
  },
  {
    what: 'an app without an environment',
    changes: {
      'new lib.PlatformApp().synth();':
        "const app = new lib.PlatformApp(); app.environment('local', { provider: lib.KindProvider.local() }).addCluster(); app.synth();",
    },
    advice: "app.environment('local', { provider: KindProvider.local() })",
  },
  {
    what: 'an environment without a cluster',
    changes: {
      '});\nconsole': '}).addCluster();\nconsole',
      'provider: lib.KindProvider.local() }).addCluster()':
        'provider: lib.KindProvider.local({ hostPorts: [] }) }).addCluster()',
    },
    advice: 'addCluster()',
  },
  { what: 'an environment with a name that YAML takes for a boolean', changes: { "'on'": "'env-on'" } },
  {
    what: 'no environment among those to synthesize',
    changes: { '{ environments: [] }': '', 'local() });': 'local() }).addCluster();' },
    advice: 'leave it out',
  },
  {
    what: 'two environments on Kind with the same ports of the machine',
    changes: {
      "app.environment('second', { provider: lib.KindProvider.local() })":
        "app.environment('second', { provider: lib.KindProvider.local({ hostPorts: [{ hostPort: 9080, nodePort: 30080 }] }) })",
    },
    advice: '[{ hostPort: 9080, nodePort: 30080 }]',
  },
  { what: 'two commas between environments', changes: { 'local,,local': 'local' } },
  { what: 'an option with a letter missing', changes: { '--enviroment': '--environment' } },
  {
    what: 'an option with a letter missing and a value behind an equals sign',
    changes: { '--enviroment': '--environment' },
  },
  { what: 'a value for an option that has none', changes: { '--all-problems=yes': '--all-problems' } },
  { what: 'an environment with two letters that changed places', changes: { lcoal: 'local' } },
  { what: 'a misspelled prop', changes: { 'imag:': 'image:' }, advice: 'use image' },
  { what: 'a prop that there is not', changes: { 'uses: []': 'args: []' }, advice: 'args' },
  { what: 'text for a number', changes: { "replicas: '3'": 'replicas: 3' }, advice: '3, without quotes' },
  { what: 'text for a truth value', changes: { "'true'": 'true' }, advice: 'true, without quotes' },
  { what: 'null for a prop', changes: { ', cpuLimit: null': '' }, advice: 'leave it out' },
  { what: 'a number in the environment variables', changes: { 'PORT: 8080': "PORT: '8080'" }, advice: "'8080'" },
  {
    what: 'a list for the environment variables',
    changes: { "['PORT=8080']": "{ key: 'value' }" },
    advice: "{ key: 'value' }",
  },
  { what: 'text for a list of arguments', changes: { "'--verbose'": "['--verbose']" }, advice: 'brackets' },
  {
    what: 'a volume that is a path',
    changes: { "'/data'": "lib.Volume.emptyDir('data', '/data')" },
    advice: 'Volume.emptyDir()',
  },
  {
    what: 'a GPU model by name',
    changes: { "'T4'": 'lib.GpuModel.T4', 'platform.teams.core': 'platform.teams.ml' },
    advice: 'GpuModel.T4',
  },
  {
    what: 'a GPU model that there is not',
    changes: { 'lib.GpuModel.T5': 'lib.GpuModel.T4', 'platform.teams.core': 'platform.teams.ml' },
    advice: 'GpuModel.T4',
  },
  {
    what: 'a namespace that is undefined',
    changes: { 'namespace: undefined': 'namespace: platform.teams.ml' },
    advice: 'platform.teams.ml',
  },
  {
    what: 'a namespace that is the whole platform',
    changes: { 'namespace: platform,': 'namespace: platform.teams.ml,' },
    advice: 'platform.teams.ml',
  },
  { what: 'a misspelled team', changes: { 'platform.teams.mll': 'platform.teams.ml' }, advice: 'platform.teams.ml' },
  {
    what: 'a namespace by name',
    changes: { "namespace: 'app'": "namespace: lib.Namespace.fromName(chart, 'App', 'app')" },
    advice: "Namespace.fromName(scope, id, 'app')",
  },
  { what: 'an unknown key in the quota of a team', changes: { "disk: '1Ti'": "storage: '1Ti'" }, advice: 'storage' },
  { what: 'a quota of a team in numbers', changes: { 'cpu: 16': "cpu: '16'" }, advice: "'16'" },
  {
    what: 'a database that is given by name',
    changes: { "database: 'features'": "database: local.addDatabase('features')" },
    advice: 'environment.addDatabase(',
  },
  { what: 'a misspelled option of a pool', changes: { maximum: 'max' }, advice: 'max' },
  {
    what: 'fewer nodes at most than at least',
    changes: { 'max: 2 });\nconsole': 'max: 4 });\nconsole' },
    advice: 'raise max',
  },
  {
    what: 'a peer with a misspelled key',
    changes: { "cidr: '10.0.0.0/8'": "cidrs: ['10.0.0.0/8']" },
    advice: 'use cidrs',
  },
  {
    what: 'a bucket of AWS in the environment',
    changes: {
      'new S3Bucket(local,':
        "const { AwsProvider } = require('@cdktf/provider-aws/lib/provider');\nnew AwsProvider(local.infrastructure, 'aws', { region: 'eu-west-1' });\nnew S3Bucket(local.infrastructure,",
    },
    advice: 'environment.infrastructure',
  },
  {
    what: 'a bucket of AWS in a chart',
    changes: {
      'new S3Bucket(chart,':
        "const { AwsProvider } = require('@cdktf/provider-aws/lib/provider');\nnew AwsProvider(local.bootstrap, 'aws', { region: 'eu-west-1' });\nnew S3Bucket(local.bootstrap,",
    },
    advice: 'environment.bootstrap',
  },
  {
    what: 'a chart outside the environments',
    changes: { "new Chart(app.kubernetes, 'shared')": "local.addChart('shared')" },
    advice: 'environment.addChart()',
  },
  {
    what: 'an object in a stack',
    changes: { 'local.infrastructure': "local.addChart('colors')" },
    advice: 'environment.addChart(id)',
  },
  {
    what: 'a workload in the environment itself',
    changes: { 'ServiceWorkload(local,': "ServiceWorkload(local.addChart('apps')," },
    advice: 'environment.addChart(id)',
  },
  {
    what: 'a claim in an app of its own',
    changes: { "new Chart(new App(), 'mine')": "local.addChart('mine')" },
    advice: 'environment.addChart(id)',
  },
  { what: 'a model with GPUs that no pool has', changes: { 'NVIDIA-A100-SXM4-40GB': 'Tesla-T4' } },
  {
    what: 'a pod with GPUs that the taint of their nodes keeps away',
    changes: {
      'spec: {\n': "spec: {\n    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],\n",
    },
    advice: "{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }",
  },
  {
    what: 'a pod with more GPUs than a node has',
    changes: { "'nvidia.com/gpu': '3'": "'nvidia.com/gpu': '1'" },
    advice: 'ask for fewer',
  },
  {
    what: 'a model with GPUs in a cluster without any',
    changes: {
      "const neural = new lib.NeuralPlatform(staging, 'neural', { domain: 'staging.example' });":
        "new lib.DataPlatform(staging, 'data-platform', { domain: 'staging.example', gpuPools: [lib.GpuPool.of(lib.GpuModel.T4)] });\nconst neural = new lib.NeuralPlatform(staging, 'neural');",
    },
    advice: 'gpuPools: [GpuPool.of(GpuModel.T4)] of DataPlatform',
  },
  {
    what: 'a DataPlatform after the cluster',
    changes: { 'local.addCluster();\n': '' },
    advice: 'leave addCluster() out',
  },
  {
    what: 'a NeuralPlatform in a cluster without a DataPlatform',
    changes: {
      'local.addCluster();': "new lib.DataPlatform(local, 'data-platform', { domain: 'ml.localhost.example' });",
      ", { domain: 'ml.localhost.example' });\napp": ');\napp',
    },
    advice: 'make the DataPlatform before',
  },
  {
    what: 'a NeuralPlatform without a DataPlatform or a domain',
    changes: { "'neural');": "'neural', { domain: 'ml.acme.example' });" },
    advice: "'ml.acme.example'",
  },
  {
    what: 'a PriorityClass with a typing error',
    changes: { prodution: 'production' },
    advice: 'use production-serving',
  },
  { what: 'a PriorityClass that nobody makes', changes: { urgent: 'batch' } },
  { what: 'a ConfigMap with a typing error', changes: { setings: 'settings' } },
  { what: 'a claim with a typing error', changes: { dta: 'data' } },
  { what: 'a StorageClass that nobody makes', changes: { standart: 'standard' } },
  {
    what: 'a second default StorageClass',
    changes: { ", annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' }": '' },
    advice: 'leave the annotation',
  },
  {
    what: 'a model with a PriorityClass and a ServiceAccount that nobody makes',
    changes: { "'nstarx-production'": "'nstarx-production-inference'", "'modelserver'": "'model-server'" },
    advice: 'nstarx-production-inference',
  },
  {
    what: 'two routes that take the same requests',
    changes: { "pathPrefix: '/cart/'": "pathPrefix: '/basket'" },
    advice: 'another host or pathPrefix',
  },
  {
    what: 'a folder without a slash at its end, which would be those that start like it too',
    changes: { "['features']": "['features/']" },
    advice: "'features/'",
  },
  { what: 'no folder of a bucket', changes: { ', { prefixes: [] }': '' }, advice: 'leave it out' },
  {
    what: 'a folder of a database',
    changes: { "{ prefixes: ['features/'] }": "{ schema: 'features' }" },
    advice: 'give schema',
  },
  {
    what: 'a database of its own with a name that SQL has',
    changes: { "database: 'order'": "database: 'order_db'" },
    advice: 'name it like order_db',
  },
  {
    what: 'a topic that nobody adds',
    changes: { 'bus.grantProduce': "bus.addTopic('app-ml-team.jobs');\nbus.grantProduce" },
    advice: "call addTopic('app-ml-team.jobs') before",
  },
  { what: 'a pattern of keys of a cache', changes: { 'session:*': 'session:' } },
  {
    what: 'a pipeline on Spark, which is off',
    changes: { 'spark: false': 'spark: true' },
    advice: 'engines.spark of NeuralPlatform to true',
  },
  {
    what: 'a workflow without Argo Workflows, which is off',
    changes: { 'argoWorkflows: false': 'argoWorkflows: true' },
    advice: 'engines.argoWorkflows of NeuralPlatform to true',
  },
  {
    what: 'a workflow that pushes start, without Argo Events',
    changes: { 'argoEvents: false': 'argoEvents: true' },
    advice: 'engines.argoEvents of NeuralPlatform to true',
  },
  {
    what: 'a distributed training without the Trainer, which is off',
    changes: { 'kubeflowTrainer: false': 'kubeflowTrainer: true' },
    advice: 'engines.kubeflowTrainer of NeuralPlatform to true',
  },
  {
    what: 'a pipeline from Kafka without a broker',
    changes: { "topic: 'orders'": "topic: 'orders', bootstrapServers: 'kafka:9092'" },
    advice: 'set config.bootstrapServers',
  },
  { what: 'a version that Kubernetes no longer serves', changes: { 'apps/v1beta1': 'apps/v1' } },
  { what: 'a misspelled kind', changes: { Deploymnet: 'Deployment' } },
  { what: 'a misspelled field', changes: { prots: 'ports' } },
  {
    what: 'a field of the pod in the Deployment',
    changes: {
      "nodeSelector: { disk: 'ssd' }, ": '',
      'spec: { containers': "spec: { nodeSelector: { disk: 'ssd' }, containers",
    },
    advice: 'spec.template.spec.nodeSelector',
  },
  { what: 'a text for a number', changes: { "replicas: '3'": 'replicas: 3' }, advice: '3 without quotes' },
  { what: 'a number in a ConfigMap', changes: { 'port: 8080': "port: '8080'" }, advice: "'8080'" },
  { what: 'a number as a label', changes: { 'version: 2': "version: '2'" }, advice: "'2'" },
  { what: 'a truth value as an environment variable', changes: { 'value: true': "value: 'true'" }, advice: "'true'" },
  { what: 'a value that is none of an enumeration', changes: { "'never'": "'Never'" }, advice: 'Never' },
  {
    what: 'a text that is no base64',
    changes: { "user: 'admin@acme'": "user: Buffer.from('admin@acme').toString('base64')" },
    advice: "Buffer.from(text).toString('base64')",
  },
  {
    what: 'an object without a namespace',
    changes: { "{ name: 'api' }, data": "{ name: 'api', namespace }, data" },
    advice: 'metadata.namespace',
  },
  {
    what: 'a cluster-scoped object with a namespace',
    changes: { "'ClusterRole', metadata,": "'ClusterRole', metadata: { name: 'api' }," },
    advice: 'remove metadata.namespace',
  },
  { what: 'a label that is a sentence', changes: { 'labels:': 'annotations:' }, advice: 'make it an annotation' },
  { what: 'a path without slashes', changes: { "'platform' }": "'/platform/' }" }, advice: '/platform/' },
  {
    what: 'flow logs by a name that is none',
    changes: { "'none of them'": 'lib.FlowLogs.NONE' },
    advice: 'FlowLogs.NONE',
  },
  {
    what: 'a tag that a controller in the cluster cannot take',
    changes: { 'ml, research': 'ml research' },
    advice: 'leave other characters out',
  },
  {
    what: 'a database whose name RDS finds reserved',
    changes: { "databaseName: 'catalog'": "databaseName: 'catalog_db'" },
    advice: 'catalog_db',
  },
  {
    what: 'a cache with two hyphens in a row',
    changes: { 'user--sessions': 'user-sessions' },
    advice: 'no two hyphens in a row',
  },
  { what: 'an API server that no one reaches', changes: { ', privateAccessCidrs: []': '' }, advice: 'leave it out' },
  {
    what: 'a second default class of snapshots',
    changes: { "driver: 'ebs.csi.aws.com' }": "driver: 'ebs.csi.aws.com', isDefault: false }" },
    advice: 'isDefault: false',
  },
  {
    what: 'services that wait for each other',
    changes: { 'stock.addDependency(lib.Dependency.http(orders));': '' },
    advice: 'remove one of these dependencies',
  },
  {
    what: 'a service that nobody calls, and a topic that nobody reads',
    changes: {
      "service('mail', {})": "service('mail', { entryPoint: true, dependencies: [lib.Dependency.consumes(placed)] })",
      "service('orders', {": "service('orders', { entryPoint: true,",
    },
    advice: 'set entryPoint where that is outside',
  },
  {
    what: 'a database elsewhere whose Secret nothing makes',
    changes: {
      'const stock =':
        "local.addExistingObject({ kind: 'Secret', name: 'stock-database', namespace: 'app-core-team' });\nconst stock =",
    },
    advice: 'name it to environment.addExistingObject()',
  },
  {
    what: 'a class of size and an amount of memory beside it',
    changes: { ", memory: '1Gi'": '' },
    advice: 'leave it out',
  },
  { what: 'a program of ChatDB with a letter missing', changes: { "'ml-engin'": "'ml-engine'" }, advice: 'ml-engine' },
  {
    what: 'a ChatDB in production that lets everybody in',
    changes: {
      "domain: 'acme.example',": "domain: 'acme.example',\n  jwtIssuer: 'https://auth.acme.example/realms/chatdb',",
    },
    advice: 'https://auth.acme.example/realms/chatdb',
  },
];
