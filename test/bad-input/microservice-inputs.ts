import {
  Dependency,
  ExternalService,
  JobWorkload,
  Microservice,
  MicroserviceProps,
  Microservices,
  Namespace,
  RequestMetrics,
  ServiceScaling,
  ServiceSize,
  ServiceWorkload,
  Tier,
  Topic,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, onAws, onKind } from './bad-input';

const IMAGE = 'registry.example/api:1.2.3';
const HOST = { host: 'db.acme.example', cidrs: ['203.0.113.0/28'] };
const DATABASE = { ...HOST, databaseName: 'orders', secretName: 'orders' };

/** Services of one graph and what they depend on. */
export const MICROSERVICE_INPUTS: BadInput[] = [
  {
    what: 'services that wait for each other',
    given: 'a -> c -> b -> a',
    act: (newApp) => {
      const { app, shop } = graph(newApp);
      const a = service(shop, 'a', { entryPoint: true });
      const b = service(shop, 'b', { dependencies: [Dependency.http(a)] });
      const c = service(shop, 'c', { entryPoint: true, dependencies: [Dependency.grpc(b)] });
      a.addDependency(Dependency.startsAfter(c));
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/shop] has services that wait for each other: a -> c -> b -> a; remove one of these dependencies, or have one service tell the other by a Topic, which orders nothing',
  },
  {
    what: 'a service that depends on itself',
    given: 'local/team/shop/a',
    act: (newApp) => {
      const a = service(graph(newApp).shop, 'a');
      a.addDependency(Dependency.http(a));
    },
    message: '[local/team/shop/a] dependencies must be other services, got "local/team/shop/a": leave it out.',
  },
  {
    what: 'a dependency on a service of other Microservices',
    given: 'Microservice local/team/other/b',
    act: (newApp) => {
      const { chart, namespace, shop } = graph(newApp);
      const b = service(new Microservices(chart, 'other', { namespace }), 'b');
      service(shop, 'a', { dependencies: [Dependency.http(b)] });
    },
    message:
      '[local/team/shop/a] dependencies must be of its own Microservices local/team/shop, got "Microservice local/team/other/b": use a Microservice of local/team/shop, or make both below one Microservices.',
  },
  {
    what: 'a dependency on what is no Microservice',
    given: 'ServiceWorkload local/team/legacy',
    act: (newApp) => {
      const { chart, namespace, shop } = graph(newApp);
      const legacy = new ServiceWorkload(chart, 'legacy', { namespace, image: IMAGE });
      service(shop, 'a', { dependencies: [Dependency.startsAfter(Object.assign(legacy, { port: 8080 }))] });
    },
    message:
      '[local/team/shop/a] dependencies must be of its own Microservices local/team/shop, got "ServiceWorkload local/team/legacy": use a Microservice of local/team/shop, or make both below one Microservices.',
  },
  {
    what: 'a topic of other Microservices',
    given: 'Topic local/team/other/orders',
    act: (newApp) => {
      const { chart, namespace, shop, messageBus } = graph(newApp);
      const topic = new Topic(new Microservices(chart, 'other', { namespace, messageBus }), 'orders');
      service(shop, 'a', { dependencies: [Dependency.produces(topic)] });
    },
    message:
      '[local/team/shop/a] dependencies must be of its own Microservices local/team/shop, got "Topic local/team/other/orders": use a Topic of local/team/shop, or make both below one Microservices.',
  },
  {
    what: 'a dependency on a service of another environment',
    given: 'production/team/shop-services/b of environment production',
    act: (newApp) => {
      const app = newApp();
      const elsewhere = onAws(app);
      elsewhere.addCluster();
      const chart = elsewhere.addChart('team');
      const namespace = new Namespace(chart, 'shop');
      const b = service(new Microservices(chart, 'shop-services', { namespace }), 'b');
      service(graph(() => app).shop, 'a', { dependencies: [Dependency.http(b)] });
    },
    message:
      '[local/team/shop/a] dependencies must be of its own environment local, got "production/team/shop-services/b of environment production": use the one of local, or make this in production.',
  },
  {
    what: 'a dependency on a database of another environment',
    given: 'production-infrastructure/orders of environment production',
    act: (newApp) => {
      const app = newApp();
      const elsewhere = onAws(app, {}, Tier.DEVELOPMENT);
      elsewhere.addCluster();
      const database = elsewhere.addDatabase('orders');
      service(graph(() => app).shop, 'a', { dependencies: [Dependency.database(database)] });
    },
    message:
      '[local/team/shop/a] dependencies must be of its own environment local, got "production-infrastructure/orders of environment production": use the one of local, or make this in production.',
  },
  {
    what: 'the message bus of another environment',
    given: 'production/backing-services/kafka of environment production',
    act: (newApp) => {
      const app = newApp();
      const elsewhere = onAws(app, {}, Tier.DEVELOPMENT);
      elsewhere.addCluster();
      const { chart, namespace } = graph(() => app);
      new Microservices(chart, 'second', { namespace, messageBus: elsewhere.addMessageBus('kafka') });
    },
    message:
      '[local/team/second] messageBus must be of its own environment local, got "production/backing-services/kafka of environment production": use the one of local, or make this in production.',
  },
  {
    what: 'a job of another environment as a client',
    given: 'production/team/job of environment production',
    act: (newApp) => {
      const app = newApp();
      const elsewhere = onAws(app);
      elsewhere.addCluster();
      const chart = elsewhere.addChart('team');
      const job = new JobWorkload(chart, 'job', { namespace: new Namespace(chart, 'jobs'), image: IMAGE });
      graph(() => app).shop.addClient(job, []);
    },
    message:
      '[local/team/shop] workload must be of its own environment local, got "production/team/job of environment production": use the one of local, or make this in production.',
  },
  {
    what: 'a service as a client',
    given: 'local/team/shop/a',
    act: (newApp) => {
      const { shop } = graph(newApp);
      shop.addClient(service(shop, 'a'), []);
    },
    message:
      '[local/team/shop/a] addClient must be given what is no service of the graph, got "local/team/shop/a": call addDependency() of the service.',
  },
  {
    what: 'a Microservice outside of Microservices',
    given: 'local/team',
    act: (newApp) => {
      new Microservice(graph(newApp).chart, 'a', { image: IMAGE });
    },
    message:
      '[local/team] scope must be a Microservices or below one, got "local/team": make it below one: new Microservice(shop, id, …).',
  },
  {
    what: 'two services with one name in a namespace',
    given: 'a',
    act: (newApp) => {
      const { shop } = graph(newApp);
      service(shop, 'a');
      service(shop, 'b', { name: 'a' });
    },
    message:
      '[local/team/shop/b] name must be unique among the services of a namespace, got "a": choose another; local/team/shop/a has it.',
  },
  {
    what: 'a service that nothing calls',
    given: 'local/team/shop/b',
    act: (newApp) => {
      const { app, shop } = graph(newApp);
      const a = service(shop, 'a', { entryPoint: true });
      service(shop, 'b', { dependencies: [Dependency.http(a)] });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/shop/b] is called by nothing: add it to the dependencies of what calls it, set entryPoint where that is outside, or remove it',
  },
  {
    what: 'a topic without a producer',
    given: 'local/team/shop/orders',
    act: (newApp) => {
      const { app, shop } = graph(newApp);
      service(shop, 'a', { dependencies: [Dependency.consumes(new Topic(shop, 'orders'))] });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/shop/orders] has no producer; add Dependency.produces() to the service that writes it, or remove it',
  },
  {
    what: 'a topic without a consumer',
    given: 'local/team/shop/orders',
    act: (newApp) => {
      const { app, shop } = graph(newApp);
      service(shop, 'a', { entryPoint: true, dependencies: [Dependency.produces(new Topic(shop, 'orders'))] });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/shop/orders] has no consumer; add Dependency.consumes() to the service that reads it, or remove it',
  },
  {
    what: 'a topic without a message bus',
    given: undefined,
    act: (newApp) => {
      const { chart, namespace } = graph(newApp);
      new Topic(new Microservices(chart, 'second', { namespace }), 'orders');
    },
    message:
      '[local/team/second/orders] messageBus must be given to the Microservices, got nothing: give it the bus of the environment.',
  },
  {
    what: 'a group of consumers of another namespace',
    given: 'others.a',
    act: (newApp) => {
      const { shop } = graph(newApp);
      service(shop, 'a', { dependencies: [Dependency.consumes(new Topic(shop, 'orders'), { group: 'others.a' })] });
    },
    message:
      "[local/team/shop/a] dependencies must have a group that begins with 'shop.', the namespace of the consumer, got \"others.a\": write it like 'shop.a', of letters, digits, dots, underscores and hyphens.",
  },
  {
    what: 'two groups of consumers for one topic',
    given: 'ORDERS_GROUP',
    act: (newApp) => {
      const { shop } = graph(newApp);
      const topic = new Topic(shop, 'orders');
      const again = Dependency.consumes(topic, { group: 'shop.second' });
      service(shop, 'a', { dependencies: [Dependency.consumes(topic), again] });
    },
    message:
      '[local/team/shop/a] dependencies must not have two for one variable, got "ORDERS_GROUP": let one service consume the topic in one group.',
  },
  {
    what: 'a port that a service does not have',
    given: 'admin',
    act: (newApp) => {
      const { shop } = graph(newApp);
      service(shop, 'b', { dependencies: [Dependency.http(service(shop, 'a'), { portName: 'admin' })] });
    },
    message: '[local/team/shop/b] dependencies must name a port of a, got "admin": use one of: http.',
  },
  {
    what: 'a prefix of variables with a hyphen',
    given: 'B-2',
    act: (newApp) => {
      const { shop } = graph(newApp);
      service(shop, 'b', { dependencies: [Dependency.http(service(shop, 'a'), { variablePrefix: 'B-2' })] });
    },
    message: '[local/team/shop/b] variablePrefix must be in upper snake case, got "B-2": write it like \'STOCK\'.',
  },
  {
    what: 'an extra port on the port of the service',
    given: 8080,
    act: (newApp) => service(graph(newApp).shop, 'a', { extraPorts: [{ name: 'admin', port: 8080, servicePort: 81 }] }),
    message: '[local/team/shop/a] extraPorts[0].port must not be that of port, got 8080: choose another.',
  },
  {
    what: 'an extra port on the port of the Service',
    given: 80,
    act: (newApp) => service(graph(newApp).shop, 'a', { extraPorts: [{ name: 'admin', port: 9000, servicePort: 80 }] }),
    message: '[local/team/shop/a] extraPorts[0].servicePort must not be that of servicePort, got 80: choose another.',
  },
  {
    what: 'an extra port with the name of the first',
    given: 'http',
    act: (newApp) => service(graph(newApp).shop, 'a', { extraPorts: [{ name: 'http', port: 9000 }] }),
    message: '[local/team/shop/a] extraPorts[0].name must not be that of port, got "http": choose another.',
  },
  {
    what: 'an extra port whose name is too long',
    given: 'administration-port',
    act: (newApp) => service(graph(newApp).shop, 'a', { extraPorts: [{ name: 'administration-port', port: 9000 }] }),
    message:
      '[local/team/shop/a] extraPorts[0].name must be the name of a port, of at most 15 characters, got "administration-port": write it like \'https\', of lower-case letters, digits and hyphens, starting with a letter.',
  },
  {
    what: 'a smallest number of pods above the largest',
    given: 2,
    act: () => ServiceScaling.of({ minReplicas: 6, maxReplicas: 2, cpuPercent: 70 }),
    message:
      '[ServiceScaling.of] maxReplicas must be at least minReplicas (6), got 2: raise maxReplicas or lower minReplicas.',
  },
  {
    what: 'no CPU as the target',
    given: 0,
    act: () => ServiceScaling.of({ minReplicas: 2, maxReplicas: 6, cpuPercent: 0 }),
    message:
      '[ServiceScaling.of] cpuPercent must be a whole number between 1 and 1000, got 0: give percent of the CPU that is reserved.',
  },
  {
    what: 'a class of scaling and a fixed number of pods',
    given: 3,
    act: (newApp) => service(graph(newApp).shop, 'a', { scaling: ServiceScaling.LIGHT, replicas: 3 }),
    message:
      '[local/team/shop/a] replicas must not come with scaling, got 3: leave it out, or give numbers in place of scaling.',
  },
  {
    what: 'a class of size and an amount of memory',
    given: '1Gi',
    act: (newApp) => service(graph(newApp).shop, 'a', { size: ServiceSize.STANDARD, memory: '1Gi' }),
    message:
      '[local/team/shop/a] memory must not come with size, got "1Gi": leave it out, or give numbers in place of size.',
  },
  {
    what: 'a size with a limit below what is reserved',
    given: '256Mi',
    act: () => ServiceSize.of('512Mi', '256Mi'),
    message:
      '[ServiceSize.of] memoryLimit must be at least memory (512Mi), got "256Mi": raise memoryLimit or lower memory.',
  },
  {
    what: 'a path of health without a slash',
    given: 'health',
    act: (newApp) => service(graph(newApp).shop, 'a', { healthPath: 'health' }),
    message: '[local/team/shop/a] healthPath must start with a slash, got "health": write it as \'/health\'.',
  },
  {
    what: 'an external host with a port in it',
    given: 'db.acme.example:5432',
    act: () => ExternalService.postgresql('orders', { ...DATABASE, host: 'db.acme.example:5432' }),
    message:
      '[ExternalService.postgresql] host must be a host, got "db.acme.example:5432": write it like \'db.acme.example\', without scheme and port.',
  },
  {
    what: 'an external service without addresses',
    given: [],
    act: () => ExternalService.https('bank', { ...HOST, cidrs: [] }),
    message:
      '[ExternalService.https] cidrs must have at least one address range, got []: give the ranges that the host is in.',
  },
  {
    what: 'an external service whose address is a name',
    given: 'bank.example',
    act: () => ExternalService.https('bank', { ...HOST, cidrs: ['bank.example'] }),
    message:
      '[ExternalService.https] cidrs must be CIDR blocks, got "bank.example": write an address range such as \'10.0.0.0/16\'.',
  },
  {
    what: 'two external services with one name',
    given: 'orders',
    act: (newApp) => {
      const { shop } = graph(newApp);
      const dependencies = [ExternalService.mysql('orders', DATABASE), ExternalService.postgresql('orders', DATABASE)];
      service(shop, 'a', { dependencies: dependencies.map((one) => Dependency.external(one)) });
    },
    message:
      '[local/team/shop/a] dependencies must not have two of kind external with one name, got "orders": make it once and use that object everywhere, or rename one.',
  },
  {
    what: 'an external database whose Secret is nowhere',
    given: 'Secret orders in namespace shop',
    act: (newApp) => {
      const { app, shop } = graph(newApp);
      const orders = Dependency.external(ExternalService.mysql('orders', DATABASE));
      service(shop, 'a', { entryPoint: true, dependencies: [orders] });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [local/team/shop/a/Resource] Deployment a: refers to Secret orders in namespace shop, which nothing creates; deliver it with an ExternalSecret or a Certificate, name it to environment.addExistingObject() where it is made by hand, or mark the reference optional',
  },
  {
    what: 'a variable of a dependency that the service sets itself',
    given: 'B_URL',
    act: (newApp) => {
      const { shop } = graph(newApp);
      const b = service(shop, 'b');
      service(shop, 'a', { env: { B_URL: 'http://localhost' }, dependencies: [Dependency.http(b)] });
    },
    message:
      '[local/team/shop/a] env must have one value each, got "B_URL": rename your variable; the backing service "b" sets it too.',
  },
  {
    what: 'two services of one name in two namespaces, called by one',
    given: 'B',
    act: (newApp) => {
      const { chart, shop } = graph(newApp);
      const b = service(shop, 'b');
      const other = service(shop, 'b2', { name: 'b', namespace: new Namespace(chart, 'other') });
      service(shop, 'a', { dependencies: [Dependency.http(b), Dependency.http(other)] });
    },
    message:
      '[local/team/shop/a] dependencies must not have two for one variable, got "B": give one of them a variablePrefix.',
  },
  ...(
    [
      ['latencyMilliseconds', 500],
      ['requestsPerSecond', 100],
      ['availabilityPercent', 99.5],
    ] as const
  ).map(([prop, value]): BadInput => ({
    what: `a service with ${prop} and without metrics`,
    given: undefined,
    act: (newApp) => service(graph(newApp).shop, 'a', { [prop]: value }),
    message: `[local/team/shop/a] metricsPort must come with ${prop}, got nothing: give the port that serves the metrics, or leave ${prop} out.`,
  })),
  {
    what: 'a latency of a service that none of its buckets tells',
    given: 300,
    act: (newApp) => service(graph(newApp).shop, 'a', { metricsPort: 8080, latencyMilliseconds: 300 }),
    message:
      '[local/team/shop/a] latencyMilliseconds must be the bound of a bucket (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000), got 300: give one of these, or let the service count by a bucket there and say so: requestMetrics: RequestMetrics.histogram({ bucketsMilliseconds: [...] }).',
  },
  {
    what: 'metrics that tell of no objective',
    given: 'RequestMetrics',
    act: (newApp) =>
      service(graph(newApp).shop, 'a', { metricsPort: 8080, requestMetrics: RequestMetrics.histogram() }),
    message:
      '[local/team/shop/a] requestMetrics must come with an objective, got "RequestMetrics": give latencyMilliseconds, or leave requestMetrics out.',
  },
];

/** A graph of services on Kind. */
function graph(newApp: AppFactory) {
  const app = newApp();
  const environment = onKind(app);
  environment.addCluster();
  const messageBus = environment.addMessageBus('kafka');
  const chart = environment.addChart('team');
  const namespace = new Namespace(chart, 'namespace', { name: 'shop' });
  return { app, chart, namespace, messageBus, shop: new Microservices(chart, 'shop', { namespace, messageBus }) };
}

function service(scope: Microservices, id: string, props: Partial<MicroserviceProps> = {}): Microservice {
  return new Microservice(scope, id, { image: IMAGE, ...props });
}
