import { Mistake, programOf } from './mistake';

/** A program with an environment `dev` of two nodes, delivered by Argo CD, and a chart `chart` in it with a namespace `team`. */
function onTwoNodes(body: string): string {
  return `const lib = require('ml-platform-constructs');
const { ApiObject, JsonPatch } = require('cdk8s');
const app = new lib.PlatformApp();
const GIB = 2 ** 30;
const dev = app.environment('dev', {
  provider: lib.ExistingClusterProvider.fromKubeconfig({
    context: 'dev',
    kubernetesVersion: '1.35',
    defaultStorageClass: 'standard',
    networkPolicy: true,
    nodes: [{ pool: 'general', instanceType: 'm6i.xlarge', cpu: 4, memory: 14 * GIB, pods: 58, min: 2, max: 2, zones: ['north', 'south'] }],
  }),
  delivery: lib.Delivery.argoCd({ repository: 'https://github.com/acme/ml-platform.git' }),
});
dev.addCluster();
const chart = dev.addChart('team');
const team = lib.Namespace.fromName(chart, 'Team', 'team');
const image = 'ghcr.io/acme/api:1.4.2';
const component = (name, props) =>
  new lib.Component(name, {
    chart: { repository: 'https://charts.example.org', name, version: '1.2.3' },
    namespace: name,
    ...props,
  });
${body}
app.synth();
`;
}

