import { TerraformStack } from 'cdktf';
import { Environment } from '../../../src/app';
import { Access, GeneralPool, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { AwsProvider, NodeScaling } from '../../../src/providers/aws';
import { temporaryApp } from '../../support/synth';
import { firstCycle, TerraformJson, unresolvedReferences } from '../../support/terraform-graph';
import { AwsCase, Json, resources, synthAws, theResource } from './terraform';

test('tags: the provider puts the environment on everything, and every resource with tags has a name', () => {
  const stack = synthAws({ provider: { tags: { costcentre: '42', environment: 'loses' } } }).infrastructure;
  expect(stack.provider?.aws[0].default_tags).toEqual([
    {
      tags: { costcentre: '42', team: 'platform', environment: 'production', 'managed-by': 'ml-platform-constructs' },
    },
  ]);
  const nameless = Object.entries(stack.resource ?? {}).flatMap(([type, named]) =>
    Object.entries(named)
      .filter(([, one]) => one.tags !== undefined && !('Name' in (one.tags as object)))
      .map(() => type),
  );
  expect(nameless).toEqual([]);
});

test('an account number binds the provider to it', () => {
  const stack = synthAws({ provider: { account: '123456789012' } }).infrastructure;
  expect(stack.provider?.aws[0].allowed_account_ids).toEqual(['123456789012']);
  expect(JSON.stringify(resources(stack, 'aws_kms_key'))).toContain('arn:aws:iam::123456789012:root');
});

test.each(['1st', 'a--b', 'sg', 'sg-prod'])('%s is no name of an environment on AWS', (name) => {
  expect(() => synthAws({ name, tier: Tier.DEVELOPMENT })).toThrow(
    `[${name}] environment must start with a letter, have no two hyphens in a row and not start with sg- on AWS, got "${name}": name it like production or team-a-dev.`,
  );
});

test('a cluster of another environment cannot be used', () => {
  const { app } = temporaryApp();
  const provider = AwsProvider.inRegion('eu-west-1');
  const [one, other] = ['one', 'other'].map((name) => app.environment(name, { provider }));
  const cluster = one.addCluster();
  other.addCluster();
  expect(() => provider.createCache(other, 'cache', cluster, {})).toThrow(
    '[other] cluster must be the EKS cluster of the same environment, got "one": pass environment.cluster.',
  );
});

test.each<[Tier, Json]>([
  [
    Tier.LOCAL,
    { nat: 1, multiAz: false, backups: 0, protected: false, db: 'db.t4g.medium', nodes: 1, replicas: 1, logs: 7 },
  ],
  [
    Tier.DEVELOPMENT,
    { nat: 1, multiAz: false, backups: 1, protected: false, db: 'db.t4g.medium', nodes: 1, replicas: 1, logs: 7 },
  ],
  [
    Tier.STAGING,
    { nat: 3, multiAz: true, backups: 7, protected: true, db: 'db.m7g.large', nodes: 2, replicas: 2, logs: 30 },
  ],
  [
    Tier.PRODUCTION,
    { nat: 3, multiAz: true, backups: 30, protected: true, db: 'db.m7g.large', nodes: 3, replicas: 2, logs: 365 },
  ],
])('defaults of the tier %s', (tier, expected) => {
  const stack = synthAws({
    tier,
    name: 'env',
    contents: (environment) => {
      environment.addDatabase('database');
      environment.addCache('cache');
      environment.addObjectStore('files');
    },
  }).infrastructure;
  const instance = theResource(stack, 'aws_db_instance');
  const logs = resources(stack, 'aws_cloudwatch_log_group').map((group) => group.retention_in_days);
  expect({
    nat: resources(stack, 'aws_nat_gateway').length,
    multiAz: instance.multi_az,
    backups: instance.backup_retention_period,
    protected: instance.deletion_protection,
    db: instance.instance_class,
    nodes: resources(stack, 'aws_eks_node_group').reduce(
      (sum, one) => sum + Number((one.scaling_config as Json).min_size),
      0,
    ),
    replicas: theResource(stack, 'aws_elasticache_replication_group').num_cache_clusters,
    logs: logs[0],
  }).toEqual(expected);
  expect(new Set(logs).size).toBe(1);
  expect(instance.skip_final_snapshot).toBe(!expected.protected);
  expect(theResource(stack, 'aws_eks_cluster').deletion_protection).toBe(expected.protected);
  expect(theResource(stack, 'aws_s3_bucket').force_destroy).toBe(!expected.protected);
});

function everything(environment: Environment): void {
  const identity = { namespace: 'team-a', serviceAccountName: 'trainer' };
  environment.addDatabase('database').bind(identity, Access.READ_WRITE);
  environment.addCache('cache').bind(identity, Access.READ_WRITE);
  environment.addObjectStore('artifacts').bind(identity, Access.READ_WRITE);
}

test.each<[string, AwsCase]>([
  ['production with the Cluster Autoscaler', {}],
  ['staging with Karpenter', { tier: Tier.STAGING, provider: { nodeScaling: NodeScaling.KARPENTER } }],
  ['development without scaling', { tier: Tier.DEVELOPMENT, provider: { nodeScaling: NodeScaling.NONE } }],
  [
    'named administrators in a known account',
    { provider: { account: '123456789012', adminPrincipalArns: ['arn:aws:iam::123456789012:role/platform'] } },
  ],
])('every reference resolves and there is no cycle: %s', (_, given) => {
  const nodePools = [
    GeneralPool.of('general'),
    GpuPool.of(GpuModel.T4, { spot: true }),
    GpuPool.of(GpuModel.V100_16GB),
  ];
  const output = synthAws({ ...given, cluster: { nodePools }, contents: everything });
  for (const stack of [output.infrastructure, output.bootstrap]) {
    expect(unresolvedReferences(stack as TerraformJson)).toEqual([]);
    expect(firstCycle(stack as TerraformJson)).toBeUndefined();
  }
});

test('everything that the bootstrap stack reads is an output of the infrastructure stack', () => {
  const output = synthAws({ contents: everything });
  const read = [...output.bootstrapText.matchAll(/outputs\.(cross-stack-output-[\w-]+)/g)].map(([, name]) => name);
  expect(read.length).toBeGreaterThan(4);
  for (const name of read) expect(output.infrastructure.output).toHaveProperty([name]);
});

test('in HCL, too, policies are strings: no quote ends one early', () => {
  const { app } = temporaryApp();
  const environment = app.environment('production', {
    provider: AwsProvider.inRegion('eu-west-1', { account: '123456789012', nodeScaling: NodeScaling.KARPENTER }),
  });
  environment.addCluster();
  everything(environment);
  app.synth();
  const { hcl } = (environment.infrastructure as TerraformStack).toHclTerraform() as { hcl: string };
  const broken = hcl.split('\n').filter((line) => /= "(?:[^"\\$]|\\.|\$\{[^}]*\}|\$)*"./.test(line));
  expect(broken).toEqual([]);
  expect(hcl).toContain('assume_role_policy = <<EOF');
});

test('two syntheses give the same', () => {
  const once = () => {
    const output = synthAws({ contents: everything });
    return [output.infrastructure, output.bootstrap];
  };
  expect(once()).toEqual(once());
});
