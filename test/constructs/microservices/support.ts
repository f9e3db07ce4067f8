import { Chart } from 'cdk8s';
import {
  Delivery,
  Dependency,
  Environment,
  ExternalService,
  IDatabase,
  IMessageBus,
  IObjectStore,
  JobWorkload,
  KindProvider,
  Microservice,
  Microservices,
  Namespace,
  PlatformTemplate,
  ServiceScaling,
  Tier,
  Topic,
} from 'ml-platform-constructs';
import { temporaryApp } from '../../support/synth';

const GIT = Delivery.argoCd({ repository: 'https://git.example/shop.git' });

/** An environment on Kind with a database, a bucket and a message bus, and a namespace for services. */
export interface Platform {
  readonly environment: Environment;
  readonly chart: Chart;
  readonly namespace: Namespace;
  readonly database: IDatabase;
  readonly bucket: IObjectStore;
  readonly messageBus: IMessageBus;
  /** What is synthesized. */
  synth(): PlatformTemplate;
}

export function platform(delivery: Delivery = GIT): Platform {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
  environment.addCluster();
  const chart = environment.addChart('services');
  return {
    environment,
    chart,
    namespace: new Namespace(chart, 'shop', {
      quota: { cpu: '16', memory: '32Gi', pods: 100 },
    }),
    database: environment.addDatabase('postgres', { databaseName: 'shop' }),
    bucket: environment.addObjectStore('models'),
    messageBus: environment.addMessageBus('kafka'),
    synth: () => PlatformTemplate.fromApp(app, 'local'),
  };
}

/** Services with an edge of each kind: `registry` is called by `engine`, which `gateway` calls; `engine` and `orchestrator` tell each other through topics. */
export function shop(on: Platform = platform()): Platform & { readonly shop: Microservices } {
  const { chart, namespace, messageBus, database, bucket } = on;
  const services = new Microservices(chart, 'shop-services', { namespace, messageBus });
  const jobs = new Topic(services, 'training-jobs', { partitions: 6, retentionHours: 24 });
  const results = new Topic(services, 'training-results');
  const image = 'ghcr.io/acme/shop:1.4.2';
  const registry = new Microservice(services, 'model-registry', {
    image,
    servicePort: 8080,
    scaling: ServiceScaling.LIGHT,
    extraPorts: [{ name: 'admin', port: 9000 }],
    dependencies: [Dependency.database(database), Dependency.bucket(bucket, { prefixes: ['models/'] })],
  });
  const orchestrator = new Microservice(services, 'orchestrator', {
    image,
    port: 8000,
    servicePort: 8000,
    dependencies: [
      Dependency.database(database, { database: 'jobs' }),
      Dependency.produces(jobs),
      Dependency.consumes(results),
    ],
  });
  const engine = new Microservice(services, 'engine', {
    image,
    port: 5000,
    dependencies: [Dependency.http(registry), Dependency.consumes(jobs), Dependency.produces(results)],
  });
  const connector = new Microservice(services, 'connector', {
    image,
    healthPath: '/actuator/health',
    dependencies: [
      Dependency.external(
        ExternalService.postgresql('orders', {
          host: 'orders.acme.example',
          cidrs: ['203.0.113.16/28'],
          databaseName: 'orders',
          secretName: 'orders-database',
        }),
      ),
      Dependency.external(
        ExternalService.mongodb('catalog', {
          host: 'catalog.acme.example',
          cidrs: ['203.0.113.32/28'],
          databaseName: 'catalog',
          secretName: 'catalog-database',
        }),
      ),
      Dependency.startsAfter(registry),
    ],
  });
  for (const name of ['orders-database', 'catalog-database']) {
    on.environment.addExistingObject({ kind: 'Secret', namespace: 'shop', name });
  }
  new Microservice(services, 'gateway', {
    image,
    entryPoint: true,
    dependencies: [engine, orchestrator, registry, connector].map((one) => Dependency.http(one)),
  });
  const audit = new JobWorkload(chart, 'audit', { namespace, image, args: ['audit'] });
  services.addClient(audit, [Dependency.grpc(registry, { portName: 'admin' })]);
  return { ...on, shop: services };
}
