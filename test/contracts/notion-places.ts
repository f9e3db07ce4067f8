import {
  AcmeChallenge,
  AcmeIssuer,
  AlertReceiver,
  ApiGateway,
  ApiGatewayProps,
  ApiRoute,
  Backup,
  ChatDb,
  ChatDbProps,
  CronJobWorkload,
  DatabaseDump,
  DataPlatform,
  ExternalService,
  ExternalServiceOptions,
  GpuModel,
  HorizontalScaling,
  HttpRoute,
  KindProvider,
  KindProviderProps,
  Microservice,
  Microservices,
  MlflowServer,
  ModelAutoscaler,
  ModelDeliveryEnvironment,
  ModelDeliveryWorkflow,
  ModelDeliveryWorkflowProps,
  Monitoring,
  Namespace,
  NamespaceProps,
  NeuralOperatorsProps,
  NeuralPlatform,
  PlatformApp,
  PlatformGateway,
  Probe,
  ServiceLevelObjectives,
  ServiceLevelObjectivesProps,
  ServiceScaling,
  ServiceWorkload,
  ServiceWorkloadProps,
  TenantHierarchy,
  Tier,
  TrainingJob,
  Volume,
  VolumeClaim,
  WorkloadMonitor,
  ZeroTouch,
  ZeroTouchProps,
} from 'ml-platform-constructs';
import { setUp } from '../constructs/workloads/support';
import { TestCluster, TestDatabase, TestEnvironment, TestStore, TestWorkload } from '../constructs/tenancy/support';
import { temporaryApp } from '../support/synth';

type Use = (value: never) => unknown;

const IMAGE = 'registry.example/api:1.2.3';