/** What an API server would take, and the first boot not. */
export const REHEARSAL_MISTAKES: Mistake[] = [
  {
    what: 'a pod that is larger than every node',
    program: onTwoNodes(`new lib.ServiceWorkload(chart, 'api', { namespace: team, image, memory: '32Gi' });`),
    stderr: `1 problem found, nothing was written:
  [dev/team/api/Resource] Deployment api (Argo CD sync wave 0): its pods ask for 32768Mi memory, and no node that may run it has more than 14336Mi memory for pods (m6i.xlarge, pool general); ask for less, or give the pool a larger instanceType`,
  },
  {
    what: 'a component that is larger than every node',
    program:
      onTwoNodes(`const containers = [{ name: 'prometheus', cpu: '200m', memory: '8Gi', resourcesAt: 'resources' }];
dev.components.require(
  component('metrics', {
    values: { resources: { requests: { memory: '16Gi' } } },
    footprint: { workloads: [{ kind: 'StatefulSet', name: 'prometheus', containers }] },
  }),
);`),
    stderr: `1 problem found, nothing was written:
  [dev] component metrics (Argo CD sync wave -1): the pods of StatefulSet prometheus ask for 16384Mi memory, and no node that may run it has more than 14336Mi memory for pods (m6i.xlarge, pool general); ask for less, or give the pool a larger instanceType`,
  },
  {
    what: 'a component that requests cores in words',
    program: onTwoNodes(`const containers = [{ name: 'server', cpu: '1 core', memory: '512Mi' }];
dev.components.require(component('store', { footprint: { workloads: [{ kind: 'Deployment', name: 'server', containers }] } }));`),
    stderr:
      '[component "store"] footprint.workloads "server".server.cpu must be a Kubernetes quantity of at least 1m, got "1 core": write it in cores, such as \'500m\' or \'2\'.',
  },
  {
    what: 'a component before which another one has to run that needs manifests',
    program: onTwoNodes(`const cache = component('cache', { needsManifests: true });
dev.components.require(component('shop', { requires: [cache] }));`),
    stderr:
      '[dev] component "shop".requires must not name a component with needsManifests, for which nothing waits, got "cache": leave it out and have shop try again until cache answers; or deliver the objects that cache needs before it, without needsManifests.',
  },
  {
    what: 'more pods than the nodes have room for',
    program: onTwoNodes(
      `new lib.ServiceWorkload(chart, 'api', { namespace: team, image, replicas: 4, cpu: '500m', memory: '6Gi' });
new lib.ServiceWorkload(chart, 'web', { namespace: team, image, replicas: 2, cpu: '500m', memory: '4Gi' });`,
    ),
    stderr: `1 problem found, nothing was written:
  [dev/team/web/Resource] Deployment web (Argo CD sync wave 0): its pods ask for 500m cpu, 4096Mi memory each, and 2 of 2 find no room beside what is applied before: pool general has at most 2 nodes (m6i.xlarge), of which 2230m of 8000m cpu, 25728Mi of 28672Mi memory are taken; raise max of the pool, give it a larger instanceType, or ask for less`,
  },
  {
    what: 'a pod before the Secret that it reads',
    program: onTwoNodes(`dev.components.require(lib.Components.externalSecrets());
new lib.JobWorkload(chart, 'migrate', { namespace: team, image, secretEnv: [{ name: 'PASSWORD', secretName: 'migrate', key: 'password' }] })
  .node.defaultChild.metadata.addAnnotation('argocd.argoproj.io/sync-wave', '-1');
const external = { apiVersion: 'external-secrets.io/v1', metadata: { name: 'migrate', namespace: 'team' } };
new ApiObject(chart, 'store', { ...external, kind: 'SecretStore', spec: {} });
const spec = { secretStoreRef: { name: 'migrate' }, dataFrom: [{ extract: { key: 'acme/migrate' } }] };
new ApiObject(chart, 'secret', { ...external, kind: 'ExternalSecret', spec });`),
    stderr: `2 problems found, nothing was written:
  [dev/team/migrate/Resource] Job migrate-30cd91e7a6 (Argo CD sync wave -1): needs Secret migrate in namespace team, which comes later (Argo CD sync wave 0); what is waited for would never be ready; bring it in an earlier step (with Argo CD: a lower argocd.argoproj.io/sync-wave), or what needs it in a later one
  [dev/team/migrate/Resource] Job migrate-30cd91e7a6 (Argo CD sync wave -1): needs ServiceAccount migrate in namespace team, which comes later (Argo CD sync wave 0); what is waited for would never be ready; bring it in an earlier step (with Argo CD: a lower argocd.argoproj.io/sync-wave), or what needs it in a later one`,
  },
  {
    what: 'a Secret that the values of a chart name and nothing makes',
    program:
      onTwoNodes(`dev.components.require(component('store', { values: { auth: { existingSecret: 'store-keys' } }, footprint: {
  workloads: [],
  references: [{ kind: 'Secret', nameAt: 'auth.existingSecret' }],
} }));
dev.components.require(component('shop', { values: { envFrom: [{ secretRef: { name: 'shop-keys' } }] } }));`),
    stderr: `2 problems found, nothing was written:
  [dev] component shop (Argo CD sync wave -1): its value envFrom[0].secretRef names Secret shop-keys in namespace shop, which nothing creates; deliver it with an ExternalSecret or a Certificate, or name it to environment.addExistingObject() where it is made by hand, or correct the value
  [dev] component store (Argo CD sync wave -1): its value auth.existingSecret names Secret store-keys in namespace store, which nothing creates; deliver it with an ExternalSecret or a Certificate, or name it to environment.addExistingObject() where it is made by hand, or correct the value`,
  },
  {
    what: 'an object before the component with its kind',
    program: onTwoNodes(`dev.components.require(component('colors', { customResources: ['Color.example.org'] }));
const annotations = { 'argocd.argoproj.io/sync-wave': '-5' };
const metadata = { name: 'red', namespace: 'team', annotations };
new ApiObject(chart, 'red', { apiVersion: 'example.org/v1', kind: 'Color', metadata });`),
    stderr: `1 problem found, nothing was written:
  [dev/team/red] Color red (Argo CD sync wave -5): needs the kind Color.example.org, which comes later (Argo CD sync wave -1); have the component that defines it go first, or apply the object later`,
  },
  {
    what: 'a webhook beside what it judges',
    program: onTwoNodes(`const inStore = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['store'] }];
const hook = { name: 'services.example.org', failurePolicy: 'Fail', judges: ['/services'], servedBy: 'judge' };
const webhooks = [{ ...hook, namespaceSelector: inStore }];
const services = [{ name: 'store', ports: { http: 80 } }];
dev.components.require(component('judge', { bootstrap: true, footprint: { workloads: [], webhooks } }));
dev.components.require(component('store', { bootstrap: true, footprint: { workloads: [], services } }));`),
    stderr: `1 problem found, nothing was written:
  [dev] component store (stack dev-bootstrap, release store): Service store may be refused while the webhook services.example.org of component judge (stack dev-bootstrap, release judge) has no pods, since nothing says which of the two comes first; have store require judge (component.addDependency), or the other way round, or switch the webhook off, or set its failurePolicy to Ignore`,
  },
  {
    what: 'a network policy that leaves a controller one connection',
    program: onTwoNodes(`dev.components.require(lib.Components.argoRollouts());
new lib.NetworkFlow(chart, 'queries', {
  from: { namespace: 'argo-rollouts', podLabels: { 'app.kubernetes.io/name': 'argo-rollouts' } },
  to: { namespace: 'team', ports: [9090] },
});`),
    stderr: `2 problems found, nothing was written:
  [dev/team/queries/Resource] component argo-rollouts (Argo CD sync wave -1): the pods of Deployment argo-rollouts cannot reach DNS, since the NetworkPolicies that select them (to-team-2e6acbbb) allow no egress to port 53 of k8s-app=kube-dns in namespace kube-system; allow it over UDP and TCP
  [dev/team/queries/Resource] component argo-rollouts (Argo CD sync wave -1): the pods of Deployment argo-rollouts cannot reach the API server, since the NetworkPolicies that select them (to-team-2e6acbbb) allow no egress to it; add a rule for TCP ports 443 and 6443 without peers, or leave out the policies where nothing else restricts these pods`,
  },
  {
    what: 'a training over more nodes than there may be',
    program:
      onTwoNodes(`dev.components.require(component('trainer', { customResources: ['TrainJob.trainer.kubeflow.org'] }));
const spec = {
  runtimeRef: { name: 'torch-distributed' },
  trainer: { numNodes: 4, resourcesPerNode: { requests: { cpu: '3', memory: '8Gi' } } },
};
const metadata = { name: 'train', namespace: 'team' };
new ApiObject(chart, 'train', { apiVersion: 'trainer.kubeflow.org/v1alpha1', kind: 'TrainJob', metadata, spec });`),
    stderr: `1 problem found, nothing was written:
  [dev/team/train] TrainJob train (Argo CD sync wave 0): its training nodes ask for 3000m cpu, 8192Mi memory each, and 2 of 4 find no room beside what is applied before: pool general has at most 2 nodes (m6i.xlarge), of which 230m of 8000m cpu, 1152Mi of 28672Mi memory are taken; raise max of the pool, give it a larger instanceType, or ask for less`,
  },
  {
    what: 'pods that want more zones than there are, and volumes in a zone without nodes',
    program: onTwoNodes(`const term = { topologyKey: 'topology.kubernetes.io/zone', labelSelector: {} };
const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
new lib.ServiceWorkload(chart, 'api', { namespace: team, image, replicas: 3 })
  .node.defaultChild.addJsonPatch(JsonPatch.add('/spec/template/spec/affinity', affinity));
const allowedTopologies = [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['east'] }] }];
new ApiObject(chart, 'fast', {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast' },
  provisioner: 'ebs.csi.aws.com',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies,
});`),
    stderr: `2 problems found, nothing was written:
  [dev/team/api/Resource] Deployment api (Argo CD sync wave 0): its pods ask for a zone each, by a required podAntiAffinity over topology.kubernetes.io/zone, and 1 of 3 find none with room: pool general has at most 2 nodes in north, south; run fewer, prefer the anti-affinity instead of requiring it, or give the pool more zones
  [dev/team/fast] StorageClass fast: makes volumes in east only (allowedTopologies), and the nodes of the cluster are in north, south, so that no pod could use one; name some of these zones, or leave allowedTopologies out`,
  },
  {
    what: 'pods that share a volume of one node',
    program:
      onTwoNodes(`const storageClass = { kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'ebs.csi.aws.com' };
new ApiObject(chart, 'fast', { apiVersion: 'storage.k8s.io/v1', volumeBindingMode: 'WaitForFirstConsumer', ...storageClass });
const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'team' } };
const resources = { requests: { storage: '10Gi' } };
new ApiObject(chart, 'data', { ...claim, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources } });
new lib.ServiceWorkload(chart, 'api', { namespace: team, image, replicas: 2 })
  .node.defaultChild.addJsonPatch(JsonPatch.add('/spec/template/spec/volumes/-', { name: 'data', persistentVolumeClaim: { claimName: 'data' } }));`),
    stderr: `1 problem found, nothing was written:
  [dev/team/api/Resource] Deployment api (Argo CD sync wave 0): its pods ask for claim data in namespace team, which is on one node at a time (ReadWriteOnce), and 2 pods mount it (2 of Deployment api), which the scheduler spreads over nodes; give each pod a claim of its own (volumeClaimTemplates of a StatefulSet), use a class whose volumes many nodes can mount (ReadWriteMany), or bring them to one node by a required podAffinity over kubernetes.io/hostname`,
  },
  {
    what: 'executors that no node has room for',
    program:
      onTwoNodes(`dev.components.require(component('spark', { customResources: ['SparkApplication.sparkoperator.k8s.io'] }));
const spec = { type: 'Scala', mode: 'cluster', driver: {}, executor: { instances: 2, memory: '16g' } };
const metadata = { name: 'orders', namespace: 'team' };
new ApiObject(chart, 'orders', { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', metadata, spec });`),
    stderr: `1 problem found, nothing was written:
  [dev/team/orders] SparkApplication orders (Argo CD sync wave 0): its executors ask for 18022Mi memory, and no node that may run it has more than 14336Mi memory for pods (m6i.xlarge, pool general); ask for less, or give the pool a larger instanceType`,
  },
  {
    what: 'a training on a GPU in a namespace whose quota has none',
    program: programOf(`const team = new lib.Namespace(chart, 'vision');
new lib.TrainingJob(chart, 'train', { namespace: team, image: 'ghcr.io/acme/train:1.4.2', gpuModel: lib.GpuModel.T4 });`),
    stderr: `1 problem found, nothing was written:
  [local/team/train/Resource] Job train-b2277dabf3 (kubectl apply -k dist/local): its pods ask for 1 nvidia.com/gpu, with which namespace vision has 1 nvidia.com/gpu in use, and its ResourceQuota tenant allows 0 nvidia.com/gpu (requests.nvidia.com/gpu); raise gpus in the quota of the namespace, or ask for less`,
  },
  {
    what: 'a model on a GPU in a namespace whose quota has none',
    program: programOf(`new lib.NeuralPlatform(local, 'neural');
new lib.AIModel(chart, 'churn', {
  namespace: new lib.Namespace(chart, 'vision'),
  type: lib.AIModelType.SKLEARN,
  version: '1.0',
  storage: { location: 's3://local-artifacts/models/vision/churn' },
  serving: { resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { 'nvidia.com/gpu': '1' } } },
});`),
    stderr: `1 problem found, nothing was written:
  [local/team/churn/Resource] AIModel churn (kubectl apply -k dist/local): the pods of InferenceService churn ask for 1 nvidia.com/gpu, with which namespace vision has 1 nvidia.com/gpu in use, and its ResourceQuota tenant allows 0 nvidia.com/gpu (requests.nvidia.com/gpu); raise gpus in the quota of the namespace, or ask for less`,
  },
];
