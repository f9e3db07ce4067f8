import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { AwsEnvironment } from './aws-environment';

/** Properties of the security group of something that only answers. */
export interface ServiceSecurityGroupProps {
  /** Name, without the environment's. */
  readonly name: string;
  /** What it protects, as a sentence. */
  readonly description: string;
  /** TCP port. */
  readonly port: number;
  /** Id of the security group that may connect. */
  readonly fromSecurityGroupId: string;
}

/**
 * Lets the members of another security group connect to one port, and nothing leave: answers need no rule, and Terraform
 * removes the rule that allows everything out of a new security group.
 */
export class ServiceSecurityGroup extends Construct {
  public readonly resource: SecurityGroup;

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, props: ServiceSecurityGroupProps) {
    super(scope, id);
    const name = `${aws.name}-${props.name}`;
    this.resource = new SecurityGroup(this, 'Resource', {
      // a prefix, so that a change that needs a new group can make it before the old one goes
      namePrefix: `${name}-`,
      description: props.description,
      vpcId: aws.network.vpc.id,
      tags: { Name: name },
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupIngressRule(this, 'ingress', {
      securityGroupId: this.resource.id,
      referencedSecurityGroupId: props.fromSecurityGroupId,
      ipProtocol: 'tcp',
      fromPort: props.port,
      toPort: props.port,
      description: 'nodes and pods of the cluster',
      tags: { Name: name },
    });
  }
}
