import { DbInstance } from '@cdktf/provider-aws/lib/db-instance';
import { DbParameterGroup } from '@cdktf/provider-aws/lib/db-parameter-group';
import { DbSubnetGroup } from '@cdktf/provider-aws/lib/db-subnet-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { EXTERNAL_SECRETS_IDENTITY } from '../../components/external-secrets';
import {
  Access,
  BackingService,
  DatabaseProps,
  GrantOptions,
  IDatabase,
  ServiceBinding,
} from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { wholeUnits } from '../../contracts/quantity';
import { databaseNameOf } from '../../contracts/service-names';
import { Tier } from '../../contracts/tier';
import { addAlias, databaseBinding, isProtected } from '../backing-service';
import { BackingServices, metadata, tcp } from '../in-cluster/backing-services';
import { DatabaseUsers } from '../in-cluster/database-users';
import { byTier, IAwsEnvironment } from './contract';
import { EksCluster } from './eks-cluster';
import { KmsKey, LogGroup } from './encryption';
import { serviceTrust } from './identity';
import { ServiceSecurityGroup } from './network';

interface DatabaseSize {
  readonly version: string;
  /** A version that the user gave may be raised later; a new default must not upgrade anything by itself. */
  readonly versionIsGiven: boolean;
  readonly instanceClass: string;
  readonly storageGiB: number;
  readonly multiAz: boolean;
  readonly backupRetentionDays: number;
  readonly deletionProtection: boolean;
}

const VERSIONS = ['14', '15', '16', '17', '18'];
/** Smallest gp3 volume of RDS. */
const MIN_STORAGE_GIB = 20;
const LOGS = ['postgresql', 'upgrade'];

const STORE = 'aws-secrets-manager';

/**
 * A PostgreSQL database on RDS: encrypted, in subnets without a route to the internet, reached by the cluster only, over
 * TLS only. Each workload has a user of its own. The master user, whose password RDS makes, keeps in Secrets Manager and changes
 * every week, makes them, and is for nothing else.
 */
