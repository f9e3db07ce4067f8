import { ApiObject, Chart } from 'cdk8s';
import { TerraformStack } from 'cdktf';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider as AwsTerraformProvider } from '@cdktf/provider-aws/lib/provider';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { Construct } from 'constructs';
import { Environment } from '../../src/app';
import {
  CacheProps,
  ClusterCapabilities,
  ClusterProps,
  DatabaseProps,
  ICache,
  ICluster,
  IMessageBus,
  KubectlAccess,
  IDatabase,
  IEnvironment,
  IObjectStore,
  IProvider,
  MessageBusProps,
  NodePool,
  ObjectStoreProps,
} from '../../src/contracts';

/** A provider with one real Terraform resource per cluster, for tests of what is above the providers. */
export class FakeProvider implements IProvider {
  public readonly displayName = 'fake';

  public configureStack(stack: Construct): void {
    new AwsTerraformProvider(stack, 'aws', { region: 'eu-west-1' });
  }

  public createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster {
    return new FakeCluster(environment.infrastructure, id, environment.environmentName, props);
  }

  public createDatabase(_environment: IEnvironment, _id: string, _cluster: ICluster, _props: DatabaseProps): IDatabase {
    throw new Error('the fake provider has no databases');
  }

  public createCache(_environment: IEnvironment, _id: string, _cluster: ICluster, _props: CacheProps): ICache {
    throw new Error('the fake provider has no caches');
  }

  public createObjectStore(
    _environment: IEnvironment,
    _id: string,
    _cluster: ICluster,
    _props: ObjectStoreProps,
  ): IObjectStore {
    throw new Error('the fake provider has no object stores');
  }

  public createMessageBus(
    _environment: IEnvironment,
    _id: string,
    _cluster: ICluster,
    _props: MessageBusProps,
  ): IMessageBus {
    throw new Error('the fake provider has no message buses');
  }
}

/** The cluster of FakeProvider: a bucket stands for the infrastructure. */
export class FakeCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly nodePools: NodePool[];
  public readonly defaultStorageClass = 'standard';
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
  public readonly kubectl: KubectlAccess;
  public readonly bucket: S3Bucket;

  public constructor(scope: Construct, id: string, name: string, props: ClusterProps) {
    super(scope, id);
    this.clusterName = name;
    this.kubectl = { context: name, command: `login ${name}` };
    this.kubernetesVersion = props.kubernetesVersion ?? '1.35';
    this.nodePools = props.nodePools ?? [];
    this.bucket = new S3Bucket(this, 'Resource', { bucketPrefix: `${name}-` });
    new DataAwsCallerIdentity(this, 'caller');
  }

  public get connection() {
    return {
      endpoint: this.bucket.bucketDomainName,
      certificateAuthority: 'Y2E=',
      credentialCommand: { apiVersion: 'client.authentication.k8s.io/v1', command: 'token', args: [this.clusterName] },
    };
  }
}

/** A chart with a namespace and a ConfigMap in it. */
export function exampleChart(environment: Environment, id = 'example', value = 'x'): Chart {
  const chart = environment.addChart(id);
  new ApiObject(chart, 'namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'example' } });
  new ApiObject(chart, 'settings', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'example' },
    data: { value },
  });
  return chart;
}

/** The stack that a construct is in, as the tests need its type. */
export function stackOf(construct: Construct): TerraformStack {
  return TerraformStack.of(construct);
}
