import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider as TerraformAwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Construct } from 'constructs';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { Tier } from '../../contracts/tier';
import { boundedName } from './aws-names';
import { checkedTags } from './check-settings';
import { DatabaseCredentials } from './database-credentials';
import type { EksCluster } from './eks-cluster';
import { encryptionKeyForLogs, KmsKey } from './kms-key';
import { Network } from './network';
import { WorkloadRoles } from './workload-roles';
import type { AwsSettings } from './aws-settings';

/** What the AWS resources of one environment share: the Terraform provider, the network, the key for logs, the roles. */
export class AwsEnvironment {
  /** The stack that everything stands in. */
  public readonly stack: Construct;
  /** Name of the environment. */
  public readonly name: string;
  /** How much it is worth protecting. */
  public readonly tier: Tier;
  /** Region. */
  public readonly region: string;
  /** `aws`, or `aws-us-gov`. */
  public readonly partition: string;
  /** Number of the account; a Terraform token when the settings do not name it. */
  public readonly accountId: string;
  /** Tags that Terraform puts on everything it makes; what EC2 makes by itself gets them through launch templates. */
  public readonly tags: { [key: string]: string };
  /** Encrypts every log group. */
  public readonly logsKey: KmsKey;
  /** VPC and subnets. */
  public readonly network: Network;
  /** Permissions of ServiceAccounts. */
  public readonly workloadRoles: WorkloadRoles;
  /** The cluster, once it is made. */
  public cluster?: EksCluster;
  private theCredentials?: DatabaseCredentials;

  public constructor(
    /** The environment. */
    public readonly environment: IEnvironment,
    /** What the provider was told. */
    public readonly settings: AwsSettings,
  ) {
    this.stack = environment.infrastructure;
    this.name = environment.environmentName;
    // RDS and ElastiCache refuse identifiers that start otherwise
    if (!/^[a-z]/.test(this.name) || this.name.includes('--')) {
      fail(
        environment,
        'environment',
        'must start with a letter and have no two hyphens in a row on AWS',
        this.name,
        'name it like production or team-a-dev',
      );
    }
    this.tier = environment.tier;
    this.region = settings.region;
    this.partition = settings.region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
    this.tags = { ...settings.tags, ...checkedTags(environment, environment.tags) };
    new TerraformAwsProvider(this.stack, 'aws', {
      region: settings.region,
      allowedAccountIds: settings.account === undefined ? undefined : [settings.account],
      defaultTags: [{ tags: this.tags }],
    });
    this.accountId = settings.account ?? new DataAwsCallerIdentity(this.stack, 'account').accountId;
    this.logsKey = encryptionKeyForLogs(this);
    this.network = new Network(this.stack, 'network', this);
    this.workloadRoles = new WorkloadRoles(this);
  }

  /** Delivers database passwords to namespaces; made for the first database. */
  public get databaseCredentials(): DatabaseCredentials {
    this.theCredentials ??= new DatabaseCredentials(this);
    return this.theCredentials;
  }

  /** ARN of a resource of this account and region. */
  public arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  /** ARN of an IAM policy that AWS maintains. */
  public managedPolicyArn(name: string): string {
    return `arn:${this.partition}:iam::aws:policy/${name}`;
  }

  /** Name of an IAM resource. IAM knows no regions, so the name has the region in it. */
  public iamName(...parts: string[]): string {
    return boundedName(64, this.name, this.region, ...parts);
  }
}
