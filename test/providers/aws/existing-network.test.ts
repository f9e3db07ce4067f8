import { Access, GeneralPool } from '../../../src/contracts';
import { AwsProviderProps, NodeScaling } from '../../../src/providers/aws';
import { firstCycle, TerraformJson, unresolvedReferences } from '../../support/terraform-graph';
import { AwsOutput, Json, resources, synthAws, theResource } from './terraform';

const VPC = 'vpc-0123456789abcdef0';
const subnet = (digit: string) => `subnet-${digit.repeat(17)}`;
const PROPS: AwsProviderProps = {
  vpcId: VPC,
  vpcCidr: '10.9.0.0/20',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  privateSubnetIds: [subnet('1'), subnet('2')],
  publicSubnetIds: [subnet('3'), subnet('4')],
  nodeScaling: NodeScaling.KARPENTER,
};

let output: AwsOutput;
let egress: unknown;
beforeAll(() => {
  output = synthAws({
    provider: PROPS,
    cluster: { nodePools: [GeneralPool.of('general', { max: 10 })] },
    contents: (environment) => {
      const database = environment.addDatabase('orders');
      egress = database.bind({ namespace: 'team-a', serviceAccountName: 'api' }, Access.READ_WRITE).egress;
    },
  });
});

test('nothing is made in a VPC that exists, nor changed', () => {
  const made = Object.keys(output.infrastructure.resource ?? {});
  for (const type of ['vpc', 'subnet', 'route', 'route_table', 'nat_gateway', 'eip', 'internet_gateway', 'flow_log']) {
    expect(made).not.toContain(`aws_${type}`);
  }
  for (const type of ['default_security_group', 'vpc_endpoint', 'ec2_tag']) {
    const touched = resources(output.infrastructure, `aws_${type}`).filter((one) => JSON.stringify(one).includes(VPC));
    expect(touched).toEqual([]);
  }
});

test('nodes, control plane, databases and load balancers are in its subnets', () => {
  const stack = output.infrastructure;
  const [first, second] = PROPS.privateSubnetIds ?? [];
  expect(theResource(stack, 'aws_eks_cluster').vpc_config).toMatchObject({ subnet_ids: [first, second] });
  expect(resources(stack, 'aws_eks_node_group').flatMap((group) => group.subnet_ids)).toEqual([first, second]);
  expect(theResource(stack, 'aws_db_subnet_group').subnet_ids).toEqual([first, second]);
  const prefix = 'service.beta.kubernetes.io/aws-load-balancer-subnets';
  expect(output.cluster.loadBalancerAnnotations?.internal[prefix]).toBe(`${first},${second}`);
  expect(output.cluster.loadBalancerAnnotations?.internetFacing[prefix]).toBe(`${subnet('3')},${subnet('4')}`);
  expect(egress).toEqual([{ cidrs: ['10.9.0.0/20'], ports: [5432] }]);
});

test('what is said of it is compared with what it is when Terraform plans', () => {
  const data = output.infrastructure.data ?? {};
  const conditions = (type: string) =>
    Object.values(data[type]).map((one) =>
      (one.lifecycle as { postcondition: { condition: string }[] }).postcondition.map(({ condition }) => condition),
    );
  expect(conditions('aws_vpc')[0]).toEqual([
    '${contains([for one in self.cidr_block_associations : one.cidr_block], "10.9.0.0/20")}',
    '${self.enable_dns_support && self.enable_dns_hostnames}',
  ]);
  expect(conditions('aws_subnet')).toHaveLength(6);
  expect(conditions('aws_subnet')[0]).toEqual([
    `\${self.vpc_id == "${VPC}" && self.availability_zone == "eu-west-1a"}`,
  ]);
});

test('every reference resolves and there is no cycle', () => {
  for (const stack of [output.infrastructure, output.bootstrap]) {
    expect(unresolvedReferences(stack as TerraformJson)).toEqual([]);
    expect(firstCycle(stack as TerraformJson)).toBeUndefined();
  }
});

test('endpoints only where they are asked for', () => {
  const services = (provider: AwsProviderProps) =>
    resources(synthAws({ provider }).infrastructure, 'aws_vpc_endpoint').map((one: Json) => one.service_name);
  expect(services(PROPS)).toEqual([]);
  expect(services({ ...PROPS, vpcEndpoints: ['sts'] })).toEqual(['com.amazonaws.eu-west-1.sts']);
});
