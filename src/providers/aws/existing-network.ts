import { DataAwsSubnet } from '@cdktf/provider-aws/lib/data-aws-subnet';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { IAwsEnvironment, INetwork } from './contract';
import { ExistingVpc } from './network-settings';

/**
 * A VPC that someone else made. Nothing in it is changed or tagged; what the user says of it is compared with what it is
 * when Terraform plans.
 */
export class ExistingNetwork extends Construct implements INetwork {
  public readonly vpcId: string;
  public readonly privateSubnetIds: string[];
  public readonly databaseSubnetIds: string[];
  public readonly databaseCidrs: string[];
  public readonly nodeSubnetSelector: { [key: string]: unknown }[];
  public readonly privateRouteTableIds: string[] = [];
  public readonly egress: ITerraformDependable[] = [];

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, vpc: ExistingVpc) {
    super(scope, id);
    this.vpcId = vpc.vpcId;
    this.privateSubnetIds = vpc.privateSubnetIds;
    this.databaseSubnetIds = vpc.databaseSubnetIds;
    // network policies are written before Terraform knows more of the subnets
    this.databaseCidrs = [aws.settings.vpcCidr];
    this.nodeSubnetSelector = vpc.privateSubnetIds.map((subnet) => ({ id: subnet }));
    this.checkVpc(aws, vpc.vpcId);
    const zones = aws.settings.availabilityZones;
    const sorts = { privateSubnetIds: vpc.privateSubnetIds, publicSubnetIds: vpc.publicSubnetIds };
    for (const [prop, subnets] of Object.entries({ ...sorts, databaseSubnetIds: vpc.databaseSubnetIds })) {
      subnets.forEach((subnet, at) => this.checkSubnet(prop, subnet, zones[at]));
    }
  }

  private checkVpc(aws: IAwsEnvironment, vpcId: string): void {
    const { vpcCidr } = aws.settings;
    new DataAwsVpc(this, 'vpc', {
      id: vpcId,
      lifecycle: {
        postcondition: [
          {
            condition: `\${contains([for one in self.cidr_block_associations : one.cidr_block], "${vpcCidr}")}`,
            errorMessage: `vpcCidr must be a range of ${vpcId}, got ${vpcCidr}: give one that it has.`,
          },
          {
            condition: '${self.enable_dns_support && self.enable_dns_hostnames}',
            errorMessage: `${vpcId} must have DNS support and DNS host names: enable both; nodes find the API server by its private name.`,
          },
        ],
      },
    });
  }

  private checkSubnet(prop: string, subnet: string, zone: string): void {
    new DataAwsSubnet(this, `${prop}-${zone}`, {
      id: subnet,
      lifecycle: {
        postcondition: [
          {
            condition: `\${self.vpc_id == "${this.vpcId}" && self.availability_zone == "${zone}"}`,
            errorMessage: `${prop} must name a subnet of ${this.vpcId} in ${zone}, got ${subnet}: name one for each zone, in the order of availabilityZones.`,
          },
        ],
      },
    });
  }
}
