import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { isProtected } from '../backing-service';
import { IAwsEnvironment } from './contract';
import { ServiceSecurityGroup } from './network';

/**
 * Keeps the traffic to AWS's own services inside the VPC: a gateway endpoint for S3, which costs nothing, and an interface
 * endpoint for each of the others, in every zone for tiers that must survive the loss of one, else in the first zone.
 *
 * Their private DNS names hold in the whole VPC, so whoever may reach the API server from inside reaches these too: a runner
 * that could not would have no STS.
 */
export class VpcEndpoints extends Construct {
  /** All of them. */
  public readonly all: ITerraformDependable[];

  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, clusterSecurityGroupId: string) {
    super(scope, id);
    const { network, settings } = aws;
    const gateways = network.privateRouteTableIds.length === 0 ? [] : [this.s3(aws)];
    const interfaces = settings.vpcEndpoints.length === 0 ? [] : this.interfaces(aws, clusterSecurityGroupId);
    this.all = [...interfaces, ...gateways];
  }

  private s3(aws: IAwsEnvironment): VpcEndpoint {
    return new VpcEndpoint(this, 's3', {
      vpcId: aws.network.vpcId,
      serviceName: `com.amazonaws.${aws.region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: aws.network.privateRouteTableIds,
      tags: { Name: `${aws.name}-s3` },
    });
  }

  private interfaces(aws: IAwsEnvironment, clusterSecurityGroupId: string): VpcEndpoint[] {
    const { network, region, name } = aws;
    const securityGroup = new ServiceSecurityGroup(this, 'security-group', aws, {
      name: 'vpc-endpoints',
      description: `VPC endpoints of ${name}`,
      port: 443,
      fromSecurityGroupId: clusterSecurityGroupId,
      from: aws.settings.privateAccess,
    });
    // every reference costs cdktf a stack trace, so what all endpoints share is taken once
    const shared = {
      vpcId: network.vpcId,
      subnetIds: isProtected(aws.tier) ? network.privateSubnetIds : network.privateSubnetIds.slice(0, 1),
      securityGroupIds: [securityGroup.resource.id],
    };
    return aws.settings.vpcEndpoints.map(
      (service) =>
        new VpcEndpoint(this, service.replace(/\./g, '-'), {
          ...shared,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: 'Interface',
          privateDnsEnabled: true,
          tags: { Name: `${name}-${service}` },
        }),
    );
  }
}
