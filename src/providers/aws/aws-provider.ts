import { Construct } from 'constructs';
import {
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
import { IProvider } from '../../contracts/provider';
import { StateBackend } from '../state-backend';
import { ClusterAddOns, NodeAddOns } from './add-ons';
import { AwsEnvironment } from './aws-environment';
import { AwsSettings } from './aws-settings';
import { checkedClusterProps } from './cluster-props';
import { checkedSettings } from './check-settings';
import { EksCluster } from './eks-cluster';
import { ElastiCacheCache } from './elasticache-cache';
import { addLoadBalancerController } from './load-balancer-controller';
import { addNodes } from './node-pools';
import { NodeScaling } from './node-scaling';
import { RdsDatabase } from './rds-database';
import { S3ObjectStore } from './s3-object-store';
import { addDefaultStorageClass } from './storage-class';
import { VpcEndpoints } from './vpc-endpoints';

/** Options of AWS as a provider. */
export interface AwsProviderProps {
  /**
   * Name of an S3 bucket that exists already, for the Terraform state. Give it to everything that more than one person
   * deploys.
   *
   * @default - the state is in files beside `cdktf.out`
   */
  readonly stateBucket?: string;
  /**
   * Region of that bucket.
   *
   * @default - the provider's region
   */
  readonly stateRegion?: string;
  /**
   * Folder in that bucket.
   *
   * @default - the states are at the top of the bucket
   */
  readonly stateKeyPrefix?: string;
  /**
   * ARN of the KMS key that the state is encrypted with.
   *
   * @default - the bucket's own encryption
   */
  readonly stateKmsKeyId?: string;
  /**
   * Number of the account, twelve digits. With it, Terraform refuses to touch any other account.
   *
   * @default - the account of whoever runs Terraform
   */
  readonly account?: string;
  /**
   * Addresses of the VPC: a private range between /16 and /22 for three zones.
   *
   * @default '10.0.0.0/16'
   */
  readonly vpcCidr?: string;
  /**
   * Addresses of Kubernetes Services: a private range between /12 and /24 outside the VPC.
   *
   * @default '172.20.0.0/16'
   */
  readonly serviceCidr?: string;
  /**
   * Names of the zones, two to six. EKS has no control planes in some zones (us-east-1e, usw2-az4, cac1-az3).
   *
   * @default - three zones of the region: a, b and c, where the region does not skip one of these letters
   */
  readonly availabilityZones?: string[];
  /**
   * Number of NAT gateways, from one to one a zone. With fewer than zones, the loss of one zone can cut off others.
   *
   * @default - one locally and in development, one a zone in staging and production
   */
  readonly natGateways?: number;
  /**
   * Addresses outside the VPC that may reach the API server of the cluster. Production refuses `0.0.0.0/0`.
   *
   * Without any, the API server answers inside the VPC only, so that Terraform must run where the VPC can be reached: a
   * runner inside, a VPN, a peered network.
   *
   * @default - none
   */
  readonly publicAccessCidrs?: string[];
  /**
   * Who adds and removes nodes.
   *
   * @default NodeScaling.CLUSTER_AUTOSCALER
   */
  readonly nodeScaling?: NodeScaling;
  /**
   * IAM users and roles that are administrators of the cluster. Whoever runs Terraform must be among them.
   *
   * @default - the user or role that applies the stack for the first time
   */
  readonly adminPrincipalArns?: string[];
  /**
   * Tags for every resource, beside those of the environment, which win.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** AWS as the home of an environment: VPC, EKS, RDS, ElastiCache and S3 in one region. */
export class AwsProvider implements IProvider {
  /**
   * AWS in one region.
   *
   * @param region name of the region, such as `eu-west-1`; China and isolated regions are not supported
   * @throws InvalidInputError when the region or an option is malformed
   */
  public static inRegion(region: string, props: AwsProviderProps = {}): AwsProvider {
    const settings = checkedSettings(region, props);
    checkStateProps(props);
    const state =
      props.stateBucket === undefined
        ? StateBackend.local()
        : StateBackend.s3({
            bucket: props.stateBucket,
            region: props.stateRegion ?? region,
            keyPrefix: props.stateKeyPrefix,
            kmsKeyId: props.stateKmsKeyId,
          });
    return new AwsProvider(settings, state);
  }

  public readonly displayName: string;
  private readonly environments = new WeakMap<IEnvironment, AwsEnvironment>();

  private constructor(
    private readonly settings: AwsSettings,
    private readonly state: StateBackend,
  ) {
    this.displayName = `aws ${settings.region}`;
  }

  public configureStack(stack: Construct, _environment: IEnvironment): void {
    // the AWS provider itself is added with the first resource: only one of the stacks has any
    this.state.configure(stack);
  }

  public createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster {
    const checked = checkedClusterProps(environment, this.settings, props);
    const aws = this.awsOf(environment);
    const cluster = new EksCluster(aws.stack, id, aws, checked);
    aws.cluster = cluster;
    const endpoints = new VpcEndpoints(aws.stack, 'vpc-endpoints', aws, cluster.securityGroupId);
    const nodeAddOns = new NodeAddOns(aws.stack, 'node-add-ons', aws, cluster);
    const groups = addNodes(aws.stack, aws, cluster, [
      ...nodeAddOns.all,
      ...aws.network.egress,
      ...endpoints.interfaces,
      endpoints.s3,
    ]);
    // the first group has a node always; GPU capacity that cannot be had must not keep DNS waiting
    new ClusterAddOns(aws.stack, 'cluster-add-ons', aws, cluster, [groups[0].resource]);
    addDefaultStorageClass(environment, cluster);
    addLoadBalancerController(aws, cluster);
    return cluster;
  }

  public createDatabase(environment: IEnvironment, id: string, cluster: ICluster, props: DatabaseProps): IDatabase {
    const aws = this.awsOf(environment);
    return new RdsDatabase(aws.stack, id, aws, this.eksOf(aws, cluster), props);
  }

  public createCache(environment: IEnvironment, id: string, cluster: ICluster, props: CacheProps): ICache {
    const aws = this.awsOf(environment);
    return new ElastiCacheCache(aws.stack, id, aws, this.eksOf(aws, cluster), props);
  }

  public createObjectStore(
    environment: IEnvironment,
    id: string,
    cluster: ICluster,
    props: ObjectStoreProps,
  ): IObjectStore {
    const aws = this.awsOf(environment);
    return new S3ObjectStore(aws.stack, id, aws, this.eksOf(aws, cluster), props);
  }

  private awsOf(environment: IEnvironment): AwsEnvironment {
    const known = this.environments.get(environment);
    if (known) return known;
    const made = new AwsEnvironment(environment, this.settings);
    this.environments.set(environment, made);
    return made;
  }

  /** The EKS cluster whose nodes may connect. Only this environment's own is in the VPC. */
  private eksOf(aws: AwsEnvironment, cluster: ICluster): EksCluster {
    if (aws.cluster !== undefined && aws.cluster === cluster) return aws.cluster;
    return fail(
      aws.environment,
      'cluster',
      'must be the EKS cluster of the same environment',
      cluster.clusterName,
      'pass environment.cluster',
    );
  }
}

/** Refuses settings of a state bucket that nothing would use. */
function checkStateProps(props: AwsProviderProps): void {
  if (props.stateBucket !== undefined) return;
  for (const prop of ['stateRegion', 'stateKeyPrefix', 'stateKmsKeyId'] as const) {
    if (props[prop] !== undefined) {
      fail(
        'AwsProvider.inRegion',
        prop,
        'must come with stateBucket',
        props[prop],
        'give stateBucket, or leave it out',
      );
    }
  }
}
