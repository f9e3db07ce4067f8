import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Environment } from '../../app/environment';
import { DatabaseProps, IDatabase, IObjectStore, ObjectStoreProps } from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { pinnedImage } from '../../contracts/image-reference';
import { IMessageBus, MessageBusProps } from '../../contracts/message-bus';
import { INamespace } from '../../contracts/namespace';
import { oneOf } from '../../contracts/suggestion';
import { isHighlyAvailable, Tier } from '../../contracts/tier';
import { Dependency, ExternalService, Microservice, Microservices, Topic } from '../../constructs/microservices';
import { ApiGateway, ApiRoute, Exposure } from '../../constructs/microservices/api-gateway';
import { ServiceDashboard } from '../../constructs/monitoring';
import { StandardTeam, Team } from '../../constructs/tenancy';
import { JobTemplate, JobWorkload } from '../../constructs/workloads';
import { DataPlatform } from '../data-platform';
import { foundationOf, PlatformFoundationProps } from '../data-platform/foundation';
import {
  GATEWAY,
  METRICS,
  quotaOfServices,
  quotaOfTests,
  SERVICE_CPU,
  ServiceDescription,
  SERVICES,
  TEST_RUNNER,
  TEST_SERVICE,
  TRAINING,
} from './services';
import { recordTargets } from './targets';

/** Options of ChatDB. */
export interface ChatDbProps extends PlatformFoundationProps {
  /**
   * Image of the programs that have none in `images`. It finds out by the variable `SERVICE_NAME` which of them it is.
   *
   * @default - none: all programs have one in `images`
   */
  readonly image?: string;
  /**
   * Images by program: `training-orchestrator`, `ml-engine`, `model-registry`, `query-parser`, `prediction-service`, `db-connector`, the Job
   * `train-model`, and with the tests `test-service` and `test-runner`; of the gateway, `api-gateway`, which is Envoy.
   *
   * @default - `image`; for the gateway as in `ApiGateway`
   */
  readonly images?: { [program: string]: string };
  /**
   * Paths by service that say whether it can take requests, where that is another than its health: one that fails while a database, Kafka or another
   * service is away. Without, the health of the document is asked for both, and a service whose health fails then is started again.
   *
   * @default - the health paths of the document
   */
  readonly readinessPaths?: { [service: string]: string };
  /**
   * Who issues the tokens that the gateway asks for: the claim `iss`.
   *
   * @default - nobody: all requests are let through; in staging and production it must be given
   */
  readonly jwtIssuer?: string;
  /**
   * Whom tokens are for: one of the claim `aud`.
   *
   * @default ['chatdb'] - with `jwtIssuer`
   */
  readonly jwtAudiences?: string[];
  /**
   * URL of the issuer's keys (JWKS).
   *
   * @default - as in `ApiGateway`: known by the form of the issuer
   */
  readonly jwksUri?: string;
  /**
   * Requests that a client may send in a minute.
   *
   * @default 600
   */
  readonly requestsPerMinute?: number;
  /**
   * Host name of the gateway's certificate.
   *
   * @default 'chatdb.<domain>'
   */
  readonly host?: string;
  /**
   * From where the gateway is reached.
   *
   * @default - a load balancer within the network, where the cluster has them; else port 30090 of the nodes, and 30493 for HTTPS
   */
  readonly exposure?: Exposure;
  /**
   * The databases that users ask questions about: `ExternalService.postgresql()`, `.mysql()` or `.mongodb()`. Their Secrets are in `chatdb-services`.
   *
   * @default - none
   */
  readonly externalDatabases?: ExternalService[];
  /**
   * Settings of PostgreSQL, service name `postgres`.
   *
   * @default - in the cluster, 512Mi of memory and 10Gi of storage; otherwise as of every database of the tier
   */
  readonly database?: DatabaseProps;
  /**
   * Settings of Kafka, service name `kafka`.
   *
   * @default - in the cluster, 1Gi of memory and 5Gi of storage for each broker, otherwise as of every message bus of the tier; one broker locally and in development, three in staging and production
   */
  readonly messageBus?: MessageBusProps;
  /**
   * Settings of the bucket with the models, service name `models`.
   *
   * @default - where its server is in the cluster and ChatDB's alone, 512Mi of memory and 10Gi of storage; otherwise as of every bucket of the tier
   */
  readonly models?: ObjectStoreProps;
  /**
   * Whether there are the test service and the Job of the test runner, in `chatdb-testing`.
   *
   * @default - true but in production
   */
  readonly createTests?: boolean;
}

