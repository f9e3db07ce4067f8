import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import type { AwsEnvironment } from './aws-environment';
import { ServiceSecurityGroup } from './security-groups';
import { isProtected } from './tier-defaults';

/** The services that nodes, add-ons and components of the platform call. */
const INTERFACE_SERVICES = [
  'autoscaling',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'kms',
  'logs',
  'secretsmanager',
  'sqs',
  'ssm',
  'sts',
];

/**
 * Keeps the traffic to AWS's own services inside the VPC: a gateway endpoint for S3, which costs nothing, and an interface
 * endpoint for each of the others, in every zone for tiers that must survive the loss of one, else in the first zone.
 */
export class VpcEndpoints extends Construct {
  public readonly securityGroup: ServiceSecurityGroup;
  public readonly s3: VpcEndpoint;
  public readonly interfaces: VpcEndpoint[];

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, clusterSecurityGroupId: string) {
    super(scope, id);
    const { network, region, name } = aws;
    this.s3 = new VpcEndpoint(this, 's3', {
      vpcId: network.vpc.id,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: network.privateRouteTables.map((table) => table.id),
      tags: { Name: `${name}-s3` },
    });
    this.securityGroup = new ServiceSecurityGroup(this, 'security-group', aws, {
      name: 'vpc-endpoints',
      description: `VPC endpoints of ${name}`,
      port: 443,
      fromSecurityGroupId: clusterSecurityGroupId,
    });
    const subnets = isProtected(aws.tier) ? network.privateSubnets : network.privateSubnets.slice(0, 1);
    // every reference costs cdktf a stack trace, so what all endpoints share is taken once
    const shared = {
      vpcId: network.vpc.id,
      subnetIds: subnets.map((subnet) => subnet.id),
      securityGroupIds: [this.securityGroup.resource.id],
    };
    this.interfaces = INTERFACE_SERVICES.map(
      (service) =>
        new VpcEndpoint(this, service.replace('.', '-'), {
          ...shared,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: 'Interface',
          privateDnsEnabled: true,
          tags: { Name: `${name}-${service}` },
        }),
    );
  }
}
