import { Chart } from 'cdk8s';
import {
  DatabaseDump,
  Environment,
  EnvironmentProps,
  IMessageBus,
  KindProvider,
  Namespace,
  PlatformApp,
  ServiceWorkload,
  Tier,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, onAws } from './bad-input';

/** Where backing services are, how large they are, and which part of them a workload is granted. */
export const BACKING_SERVICE_INPUTS: BadInput[] = [
  {
    what: 'a namespace of Kubernetes for backing services',
    given: 'kube-system',
    act: (newApp) => onKindWith(newApp(), { backingServicesNamespace: 'kube-system' }),
    message:
      '[local] backingServicesNamespace must not be a namespace of Kubernetes or of the platform, got "kube-system": name one that nothing else is in, such as data-services: its pods are cut off by default.',
  },
  {
    what: 'a namespace with capitals for backing services',
    given: 'ChatDB',
    act: (newApp) => onKindWith(newApp(), { backingServicesNamespace: 'ChatDB' }),
    message:
      '[local] backingServicesNamespace must be a DNS label of at most 63 characters, got "ChatDB": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a producer of a topic that nobody adds',
    given: 'orders.jbos',
    act: (newApp) => withBus(newApp, ({ bus, api }) => bus.grantProduce(api, ['orders.jbos'])),
    message:
      '[local/backing-services/bus] grantProduce: topics must be topics that are added, got "orders.jbos": call addTopic(\'orders.jbos\') before, or name one that is added: orders.jobs, orders.results.',
  },
  {
    what: 'a consumer of no topic',
    given: [],
    act: (newApp) => withBus(newApp, ({ bus, api }) => bus.grantConsume(api, [])),
    message: '[local/backing-services/bus] grantConsume: topics must name at least one, got []: name a topic.',
  },
  {
    what: 'a consumer in a group of another namespace',
    given: 'payments.readers',
    act: (newApp) => withBus(newApp, ({ bus, api }) => bus.grantConsume(api, ['orders.jobs'], 'payments.readers')),
    message:
      '[local/backing-services/bus] grantConsume: group must be orders. and letters, digits, dots, underscores and hyphens, of at most 249 characters, got "payments.readers": name it like \'orders.readers\'; groups belong to namespaces as topics do.',
  },
  {
    what: 'a broker that is too small to start',
    given: '256Mi',
    act: (newApp) => onKindWith(newApp()).addMessageBus('bus', { memory: '256Mi' }),
    message:
      '[local/backing-services/bus] memory must be a whole number of Mi between 768Mi and 1048576Mi, got "256Mi": write it like \'768Mi\'.',
  },
  {
    what: 'a database that is too small to start',
    given: '64Mi',
    act: (newApp) => onKindWith(newApp()).addDatabase('orders', { memory: '64Mi' }),
    message:
      '[local/backing-services/orders] memory must be a whole number of Mi between 256Mi and 1048576Mi, got "64Mi": write it like \'256Mi\'.',
  },
  {
    what: 'a database of its own with a name that SQL has',
    given: 'order',
    act: (newApp) => withDatabase(newApp, ({ database, api }) => database.grantReadWrite(api, { database: 'order' })),
    message:
      '[local/backing-services/postgres-server] database must not be a key word of SQL, got "order": name it like order_db; RDS refuses key words.',
  },
  {
    what: 'two databases of one server for a workload',
    given: 'orders and payments',
    act: (newApp) =>
      withDatabase(newApp, ({ database, api }) => {
        database.grantReadWrite(api, { database: 'orders' });
        database.grantRead(api, { database: 'payments' });
      }),
    message:
      '[local/backing-services/postgres-server] database must be one for orders.api, got "orders and payments": name the same in both grants, or make two workloads.',
  },
  {
    what: 'a database of a bucket',
    given: 'orders',
    act: (newApp) =>
      withDatabase(newApp, ({ environment, api }) => {
        environment.addObjectStore('models').grantRead(api, { database: 'orders' });
      }),
    message:
      '[local/backing-services/models] database must not be given for a bucket, got "orders": give prefixes, or nothing for all.',
  },
  {
    what: 'a second size of the server that has all buckets',
    given: '50Gi',
    act: (newApp) => {
      const environment = onKindWith(newApp());
      environment.addObjectStore('models', { serverStorage: '10Gi' });
      environment.addObjectStore('datasets', { serverStorage: '50Gi' });
    },
    message:
      '[local/backing-services/datasets] serverStorage must be as the environment\'s first bucket says, got "50Gi": give it to models, the first bucket of the environment: one server has all of them.',
  },
  {
    what: 'a dump of a database that can be none',
    given: 'my-orders',
    act: (newApp) =>
      withDatabase(newApp, ({ environment, database, namespace, chart }) => {
        const store = environment.addObjectStore('dumps');
        new DatabaseDump(chart, 'dump', { database, store, namespace, databaseName: 'my-orders' });
      }),
    message:
      '[local/backing-services/postgres-server] database must start with a letter and have at most 63 lower-case letters, digits and underscores, got "my-orders": name it like platform.',
  },
  {
    what: 'more memory than a broker of Amazon MSK has',
    given: '1Ti',
    act: (newApp) => {
      const environment = onAws(newApp());
      environment.addCluster();
      environment.addMessageBus('bus', { managed: true, memory: '1Ti' });
    },
    message:
      '[production-infrastructure/bus] memory must be a whole number of Mi between 1Mi and 262144Mi, got "1Ti": write it like \'1Mi\'.',
  },
];

function onKindWith(app: PlatformApp, props: Partial<EnvironmentProps> = {}): Environment {
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, ...props });
  environment.addCluster();
  return environment;
}

interface Sample {
  readonly environment: Environment;
  readonly chart: Chart;
  readonly namespace: Namespace;
  readonly api: ServiceWorkload;
}

function sample(newApp: AppFactory): Sample {
  const environment = onKindWith(newApp());
  const chart = environment.addChart('orders');
  const namespace = new Namespace(chart, 'orders');
  const api = new ServiceWorkload(chart, 'api', { namespace, image: 'registry.example/api:1.2.3' });
  return { environment, chart, namespace, api };
}

function withBus(newApp: AppFactory, act: (given: Sample & { readonly bus: IMessageBus }) => void): void {
  const given = sample(newApp);
  const bus = given.environment.addMessageBus('bus');
  for (const topic of ['orders.jobs', 'orders.results']) bus.addTopic(topic);
  act({ ...given, bus });
}

function withDatabase(
  newApp: AppFactory,
  act: (given: Sample & { readonly database: ReturnType<Environment['addDatabase']> }) => void,
): void {
  const given = sample(newApp);
  act({ ...given, database: given.environment.addDatabase('postgres-server') });
}
