import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsIamSessionContext } from '@cdktf/provider-aws/lib/data-aws-iam-session-context';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import { EksCluster as TerraformEksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { TerraformIterator, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { IAwsEnvironment } from './contract';
import { FirstValue } from './first-value';

/**
 * The administrators of a cluster: those whom the user names, or else who applied the stack first.
 *
 * All access entries are one Terraform resource with an instance for each ARN. Whoever is an administrator before and after
 * a change keeps the entry, so that none is made while that of the same principal is still there, nor taken away in between.
 */
export class Administrators extends Construct {
  public constructor(scope: Construct, id: string, aws: IAwsEnvironment, cluster: TerraformEksCluster) {
    super(scope, id);
    const caller = new DataAwsCallerIdentity(this, 'caller');
    // the role behind the session, since an access entry cannot name a session
    const session = new DataAwsIamSessionContext(this, 'caller-session', { arn: caller.arn });
    // the next principal that applies must not replace the first one
    const first = new FirstValue(this, 'first', session.issuerArn);
    const named = aws.settings.adminPrincipalArns;
    const principals = TerraformIterator.fromList(named.length > 0 ? named : [first.value]);
    const entries = new EksAccessEntry(this, 'entry', {
      forEach: principals,
      clusterName: cluster.name,
      principalArn: principals.value as string,
      type: 'STANDARD',
      tags: { Name: `${aws.name}-administrator` },
    });
    new EksAccessPolicyAssociation(this, 'policy', {
      forEach: principals,
      clusterName: cluster.name,
      principalArn: principals.value as string,
      policyArn: `arn:${aws.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
      accessScope: { type: 'cluster' },
      dependsOn: [entries],
    });
    if (named.length > 0) this.warnOfLockout(named, session);
  }

  /** A warning only: whoever plans without applying need not be an administrator. */
  private warnOfLockout(named: string[], session: DataAwsIamSessionContext): void {
    const caller = `data.aws_iam_session_context.${session.friendlyUniqueId}.issuer_arn`;
    TerraformStack.of(this).addOverride('check.administrators.assert', [
      {
        condition: `\${contains(${JSON.stringify(named)}, ${caller})}`,
        error_message: `adminPrincipalArns must have the principal that runs Terraform, got \${${caller}}: add it, or apply as one of them; the API server will refuse it in the next stack.`,
      },
    ]);
  }
}
