import {
  Component,
  ComponentProps,
  ComponentRegistry,
  GeneralPool,
  GpuModel,
  GpuPool,
  KustomizeFolder,
} from 'ml-platform-constructs';
import { BadInput, onKind } from './bad-input';

const FOLDER: KustomizeFolder = { repository: 'https://git.example/operator', path: 'config', revision: 'v1.2.3' };

/** GPU models, node pools, components. */
export const CONTRACT_INPUTS: BadInput[] = [
  {
    what: 'a GPU model that no node label can have',
    given: 'NVIDIA A100',
    act: () => GpuModel.of('NVIDIA A100', { memory: '80Gi' }),
    message:
      '[GpuModel.of] productLabel must be a valid Kubernetes label value, got "NVIDIA A100": use the value of the node label nvidia.com/gpu.product.',
  },
  {
    what: 'a GPU without memory',
    given: '0Gi',
    act: () => GpuModel.of('NVIDIA-L4', { memory: '0Gi' }),
    message:
      "[GpuModel.of] memory must be a Kubernetes quantity of at least 1Mi, got \"0Gi\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  },
  {
    what: 'a pool with capitals',
    given: 'General',
    act: () => GeneralPool.of('General'),
    message:
      '[node pool "General"] name must be a DNS label of at most 30 characters that starts with a letter, got "General": use lower-case letters, digits and hyphens.',
  },
  {
    what: 'a pool whose maximum is below its minimum',
    given: 2,
    act: () => GeneralPool.of('general', { min: 3, max: 2 }),
    message: '[node pool "general"] max must be at least min (3), got 2: raise max or lower min.',
  },
  {
    what: 'a pool with fewer than no nodes',
    given: -1,
    act: () => GeneralPool.of('general', { min: -1 }),
    message:
      '[node pool "general"] min must be a whole number between 0 and 450, got -1: give the smallest number of nodes; 450 is the quota of an EKS managed node group.',
  },
  {
    what: 'half a node',
    given: 1.5,
    act: () => GeneralPool.of('general', { max: 1.5 }),
    message:
      '[node pool "general"] max must be a whole number between 1 and 450, got 1.5: give the largest number of nodes; 450 is the quota of an EKS managed node group.',
  },
  {
    what: 'a pool of too many nodes',
    given: 1000,
    act: () => GpuPool.of(GpuModel.T4, { max: 1000 }),
    message:
      '[node pool "gpu-t4"] max must be a whole number between 1 and 450, got 1000: give the largest number of nodes; 450 is the quota of an EKS managed node group.',
  },
  {
    what: 'a GPU node without GPUs',
    given: 0,
    act: () => GpuPool.of(GpuModel.T4, { gpusPerNode: 0 }),
    message:
      '[node pool "gpu-t4"] gpusPerNode must be a whole number between 1 and 16, got 0: give the GPUs of one node.',
  },
  {
    what: 'a component with a range for a version',
    given: '^4.1.0',
    act: () => component({ version: '^4.1.0' }),
    message:
      '[component "operator"] chart.version must be an exact version, got "^4.1.0": pin one, such as 1.2.3; ranges make two deployments differ.',
  },
  {
    what: 'a chart repository without TLS',
    given: 'http://charts.example',
    act: () => component({ repository: 'http://charts.example' }),
    message:
      '[component "operator"] chart.repository must be an https:// or oci:// URL, got "http://charts.example": give the repository, without the name of the chart.',
  },
  {
    what: 'a component that nothing installs',
    given: undefined,
    act: () => new Component('operator', { namespace: 'operator' }),
    message:
      '[component "operator"] chart must be given, or else kustomize, and not both, got nothing: name what installs it.',
  },
  {
    what: 'a component that two things install',
    given: 'operator',
    act: () => component({}, { kustomize: FOLDER }),
    message:
      '[component "operator"] chart must be given, or else kustomize, and not both, got "operator": name what installs it.',
  },
  {
    what: 'a folder at a branch',
    given: 'main',
    act: () => folder({ revision: 'main' }),
    message:
      '[component "operator"] kustomize.revision must be a tag with an exact version, or a whole commit, got "main": pin one, such as v1.2.3; branches make two deployments differ.',
  },
  {
    what: 'a folder that is reached by SSH',
    given: 'git@git.example:operator.git',
    act: () => folder({ repository: 'git@git.example:operator.git' }),
    message:
      '[component "operator"] kustomize.repository must be an https:// URL of a git repository, got "git@git.example:operator.git": give the repository, without a folder or a revision.',
  },
  {
    what: 'a repository with its folder',
    given: 'https://git.example/operator//config',
    act: () => folder({ repository: 'https://git.example/operator//config' }),
    message:
      '[component "operator"] kustomize.repository must be an https:// URL of a git repository, got "https://git.example/operator//config": give the repository, without a folder or a revision.',
  },
  {
    what: 'a folder outside the repository',
    given: '../config',
    act: () => folder({ path: '../config' }),
    message:
      '[component "operator"] kustomize.path must be a folder inside the repository, got "../config": give it relative to the root of the repository.',
  },
  {
    what: 'a patch of no object',
    given: { kind: 'Deployment' },
    act: () => folder({ patches: [{ kind: 'Deployment', spec: { replicas: 2 } }] }),
    message:
      '[component "operator"] kustomize.patches must have apiVersion, kind and metadata.name, got {"kind":"Deployment"}: name the object that is changed.',
  },
  {
    what: 'values without a chart',
    given: ['replicas'],
    act: () => new Component('operator', { kustomize: FOLDER, namespace: 'operator', values: { replicas: 2 } }),
    message: '[component "operator"] values must be left out with kustomize, got ["replicas"]: use kustomize.patches.',
  },
  {
    what: 'a folder that Terraform is to install',
    given: true,
    act: () => new Component('operator', { kustomize: FOLDER, namespace: 'operator', bootstrap: true }),
    message:
      '[component "operator"] bootstrap must be left out with kustomize, got true: leave it out; Terraform installs charts only.',
  },
  {
    what: 'a component in no namespace',
    given: '',
    act: () => component({}, { namespace: '' }),
    message:
      '[component "operator"] namespace must be a DNS label, got "": use lower-case letters, digits and hyphens.',
  },
  {
    what: 'a component with a space in its name',
    given: 'my operator',
    act: () => component({}, {}, 'my operator'),
    message:
      '[component "my operator"] name must be a DNS label of at most 53 characters, got "my operator": use lower-case letters, digits and hyphens.',
  },
  {
    what: 'a component with two versions to choose from',
    given: '1.2.3 || 2.0.0',
    act: () => component({ version: '1.2.3 || 2.0.0' }),
    message:
      '[component "operator"] chart.version must be an exact version, got "1.2.3 || 2.0.0": pin one, such as 1.2.3; ranges make two deployments differ.',
  },
  {
    what: 'a custom resource without a group',
    given: 'Kafka',
    act: () => component({}, { customResources: ['Kafka'] }),
    message:
      '[component "operator"] customResources must be kinds with their group, got "Kafka": write it like Kafka.kafka.strimzi.io.',
  },
  {
    what: 'a component that is given no time',
    given: 0,
    act: () => component({}, { timeoutSeconds: 0 }),
    message: '[component "operator"] timeoutSeconds must be a whole number of at least 1, got 0: give seconds.',
  },
  {
    what: 'a node label with a space',
    given: 'fast disks',
    act: () => GeneralPool.of('general', { labels: { disks: 'fast disks' } }),
    message:
      '[node pool "general"] labels must have label values of at most 63 characters, got "fast disks": use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit.',
  },
  {
    what: 'components that require each other in a cycle',
    given: 'a -> b -> c -> a',
    act: (newApp) => {
      const a = component({}, {}, 'a');
      const c = component({}, { requires: [a] }, 'c');
      const b = component({}, { requires: [c] }, 'b');
      a.addDependency(b);
      const app = newApp();
      const environment = onKind(app);
      environment.addCluster();
      environment.components.require(a);
      app.synth();
    },
    message:
      '[local] component.requires must not form a cycle, got "a -> b -> c -> a": remove one of these dependencies.',
  },
  {
    what: 'two components of one name',
    given: 'operator',
    act: (newApp) => {
      const registry = ComponentRegistry.of(onKind(newApp()));
      registry.require(component({}));
      registry.require(component({ version: '2.0.0' }));
    },
    message:
      '[local] component must have a name of its own, got "operator": share one object, or use override(); a component of that name was required with other settings.',
  },
  {
    what: 'an override of a component that is not installed',
    given: 'cert-manger',
    act: (newApp) => {
      const app = newApp();
      const environment = onKind(app);
      environment.addCluster();
      environment.components.require(component({}));
      environment.components.override('cert-manger', { version: '1.2.3' });
      app.synth();
    },
    message:
      '[local] override must name a component that is installed, got "cert-manger": name one of those that are: metrics-server, operator.',
  },
  {
    what: 'an override with a range for a version',
    given: '1.x',
    act: (newApp) => {
      const app = newApp();
      const environment = onKind(app);
      environment.addCluster();
      environment.components.require(component({}));
      environment.components.override('operator', { version: '1.x' });
      app.synth();
    },
    message:
      '[component "operator"] chart.version must be an exact version, got "1.x": pin one, such as 1.2.3; ranges make two deployments differ.',
  },
];

function component(
  chart: { version?: string; repository?: string },
  props: Partial<ComponentProps> = {},
  name = 'operator',
): Component {
  return new Component(name, {
    chart: { repository: 'https://charts.example', name: 'operator', version: '1.2.3', ...chart },
    namespace: 'operators',
    ...props,
  });
}

function folder(kustomize: Partial<KustomizeFolder>): Component {
  return new Component('operator', { kustomize: { ...FOLDER, ...kustomize }, namespace: 'operators' });
}
