import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Access, BackingService, IBackingService, ServiceBinding } from '../../../src/contracts/backing-service';
import { markEnvironment } from '../../../src/contracts/environment-scope';
import { IEnvironment } from '../../../src/contracts/environment';
import { ClusterCapabilities, ClusterConnection, ICluster } from '../../../src/contracts/cluster';
import { GpuModel } from '../../../src/contracts/gpu';
import { IWorkloadIdentity } from '../../../src/contracts/identity';
import { INamespace } from '../../../src/contracts/namespace';
import { NetworkPeer } from '../../../src/contracts/network';
import { GeneralPool, GpuPool, NodePool } from '../../../src/contracts/node-pool';

export type Json = { [key: string]: unknown };

/** A namespace that enforces `restricted` and denies what is not allowed, as the tenancy makes it. */
export class TestNamespace extends Construct implements INamespace {
  public readonly labels: { [key: string]: string } = { 'pod-security.kubernetes.io/enforce': 'restricted' };

  public constructor(
    scope: Construct,
    public readonly namespaceName: string,
    public readonly scraper?: NetworkPeer,
  ) {
    super(scope, `namespace-${namespaceName}`);
    const object = new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespaceName, labels: this.labels },
    });
    this.addToObject = (key, value) => object.metadata.addLabel(key, value);
    new ApiObject(this, 'Deny', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'default-deny', namespace: namespaceName },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
  }

  private readonly addToObject: (key: string, value: string) => void;

  public addLabel(key: string, value: string): void {
    this.labels[key] = value;
    this.addToObject(key, value);
  }
}

/** A database whose credentials reach the namespaces with a label. */
export class TestDatabase extends BackingService implements IBackingService {
  public readonly bound: [string, Access][] = [];

  public constructor(
    scope: Construct,
    public readonly serviceName: string,
  ) {
    super(scope, serviceName);
    new ApiObject(this, 'Resource', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      metadata: { name: `${serviceName}-credentials` },
      spec: {
        namespaceSelectors: [{ matchLabels: { [`nstarx.io/uses-${serviceName}`]: 'true' } }],
        externalSecretSpec: {},
      },
    });
  }

  public bind(identity: IWorkloadIdentity, access: Access): ServiceBinding {
    this.bound.push([identity.serviceAccountName, access]);
    return {
      env: { DATABASE_HOST: `${this.serviceName}.backing-services`, DATABASE_PORT: '5432' },
      secretEnv: [{ name: 'DATABASE_PASSWORD', secretName: `${this.serviceName}-credentials`, key: 'password' }],
      egress: [{ namespace: 'backing-services', podLabels: { db: this.serviceName }, ports: [5432] }],
      namespaceLabels: { [`nstarx.io/uses-${this.serviceName}`]: 'true' },
    };
  }
}

/** A cluster with a pool of two nodes with four T4s each, and a general pool. */
export class TestCluster extends Construct implements ICluster {
  public readonly clusterName = 'test';
  public readonly kubernetesVersion = '1.35';
  public readonly connection: ClusterConnection = {};
  public readonly kubectl = { context: 'test' };
  public readonly defaultStorageClass = 'standard';
  public readonly nodePools: NodePool[] = [
    GeneralPool.of('general'),
    GpuPool.of(GpuModel.T4, { max: 2, gpusPerNode: 4 }),
  ];
  public readonly capabilities: ClusterCapabilities = {
    gpus: [{ pool: 'gpu-t4', resourceName: 'nvidia.com/gpu', productLabel: 'Tesla-T4', perNode: 4, total: 8 }],
    simulatedGpus: true,
    loadBalancer: false,
    networkPolicy: true,
    nodeAutoscaling: false,
    workloadIdentity: false,
    volumeSnapshots: false,
    zones: ['a'],
  };

  public constructor(scope: Construct) {
    super(scope, 'cluster');
  }
}

export const SCRAPER: NetworkPeer = {
  namespace: 'monitoring',
  podLabels: { 'app.kubernetes.io/name': 'prometheus' },
};

/** A chart `test` of an environment with a cluster, with a namespace `team`. */
export function setUp(scraper: NetworkPeer | undefined = SCRAPER): {
  chart: Chart;
  namespace: TestNamespace;
  cluster: TestCluster;
} {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  const cluster = new TestCluster(chart);
  inEnvironment(chart, 'test', cluster);
  return { chart, namespace: new TestNamespace(chart, 'team', scraper), cluster };
}

/** Puts a chart into an environment of its own, which has the charts that constructs make once. */
export function inEnvironment(chart: Chart, environmentName: string, cluster: ICluster): Construct {
  const environment = new Construct(new App(), environmentName);
  const properties = { environmentName, hasCluster: true, cluster };
  markEnvironment(Object.assign(environment, properties) as unknown as IEnvironment, chart);
  return environment;
}

/** The object as it is written. */
export function render(object: ApiObject | undefined): Json {
  if (!object) throw new Error('there is no such object');
  return object.toJson() as Json;
}

/** What stands at a path such as `spec.template.spec.containers.0.image`. */
export function field(json: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], json);
}

/** The only container of an object's pods. */
export function containerOf(json: Json): Json {
  const template = field(json, 'spec.jobTemplate.spec.template') ?? field(json, 'spec.template');
  return field(template, 'spec.containers.0') as Json;
}
