import { Tier } from '../../../src/contracts';
import { FlowLogs } from '../../../src/providers/aws';
import { AwsOutput, resources, synthAws, theResource } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test('three private, three public and three database subnets, one in each zone, none with public addresses', () => {
  const subnets = resources(output.infrastructure, 'aws_subnet');
  expect(subnets).toHaveLength(9);
  for (const kind of ['private', 'public', 'database']) {
    const ofKind = subnets.filter((subnet) => (subnet.tags as { Name: string }).Name.includes(`-${kind}-`));
    expect(ofKind.map((subnet) => subnet.availability_zone)).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
    expect(ofKind.map((subnet) => subnet.map_public_ip_on_launch)).toEqual([false, false, false]);
  }
});

test('subnets are tagged for the load balancer controller and Karpenter', () => {
  const tags = resources(output.infrastructure, 'aws_subnet').map((subnet) => subnet.tags as { [key: string]: string });
  expect(tags.filter((tag) => tag['kubernetes.io/role/elb'] === '1')).toHaveLength(3);
  const internal = tags.filter((tag) => tag['kubernetes.io/role/internal-elb'] === '1');
  expect(internal.map((tag) => tag['karpenter.sh/discovery'])).toEqual(['production', 'production', 'production']);
});

test('only the public subnets have a route to the internet gateway, and database subnets have none at all', () => {
  const routes = resources(output.infrastructure, 'aws_route');
  expect(routes.filter((route) => route.gateway_id !== undefined)).toHaveLength(1);
  expect(routes.filter((route) => route.nat_gateway_id !== undefined)).toHaveLength(3);
  expect(routes).toHaveLength(4);
  const tables = resources(output.infrastructure, 'aws_route_table').map(
    (table) => (table.tags as { Name: string }).Name,
  );
  expect(tables).toContain('production-database');
  expect(JSON.stringify(routes)).not.toContain('database');
});

test('each private subnet leaves through the NAT gateway of its own zone', () => {
  for (const route of resources(output.infrastructure, 'aws_route').filter((one) => one.nat_gateway_id)) {
    const zone = /private-(eu-west-1[abc])-routes/.exec(String(route.route_table_id))?.[1];
    expect(route.nat_gateway_id).toContain(`nat-${zone}`);
  }
});

test('with one NAT gateway, all private subnets leave through it', () => {
  const stack = synthAws({ provider: { natGateways: 1 } }).infrastructure;
  expect(resources(stack, 'aws_nat_gateway')).toHaveLength(1);
  const used = resources(stack, 'aws_route').flatMap((route) => route.nat_gateway_id ?? []);
  expect(used).toHaveLength(3);
  expect(new Set(used).size).toBe(1);
});

test('the default security group is closed', () => {
  const group = theResource(output.infrastructure, 'aws_default_security_group');
  expect(group.ingress).toBeUndefined();
  expect(group.egress).toBeUndefined();
});

test('security groups let in each other and the VPC, and no rule lets the internet in', () => {
  const rules = resources(output.infrastructure, 'aws_vpc_security_group_ingress_rule');
  expect(rules.map((rule) => rule.cidr_ipv4).filter((cidr) => cidr !== undefined)).toEqual([
    '10.0.0.0/16',
    '10.0.0.0/16',
  ]);
  for (const rule of rules.filter(({ cidr_ipv4: cidr }) => cidr === undefined)) {
    expect(rule.referenced_security_group_id).toMatch(/^\$\{aws_eks_cluster\..*cluster_security_group_id\}$/);
  }
  for (const group of resources(output.infrastructure, 'aws_security_group')) {
    expect(group.ingress).toBeUndefined();
    expect(group.egress).toBeUndefined();
  }
});

