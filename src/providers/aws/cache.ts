import { ElasticacheParameterGroup } from '@cdktf/provider-aws/lib/elasticache-parameter-group';
import { ElasticacheReplicationGroup } from '@cdktf/provider-aws/lib/elasticache-replication-group';
import { ElasticacheSubnetGroup } from '@cdktf/provider-aws/lib/elasticache-subnet-group';
import { Construct } from 'constructs';
import {
  Access,
  BackingService,
  CacheProps,
  GrantOptions,
  ICache,
  ServiceBinding,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { wholeUnits } from '../../contracts/quantity';
import { Tier } from '../../contracts/tier';
import { addAlias, cacheBinding, isProtected } from '../backing-service';
import { ElastiCacheUsers } from './cache-users';
import { boundedName, byTier, IAwsEnvironment } from './contract';
import { EksCluster } from './eks-cluster';
import { KmsKey } from './encryption';
import { ServiceSecurityGroup } from './network';

/** Node types by memory in MiB, the smallest first (maxmemory of ElastiCache's parameter group for Valkey). */
const NODE_TYPES: { readonly name: string; readonly memoryMiB: number }[] = [
  { name: 'cache.t4g.micro', memoryMiB: 512 },
  { name: 'cache.t4g.small', memoryMiB: 1400 },
  { name: 'cache.t4g.medium', memoryMiB: 3160 },
  { name: 'cache.m7g.large', memoryMiB: 6530 },
  { name: 'cache.r7g.large', memoryMiB: 13380 },
  { name: 'cache.r7g.xlarge', memoryMiB: 26950 },
  { name: 'cache.r7g.2xlarge', memoryMiB: 54080 },
  { name: 'cache.r7g.4xlarge', memoryMiB: 108340 },
  { name: 'cache.r7g.8xlarge', memoryMiB: 214570 },
  { name: 'cache.r7g.16xlarge', memoryMiB: 429140 },
];

/**
 * A Valkey cache on ElastiCache: one shard, encrypted at rest and on the way, in subnets without a route to the internet,
 * reached by the cluster only. With high availability, a replica in another zone takes over.
 *
 * Each workload has a user of its own, whose password is in no Terraform state: a pod makes the users. Nobody else is let in. The
 * certificate does not name the alias that `_HOST` is, so clients check who signed it and not the name.
 */
@checked('ICache')
export class ElastiCacheCache extends BackingService implements ICache {
  public readonly serviceName: string;
  public readonly host: string;
  public readonly port = 6379;
  public readonly resource: ElasticacheReplicationGroup;
  public readonly securityGroup: ServiceSecurityGroup;
  /** Encrypts the data and its snapshots. */
  public readonly key: KmsKey;
  private readonly cidrs: string[];
  private readonly users: ElastiCacheUsers;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, cluster: EksCluster, props: CacheProps) {
    super(scope, id);
    this.serviceName = id;
    this.cidrs = aws.network.databaseCidrs;
    const type = nodeType(this, aws.tier, props);
    const replicated = props.highlyAvailable ?? isProtected(aws.tier);
    // ElastiCache allows 40 characters
    const name = boundedName(40, aws.name, id);
    this.key = new KmsKey(this, 'key', aws, {
      purpose: `cache-${id}`,
      description: `Encrypts the cache ${id} of ${aws.name}`,
    });
    this.securityGroup = new ServiceSecurityGroup(this, 'security-group', aws, {
      name: `cache-${id}`,
      description: `Cache ${id} of ${aws.name}`,
      port: this.port,
      fromSecurityGroupId: cluster.securityGroupId,
    });
    const subnets = new ElasticacheSubnetGroup(this, 'subnet-group', {
      name,
      description: `Database subnets of ${aws.name}`,
      subnetIds: aws.network.databaseSubnetIds,
      tags: { Name: name },
    });
    const parameters = new ElasticacheParameterGroup(this, 'parameter-group', {
      name: `${name}-valkey8`,
      family: 'valkey8',
      description: `Parameters of ${name}`,
      // it is a cache: when it is full, what was not used for longest goes
      parameter: [{ name: 'maxmemory-policy', value: 'allkeys-lru' }],
      tags: { Name: name },
      lifecycle: { createBeforeDestroy: true },
    });
    this.users = new ElastiCacheUsers(this, aws, cluster, name);
    this.resource = new ElasticacheReplicationGroup(this, 'Resource', {
      replicationGroupId: name,
      description: `Cache ${id} of ${aws.name}`,
      engine: 'valkey',
      engineVersion: '8.1',
      nodeType: type,
      port: this.port,
      numCacheClusters: replicated ? 2 : 1,
      automaticFailoverEnabled: replicated,
      multiAzEnabled: replicated,
      atRestEncryptionEnabled: 'true',
      kmsKeyId: this.key.arn,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      subnetGroupName: subnets.name,
      parameterGroupName: parameters.name,
      securityGroupIds: [this.securityGroup.resource.id],
      userGroupIds: [this.users.group.userGroupId],
      snapshotRetentionLimit: byTier(aws.tier, { development: 0, staging: 1, production: 7 }),
      snapshotWindow: '02:00-03:00',
      finalSnapshotIdentifier: isProtected(aws.tier) ? `${name}-final` : undefined,
      maintenanceWindow: 'sun:03:30-sun:04:30',
      autoMinorVersionUpgrade: 'true',
      applyImmediately: !isProtected(aws.tier),
      tags: { Name: name },
    });
    this.host = addAlias(aws.environment, this, id, this.resource.primaryEndpointAddress);
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    return cacheBinding(this, this.users.all.add(identity, access, options), true, { cidrs: [...this.cidrs] });
  }
}

function nodeType(scope: Construct, tier: Tier, props: CacheProps): string {
  if (props.instanceType !== undefined) {
    if (!/^cache\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(props.instanceType)) {
      fail(
        scope,
        'instanceType',
        'must be an ElastiCache node type',
        props.instanceType,
        'name it like cache.m7g.large',
      );
    }
    return props.instanceType;
  }
  if (props.memory === undefined) {
    return byTier(tier, {
      development: 'cache.t4g.small',
      staging: 'cache.t4g.medium',
      production: 'cache.m7g.large',
    });
  }
  const largest = NODE_TYPES[NODE_TYPES.length - 1];
  const memoryMiB = wholeUnits(scope, 'memory', props.memory, 'Mi', 1, largest.memoryMiB);
  return (NODE_TYPES.find((type) => type.memoryMiB >= memoryMiB) ?? largest).name;
}
