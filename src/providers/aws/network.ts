import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { Eip } from '@cdktf/provider-aws/lib/eip';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { isProtected } from '../backing-service';
import { Cidr, parseCidr, subnetsOf, ZoneSubnets } from './cidr';
import { byTier, IAwsEnvironment, INetwork } from './contract';
import { LogGroup } from './encryption';
import { policyJson, serviceTrust } from './identity';
import { PrivateSources } from './network-settings';
import { FlowLogs } from './settings';

/**
 * A VPC with three subnets in each zone: a private one for nodes, a small public one for NAT gateways and load balancers,
 * and a small one for databases and caches that has no route to the internet.
 */
export class Network extends Construct implements INetwork {
  public readonly vpcId: string;
  public readonly privateSubnetIds: string[];
  public readonly databaseSubnetIds: string[];
  public readonly databaseCidrs: string[];
  public readonly nodeSubnetSelector: { [key: string]: unknown }[];
  public readonly privateRouteTableIds: string[];
  public readonly egress: ITerraformDependable[] = [];
  private readonly zones: string[];

  public constructor(
    scope: Construct,
    id: string,
    private readonly aws: IAwsEnvironment,
  ) {
    super(scope, id);
    const cidr = aws.settings.vpcCidr;
    this.zones = aws.settings.availabilityZones;
    // AwsProvider has checked that the CIDR is one and large enough; a zone's place is that of its letter
    const places = this.zones.map((zone) => zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0));
    const plan = places.map((place) => subnetsOf(parseCidr(cidr) as Cidr, place));
    const cidrsOf = (kind: keyof ZoneSubnets) => plan.map((zone) => zone[kind]);
    const vpc = new Vpc(this, 'Resource', {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: aws.name },
    });
    this.vpcId = vpc.id;
    // whatever is started without a security group of its own has no network access
    new DefaultSecurityGroup(this, 'default-security-group', {
      vpcId: this.vpcId,
      tags: { Name: `${aws.name}-default-closed` },
    });
    const publicSubnets = this.subnets('public', cidrsOf('public'), { 'kubernetes.io/role/elb': '1' });
    const privateSubnets = this.subnets('private', cidrsOf('private'), {
      'kubernetes.io/role/internal-elb': '1',
      'karpenter.sh/discovery': aws.name,
    });
    const databaseSubnets = this.subnets('database', cidrsOf('database'), {});
    this.privateSubnetIds = privateSubnets.map((subnet) => subnet.id);
    this.databaseSubnetIds = databaseSubnets.map((subnet) => subnet.id);
    this.databaseCidrs = cidrsOf('database');
    this.nodeSubnetSelector = [{ tags: { 'karpenter.sh/discovery': aws.name } }];
    this.routePublicSubnets(publicSubnets);
    const tables = this.routePrivateSubnets(privateSubnets, this.natGateways(publicSubnets));
    this.privateRouteTableIds = tables.map((table) => table.id);
    // no route leads out of these
    this.routeTable('database', databaseSubnets);
    const traffic = aws.settings.flowLogs ?? (isProtected(aws.tier) ? FlowLogs.ALL : FlowLogs.REJECTED);
    if (traffic !== FlowLogs.NONE) new VpcFlowLogs(this, 'flow-logs', aws, this.vpcId, traffic);
  }

  private subnets(kind: string, cidrs: string[], tags: { [key: string]: string }): Subnet[] {
    return cidrs.map(
      (cidrBlock, at) =>
        new Subnet(this, `${kind}-${this.zones[at]}`, {
          vpcId: this.vpcId,
          availabilityZone: this.zones[at],
          cidrBlock,
          mapPublicIpOnLaunch: false,
          tags: { Name: `${this.aws.name}-${kind}-${this.zones[at]}`, ...tags },
        }),
    );
  }

  private routePublicSubnets(subnets: Subnet[]): void {
    const gateway = new InternetGateway(this, 'internet-gateway', {
      vpcId: this.vpcId,
      tags: { Name: this.aws.name },
    });
    const table = this.routeTable('public', subnets);
    const route = new Route(this, 'public-route', {
      routeTableId: table.id,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: gateway.id,
    });
    this.egress.push(route);
  }

  private natGateways(publicSubnets: Subnet[]): NatGateway[] {
    const zones = this.zones.length;
    const count = this.aws.settings.natGateways ?? (isProtected(this.aws.tier) ? zones : 1);
    if (count > zones) {
      fail(
        this.aws.environment,
        'natGateways',
        `must be at most the number of zones (${zones})`,
        count,
        'give one a zone at most; more could not be used',
      );
    }
    return publicSubnets.slice(0, count).map((subnet, at) => {
      const name = `${this.aws.name}-${this.zones[at]}`;
      const address = new Eip(this, `nat-address-${this.zones[at]}`, { domain: 'vpc', tags: { Name: `${name}-nat` } });
      return new NatGateway(this, `nat-${this.zones[at]}`, {
        subnetId: subnet.id,
        allocationId: address.id,
        tags: { Name: name },
        // the gateway cannot reach anything before the internet gateway is there, and must go before it
        dependsOn: [...this.egress],
      });
    });
  }

  private routePrivateSubnets(subnets: Subnet[], gateways: NatGateway[]): RouteTable[] {
    return subnets.map((subnet, at) => {
      const table = this.routeTable(`private-${this.zones[at]}`, [subnet]);
      const route = new Route(this, `private-route-${this.zones[at]}`, {
        routeTableId: table.id,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId: gateways[at % gateways.length].id,
      });
      this.egress.push(route);
      return table;
    });
  }

  private routeTable(name: string, subnets: Subnet[]): RouteTable {
    const table = new RouteTable(this, `${name}-routes`, {
      vpcId: this.vpcId,
      tags: { Name: `${this.aws.name}-${name}` },
    });
    subnets.forEach((subnet) => {
      const association = new RouteTableAssociation(this, `${subnet.node.id}-association`, {
        subnetId: subnet.id,
        routeTableId: table.id,
      });
      if (name !== 'database') this.egress.push(association);
    });
    return table;
  }
}

