import { TerraformStack } from 'cdktf';
import { Environment } from '../../../src/app';
import { Access, GeneralPool, GpuModel, GpuPool, Tier } from '../../../src/contracts';
import { AwsProvider, NodeScaling } from '../../../src/providers/aws';
import { temporaryApp } from '../../support/synth';
import { firstCycle, TerraformJson, unresolvedReferences } from '../../support/terraform-graph';
import { AwsCase, synthAws } from './terraform';

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
])('every reference resolves and there is no circle: %s', (_, given) => {
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
