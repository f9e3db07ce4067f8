import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Delivery, KindProvider, PodSecurityLevel, VolumeClaim } from 'ml-platform-constructs';
import { BadInput, onAws, onKind, platformOn, platformWithChart } from './bad-input';

/** Environments, delivery, values, and what only the whole graph shows. */
export const APP_INPUTS: BadInput[] = [
  {
    what: 'an environment with capitals',
    given: 'Production',
    act: (newApp) => newApp().environment('Production', { provider: KindProvider.local() }),
    message:
      '[PlatformApp] environment must be a DNS label of at most 20 characters, got "Production": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'an environment with a name of 21 characters',
    given: 'feature-branch-number',
    act: (newApp) => newApp().environment('feature-branch-number', { provider: KindProvider.local() }),
    message:
      '[PlatformApp] environment must be a DNS label of at most 20 characters, got "feature-branch-number": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'two environments of one name',
    given: 'local',
    act: (newApp) => {
      const app = newApp();
      onKind(app);
      onKind(app);
    },
    message:
      '[PlatformApp] environment must have a name of its own, got "local": choose another; there are already: local.',
  },
  {
    what: 'an app without an environment',
    given: undefined,
    act: (newApp) => newApp().synth(),
    message:
      "[PlatformApp] environment must be called before synth(), got nothing: add one: app.environment('local', { provider: KindProvider.local() }).",
  },
  {
    what: 'an environment that is asked for and not there',
    given: 'stagin',
    act: (newApp) => {
      const app = newApp({ environments: ['stagin'] });
      platformOn(onKind(app));
      app.synth();
    },
    message:
      '[PlatformApp] environments must be one of local, got "stagin": choose one of them, or leave it out for all.',
  },
  {
    what: 'no environment at all',
    given: [],
    act: (newApp) => {
      const app = newApp({ environments: [] });
      platformOn(onKind(app));
      app.synth();
    },
    message: '[PlatformApp] environments must name an environment, got []: leave it out for all of them.',
  },
  {
    what: 'an environment without a cluster',
    given: 'local',
    act: (newApp) => {
      const app = newApp();
      onKind(app);
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local] has no cluster: add a composition such as DataPlatform, or call addCluster()',
  },
  {
    what: 'a cluster that is used before it is made',
    given: undefined,
    act: (newApp) => onKind(newApp()).cluster,
    message:
      '[local] cluster must be added before it is used, got nothing: add a composition such as DataPlatform, or call addCluster().',
  },
  {
    what: 'a second cluster',
    given: 'local',
    act: (newApp) => {
      const environment = onKind(newApp());
      environment.addCluster();
      platformOn(environment);
    },
    message:
      '[local/platform] environment must have no cluster yet, got "local": leave addCluster() out; this makes the cluster, of generalPools and gpuPools.',
  },
  {
    what: 'two databases of one name',
    given: 'database',
    act: (newApp) => {
      const environment = onKind(newApp());
      platformOn(environment);
      environment.addDatabase('database');
    },
    message:
      '[local] name must be unique among the backing services of an environment, got "database": choose another; there are already: database, cache, artifacts, backups.',
  },
  {
    what: 'a cache with an underscore in its name',
    given: 'session_cache',
    act: (newApp) => {
      const environment = onKind(newApp());
      environment.addCluster();
      environment.addCache('session_cache');
    },
    message:
      '[local] name must be a DNS label of at most 30 characters, got "session_cache": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a value that is published twice',
    given: 'api.url',
    act: (newApp) => {
      const environment = onKind(newApp());
      environment.publishValue('api.url', 'https://a.example');
      environment.publishValue('api.url', 'https://b.example');
    },
    message: '[local-bootstrap] publishValue must have a key of its own, got "api.url": publish each value once.',
  },
  {
    what: 'a value under a key that a ConfigMap cannot have',
    given: 'api/url',
    act: (newApp) => onKind(newApp()).publishValue('api/url', 'https://a.example'),
    message:
      '[local-bootstrap] publishValue must have a key of letters, digits, dots, hyphens and underscores, got "api/url": name it like database.endpoint.',
  },
  {
    what: 'a bootstrap manifest without a name',
    given: { apiVersion: 'v1', kind: 'ConfigMap' },
    act: (newApp) => onKind(newApp()).addBootstrapManifest({ apiVersion: 'v1', kind: 'ConfigMap' }),
    message:
      '[local-bootstrap] addBootstrapManifest must have apiVersion, kind and metadata.name, got {"apiVersion":"v1","kind":"ConfigMap"}: give a whole Kubernetes object.',
  },
  {
    what: 'a bootstrap manifest that Terraform need not fill in',
    given: 'ConfigMap settings',
    act: (newApp) =>
      onKind(newApp()).addBootstrapManifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }),
    message:
      '[local-bootstrap] addBootstrapManifest must hold a value that only Terraform knows, got "ConfigMap settings": add it to a chart instead.',
  },
  {
    what: 'a namespace of Terraform with a dot',
    given: 'team.a',
    act: (newApp) => onKind(newApp()).requireNamespace('team.a', PodSecurityLevel.RESTRICTED),
    message:
      '[local-bootstrap] requireNamespace must be a DNS label of at most 63 characters, got "team.a": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a git repository that is a folder',
    given: '../manifests',
    act: () => Delivery.argoCd({ repository: '../manifests' }),
    message:
      '[Delivery.argoCd] repository must be an https:// or ssh URL of a git repository, got "../manifests": give the repository that the synthesized manifests are pushed to.',
  },
  {
    what: 'a folder outside the git repository',
    given: '../dist',
    act: () => Delivery.argoCd({ repository: 'https://git.example/platform.git', path: '../dist' }),
    message:
      '[Delivery.argoCd] path must be a folder inside the repository, got "../dist": give it relative to the root of the repository.',
  },
  {
    what: 'a value of Terraform in a manifest',
    given: 'data.endpoint',
    act: (newApp) => {
      const app = newApp();
      const environment = onAws(app);
      const { cluster } = platformOn(environment);
      new k8s.KubeConfigMap(environment.addChart('extra'), 'settings', {
        metadata: { name: 'settings', namespace: 'app-ml-team' },
        data: { endpoint: cluster.connection.endpoint ?? '' },
      });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [production/extra/settings] ConfigMap settings: data.endpoint is a Terraform token, which has no value when manifests are written; publish it with environment.publishValue(), or apply the object with environment.addBootstrapManifest()',
  },
  {
    what: 'a priority class that nothing makes',
    given: 'urgent',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new k8s.KubePod(chart, 'pod', {
        metadata: { name: 'pod', namespace: 'default' },
        spec: { priorityClassName: 'urgent', containers: [container('registry.example/a:1.2.3')] },
      });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/pod] Pod pod: refers to PriorityClass urgent, which nothing creates; use one of: batch, platform-critical, production-serving, system-node-critical, system-cluster-critical, or add it',
  },
  {
    what: 'a storage class that nothing makes',
    given: 'fast',
    act: (newApp) => {
      const { app, chart, platform } = platformWithChart(newApp);
      new VolumeClaim(chart, 'data', { namespace: platform.teams.data, size: '10Gi', storageClass: 'fast' });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/data/Resource] PersistentVolumeClaim data: refers to StorageClass fast, which nothing creates; use one of: standard, or add it',
  },
  {
    what: 'a custom resource that no component defines',
    given: 'Kafka.kafka.strimzi.io',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new ApiObject(chart, 'kafka', {
        apiVersion: 'kafka.strimzi.io/v1',
        kind: 'Kafka',
        metadata: { name: 'events', namespace: 'app-data-team' },
      });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/kafka] Kafka events: no component defines the kind Kafka.kafka.strimzi.io; require the component that does with ComponentRegistry.of(this).require(…), or add its CustomResourceDefinition',
  },
  {
    what: 'a pod without resources and with the image latest',
    given: 'registry.example/a:latest',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      const { resources: _resources, ...bare } = container('registry.example/a:latest');
      new k8s.KubePod(chart, 'pod', {
        metadata: { name: 'pod', namespace: 'default' },
        spec: { containers: [bare] },
      });
      app.synth();
    },
    message:
      '2 problems found, nothing was written:\n  [local/team/pod] Pod pod: container main has no requests.cpu, requests.memory, limits.memory; set them in its resources\n  [local/team/pod] Pod pod: container main has the image registry.example/a:latest with the tag latest, whose content changes; pin a version, such as registry.example/a:1.2.3, or a digest',
  },
  {
    what: 'a privileged pod where restricted ones are enforced',
    given: 'privileged=true',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new k8s.KubePod(chart, 'pod', {
        metadata: { name: 'pod', namespace: 'app-ml-team' },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              ...container('registry.example/a:1.2.3'),
              securityContext: { privileged: true, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      });
      app.synth();
    },
    message:
      '2 problems found, nothing was written:\n  [local/team/pod] Pod pod: breaks Pod Security restricted, which namespace app-ml-team enforces (allowPrivilegeEscalation != false); container "main" must set securityContext.allowPrivilegeEscalation=false\n  [local/team/pod] Pod pod: breaks Pod Security restricted, which namespace app-ml-team enforces (privileged); container "main" must not set securityContext.privileged=true',
  },
  {
    what: 'a network policy that cuts pods off from DNS',
    given: 'https-only',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new k8s.KubePod(chart, 'pod', {
        metadata: { name: 'pod', namespace: 'default' },
        spec: { containers: [container('registry.example/a:1.2.3')] },
      });
      new k8s.KubeNetworkPolicy(chart, 'policy', {
        metadata: { name: 'https-only', namespace: 'default' },
        spec: {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [{ ports: [{ port: k8s.IntOrString.fromNumber(443), protocol: 'TCP' }] }],
        },
      });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/pod] Pod pod: cannot reach DNS, since the NetworkPolicies that select its pods (https-only) allow no egress to port 53 of k8s-app=kube-dns in namespace kube-system; allow it over UDP and TCP',
  },
  {
    what: 'metrics that Prometheus cannot reach',
    given: 'locked',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new k8s.KubePod(chart, 'pod', {
        metadata: { name: 'pod', namespace: 'default', labels: { app: 'a' } },
        spec: { containers: [{ ...container('registry.example/a:1.2.3'), ports: [{ containerPort: 9100 }] }] },
      });
      new k8s.KubeNetworkPolicy(chart, 'policy', {
        metadata: { name: 'locked', namespace: 'default' },
        spec: { podSelector: {}, policyTypes: ['Ingress'] },
      });
      new ApiObject(chart, 'monitor', {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'a', namespace: 'default' },
        spec: { selector: { matchLabels: { app: 'a' } }, podMetricsEndpoints: [{ portNumber: 9100 }] },
      });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/monitor] PodMonitor a: scrapes port 9100 of Pod pod, but the NetworkPolicies that select its pods (locked) allow no ingress from namespace data-platform-monitoring to it; allow it',
  },
  {
    what: 'one object that is made twice',
    given: 'PriorityClass batch',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new k8s.KubePriorityClass(chart, 'again', { metadata: { name: 'batch' }, value: 1 });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/again] PriorityClass batch: is made by local/platform/scaling/priorities/batch too; rename one of them',
  },
];

function container(image: string): k8s.Container {
  const memory = k8s.Quantity.fromString('64Mi');
  return {
    name: 'main',
    image,
    resources: { requests: { cpu: k8s.Quantity.fromString('10m'), memory }, limits: { memory } },
  };
}
