import { App, ApiObject, Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import {
  Access,
  BackingService,
  ClusterCapabilities,
  ClusterConnection,
  ComponentRegistry,
  IBackingService,
  ICluster,
  IDatabase,
  IEnvironment,
  IObjectStore,
  IWorkload,
  IWorkloadIdentity,
  NetworkPeer,
  NodePool,
  PodSecurityLevel,
  ServiceBinding,
  Tier,
} from '../../../src/contracts';
import { markEnvironment } from '../../../src/contracts/environment-scope';
import { fail } from '../../../src/contracts/errors';

/** JSON that a test walks through; what it finds is compared, and a list is said to be one. */
export interface Json {
  readonly [key: string]: Json;
}

/** A list in JSON. */
export function list(json: Json): Json[] {
  return json as unknown as Json[];
}

/** A text in JSON. */
export function text(json: Json): string {
  return json as unknown as string;
}

/** An environment without Terraform that remembers what it is asked for. */
export class TestEnvironment extends Construct implements IEnvironment {
  public readonly environmentName = 'test';
  public readonly backingServicesNamespace = 'backing-services';
  public readonly infrastructure: Construct = new Construct(this, 'infrastructure');
  public readonly bootstrap: Construct = new Construct(this, 'bootstrap');
  public readonly tags: { [key: string]: string } = {};
  public readonly namespaces: { [name: string]: { podSecurity: string; labels: { [key: string]: string } } } = {};
  public readonly components: ComponentRegistry;
  public readonly imported: { [name: string]: { [key: string]: string } } = {};
  public scraper?: NetworkPeer;
  private theCluster?: TestCluster;

  public constructor(public readonly tier: Tier = Tier.DEVELOPMENT) {
    super(new App(), 'test');
    markEnvironment(this);
    this.components = ComponentRegistry.attachTo(this);
  }

  public get hasCluster(): boolean {
    return this.theCluster !== undefined;
  }

  public get cluster(): ICluster {
    return this.theCluster ?? fail(this, 'cluster', 'must be there', undefined, 'make a TestCluster');
  }

  /** Called by the cluster itself. */
  public join(cluster: TestCluster): void {
    this.theCluster = cluster;
  }

  public useScraper(scraper: NetworkPeer): void {
    this.scraper = scraper;
  }

  public importNamespace(name: string, labels: { [key: string]: string } = {}): void {
    this.imported[name] = labels;
  }

  public publishValue(): void {}

  public addBootstrapManifest(): void {}

  public requireNamespace(name: string, podSecurity: PodSecurityLevel, labels: { [key: string]: string } = {}): void {
    this.namespaces[name] = { podSecurity, labels: { ...this.namespaces[name]?.labels, ...labels } };
  }

  /** A chart of the environment. */
  public chart(id = 'chart'): Chart {
    return new Chart(this, id, { disableResourceNameHashes: true });
  }
}

export class TestCluster extends Construct implements ICluster {
  public readonly clusterName = 'test';
  public readonly kubernetesVersion = '1.35';
  public readonly connection: ClusterConnection = {};
  public readonly kubectl = { context: 'test' };
  public readonly nodePools: NodePool[] = [];
  public readonly defaultStorageClass = 'fast';
  public readonly capabilities: ClusterCapabilities;

  public constructor(environment: TestEnvironment, capabilities: Partial<ClusterCapabilities> = {}) {
    super(environment, 'cluster');
    environment.join(this);
    this.capabilities = {
      gpus: [],
      simulatedGpus: false,
      loadBalancer: false,
      networkPolicy: true,
      nodeAutoscaling: false,
      workloadIdentity: false,
      volumeSnapshots: false,
      zones: [],
      ...capabilities,
    };
  }
}

export class TestWorkload extends Construct implements IWorkload {
  public readonly identity: IWorkloadIdentity;
  public readonly peer: NetworkPeer;

  public constructor(scope: Construct, id: string, namespace: string, ports?: number[]) {
    super(scope, id);
    this.identity = { namespace, serviceAccountName: id };
    this.peer = { namespace, podLabels: { 'app.kubernetes.io/name': id }, ports };
  }

  public allowFrom(): void {}

  public addBinding(): void {}
}

/** A backing service that gives the same binding to everyone, and remembers whom. */
abstract class TestService extends BackingService implements IBackingService {
  public readonly bound: { identity: IWorkloadIdentity; access: Access }[] = [];

  public constructor(
    environment: TestEnvironment,
    public readonly serviceName: string,
    private readonly binding: ServiceBinding,
  ) {
    super(environment, serviceName);
  }

  public bind(identity: IWorkloadIdentity, access: Access): ServiceBinding {
    this.bound.push({ identity, access });
    return this.binding;
  }
}

export class TestDatabase extends TestService implements IDatabase {
  public readonly host = 'database.backing-services.svc';
  public readonly port = 5432;
  public readonly databaseName = 'models';
  public readonly databaseNames = ['models'];
  public readonly credentialsSecretName = 'database-credentials';

  public constructor(environment: TestEnvironment) {
    const secret = (name: string, key: string) => ({ name, secretName: 'database-credentials', key });
    super(environment, 'database', {
      env: {
        DATABASE_HOST: 'database.backing-services.svc',
        DATABASE_PORT: '5432',
        DATABASE_NAME: 'models',
        DATABASE_SSLMODE: 'require',
      },
      secretEnv: [secret('DATABASE_USERNAME', 'username'), secret('DATABASE_PASSWORD', 'password')],
      egress: [{ namespace: 'backing-services', podLabels: { 'cnpg.io/cluster': 'database' }, ports: [5432] }],
      namespaceLabels: { 'nstarx.io/uses-database': 'true' },
    });
  }
}

export class TestStore extends TestService implements IObjectStore {
  public readonly bucketName = 'acme-backups';
  public readonly region = 'eu-west-1';

  /** @param keys whether there are keys, for a store that is not AWS's */
  public constructor(environment: TestEnvironment, keys: boolean) {
    const secret = (name: string, key: string) => ({ name, secretName: 'backups-credentials', key });
    super(environment, 'backups', {
      env: {
        BACKUPS_BUCKET: 'acme-backups',
        AWS_REGION: 'eu-west-1',
        ...(keys ? { AWS_ENDPOINT_URL_S3: 'http://s3.backing-services.svc:8333' } : {}),
      },
      secretEnv: keys ? [secret('AWS_ACCESS_KEY_ID', 'accessKey'), secret('AWS_SECRET_ACCESS_KEY', 'secretKey')] : [],
      egress: [{ cidrs: ['0.0.0.0/0'], ports: [443] }],
      namespaceLabels: keys ? { 'nstarx.io/uses-backups': 'true' } : {},
    });
  }
}

/** Every Kubernetes object below a construct, as it is written. */
export function manifests(scope: IConstruct): Json[] {
  return scope.node.findAll().flatMap((one) => (ApiObject.isApiObject(one) ? [one.toJson() as Json] : []));
}

/** The one object of a kind with a name. */
export function manifest(scope: IConstruct, kind: string, name: string, namespace?: string): Json {
  const found = manifests(scope).filter(
    (one) =>
      text(one.kind) === kind &&
      text(one.metadata.name) === name &&
      (namespace === undefined || text(one.metadata.namespace) === namespace),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${name}`);
  return found[0];
}

/** What the constructs below a scope find wrong. */
export function validationErrors(scope: IConstruct): string[] {
  return scope.node.findAll().flatMap((construct) => construct.node.validate());
}
