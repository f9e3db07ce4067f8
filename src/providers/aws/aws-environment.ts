import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider as TerraformAwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Aspects } from 'cdktf';
import { Construct } from 'constructs';
import {
  Access,
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { ClusterProps, ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { IMessageBus, MessageBusProps } from '../../contracts/message-bus';
import { Tier } from '../../contracts/tier';
import { InClusterMessageBus } from '../in-cluster/message-bus';
import { addStorageClasses, ClusterAddOns, NodeAddOns } from './add-ons';
import { ElastiCacheCache } from './cache';
import { boundedName, IAwsEnvironment, IEksCluster, INetwork, Statement } from './contract';
import { RdsDatabase } from './database';
import { checkedClusterProps, EksCluster } from './eks-cluster';
import { encryptionKeyForLogs, KmsKey } from './encryption';
import { ExistingNetwork } from './existing-network';
import { IamConventions, WorkloadRoles } from './identity';
import { addLoadBalancerController } from './load-balancer-controller';
import { MskMessageBus } from './message-bus';
import { Network } from './network';
import { addNodes } from './node-pools';
import { S3ObjectStore } from './object-store';
import { AwsSettings } from './settings';
import { checkedTags } from './tags';
import { VpcEndpoints } from './vpc-endpoints';

/**
 * One environment on AWS: the Terraform provider, the network, the key for logs and the roles, which everything shares, and
 * whatever is made of them.
 */
export class AwsEnvironment implements IAwsEnvironment {
  public readonly stack: Construct;
  public readonly name: string;
  public readonly tier: Tier;
  public readonly region: string;
  public readonly partition: string;
  public readonly accountId: string;
  public readonly tags: { [key: string]: string };
  public readonly network: INetwork;
  private readonly logsKey: KmsKey;
  private readonly workloadRoles: WorkloadRoles;
  private cluster?: EksCluster;

  public constructor(
    public readonly environment: IEnvironment,
    public readonly settings: AwsSettings,
  ) {
    this.stack = environment.infrastructure;
    this.name = environment.environmentName;
    // RDS and ElastiCache refuse identifiers that start otherwise
    if (!/^[a-z]/.test(this.name) || this.name.includes('--') || /^sg(-|$)/.test(this.name)) {
      // names of security groups start with that of the environment, and must not with sg-
      fail(
        environment,
        'environment',
        'must start with a letter, have no two hyphens in a row and not start with sg- on AWS',
        this.name,
        'name it like production or team-a-dev',
      );
    }
    this.tier = environment.tier;
    this.region = settings.region;
    this.partition = settings.region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
    this.tags = checkedTags(environment, { ...settings.tags, ...environment.tags });
    new TerraformAwsProvider(this.stack, 'aws', {
      region: settings.region,
      allowedAccountIds: settings.account === undefined ? undefined : [settings.account],
      defaultTags: [{ tags: this.tags }],
    });
    this.accountId = settings.account ?? new DataAwsCallerIdentity(this.stack, 'account').accountId;
    this.logsKey = encryptionKeyForLogs(this);
    this.network = settings.existingVpc
      ? new ExistingNetwork(this.stack, 'network', this, settings.existingVpc)
      : new Network(this.stack, 'network', this);
    Aspects.of(this.stack).add(new IamConventions(settings));
    this.workloadRoles = new WorkloadRoles(this);
  }

  public get logsKeyArn(): string {
    return this.logsKey.arn;
  }

  public arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  public managedPolicyArn(name: string): string {
    return `arn:${this.partition}:iam::aws:policy/${name}`;
  }

  public iamName(...parts: string[]): string {
    return boundedName(64, this.name, this.region, ...parts);
  }

  public grant(
    cluster: IEksCluster,
    identity: IWorkloadIdentity,
    resource: string,
    access: Access,
    statements: Statement[],
  ): void {
    this.workloadRoles.grant(cluster, identity, resource, access, statements);
  }

  /** Makes the cluster with its nodes, add-ons and controllers. */
  public createCluster(id: string, props: ClusterProps): ICluster {
    const cluster = new EksCluster(this.stack, id, this, checkedClusterProps(this, props));
    this.cluster = cluster;
    const endpoints = new VpcEndpoints(this.stack, 'vpc-endpoints', this, cluster.securityGroupId);
    const nodeAddOns = new NodeAddOns(this.stack, 'node-add-ons', this, cluster);
    const groups = addNodes(this.stack, this, cluster, [...nodeAddOns.all, ...this.network.egress, ...endpoints.all]);
    // the first group has a node always; GPU capacity that is not available must not keep DNS waiting
    new ClusterAddOns(this.stack, 'cluster-add-ons', this, cluster, [groups[0].resource]);
    addStorageClasses(this.environment, cluster);
    addLoadBalancerController(this, cluster);
    return cluster;
  }

  /** Makes a database that the cluster's nodes can reach. */
  public createDatabase(id: string, cluster: ICluster, props: DatabaseProps): IDatabase {
    return new RdsDatabase(this.stack, id, this, this.own(cluster), props);
  }

  /** Makes a cache that the cluster's nodes can reach. */
  public createCache(id: string, cluster: ICluster, props: CacheProps): ICache {
    return new ElastiCacheCache(this.stack, id, this, this.own(cluster), props);
  }

  /** Makes a bucket that the cluster's workloads can use. */
  public createObjectStore(id: string, cluster: ICluster, props: ObjectStoreProps): IObjectStore {
    return new S3ObjectStore(this.stack, id, this, this.own(cluster), props);
  }

  /** Makes a message bus that the cluster's workloads can use: in the cluster, or Amazon MSK. */
  public createMessageBus(id: string, cluster: ICluster, props: MessageBusProps): IMessageBus {
    if (props.managed === true) return new MskMessageBus(this.stack, id, this, this.own(cluster), props);
    return new InClusterMessageBus(this.environment, id, this.own(cluster), props);
  }

  /** The EKS cluster whose nodes may connect. Only this environment's own is in the VPC. */
  private own(cluster: ICluster): EksCluster {
    if (this.cluster !== undefined && this.cluster === cluster) return this.cluster;
    return fail(
      this.environment,
      'cluster',
      'must be the EKS cluster of the same environment',
      cluster.clusterName,
      'pass environment.cluster',
    );
  }
}