@checked('IDatabase')
export class RdsDatabase extends BackingService implements IDatabase {
  public readonly serviceName: string;
  public readonly host: string;
  public readonly port = 5432;
  public readonly databaseName: string;
  public readonly resource: DbInstance;
  public readonly securityGroup: ServiceSecurityGroup;
  /** Encrypts the storage, the snapshots, the password and Performance Insights. */
  public readonly key: KmsKey;
  private readonly cidrs: string[];
  private readonly users: DatabaseUsers;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, cluster: EksCluster, props: DatabaseProps) {
    super(scope, id);
    this.serviceName = id;
    this.databaseName = databaseNameOf(this, id, props.databaseName);
    this.cidrs = aws.network.databaseCidrs;
    const size = checkedSize(this, aws.tier, props);
    this.key = new KmsKey(this, 'key', aws, {
      purpose: `database-${id}`,
      description: `Encrypts the database ${id} of ${aws.name}`,
    });
    this.securityGroup = new ServiceSecurityGroup(this, 'security-group', aws, {
      name: `database-${id}`,
      description: `Database ${id} of ${aws.name}`,
      port: this.port,
      fromSecurityGroupId: cluster.securityGroupId,
    });
    this.resource = this.instance(aws, size);
    this.host = addAlias(aws.environment, this, id, this.resource.address);
    const adminSecretName = `${id}-admin`;
    AdminCredentials.ofEnvironment(aws).deliver(cluster, {
      database: this,
      secretName: adminSecretName,
      secretArn: this.resource.masterUserSecret.get(0).secretArn,
      keyArn: this.key.arn,
    });
    const services = BackingServices.ofEnvironment(aws.environment);
    this.users = new DatabaseUsers(services, new Construct(services, id), 'users', {
      database: this,
      adminSecretName,
      egress: { to: this.cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: tcp(this.port) },
    });
  }

  /** `_SSLMODE` is `require`, as the certificate does not name the alias that `_HOST` is. */
  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    const secretName = this.users.add(identity, access, options);
    return databaseBinding(this, options?.database, secretName, { cidrs: [...this.cidrs] });
  }

  public get databaseNames(): string[] {
    return this.users.databaseNames;
  }

  private instance(aws: IAwsEnvironment, size: DatabaseSize): DbInstance {
    const identifier = `${aws.name}-${this.serviceName}`;
    const logs = LOGS.map(
      (log) => new LogGroup(this, `${log}-logs`, aws, `/aws/rds/instance/${identifier}/${log}`).resource,
    );
    const monitoring = this.monitoringRole(aws);
    return new DbInstance(this, 'Resource', {
      identifier,
      engine: 'postgres',
      engineVersion: size.version,
      instanceClass: size.instanceClass,
      dbName: this.databaseName,
      port: this.port,
      username: 'platform',
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: this.key.arn,
      iamDatabaseAuthenticationEnabled: true,
      storageType: 'gp3',
      allocatedStorage: size.storageGiB,
      // the volume grows by itself when a tenth of it is left
      maxAllocatedStorage: size.storageGiB * 4,
      storageEncrypted: true,
      kmsKeyId: this.key.arn,
      dbSubnetGroupName: this.subnetGroup(aws, identifier).name,
      vpcSecurityGroupIds: [this.securityGroup.resource.id],
      publiclyAccessible: false,
      multiAz: size.multiAz,
      parameterGroupName: this.parameterGroup(aws.tier, identifier, size.version).name,
      caCertIdentifier: 'rds-ca-rsa2048-g1',
      backupRetentionPeriod: size.backupRetentionDays,
      backupWindow: '02:00-03:00',
      maintenanceWindow: 'sun:03:30-sun:04:30',
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: size.versionIsGiven,
      applyImmediately: !isProtected(aws.tier),
      copyTagsToSnapshot: true,
      deletionProtection: size.deletionProtection,
      deleteAutomatedBackups: !isProtected(aws.tier),
      skipFinalSnapshot: !isProtected(aws.tier),
      finalSnapshotIdentifier: isProtected(aws.tier) ? `${identifier}-final` : undefined,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: this.key.arn,
      performanceInsightsRetentionPeriod: 7,
      databaseInsightsMode: 'standard',
      monitoringInterval: 60,
      monitoringRoleArn: monitoring.role.arn,
      enabledCloudwatchLogsExports: LOGS,
      tags: { Name: identifier },
      dependsOn: [...logs, monitoring.attachment],
    });
  }

  private subnetGroup(aws: IAwsEnvironment, name: string): DbSubnetGroup {
    return new DbSubnetGroup(this, 'subnet-group', {
      name,
      description: `Database subnets of ${aws.name}`,
      subnetIds: aws.network.databaseSubnetIds,
      tags: { Name: name },
    });
  }

  private parameterGroup(tier: Tier, name: string, version: string): DbParameterGroup {
    return new DbParameterGroup(this, 'parameter-group', {
      // a prefix, so that a new major version can have its group before the old one goes
      namePrefix: `${name}-`,
      family: `postgres${version}`,
      description: `Parameters of ${name}`,
      parameter: [
        { name: 'rds.force_ssl', value: '1', applyMethod: 'immediate' },
        { name: 'log_min_duration_statement', value: '1000', applyMethod: 'immediate' },
      ],
      tags: { Name: name },
      // an upgrade that waits for the maintenance window leaves the former group in use, and RDS would not delete it
      skipDestroy: isProtected(tier),
      lifecycle: { createBeforeDestroy: true },
    });
  }

  private monitoringRole(aws: IAwsEnvironment) {
    const role = new IamRole(this, 'monitoring-role', {
      name: aws.iamName('monitoring', this.serviceName),
      assumeRolePolicy: serviceTrust('monitoring.rds.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': aws.accountId },
        ArnEquals: { 'aws:SourceArn': aws.arn('rds', `db:${aws.name}-${this.serviceName}`) },
      }),
    });
    const attachment = new IamRolePolicyAttachment(this, 'monitoring-policy', {
      role: role.name,
      policyArn: aws.managedPolicyArn('service-role/AmazonRDSEnhancedMonitoringRole'),
    });
    return { role, attachment };
  }
}

function checkedSize(scope: Construct, tier: Tier, props: DatabaseProps): DatabaseSize {
  const size: DatabaseSize = {
    version: props.postgresVersion ?? '17',
    versionIsGiven: props.postgresVersion !== undefined,
    instanceClass: instanceClass(scope, tier, props),
    storageGiB:
      props.storage === undefined
        ? byTier(tier, { development: MIN_STORAGE_GIB, staging: 50, production: 100 })
        : // a quarter of the largest volume, so that it can grow
          wholeUnits(scope, 'storage', props.storage, 'Gi', MIN_STORAGE_GIB, 16_384),
    multiAz: props.highlyAvailable ?? isProtected(tier),
    backupRetentionDays:
      props.backupRetentionDays ??
      (tier === Tier.LOCAL ? 0 : byTier(tier, { development: 1, staging: 7, production: 30 })),
    deletionProtection: props.deletionProtection ?? isProtected(tier),
  };
  if (!VERSIONS.includes(size.version)) {
    fail(scope, 'postgresVersion', `must be one of ${VERSIONS.join(', ')}`, size.version, 'give the major version');
  }
  if (!/^db\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(size.instanceClass)) {
    fail(scope, 'instanceType', 'must be an RDS instance class', size.instanceClass, 'name it like db.m7g.large');
  }
  checkWhole(scope, 'backupRetentionDays', size.backupRetentionDays, 0, 35, 'give the days, 0 for none');
  return size;
}

