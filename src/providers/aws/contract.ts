import { EksCluster as TerraformEksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { createHash } from 'crypto';
import { Access } from '../../contracts/backing-service';
import { IEnvironment } from '../../contracts/environment';
import { IWorkloadIdentity } from '../../contracts/identity';
import { Tier } from '../../contracts/tier';
import { AwsSettings } from './settings';

/** What the AWS resources of one environment share. AwsEnvironment makes them; they know this contract only. */
export interface IAwsEnvironment {
  /** The environment. */
  readonly environment: IEnvironment;
  /** The settings of the provider. */
  readonly settings: AwsSettings;
  /** The stack that everything is in. */
  readonly stack: Construct;
  /** Name of the environment. */
  readonly name: string;
  /** How much it is worth protecting. */
  readonly tier: Tier;
  /** Region. */
  readonly region: string;
  /** `aws`, or `aws-us-gov`. */
  readonly partition: string;
  /** Number of the account; a Terraform token when the settings do not name it. */
  readonly accountId: string;
  /** Tags that Terraform puts on everything it makes; what EC2 makes by itself gets them through launch templates. */
  readonly tags: { [key: string]: string };
  /** ARN of the key that encrypts every log group. */
  readonly logsKeyArn: string;
  /** VPC and subnets. */
  readonly network: INetwork;

  /** ARN of a resource of this account and region. */
  arn(service: string, resource: string): string;

  /** ARN of an IAM policy that AWS maintains. */
  managedPolicyArn(name: string): string;

  /** Name of an IAM resource. IAM knows no regions, so the name has the region in it. */
  iamName(...parts: string[]): string;

  /**
   * Permits pods of a ServiceAccount something, and no one else. Of two grants for one resource the larger one counts.
   *
   * @param resource name of what is permitted to be used; unique for the ServiceAccount
   */
  grant(
    cluster: IEksCluster,
    identity: IWorkloadIdentity,
    resource: string,
    access: Access,
    statements: Statement[],
  ): void;
}

/** What others need of the network. */
export interface INetwork {
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Ids of the subnets for nodes, one in each zone. */
  readonly privateSubnetIds: string[];
  /** Ids of the subnets for databases and caches, one in each zone. */
  readonly databaseSubnetIds: string[];
  /** Addresses of the subnets for databases and caches. */
  readonly databaseCidrs: string[];
  /** How Karpenter finds the subnets for nodes: terms of an EC2NodeClass. */
  readonly nodeSubnetSelector: { [key: string]: unknown }[];
  /** Ids of the route tables of the subnets for nodes; none when they are not ours to change. */
  readonly privateRouteTableIds: string[];
  /** What nodes need before they can pull images. */
  readonly egress: ITerraformDependable[];
}

/** What roles need of the cluster. */
export interface IEksCluster {
  /** Name, known before Terraform runs. */
  readonly clusterName: string;
  /** The Terraform resource: what takes the name from it is made after it. */
  readonly resource: TerraformEksCluster;
}

/** One statement of an IAM policy, spelled as IAM spells it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | { readonly [kind: string]: string | string[] };
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | string[] } };
}

/** One value per tier; a laptop's tier counts as development, since nothing in AWS is local. */
export function byTier<T>(tier: Tier, values: { development: T; staging: T; production: T }): T {
  if (tier === Tier.PRODUCTION) return values.production;
  return tier === Tier.STAGING ? values.staging : values.development;
}

/** Joins parts of a name with hyphens; what is too long is cut and ends in a hash of the whole. */
export function boundedName(maxLength: number, ...parts: string[]): string {
  const whole = parts.join('-');
  if (whole.length <= maxLength) return whole;
  return `${whole.slice(0, maxLength - 9).replace(/-+$/, '')}-${shortHash(whole)}`;
}

/** Eight characters that depend on the text only. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