/** Properties of the security group of something that only answers. */
export interface ServiceSecurityGroupProps {
  /** Name, without the environment's. */
  readonly name: string;
  /** What it protects, as a sentence. */
  readonly description: string;
  /** TCP port. */
  readonly port: number;
  /**
   * Id of the cluster's security group, whose members may connect.
   *
   * @default - no security group of a cluster
   */
  readonly fromSecurityGroupId?: string;
  /**
   * Who else may connect.
   *
   * @default - no one
   */
  readonly from?: PrivateSources;
}

/**
 * Lets some connect to one port, and nothing leave: answers need no rule, and Terraform removes the rule that allows
 * everything out of a new security group.
 */
export class ServiceSecurityGroup extends Construct {
  public readonly resource: SecurityGroup;

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, props: ServiceSecurityGroupProps) {
    super(scope, id);
    const name = `${aws.name}-${props.name}`;
    this.resource = new SecurityGroup(this, 'Resource', {
      // a prefix, so that a change that needs a new group can make it before the old one goes
      namePrefix: `${name}-`,
      description: props.description,
      vpcId: aws.network.vpcId,
      tags: { Name: name },
      lifecycle: { createBeforeDestroy: true },
    });
    const rule = { securityGroupId: this.resource.id, ipProtocol: 'tcp', fromPort: props.port, toPort: props.port };
    const tags = { Name: name };
    if (props.fromSecurityGroupId !== undefined) {
      new VpcSecurityGroupIngressRule(this, 'ingress', {
        ...rule,
        referencedSecurityGroupId: props.fromSecurityGroupId,
        description: 'nodes and pods of the cluster',
        tags,
      });
    }
    // a rule for each, so that one that comes or goes does not touch the others
    for (const referencedSecurityGroupId of props.from?.securityGroupIds ?? []) {
      new VpcSecurityGroupIngressRule(this, `ingress-${referencedSecurityGroupId}`, {
        ...rule,
        referencedSecurityGroupId,
        description: 'privateAccessSecurityGroupIds',
        tags,
      });
    }
    for (const cidrIpv4 of props.from?.cidrs ?? []) {
      new VpcSecurityGroupIngressRule(this, `ingress-${cidrIpv4.replace('/', '_')}`, {
        ...rule,
        cidrIpv4,
        description: 'privateAccessCidrs',
        tags,
      });
    }
  }
}

/** Writes the address, port and fate of connections in a VPC to CloudWatch. */
class VpcFlowLogs extends Construct {
  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, vpcId: string, traffic: FlowLogs) {
    super(scope, id);
    const logs = new LogGroup(this, 'logs', aws, `/aws/vpc/${aws.name}/flow-logs`);
    const role = new IamRole(this, 'role', {
      name: aws.iamName('flow-logs'),
      assumeRolePolicy: serviceTrust('vpc-flow-logs.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': aws.accountId },
        ArnLike: { 'aws:SourceArn': aws.arn('ec2', 'vpc-flow-log/*') },
      }),
    });
    const policy = new IamRolePolicy(this, 'policy', {
      name: 'write-logs',
      role: role.name,
      policy: policyJson([
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          Resource: [logs.resource.arn, `${logs.resource.arn}:*`],
        },
        { Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
      ]),
    });
    new FlowLog(this, 'Resource', {
      vpcId,
      trafficType: traffic === FlowLogs.ALL ? 'ALL' : 'REJECT',
      logDestinationType: 'cloud-watch-logs',
      logDestination: logs.resource.arn,
      iamRoleArn: role.arn,
      // seconds; the shorter interval makes twice the logs or more
      maxAggregationInterval: byTier(aws.tier, { development: 600, staging: 600, production: 60 }),
      tags: { Name: aws.name },
      dependsOn: [policy],
    });
  }
}