/**
 * ChatDB: a database that is asked in words. Eight services, of which each says what it depends on; and PostgreSQL, Kafka and a bucket.
 *
 * | namespace | what is in it |
 * | --- | --- |
 * | `chatdb-system` | PostgreSQL, Kafka and the server of the bucket, where the provider has them in the cluster |
 * | `chatdb-services` | the gateway `api-gateway`, six services, the Jobs that train models |
 * | `chatdb-testing` | the test service, and the test runner, a Job |
 *
 * Only the gateway is reached from outside. It checks tokens, counts requests and routes by path: `/api/training`, `/api/engine`, `/api/query`,
 * `/api/models`, `/api/predictions` and `/api/databases`, without `/api` before them.
 *
 * It stands on the environment's DataPlatform, which must come before it and have its monitoring; where there is none, it makes one without
 * database, cache and bucket. With a DataPlatform, the infrastructure is in the namespace that the environment has for it. One per environment, on every
 * provider.
 *
 * Each service promises what the document says of it, as `ServiceLevelObjectives`; all of them are on the dashboard `ChatDB`.
 *
 * Source: "ChatDB Kubernetes Service Architecture", with corrections that docs/compositions/chatdb.md names.
 *
 * @example
 * const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
 * const chatDb = new ChatDb(local, 'chatdb', {
 *   domain: 'chatdb.localhost.example',
 *   image: 'ghcr.io/acme/chatdb:1.4.2',
 * });
 */
@checked('ChatDb')
export class ChatDb extends Construct {
  /** The platform that it stands on: cluster, gateway of the platform, monitoring, security. */
  public readonly dataPlatform: DataPlatform;
  /** PostgreSQL, with a database and a user for each service that has one. */
  public readonly database: IDatabase;
  /** Kafka, with a user for each service that has topics. */
  public readonly messageBus: IMessageBus;
  /** The bucket with the models. */
  public readonly models: IObjectStore;
  /** The namespace `chatdb-services`. */
  public readonly namespace: INamespace;
  /** The services, and what they depend on. */
  public readonly services: Microservices;
  /** The gateway. */
  public readonly gateway: ApiGateway;
  /** What each Job that trains a model is like. */
  public readonly training: JobTemplate;
  /** The dashboard of the services, in Grafana. */
  public readonly dashboard: ServiceDashboard;

  /**
   * @throws InvalidInputError when the environment has a ChatDb already, or a cluster but no DataPlatform, a program has no image, nobody issues tokens in
   * staging or production, or a prop is wrong
   */
  public constructor(scope: Environment, id: string, props: ChatDbProps) {
    onePerEnvironment(scope, id, 'ChatDb');
    super(scope, id);
    const { tier } = scope;
    const createTests = props.createTests ?? tier !== Tier.PRODUCTION;
    this.checkProps(tier, props, createTests);
    // beside a DataPlatform, what is shared is as that has it
    const isAlone = !scope.hasCluster;
    if (isAlone) scope._placeBackingServices(SYSTEM);
    const { serverMemory = STORE_SERVER.serverMemory, serverStorage = STORE_SERVER.serverStorage } = props.models ?? {};
    const storeServer = { serverMemory, serverStorage };
    this.dataPlatform = foundationOf(this, scope, props, ['monitoring'], {
      createDatabase: false,
      createCache: false,
      createArtifactBucket: false,
      standardTeams: [StandardTeam.MONITORING],
      // its bucket is made before that of the models, and both are on one server
      backupBucket: storeServer,
    });
    const { managedServices = false } = scope.cluster.capabilities;
    this.database = scope.addDatabase('postgres', {
      databaseName: 'chatdb',
      ...(managedServices ? {} : DATABASE_SERVER),
      ...props.database,
    });
    const isManaged = props.messageBus?.managed ?? false;
    this.messageBus = scope.addMessageBus('kafka', { ...(isManaged ? {} : BROKER), ...props.messageBus });
    this.models = scope.addObjectStore('models', { ...(isAlone ? storeServer : {}), ...props.models });

    const team = new Team(this.chart('namespaces'), 'chatdb');
    const { loadBalancer } = scope.cluster.capabilities;
    const exposure = props.exposure ?? (loadBalancer ? Exposure.loadBalancer() : NODE_PORTS);
    this.namespace = team.addNamespace('chatdb-services', { quota: quotaOfServices(exposure) });
    const manifests = this.chart('services');
    this.services = new Microservices(manifests, 'services', {
      namespace: this.namespace,
      messageBus: this.messageBus,
    });
    const { routes, engine, registry } = this.addServices(props);
    this.training = this.addTraining(props, engine, registry);
    this.gateway = this.addGateway(props, exposure, routes);
    recordTargets(manifests, this.namespace);
    this.dashboard = new ServiceDashboard(manifests, 'chatdb', { namespaces: [this.namespace], title: 'ChatDB' });
    if (createTests) this.addTests(props, team.addNamespace('chatdb-testing', { quota: quotaOfTests() }));
  }