/** How each prop of a construct or provider is given a value, as `Struct.prop`. */
export const PLACES: { readonly [place: string]: Use } = {
  'BackupSettings.schedule': (schedule: string) => {
    const environment = new TestEnvironment();
    new TestCluster(environment);
    const store = new TestStore(environment, false);
    return new Backup(environment.chart('backup'), 'backup', { store, schedule });
  },
  'CronJobWorkloadProps.schedule': (schedule: string) => cronJob({ schedule }),
  'CronJobWorkloadProps.timeZone': (timeZone: string) => cronJob({ timeZone }),
  'DatabaseDumpProps.schedule': (schedule: string) => dump({ schedule }),
  'DatabaseDumpProps.postgresImage': (postgresImage: string) => dump({ postgresImage }),
  'DatabaseDumpProps.uploadImage': (uploadImage: string) => dump({ uploadImage }),
  'DatabaseDumpProps.size': (size: string) => dump({ size }),
  'KindProviderProps.nodeImage': (nodeImage: string) => kind({ nodeImage }),
  'NeuralOperatorsProps.image': (image: string) => operators({ image }),
  'NeuralOperatorsProps.sparkImage': (sparkImage: string) => operators({ sparkImage }),
  'NeuralOperatorsProps.flinkImage': (flinkImage: string) => operators({ flinkImage }),
  'NeuralOperatorsProps.feastImage': (feastImage: string) => operators({ feastImage }),
  'NeuralOperatorsProps.mlflowUrl': (mlflowUrl: string) => operators({ mlflowUrl }),
  'NeuralOperatorsProps.openLineageUrl': (openLineageUrl: string) => operators({ openLineageUrl }),
  'ZeroTouchProps.operatorsImage': (operatorsImage: string) => zeroTouch({ operatorsImage }),
  'ZeroTouchProps.mlflowUrl': (mlflowUrl: string) => zeroTouch({ mlflowUrl }),
  'ChatDbProps.image': (image: string) => chatDb({ image }),
  'ChatDbProps.host': (host: string) => chatDb({ host }),
  'ChatDbProps.jwksUri': (jwksUri: string) => chatDb({ jwtIssuer: 'https://auth.example.com', jwksUri }),
  'ModelDeliveryWorkflowProps.baseImage': (baseImage: string) => delivery({ baseImage }),
  'ModelDeliveryEnvironment.mlflowUrl': (mlflowUrl: string) => delivery({}, { mlflowUrl }),
  'WorkloadOptions.image': (image: string) => service({ image }),
  'WorkloadOptions.cpu': (cpu: string) => service({ cpu, cpuLimit: '64' }),
  'WorkloadOptions.cpuLimit': (cpuLimit: string) => service({ cpu: '1m', cpuLimit }),
  'WorkloadOptions.memory': (memory: string) => service({ memory, memoryLimit: '64Gi' }),
  'WorkloadOptions.memoryLimit': (memoryLimit: string) => service({ memory: '1Mi', memoryLimit }),
  'WorkloadOptions.tmpSize': (tmpSize: string) => service({ tmpSize }),
  'WorkloadOptions.metricsPort': (metricsPort: number) => service({ metricsPort }),
  'ServiceWorkloadOptions.port': (port: number) => service({ port }),
  'ServiceWorkloadOptions.servicePort': (servicePort: number) => service({ servicePort }),
  'ServiceWorkloadOptions.cpuPercent': (cpuPercent: number) => service({ maxReplicas: 3, cpuPercent }),
  'ServiceWorkloadOptions.memoryPercent': (memoryPercent: number) => service({ maxReplicas: 3, memoryPercent }),
  'ServiceScalingOptions.cpuPercent': (cpuPercent: number) =>
    ServiceScaling.of({ minReplicas: 1, maxReplicas: 3, cpuPercent }),
  'ServiceScalingOptions.memoryPercent': (memoryPercent: number) =>
    ServiceScaling.of({ minReplicas: 1, maxReplicas: 3, cpuPercent: 70, memoryPercent }),
  'ServiceLevelObjectivesProps.cpuPercent': (cpuPercent: number) => objectives({ cpuPercent }),
  'ServiceLevelObjectivesProps.memoryPercent': (memoryPercent: number) => objectives({ memoryPercent }),
  'ExtraPort.port': (port: number) => service({ port: 9000, extraPorts: [{ name: 'grpc', port }] }),
  'ExtraPort.servicePort': (servicePort: number) =>
    service({ port: 9000, extraPorts: [{ name: 'grpc', port: 9090, servicePort }] }),
  'ExternalServiceOptions.host': (host: string) => external({ host }),
  'ExternalServiceOptions.port': (port: number) => external({ port }),
  'HorizontalScalingProps.cpuPercent': (cpuPercent: number) => scaling({ cpuPercent }),
  'HorizontalScalingProps.memoryPercent': (memoryPercent: number) => scaling({ memoryPercent }),
  'ModelAutoscalerProps.cpuPercent': (cpuPercent: number) => autoscaler({ cpuPercent }),
  'ModelAutoscalerProps.memoryPercent': (memoryPercent: number) => autoscaler({ memoryPercent }),
  'ProbeOptions.port': (port: number) => service({ livenessProbe: Probe.http('/', { port }) }),
  'WorkloadMonitorProps.port': (port: number) => {
    const chart = new TestEnvironment().chart();
    return new WorkloadMonitor(chart, 'metrics', { workload: new TestWorkload(chart, 'api', 'web'), port });
  },
  'HostPortMapping.hostPort': (hostPort: number) => kind({ hostPorts: [{ hostPort, nodePort: 30_080 }] }),
  'HttpRouteProps.servicePort': (servicePort: number) => {
    const environment = new TestEnvironment();
    new TestCluster(environment, { loadBalancer: true });
    const chart = environment.chart();
    const namespace = new Namespace(chart, 'web');
    const gateway = new PlatformGateway(chart, 'gateway', {
      domain: 'ml.example.com',
      issuerName: 'ca',
      internetFacing: false,
    });
    return new HttpRoute(chart, 'route', { gateway, namespace, serviceName: 'web', servicePort, host: 'web' });
  },
  'CacheProps.memory': (memory: string) => withCluster((environment) => environment.addCache('sessions', { memory })),
  'DatabaseProps.memory': (memory: string) =>
    withCluster((environment) => environment.addDatabase('orders', { memory })),
  'MessageBusProps.memory': (memory: string) =>
    withCluster((environment) => environment.addMessageBus('bus', { memory })),
  'ObjectStoreProps.serverMemory': (serverMemory: string) =>
    withCluster((environment) => environment.addObjectStore('models', { serverMemory })),
  'ObjectStoreProps.serverStorage': (serverStorage: string) =>
    withCluster((environment) => environment.addObjectStore('models', { serverStorage })),
  'DatabaseProps.storage': (storage: string) =>
    withCluster((environment) => environment.addDatabase('data', { storage })),
  'MessageBusProps.storage': (storage: string) =>
    withCluster((environment) => environment.addMessageBus('bus', { storage })),
  'ApiGatewayProps.image': (image: string) => apiGateway({ image }),
  'ApiGatewayProps.cpu': (cpu: string) => apiGateway({ cpu }),
  'ApiGatewayProps.maxRequestSize': (maxRequestSize: string) => apiGateway({ maxRequestSize }),
  'ApiGatewayProps.host': (host: string) => apiGateway({ host, certificateIssuer: 'ca' }),
  'ApiGatewayProps.jwksUri': (jwksUri: string) =>
    apiGateway({ jwtIssuer: 'https://auth.example.com', jwtAudiences: ['web'], jwksUri }),
  'MlflowServerProps.image': (image: string) => mlflow({ image }),
  'MlflowServerProps.cpu': (cpu: string) => mlflow({ cpu }),
  'MlflowServerProps.memory': (memory: string) => mlflow({ memory }),
  'MlflowServerProps.tmpSize': (tmpSize: string) => mlflow({ tmpSize }),
  'WebhookReceiverProps.port': (port: number) => AlertReceiver.webhook({ urlSecretName: 'chat', port }),
  'ContainerDefaults.cpu': (cpu: string) => namespace({ containerDefaults: { cpu } }),
  'ContainerDefaults.memory': (memory: string) => namespace({ containerDefaults: { memory, memoryLimit: '64Gi' } }),
  'ContainerDefaults.memoryLimit': (memoryLimit: string) => namespace({ containerDefaults: { memoryLimit } }),
  'NamespaceQuota.cpu': (cpu: string) => namespace({ quota: { cpu, memory: '64Gi' } }),
  'NamespaceQuota.memory': (memory: string) => namespace({ quota: { cpu: '8', memory } }),
  'NamespaceQuota.storage': (storage: string) => namespace({ quota: { cpu: '8', memory: '16Gi', storage } }),
  'EmptyDirOptions.size': (size: string) => service({ volumes: [Volume.emptyDir('data', '/data', { size })] }),
  'GpuModelProps.memory': (memory: string) => GpuModel.of('NVIDIA-X', { memory }),
  'MonitoringProps.memory': (memory: string) => monitoring({ memory }),
  'MonitoringProps.storage': (storage: string) => monitoring({ storage }),
  'TrainingJobProps.sharedMemorySize': (sharedMemorySize: string) => {
    const { chart, namespace } = setUp();
    return new TrainingJob(chart, 'train', {
      namespace,
      image: IMAGE,
      gpuModel: GpuModel.T4,
      sharedMemorySize,
      memory: '80Gi',
    });
  },
  'VolumeClaimProps.size': (size: string) => {
    const environment = new TestEnvironment();
    new TestCluster(environment);
    const chart = environment.chart();
    return new VolumeClaim(chart, 'data', { namespace: new Namespace(chart, 'web'), size });
  },
  'AcmeIssuerProps.domain': (domain: string) => acme({ domain }),
  'AcmeIssuerProps.server': (server: string) => acme({ server }),
  'DataPlatformProps.domain': (domain: string) =>
    onKind((environment) => new DataPlatform(environment, 'platform', { domain })),
  'PlatformFoundationProps.domain': (domain: string) =>
    onKind((environment) => new NeuralPlatform(environment, 'platform', { domain })),
  'PlatformGatewayProps.domain': (domain: string) => {
    const environment = new TestEnvironment();
    new TestCluster(environment, { loadBalancer: true });
    return new PlatformGateway(environment.chart(), 'gateway', { domain, issuerName: 'ca', internetFacing: false });
  },
};

