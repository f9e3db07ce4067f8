import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { Eip } from '@cdktf/provider-aws/lib/eip';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import type { AwsEnvironment } from './aws-environment';
import { Cidr, parseCidr, planSubnets, SubnetPlan } from './cidr';
import { FlowLogs } from './flow-logs';
import { isProtected } from './tier-defaults';

/**
 * A VPC with three subnets in each zone: a private one for nodes, a small public one for NAT gateways and load balancers,
 * and a small one for databases and caches that has no route to the internet.
 */
export class Network extends Construct {
  public readonly vpc: Vpc;
  public readonly publicSubnets: Subnet[];
  public readonly privateSubnets: Subnet[];
  public readonly databaseSubnets: Subnet[];
  /** Route tables of the private subnets. */
  public readonly privateRouteTables: RouteTable[] = [];
  /** Address ranges of the subnets. */
  public readonly plan: SubnetPlan;
  /** Zones, one for each entry of the subnets. */
  public readonly zones: string[];
  /** What nodes need before they can pull images. */
  public readonly egress: ITerraformDependable[] = [];

  public constructor(
    scope: Construct,
    id: string,
    private readonly aws: AwsEnvironment,
  ) {
    super(scope, id);
    const cidr = aws.settings.vpcCidr;
    this.zones = aws.settings.availabilityZones;
    // AwsProvider has checked that the CIDR is one and large enough
    this.plan = planSubnets(parseCidr(cidr) as Cidr, this.zones.length) as SubnetPlan;
    this.vpc = new Vpc(this, 'Resource', {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: aws.name },
    });
    // whatever is started without a security group of its own can talk to nobody
    new DefaultSecurityGroup(this, 'default-security-group', {
      vpcId: this.vpc.id,
      tags: { Name: `${aws.name}-default-closed` },
    });
    this.publicSubnets = this.subnets('public', this.plan.public, { 'kubernetes.io/role/elb': '1' });
    this.privateSubnets = this.subnets('private', this.plan.private, {
      'kubernetes.io/role/internal-elb': '1',
      'karpenter.sh/discovery': aws.name,
    });
    this.databaseSubnets = this.subnets('database', this.plan.database, {});
    this.routePublicSubnets();
    this.routePrivateSubnets(this.natGateways());
    this.routeDatabaseSubnets();
    new FlowLogs(this, 'flow-logs', aws, this.vpc);
  }

  private subnets(kind: string, cidrs: string[], tags: { [key: string]: string }): Subnet[] {
    return cidrs.map(
      (cidrBlock, at) =>
        new Subnet(this, `${kind}-${this.zones[at]}`, {
          vpcId: this.vpc.id,
          availabilityZone: this.zones[at],
          cidrBlock,
          mapPublicIpOnLaunch: false,
          tags: { Name: `${this.aws.name}-${kind}-${this.zones[at]}`, ...tags },
        }),
    );
  }

  private routePublicSubnets(): void {
    const gateway = new InternetGateway(this, 'internet-gateway', {
      vpcId: this.vpc.id,
      tags: { Name: this.aws.name },
    });
    const table = this.routeTable('public', this.publicSubnets);
    const route = new Route(this, 'public-route', {
      routeTableId: table.id,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: gateway.id,
    });
    this.egress.push(route);
  }

  private natGateways(): NatGateway[] {
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
    return this.publicSubnets.slice(0, count).map((subnet, at) => {
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

  private routePrivateSubnets(gateways: NatGateway[]): void {
    this.privateSubnets.forEach((subnet, at) => {
      const table = this.routeTable(`private-${this.zones[at]}`, [subnet]);
      const route = new Route(this, `private-route-${this.zones[at]}`, {
        routeTableId: table.id,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId: gateways[at % gateways.length].id,
      });
      this.privateRouteTables.push(table);
      this.egress.push(route);
    });
  }

  private routeDatabaseSubnets(): void {
    this.routeTable('database', this.databaseSubnets);
  }

  private routeTable(name: string, subnets: Subnet[]): RouteTable {
    const table = new RouteTable(this, `${name}-routes`, {
      vpcId: this.vpc.id,
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