  /** The environment's cluster. */
  public get cluster(): ICluster {
    return this.dataPlatform.cluster;
  }

  private checkProps(tier: Tier, props: ChatDbProps, createTests: boolean): void {
    const { image, images = {}, jwtIssuer, jwtAudiences, jwksUri } = props;
    const programs = [...PROGRAMS, ...(createTests ? TEST_PROGRAMS : [])];
    // one program describes environments with tests and without
    const known = [...PROGRAMS, ...TEST_PROGRAMS, GATEWAY.name];
    for (const [name, given] of Object.entries(images)) {
      if (!known.includes(name))
        fail(this, 'images', 'must be of programs that there are', name, `use ${oneOf(known, name)}`);
      pinnedImage(this, `images.${name}`, given);
    }
    if (image !== undefined) pinnedImage(this, 'image', image);
    const services = [...Object.keys(SERVICES), TEST_SERVICE.name];
    for (const name of Object.keys(props.readinessPaths ?? {})) {
      if (services.includes(name)) continue;
      fail(this, 'readinessPaths', 'must be of services that there are', name, `use ${oneOf(services, name)}`);
    }
    const missing = image === undefined ? programs.filter((name) => images[name] === undefined) : [];
    if (missing.length > 0) {
      fail(
        this,
        'images',
        'must have every program where there is no image',
        missing,
        'give them, or image for the rest',
      );
    }
    if (jwtIssuer === undefined) {
      if (isHighlyAvailable(tier)) {
        const fix = "give the issuer of the tokens, such as 'https://auth.acme.example/realms/chatdb'";
        fail(this, 'jwtIssuer', 'must be given in staging and production', jwtIssuer, fix);
      }
      for (const [prop, given] of Object.entries({ jwtAudiences, jwksUri })) {
        if (given !== undefined) fail(this, prop, 'must come with jwtIssuer', given, 'give it too, or leave this out');
      }
    }
  }

  private addServices(props: ChatDbProps): {
    readonly routes: { readonly [pathPrefix: string]: Microservice };
    readonly engine: Microservice;
    readonly registry: Microservice;
  } {
    const trainingJobs = new Topic(this.services, 'training-jobs');
    const trainingResults = new Topic(this.services, 'training-results');
    const queries = new Topic(this.services, 'queries');
    const queryPlans = new Topic(this.services, 'query-plans');

    const orchestrator = this.service(props, 'training-orchestrator', [
      Dependency.database(this.database, { database: 'training_orchestrator' }),
      Dependency.produces(trainingJobs),
      Dependency.consumes(trainingResults),
    ]);
    const registry = this.service(props, 'model-registry', [
      Dependency.database(this.database, { database: 'model_registry' }),
      Dependency.bucket(this.models),
    ]);
    const engine = this.service(props, 'ml-engine', [
      Dependency.consumes(trainingJobs),
      Dependency.produces(trainingResults),
      Dependency.consumes(queries),
      Dependency.produces(queryPlans),
      Dependency.http(registry),
    ]);
    // the document starts these two with what processes, though nothing that they call makes them wait
    const afterFoundation = [Dependency.startsAfter(orchestrator), Dependency.startsAfter(registry)];
    const parser = this.service(props, 'query-parser', [
      Dependency.produces(queries),
      Dependency.consumes(queryPlans),
      ...afterFoundation,
    ]);
    const predictions = this.service(props, 'prediction-service', [Dependency.http(registry)]);
    const connector = this.service(props, 'db-connector', [
      ...(props.externalDatabases ?? []).map((database) => Dependency.external(database)),
      ...afterFoundation,
    ]);
    const routes = {
      training: orchestrator,
      engine,
      query: parser,
      models: registry,
      predictions,
      databases: connector,
    };
    return { routes, engine, registry };
  }

