import {
  AcmeChallenge,
  AlertRules,
  Backup,
  DatabaseDump,
  DisruptionBudget,
  HorizontalScaling,
  HttpRoute,
  MlBackend,
  MlflowServer,
  MlflowServerProps,
  Monitoring,
  NetworkFlow,
  ServiceWorkload,
  Team,
  TeamRoles,
  Namespace,
  VolumeAccess,
  VolumeClaim,
  WorkloadMonitor,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, onKind, platformOn, platformWithChart } from './bad-input';

const IMAGE = 'registry.example/api:1.2.3';

/** The platform layer in a chart made by platformWithChart, and the data platform. */
export const PLATFORM_INPUTS: BadInput[] = [
  {
    what: 'a domain of one label',
    given: 'localhost',
    act: (newApp) => platformOn(onKind(newApp()), { domain: 'localhost' }),
    message:
      '[local/platform/gateway/gateway] domain must be a domain name of at least two labels, got "localhost": use one like ml.example.com, without scheme, port or path.',
  },
  {
    what: 'a URL for a domain',
    given: 'https://ml.acme.example',
    act: (newApp) => platformOn(onKind(newApp()), { domain: 'https://ml.acme.example' }),
    message:
      '[local/platform/gateway/gateway] domain must be a domain name of at least two labels, got "https://ml.acme.example": use one like ml.example.com, without scheme, port or path.',
  },
  {
    what: 'a quota for a namespace that is no team of the platform',
    given: ['app-ml'],
    act: (newApp) => platformOn(onKind(newApp()), { quotas: { 'app-ml': { cpu: '4', memory: '8Gi' } } }),
    message:
      '[local/platform/tenancy/teams] quotas must be for app-core-team, app-ml-team, app-data-team, security-scanning, data-platform-monitoring, got ["app-ml"]: make other teams with Team.',
  },
  {
    what: 'a quota without CPU',
    given: '0',
    act: (newApp) => platformOn(onKind(newApp()), { quotas: { 'app-ml-team': { cpu: '0', memory: '8Gi' } } }),
    message:
      "[local/platform/tenancy/teams/app-ml-team/app-ml-team] quota.cpu must be a Kubernetes quantity of at least 1m, got \"0\": write it in cores, such as '500m' or '2'.",
  },
  {
    what: 'half a GPU in a quota',
    given: 0.5,
    act: (newApp) =>
      platformOn(onKind(newApp()), { quotas: { 'app-ml-team': { cpu: '4', memory: '8Gi', gpus: 0.5 } } }),
    message:
      '[local/platform/tenancy/teams/app-ml-team/app-ml-team] quota.gpus must be a whole number of at least 0, got 0.5: give the largest number allowed.',
  },
  {
    what: 'fewer ports of nodes than none in a quota',
    given: -1,
    act: (newApp) =>
      platformOn(onKind(newApp()), { quotas: { 'app-ml-team': { cpu: '4', memory: '8Gi', nodePorts: -1 } } }),
    message:
      '[local/platform/tenancy/teams/app-ml-team/app-ml-team] quota.nodePorts must be a whole number of at least 0, got -1: give the largest number allowed.',
  },
  {
    what: 'a further bound of a quota that is no quantity',
    given: 'many',
    act: (newApp) => {
      const quota = { cpu: '4', memory: '8Gi', extra: { 'count/kafkas.kafka.strimzi.io': 'many' } };
      platformOn(onKind(newApp()), { quotas: { 'app-data-team': quota } });
    },
    message:
      '[local/platform/tenancy/teams/app-data-team/app-data-team] quota.extra "count/kafkas.kafka.strimzi.io" must be a Kubernetes quantity, got "many": write it like \'10\' or \'20Gi\'.',
  },
  {
    what: 'an address for certificates without a challenge',
    given: 'ops@acme.example',
    act: (newApp) => platformOn(onKind(newApp()), { acmeEmail: 'ops@acme.example' }),
    message: '[local/platform] acmeEmail must come with acmeChallenge, got "ops@acme.example": give both, or neither.',
  },
  {
    what: 'an address for certificates that is none',
    given: 'ops',
    act: (newApp) =>
      platformOn(onKind(newApp()), { acmeEmail: 'ops', acmeChallenge: AcmeChallenge.route53('eu-west-1') }),
    message:
      '[local/platform/security/baseline/letsencrypt] email must be an e-mail address, got "ops": give one that someone reads.',
  },
  {
    what: 'a challenge that cannot prove a wildcard',
    given: 'AcmeChallenge.gateway',
    act: (newApp) =>
      platformOn(onKind(newApp()), {
        acmeEmail: 'ops@acme.example',
        acmeChallenge: AcmeChallenge.gateway('envoy-gateway-system', 'platform'),
      }),
    message:
      '[local/platform] acmeChallenge must be by DNS, since the certificate has a wildcard, got "AcmeChallenge.gateway": use AcmeChallenge.route53().',
  },
  {
    what: 'a challenge in no region',
    given: 'global',
    act: () => AcmeChallenge.route53('global'),
    message: '[AcmeChallenge.route53] region must be an AWS region, got "global": give one such as \'eu-west-1\'.',
  },
  {
    what: 'a team of everyone who is logged in',
    given: 'system:authenticated',
    act: (newApp) => {
      const { chart } = platformWithChart(newApp);
      new Team(chart, 'vision', { viewerGroup: 'system:authenticated' });
    },
    message:
      '[local/team/vision] viewerGroup must be a group of the identity provider, got "system:authenticated": name a group of your own; those that start with system: are built in.',
  },
  {
    what: 'a tenant in a namespace of Kubernetes',
    given: 'kube-system',
    act: (newApp) => new Namespace(platformWithChart(newApp).chart, 'kube-system'),
    message:
      '[local/team/kube-system] name must not be one of Kubernetes itself, got "kube-system": choose another name.',
  },
  {
    what: 'a weaker Pod Security level by a label',
    given: 'privileged',
    act: (newApp) =>
      platformWithChart(newApp).platform.teams.ml.addLabel('pod-security.kubernetes.io/enforce', 'privileged'),
    message:
      '[local/platform/tenancy/teams/app-ml-team/app-ml-team] addLabel must not change the label pod-security.kubernetes.io/enforce, got "privileged": leave it at restricted.',
  },
  {
    what: 'a wildcard in a role',
    given: { apiGroup: '*', resources: ['secrets'] },
    act: (newApp) =>
      TeamRoles.of(platformWithChart(newApp).chart).allow('everything', { apiGroup: '*', resources: ['secrets'] }),
    message:
      '[local/platform/tenancy/roles] allow must name its resources one by one, in lower case, got {"apiGroup":"*","resources":["secrets"]}: list the plural names of the kinds; wildcards grant what does not exist yet.',
  },
  {
    what: 'a network flow outside the cluster',
    given: ['192.0.2.0/24'],
    act: (newApp) =>
      new NetworkFlow(platformWithChart(newApp).chart, 'flow', {
        from: { cidrs: ['10.0.0.0/8'] },
        to: { cidrs: ['192.0.2.0/24'] },
      }),
    message:
      '[local/team/flow] to must be in the cluster when from is not, got ["192.0.2.0/24"]: name the pods of one end.',
  },
  {
    what: 'a network flow to an address that is none',
    given: 'api.example.com',
    act: (newApp) =>
      new NetworkFlow(platformWithChart(newApp).chart, 'flow', {
        from: { namespace: 'app-ml-team' },
        to: { cidrs: ['api.example.com'] },
      }),
    message:
      '[local/team/flow] to.cidrs must be CIDR blocks, got "api.example.com": write an address range such as \'10.0.0.0/16\'.',
  },
  {
    what: 'a network flow to port 0',
    given: 0,
    act: (newApp) =>
      new NetworkFlow(platformWithChart(newApp).chart, 'flow', {
        from: { namespace: 'app-ml-team' },
        to: { namespace: 'app-data-team', ports: [0] },
      }),
    message: '[local/team/flow] to.ports must be a whole number between 1 and 65535, got 0: give a TCP port.',
  },
  {
    what: 'a host name with a dot',
    given: 'api.v2',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const { gateway, teams } = platform;
      new HttpRoute(chart, 'api', {
        gateway,
        namespace: teams.ml,
        serviceName: 'api',
        servicePort: 80,
        host: 'api.v2',
      });
    },
    message:
      '[local/team/api] host must be a DNS label of at most 63 characters, got "api.v2": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a route to a port that is none',
    given: 0,
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const { gateway, teams } = platform;
      new HttpRoute(chart, 'api', { gateway, namespace: teams.ml, serviceName: 'api', servicePort: 0, host: 'api' });
    },
    message: '[local/team/api] servicePort must be a whole number between 1 and 65535, got 0: give a TCP port.',
  },
  {
    what: 'a route that leads nowhere',
    given: undefined,
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      new HttpRoute(chart, 'api', { gateway: platform.gateway, host: 'api' });
    },
    message:
      '[local/team/api] workload must be given, got nothing: name the workload, or serviceName, servicePort and namespace.',
  },
  {
    what: 'a route to a Service without a port',
    given: undefined,
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const { gateway, teams } = platform;
      new HttpRoute(chart, 'api', { gateway, namespace: teams.ml, serviceName: 'api', host: 'api' });
    },
    message:
      '[local/team/api] servicePort must come with serviceName, got nothing: give it, or name the workload instead.',
  },
  {
    what: 'a route to two things',
    given: 'api',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const { gateway, teams } = platform;
      const workload = new ServiceWorkload(chart, 'backend', { namespace: teams.ml, image: 'a:1' });
      new HttpRoute(chart, 'api', { gateway, workload, serviceName: 'api', host: 'api' });
    },
    message: '[local/team/api] serviceName must not come with workload, got "api": leave one of them out.',
  },
  {
    what: 'a route whose pods do not let the gateway in',
    given: 'HTTPRoute route',
    act: (newApp) => {
      const { app, chart, platform } = platformWithChart(newApp);
      const { gateway, teams } = platform;
      const { serviceName, servicePort } = new ServiceWorkload(chart, 'api', { namespace: teams.ml, image: IMAGE });
      new HttpRoute(chart, 'route', { gateway, namespace: teams.ml, serviceName, servicePort, host: 'api' });
      app.synth();
    },
    message:
      "1 problem found, nothing was written:\n  [local/team/route/Resource] HTTPRoute route: leads to port 80 of Service api, but the NetworkPolicies that select the pods of Deployment api (default-deny, api) allow no ingress from the gateway's proxies in namespace envoy-gateway-system to port 8080; name the workload in the HttpRoute, or call workload.allowFrom(gateway.peer)",
  },
  {
    what: 'a route whose paths do not start with a slash',
    given: 'v2',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const { gateway, teams } = platform;
      const service = { serviceName: 'api', servicePort: 80, host: 'api' };
      new HttpRoute(chart, 'api', { gateway, namespace: teams.ml, ...service, pathPrefix: 'v2' });
    },
    message: '[local/team/api] pathPrefix must start with a slash, got "v2": write it as \'/v2\'.',
  },
  {
    what: 'metrics that are kept for no day',
    given: 0,
    act: (newApp) => monitoring(newApp, { retentionDays: 0 }),
    message: '[local/team/monitoring] retentionDays must be a whole number between 1 and 3650, got 0: give days.',
  },
  {
    what: 'a thousand Prometheus pods',
    given: 1000,
    act: (newApp) => monitoring(newApp, { replicas: 1000 }),
    message:
      '[local/team/monitoring] replicas must be a whole number between 1 and 5, got 1000: run 2 to survive the loss of one; more only cost.',
  },
  {
    what: 'an alert in lower case',
    given: 'high error ratio',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      new AlertRules(chart, 'alerts', { namespace: platform.teams.ml }).add({
        name: 'high error ratio',
        expression: 'vector(1)',
        summary: 'It is high',
      });
    },
    message:
      '[local/team/alerts] name must be in upper camel case, got "high error ratio": name it like \'HighErrorRatio\'.',
  },
  {
    what: 'percent for a ratio of errors',
    given: 5,
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const rules = new AlertRules(chart, 'alerts', { namespace: platform.teams.ml });
      rules.forService('Api', { selector: 'job="api"', errorRatio: 5 });
    },
    message: '[local/team/alerts] errorRatio must be between 0 and 1, got 5: write 5 % as 0.05.',
  },
  {
    what: 'alert rules without an alert',
    given: 'alerts',
    act: (newApp) => {
      const { app, chart, platform } = platformWithChart(newApp);
      new AlertRules(chart, 'alerts', { namespace: platform.teams.ml });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/alerts] has no alert: call add() or forService(), or leave it out',
  },
  {
    what: 'a Service that is scraped on an unnamed port',
    given: undefined,
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const workload = new MlBackend(chart, 'api', { namespace: platform.teams.ml, image: IMAGE });
      new WorkloadMonitor(chart, 'monitor', { workload, serviceLabels: { app: 'api' } });
    },
    message:
      '[local/team/monitor] servicePort must come with serviceLabels, got nothing: give both for a ServiceMonitor, or neither for a PodMonitor.',
  },
  {
    what: 'metrics at a relative path',
    given: 'metrics',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const workload = new MlBackend(chart, 'api', { namespace: platform.teams.ml, image: IMAGE });
      new WorkloadMonitor(chart, 'monitor', { workload, path: 'metrics' });
    },
    message: '[local/team/monitor] path must start with a slash, got "metrics": write it as \'/metrics\'.',
  },
  {
    what: 'a volume without a size',
    given: '0Gi',
    act: (newApp) => claim(newApp, { size: '0Gi' }),
    message:
      "[local/team/data] size must be a Kubernetes quantity of at least 1Mi, got \"0Gi\": write it in bytes with a suffix, such as '512Mi' or '2Gi'.",
  },
  {
    what: 'a disk that many nodes are to mount',
    given: 'ReadWriteMany',
    act: (newApp) => claim(newApp, { access: VolumeAccess.READ_WRITE_MANY }),
    message:
      '[local/team/data] access must suit the cluster\'s default StorageClass (standard), which one node mounts at a time, got "ReadWriteMany": name a storageClass for shared file systems, or keep the data in a bucket.',
  },
  {
    what: 'a backup on the 30th hour',
    given: '0 30 * * *',
    act: (newApp) => backup(newApp, { schedule: '0 30 * * *' }),
    message:
      '[local/team/more] schedule must have five fields within their bounds, but hour "30" is not within 0-23, got "0 30 * * *": write minute, hour, day of the month, month and day of the week, such as \'30 2 * * *\'.',
  },
  {
    what: 'backups that are kept forever',
    given: 100_000,
    act: (newApp) => backup(newApp, { retentionDays: 100_000 }),
    message: '[local/team/more] retentionDays must be a whole number between 1 and 3650, got 100000: give days.',
  },
  {
    what: 'a namespace that is both in the backup and out of it',
    given: ['app-ml-team'],
    act: (newApp) => backup(newApp, { includedNamespaces: ['app-ml-team'], excludedNamespaces: ['app-ml-team'] }),
    message:
      '[local/team/more] includedNamespaces must not be excluded as well, got ["app-ml-team"]: remove them from one of the lists.',
  },
  {
    what: 'a dump by whatever PostgreSQL is latest',
    given: 'docker.io/library/postgres:latest',
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const { artifactBucket: store, database, teams } = platform;
      const namespace = teams.data;
      new DatabaseDump(chart, 'dump', {
        database,
        store,
        namespace,
        postgresImage: 'docker.io/library/postgres:latest',
      });
    },
    message:
      '[local/team/dump] postgresImage must have a digest, or a tag other than latest, got "docker.io/library/postgres:latest": pin a version, such as \'docker.io/library/postgres:1.2.3\'; otherwise two pods of one workload may run different code.',
  },
  {
    what: 'a folder of artifacts that begins at the root',
    given: '/mlflow',
    act: (newApp) => mlflow(newApp, { folder: '/mlflow' }),
    message:
      '[local/team/mlflow] folder must have a slash at its end, and none at its start, got "/mlflow": write it like \'mlflow/vision/\'.',
  },
  {
    what: 'an MLflow that answers to any host',
    given: '*',
    act: (newApp) => mlflow(newApp, { hosts: ['*'] }),
    message:
      '[local/team/mlflow] hosts must be names of hosts, with a port or without, got "*": write it like \'mlflow.ml.acme.example\'.',
  },
  {
    what: 'an MLflow without workers',
    given: 0,
    act: (newApp) => mlflow(newApp, { workers: 0 }),
    message: '[local/team/mlflow] workers must be a whole number between 1 and 64, got 0: give a number of processes.',
  },
  {
    what: 'a disruption budget that blocks every drain',
    given: 2,
    act: (newApp) => {
      const { chart, platform } = platformWithChart(newApp);
      const workload = new MlBackend(chart, 'api', { namespace: platform.teams.ml, image: IMAGE });
      new DisruptionBudget(chart, 'budget', { workload, replicas: 2, minAvailable: 2 });
    },
    message:
      '[local/team/budget] minAvailable must be a whole number of at least 1 and below replicas (2), got 2: use maxUnavailable: 1; with as many as there are replicas no node can ever be drained.',
  },
  {
    what: 'scaling to fewer pods than there are',
    given: 1,
    act: (newApp) =>
      new HorizontalScaling(platformWithChart(newApp).chart, 'scaling', {
        target: { namespace: 'app-ml-team', name: 'api' },
        minReplicas: 2,
        maxReplicas: 1,
      }),
    message:
      '[local/team/scaling] maxReplicas must be at least minReplicas (2), got 1: raise maxReplicas or lower minReplicas.',
  },
  {
    what: 'scaling of a Deployment that nothing makes',
    given: 'Deployment api in namespace app-ml-team',
    act: (newApp) => {
      const { app, chart } = platformWithChart(newApp);
      new HorizontalScaling(chart, 'scaling', { target: { namespace: 'app-ml-team', name: 'api' }, maxReplicas: 4 });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/scaling/Resource] HorizontalPodAutoscaler api: refers to Deployment api in namespace app-ml-team, which nothing creates; add it, or correct the name',
  },
];

function monitoring(newApp: AppFactory, props: { retentionDays?: number; replicas?: number }): void {
  const environment = onKind(newApp());
  environment.addCluster();
  new Monitoring(environment.addChart('team'), 'monitoring', props);
}

function claim(newApp: AppFactory, props: { size?: string; access?: VolumeAccess }): void {
  const { chart, platform } = platformWithChart(newApp);
  new VolumeClaim(chart, 'data', { namespace: platform.teams.data, size: '10Gi', ...props });
}

function backup(newApp: AppFactory, props: Partial<ConstructorParameters<typeof Backup>[2]>): void {
  const environment = onKind(newApp());
  environment.addCluster();
  new Backup(environment.addChart('team'), 'more', { store: environment.addObjectStore('backups'), ...props });
}

function mlflow(newApp: AppFactory, props: Partial<MlflowServerProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  const { artifactBucket: store, database, teams } = platform;
  new MlflowServer(chart, 'mlflow', { namespace: teams.ml, database, store, ...props });
}
