// What a user writes: a provider and a component of their own, through the public API only.
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  CacheProps,
  ClusterCapabilities,
  ClusterConnection,
  ClusterProps,
  Component,
  ComponentRegistry,
  DatabaseProps,
  ICache,
  ICluster,
  IDatabase,
  IEnvironment,
  IMessageBus,
  IObjectStore,
  IProvider,
  MessageBusProps,
  NodePool,
  ObjectStoreProps,
  PlatformApp,
  SynthesisReport,
  Tier,
} from 'ml-platform-constructs';

class BorrowedCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion = '1.35';
  public readonly nodePools: NodePool[] = [];
  public readonly defaultStorageClass = 'standard';
  public readonly connection: ClusterConnection = { kubeconfigPath: '~/.kube/config', kubeconfigContext: 'borrowed' };
  public readonly kubectl = { context: 'borrowed' };
  public readonly capabilities: ClusterCapabilities = {
    gpus: [],
    simulatedGpus: false,
    loadBalancer: false,
    networkPolicy: true,
    nodeAutoscaling: false,
    workloadIdentity: false,
    volumeSnapshots: false,
    zones: [],
  };

  public constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.clusterName = name;
    new S3Bucket(this, 'Resource', { bucketPrefix: `${name}-` });
  }
}

class BorrowedProvider implements IProvider {
  public readonly displayName = 'borrowed';

  public configureStack(stack: Construct): void {
    new AwsProvider(stack, 'aws', { region: 'eu-west-1' });
  }

  public createCluster(environment: IEnvironment, id: string, _props: ClusterProps): ICluster {
    return new BorrowedCluster(environment.infrastructure, id, environment.environmentName);
  }

  public createDatabase(_on: IEnvironment, _id: string, _cluster: ICluster, _props: DatabaseProps): IDatabase {
    throw new Error('not lent');
  }

  public createCache(_on: IEnvironment, _id: string, _cluster: ICluster, _props: CacheProps): ICache {
    throw new Error('not lent');
  }

  public createMessageBus(_on: IEnvironment, _id: string, _cluster: ICluster, _props: MessageBusProps): IMessageBus {
    throw new Error('not lent');
  }

  public createObjectStore(_on: IEnvironment, _id: string, _cluster: ICluster, _props: ObjectStoreProps): IObjectStore {
    throw new Error('not lent');
  }
}

const app = new PlatformApp();
const staging = app.environment('staging', { provider: new BorrowedProvider(), tier: Tier.STAGING });
staging.addCluster();
ComponentRegistry.of(staging).require(
  new Component('podinfo', {
    chart: { repository: 'https://charts.example.com', name: 'podinfo', version: '1.2.3' },
    namespace: 'podinfo',
  }),
);
const chart = staging.addChart('example');
new ApiObject(chart, 'namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'example' } });

const report: SynthesisReport = app.synth();
console.log(report.toString());