  private service(props: ChatDbProps, name: keyof typeof SERVICES, dependencies: Dependency[]): Microservice {
    return new Microservice(this.services, name, {
      ...served(SERVICES[name]),
      image: imageOf(props, name),
      readinessPath: props.readinessPaths?.[name],
      dependencies,
    });
  }

  private addTraining(props: ChatDbProps, engine: Microservice, registry: Microservice): JobTemplate {
    const { name, cpu, memory, maxJobs } = TRAINING;
    const template = new JobTemplate(this.services, name, {
      ...COMMON,
      namespace: this.namespace,
      image: imageOf(props, name),
      env: { SERVICE_NAME: name },
      requestVariable: 'TRAINING_REQUEST',
      cpu,
      memory,
      maxJobs,
    });
    template.grantStart(engine);
    this.services.addClient(template, [Dependency.http(registry)]);
    return template;
  }

  private addGateway(
    props: ChatDbProps,
    exposure: Exposure,
    services: { readonly [pathPrefix: string]: Microservice },
  ): ApiGateway {
    const { jwtIssuer, jwksUri, requestsPerMinute, images = {} } = props;
    const { gateway, security } = this.dataPlatform;
    const { name, ports: _, ...described } = GATEWAY;
    return new ApiGateway(this.services, name, {
      ...described,
      partOf: PART_OF,
      image: images[name],
      jwtIssuer,
      jwtAudiences: jwtIssuer === undefined ? undefined : (props.jwtAudiences ?? ['chatdb']),
      jwksUri,
      requestsPerMinute,
      host: props.host ?? `chatdb.${gateway.domain}`,
      certificateIssuer: security.publicIssuerName,
      exposure,
      routes: Object.entries(services).map(([part, service]) =>
        ApiRoute.to(service, {
          pathPrefix: `/api/${part}`,
          rewrite: `/${part}`,
          allowAnonymous: jwtIssuer === undefined,
        }),
      ),
    });
  }

  private addTests(props: ChatDbProps, namespace: INamespace): void {
    const { name } = TEST_SERVICE;
    new Microservice(this.services, name, {
      ...served(TEST_SERVICE),
      namespace,
      image: imageOf(props, name),
      readinessPath: props.readinessPaths?.[name],
      // people and pipelines call it, by kubectl port-forward
      entryPoint: true,
      dependencies: [Dependency.http(this.gateway)],
    });
    const runner = new JobWorkload(this.services, TEST_RUNNER, {
      ...COMMON,
      namespace,
      image: imageOf(props, TEST_RUNNER),
      env: { SERVICE_NAME: TEST_RUNNER },
      activeDeadlineSeconds: 1800,
    });
    this.services.addClient(runner, [Dependency.http(this.gateway)]);
  }

  private chart(id: string): Chart {
    return new Chart(this, id, { disableResourceNameHashes: true });
  }
}

const SYSTEM = 'chatdb-system';
const PART_OF = 'chatdb';
const COMMON = { partOf: PART_OF, cpu: SERVICE_CPU };

const PROGRAMS: readonly string[] = [...Object.keys(SERVICES), TRAINING.name];
const TEST_PROGRAMS: readonly string[] = [TEST_SERVICE.name, TEST_RUNNER];

/** PostgreSQL in the cluster. */
const DATABASE_SERVER = { memory: '512Mi', storage: '10Gi' };

/** The server of all buckets, where it is in the cluster. */
const STORE_SERVER = { serverMemory: '512Mi', serverStorage: '10Gi' };

/** A broker in the cluster. */
const BROKER = { memory: '1Gi', storage: '5Gi' };

/** Ports of the nodes, where there are no load balancers; the platform's gateway has others. */
const NODE_PORTS = Exposure.nodePort(30_090, { tlsPort: 30_493 });

/** A service at its port, where its metrics are, too. */
function served(service: ServiceDescription) {
  return { ...service, ...COMMON, servicePort: service.port, metricsPort: service.port, requestMetrics: METRICS };
}

function imageOf({ image, images = {} }: ChatDbProps, program: string): string {
  // which have one is checked before any is made
  return images[program] ?? image ?? '';
}