/** The usual instance classes by memory in GiB, the smallest first (https://aws.amazon.com/rds/instance-types/). */
const INSTANCE_CLASSES: { readonly name: string; readonly memoryGiB: number }[] = [
  { name: 'db.t4g.micro', memoryGiB: 1 },
  { name: 'db.t4g.small', memoryGiB: 2 },
  { name: 'db.t4g.medium', memoryGiB: 4 },
  { name: 'db.m7g.large', memoryGiB: 8 },
  { name: 'db.m7g.xlarge', memoryGiB: 16 },
  { name: 'db.m7g.2xlarge', memoryGiB: 32 },
  { name: 'db.m7g.4xlarge', memoryGiB: 64 },
  { name: 'db.m7g.8xlarge', memoryGiB: 128 },
  { name: 'db.m7g.12xlarge', memoryGiB: 192 },
  { name: 'db.m7g.16xlarge', memoryGiB: 256 },
];

function instanceClass(scope: Construct, tier: Tier, { instanceType, memory }: DatabaseProps): string {
  if (instanceType !== undefined) return instanceType;
  if (memory === undefined) {
    return byTier(tier, { development: 'db.t4g.medium', staging: 'db.m7g.large', production: 'db.m7g.large' });
  }
  const largest = INSTANCE_CLASSES[INSTANCE_CLASSES.length - 1];
  const memoryMiB = wholeUnits(scope, 'memory', memory, 'Mi', 1, largest.memoryGiB * 1024);
  return (INSTANCE_CLASSES.find(({ memoryGiB }) => memoryGiB * 1024 >= memoryMiB) ?? largest).name;
}

/** A password that RDS manages, and what it is to be called in the cluster. */
interface AdminCredentialsProps {
  /** The database. */
  readonly database: RdsDatabase;
  /** Name of the Secret. */
  readonly secretName: string;
  /** ARN of the secret in Secrets Manager. */
  readonly secretArn: string;
  /** ARN of the key that it is encrypted with. */
  readonly keyArn: string;
}

/**
 * Copies the passwords that RDS keeps in Secrets Manager to the namespace of the backing services, for the pods that make users, and
 * to no other. They are in no Terraform state and in no manifest: the External Secrets Operator reads them with a role that may read
 * nothing else. Only the namespace's own store leads there.
 */
class AdminCredentials {
  /** Those of an environment; made for its first database. */
  public static ofEnvironment(aws: IAwsEnvironment): AdminCredentials {
    return AdminCredentials.made.get(aws) ?? new AdminCredentials(aws);
  }

  private static readonly made = new WeakMap<IAwsEnvironment, AdminCredentials>();
  private hasStore = false;

  private constructor(private readonly aws: IAwsEnvironment) {
    AdminCredentials.made.set(aws, this);
  }

  /** The store has to be there before what reads it, which Terraform applies; the region is that of the secret. */
  private requireStore(database: RdsDatabase, secretArn: string): void {
    if (this.hasStore) return;
    this.hasStore = true;
    const region = Token.asString(Fn.element(Fn.split(':', secretArn), 3));
    this.aws.environment.addBootstrapManifest(
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'SecretStore',
        metadata: metadata(database, STORE, 'credentials'),
        // no auth: the operator's own role, which it has through Pod Identity
        spec: { provider: { aws: { service: 'SecretsManager', region } } },
      },
      database,
    );
  }

  /** Has the credentials of one database copied. */
  public deliver(cluster: EksCluster, props: AdminCredentialsProps): void {
    const { database, secretName, secretArn, keyArn } = props;
    this.requireStore(database, secretArn);
    this.aws.grant(cluster, EXTERNAL_SECRETS_IDENTITY, `secret-${database.serviceName}`, Access.READ, [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: secretArn,
      },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: keyArn,
        Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${this.aws.region}.amazonaws.com` } },
      },
    ]);
    this.aws.environment.addBootstrapManifest(
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: metadata(database, secretName, 'credentials'),
        spec: {
          // RDS changes the password every seven days
          refreshInterval: '5m',
          secretStoreRef: { kind: 'SecretStore', name: STORE },
          target: { name: secretName, creationPolicy: 'Owner' },
          data: ['username', 'password'].map((property) => ({
            secretKey: property,
            remoteRef: { key: secretArn, property },
          })),
        },
      },
      database,
    );
  }
}