/** Props with such names that are of another notion, or that the library alone sets. */
export const NO_PLACES: { readonly [place: string]: string } = {
  'FootprintContainer.image': 'made from a chart, by scripts/footprints.ts',
  'FootprintContainer.cpu': 'made from a chart, by scripts/footprints.ts',
  'FootprintContainer.cpuLimit': 'made from a chart, by scripts/footprints.ts',
  'FootprintContainer.memory': 'made from a chart, by scripts/footprints.ts',
  'FootprintVolume.size': 'made from a chart, by scripts/footprints.ts',
  'FootprintMetrics.port': 'made from a chart, by scripts/footprints.ts',
  'ModelDeliveryWorkflowProps.signingKeyUri': 'a key of a KMS, as cosign names it',
  'HistogramOptions.duration': 'the name of a metric',
  'ServiceLevelOptions.availabilityPercent': 'a share of requests, between 90 and 99.999',
  'ServiceLevelOptions.latencyPercent': 'a share of requests, between 90 and 99.999',
  'HttpRouteProps.host': 'the first label alone',
  'HostPortMapping.nodePort': 'a node port has other bounds',
  'NodePortOptions.tlsPort': 'a node port has other bounds',
};

/** Labels that a prop is given. */
export const LABEL_PLACES: { readonly [place: string]: (labels: { [key: string]: string }) => unknown } = {
  'NamespaceProps.labels': (labels) => namespace({ labels }),
  'WorkloadOptions.labels': (labels) => service({ labels }),
  'TenantProps.labels': (labels) => tenants().addTenant('acme', { labels }),
};