test('a zone that is added, in whatever place, moves no subnet', () => {
  const cidrsWith = (letters: string) => {
    const availabilityZones = [...letters].map((letter) => `eu-west-1${letter}`);
    const stack = synthAws({ provider: { availabilityZones } }).infrastructure;
    const subnets = resources(stack, 'aws_subnet') as unknown as { tags: { Name: string }; cidr_block: string }[];
    return Object.fromEntries(subnets.map((subnet) => [subnet.tags.Name, subnet.cidr_block]));
  };
  const two = cidrsWith('ac');
  expect(Object.keys(two)).toHaveLength(6);
  for (const more of ['acb', 'acf', 'bac', 'abcdef']) expect(cidrsWith(more)).toMatchObject(two);
});

test('endpoints are those that are named', () => {
  const stack = synthAws({ provider: { vpcEndpoints: ['sts', 'ecr.api'] } }).infrastructure;
  expect(resources(stack, 'aws_vpc_endpoint').map((endpoint) => endpoint.service_name)).toEqual([
    'com.amazonaws.eu-west-1.ecr.api',
    'com.amazonaws.eu-west-1.s3',
    'com.amazonaws.eu-west-1.sts',
  ]);
  const without = synthAws({ provider: { vpcEndpoints: [] } }).infrastructure;
  expect(resources(without, 'aws_vpc_endpoint')).toHaveLength(1);
});

test('a gateway endpoint for S3 and interface endpoints with private DNS in every zone', () => {
  const endpoints = resources(output.infrastructure, 'aws_vpc_endpoint');
  const gateway = endpoints.filter((endpoint) => endpoint.vpc_endpoint_type === 'Gateway');
  expect(gateway.map((endpoint) => endpoint.service_name)).toEqual(['com.amazonaws.eu-west-1.s3']);
  expect(gateway[0].route_table_ids).toHaveLength(3);
  const interfaces = endpoints.filter((endpoint) => endpoint.vpc_endpoint_type === 'Interface');
  const services = interfaces.map((endpoint) => String(endpoint.service_name).replace('com.amazonaws.eu-west-1.', ''));
  for (const service of ['ecr.api', 'ecr.dkr', 'sts', 'ec2', 'logs', 'secretsmanager', 'kms', 'eks-auth', 'eks']) {
    expect(services).toContain(service);
  }
  for (const endpoint of interfaces) {
    expect(endpoint.private_dns_enabled).toBe(true);
    expect(endpoint.subnet_ids).toHaveLength(3);
    expect(endpoint.security_group_ids).toHaveLength(1);
  }
});

test('development pays for interface endpoints in one zone only', () => {
  const stack = synthAws({ tier: Tier.DEVELOPMENT, name: 'dev' }).infrastructure;
  const interfaces = resources(stack, 'aws_vpc_endpoint').filter((one) => one.vpc_endpoint_type === 'Interface');
  for (const endpoint of interfaces) expect(endpoint.subnet_ids).toHaveLength(1);
});

test('flow logs of all traffic go to an encrypted log group', () => {
  expect(theResource(output.infrastructure, 'aws_flow_log')).toMatchObject({
    traffic_type: 'ALL',
    log_destination_type: 'cloud-watch-logs',
    log_destination: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.network_flow-logs/),
    max_aggregation_interval: 60,
  });
});

test.each<[Tier, FlowLogs | undefined, string | undefined]>([
  [Tier.DEVELOPMENT, undefined, 'REJECT'],
  [Tier.STAGING, undefined, 'ALL'],
  [Tier.PRODUCTION, FlowLogs.REJECTED, 'REJECT'],
  [Tier.PRODUCTION, FlowLogs.NONE, undefined],
])('flow logs in %s with %s: %s', (tier, flowLogs, expected) => {
  const stack = synthAws({ tier, provider: { flowLogs } }).infrastructure;
  expect(resources(stack, 'aws_flow_log').map((log) => log.traffic_type)).toEqual(expected ? [expected] : []);
});

test('there are at most as many NAT gateways as zones', () => {
  expect(() => synthAws({ provider: { natGateways: 4 } })).toThrow(
    new Error(
      '[production] natGateways must be at most the number of zones (3), got 4: give one a zone at most; more could not be used.',
    ),
  );
});
