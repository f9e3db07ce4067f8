import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { AwsEnvironment } from './aws-environment';
import { serviceTrust } from './policy';

/** What a node itself may do: join its cluster and pull images. Pods, the CNI included, have roles of their own. */
const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'];

/** The role of nodes. */
export class NodeRole extends Construct {
  public readonly resource: IamRole;
  /** What must be there before a node starts, and go after it. */
  public readonly policies: IamRolePolicyAttachment[];

  public constructor(scope: Construct, id: string, aws: AwsEnvironment, name: string) {
    super(scope, id);
    this.resource = new IamRole(this, 'Resource', { name, assumeRolePolicy: serviceTrust('ec2.amazonaws.com') });
    this.policies = NODE_POLICIES.map(
      (policy) =>
        new IamRolePolicyAttachment(this, policy, {
          role: this.resource.name,
          policyArn: aws.managedPolicyArn(policy),
        }),
    );
  }
}