function cronJob(props: { readonly schedule?: string; readonly timeZone?: string }): unknown {
  const { chart, namespace } = setUp();
  return new CronJobWorkload(chart, 'report', { namespace, image: IMAGE, schedule: '0 2 * * *', ...props });
}

function service(props: Partial<ServiceWorkloadProps>): unknown {
  const { chart, namespace } = setUp();
  return new ServiceWorkload(chart, 'api', { namespace, image: IMAGE, ...props });
}

function dump(props: object): unknown {
  const { chart, namespace, database, store } = withData();
  return new DatabaseDump(chart, 'dump', { database, store, namespace, ...props });
}

function apiGateway(props: Partial<ApiGatewayProps>): unknown {
  const { chart, namespace } = setUp();
  const services = new Microservices(chart, 'services', { namespace });
  const web = new Microservice(services, 'web', { image: IMAGE });
  const routes = [ApiRoute.to(web, { pathPrefix: '/', allowAnonymous: true })];
  return new ApiGateway(services, 'api-gateway', { routes, ...props });
}

function mlflow(props: object): unknown {
  const { chart, namespace, database, store } = withData();
  return new MlflowServer(chart, 'mlflow', { database, store, namespace, ...props });
}

function withData() {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const database = new TestDatabase(environment);
  return { chart, namespace: new Namespace(chart, 'data'), database, store: new TestStore(environment, true) };
}

function kind(props: KindProviderProps): unknown {
  return KindProvider.local(props);
}

function onKind(act: (environment: ReturnType<PlatformApp['environment']>) => unknown): unknown {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  return act(environment);
}

function withCluster(act: (environment: ReturnType<PlatformApp['environment']>) => unknown): unknown {
  return onKind((environment) => {
    environment.addCluster();
    return act(environment);
  });
}

function operators(props: NeuralOperatorsProps): unknown {
  return onKind(
    (environment) => new NeuralPlatform(environment, 'neural', { domain: 'ml.example.com', operators: props }),
  );
}

function zeroTouch(props: ZeroTouchProps): unknown {
  return onKind((environment) => new ZeroTouch(environment, 'zero-touch', { domain: 'ml.example.com', ...props }));
}

function chatDb(props: ChatDbProps): unknown {
  return onKind(
    (environment) => new ChatDb(environment, 'chatdb', { domain: 'ml.example.com', image: IMAGE, ...props }),
  );
}

function external(options: Partial<ExternalServiceOptions>): unknown {
  return ExternalService.https('bank', { host: 'bank.example.com', cidrs: ['203.0.113.0/28'], ...options });
}

function objectives(props: Partial<ServiceLevelObjectivesProps>): unknown {
  const { chart, namespace } = setUp();
  const api = new ServiceWorkload(chart, 'api', { namespace, image: IMAGE, metricsPort: 8080 });
  return new ServiceLevelObjectives(chart, 'objectives', { service: api, ...props });
}

function delivery(
  props: Partial<ModelDeliveryWorkflowProps>,
  environment: Partial<ModelDeliveryEnvironment> = {},
): unknown {
  const modelUrl = 'https://{name}--ml-inference.ml.example.com';
  return new ModelDeliveryWorkflow(temporaryApp().app.kubernetes, 'models', {
    repository: 'https://github.com/acme/models',
    imageRepository: 'ghcr.io/acme/models',
    baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
    environments: [{ name: 'production', tier: Tier.PRODUCTION, modelUrl, ...environment }],
    ...props,
  });
}

function namespace(props: NamespaceProps): unknown {
  return new Namespace(new TestEnvironment().chart(), 'web', props);
}

function tenants(): TenantHierarchy {
  return new TenantHierarchy(new TestEnvironment().chart(), 'tenants');
}

function monitoring(props: object): unknown {
  const environment = new TestEnvironment();
  new TestCluster(environment);
  return new Monitoring(environment.chart(), 'monitoring', props);
}

function scaling(props: object): unknown {
  const target = { namespace: 'web', name: 'api' };
  return new HorizontalScaling(new TestEnvironment().chart(), 'scaling', { target, maxReplicas: 3, ...props });
}

function autoscaler(props: object): unknown {
  const target = { namespace: 'models', name: 'fraud' };
  return new ModelAutoscaler(new TestEnvironment().chart(), 'hpa', { target, ...props });
}

function acme(props: object): unknown {
  const challenge = AcmeChallenge.route53('eu-west-1');
  const given = { email: 'ops@acme.example', domain: 'ml.example.com', challenge, ...props };
  return new AcmeIssuer(new TestEnvironment().chart(), 'issuer', given);
}
