import { EksPodIdentityAssociation } from '@cdktf/provider-aws/lib/eks-pod-identity-association';
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Aspects, IAspect } from 'cdktf';
import { Construct, IConstruct } from 'constructs';
import { Access } from '../../contracts/backing-service';
import { IWorkloadIdentity } from '../../contracts/identity';
import { IAwsEnvironment, IEksCluster, Statement } from './contract';
import { dividePolicies } from './policy-size';
import { AwsSettings } from './settings';

/** The roles of all ServiceAccounts that were bound to something: one each. */
export class WorkloadRoles {
  private readonly roles = new Map<string, WorkloadRole>();
  private readonly scope: Construct;

  public constructor(private readonly aws: IAwsEnvironment) {
    this.scope = new Construct(aws.stack, 'workload-roles');
  }

  /** Permits a ServiceAccount something; its role is made with the first grant. See IAwsEnvironment. */
  public grant(
    cluster: IEksCluster,
    identity: IWorkloadIdentity,
    resource: string,
    access: Access,
    statements: Statement[],
  ): void {
    this.roleOf(cluster, identity).grant(resource, access, statements);
  }

  private roleOf(cluster: IEksCluster, identity: IWorkloadIdentity): WorkloadRole {
    const key = `${identity.namespace}/${identity.serviceAccountName}`;
    const known = this.roles.get(key);
    if (known) return known;
    const { scope } = this;
    const namespace = scope.node.tryFindChild(identity.namespace) ?? new Construct(scope, identity.namespace);
    const made = new WorkloadRole(namespace, identity.serviceAccountName, this.aws, cluster, identity);
    this.roles.set(key, made);
    return made;
  }
}

/**
 * The permissions of one ServiceAccount. They may grow until Terraform's files are written: then they become policies, one in the
 * role, or several beside it where that would be too long for IAM.
 */
class WorkloadRole extends Construct {
  private readonly grants = new Map<string, { access: Access; statements: Statement[] }>();
  private readonly role: IamRole;
  private readonly association: EksPodIdentityAssociation;

  public constructor(
    scope: Construct,
    id: string,
    private readonly aws: IAwsEnvironment,
    cluster: IEksCluster,
    private readonly identity: IWorkloadIdentity,
  ) {
    super(scope, id);
    this.role = podIdentityRole(this, 'Resource', aws, cluster.clusterName, identity);
    this.association = new EksPodIdentityAssociation(this, 'association', {
      clusterName: cluster.resource.name,
      namespace: identity.namespace,
      serviceAccount: identity.serviceAccountName,
      roleArn: this.role.arn,
      tags: { Name: `${identity.namespace}/${identity.serviceAccountName}` },
    });
    Aspects.of(this).add({
      visit: (node) => {
        // an app may be synthesized again
        if (node === this && this.association.dependsOn === undefined) this.addPolicies();
      },
    });
  }

  /** @throws InvalidInputError when IAM would refuse the policies for their length */
  public grant(resource: string, access: Access, statements: Statement[]): void {
    const before = this.grants.get(resource);
    if (before?.access === Access.READ_WRITE && access === Access.READ) return;
    this.grants.set(resource, { access, statements });
    dividePolicies(this, this.statements());
  }

  private addPolicies(): void {
    const { inline, policies } = dividePolicies(this, this.statements());
    const { role } = this;
    if (inline) {
      const policy = new IamRolePolicy(this, 'policy', {
        name: 'grants',
        role: role.name,
        policy: policyJson(policies[0]),
      });
      this.association.dependsOn = [policy.fqn];
      return;
    }
    const { namespace, serviceAccountName } = this.identity;
    const attachments = policies.map((statements, at) => {
      const policy = new IamPolicy(this, `policy-${at}`, {
        name: this.aws.iamName(`${namespace}.${serviceAccountName}`, `grants-${at}`),
        description: `Grants of ServiceAccount ${serviceAccountName} in ${namespace}, part ${at + 1}`,
        policy: policyJson(statements),
      });
      return new IamRolePolicyAttachment(this, `attachment-${at}`, { role: role.name, policyArn: policy.arn });
    });
    this.association.dependsOn = attachments.map(({ fqn }) => fqn);
  }

  private statements(): Statement[] {
    const sorted = [...this.grants].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([, grant]) => grant.statements);
  }
}

/**
 * Gives every role, policy and instance profile of a stack the path, and every role the boundary, that the provider's props
 * name; also those that a user adds to the stack, unless they have their own.
 */
export class IamConventions implements IAspect {
  public constructor(private readonly settings: AwsSettings) {}

  public visit(node: IConstruct): void {
    const { iamPath, permissionsBoundaryArn } = this.settings;
    if (node instanceof IamRole || node instanceof IamPolicy || node instanceof IamInstanceProfile) {
      if (iamPath !== undefined && node.pathInput === undefined) node.path = iamPath;
    }
    if (
      node instanceof IamRole &&
      permissionsBoundaryArn !== undefined &&
      node.permissionsBoundaryInput === undefined
    ) {
      node.permissionsBoundary = permissionsBoundaryArn;
    }
  }
}

/** A role that pods of one ServiceAccount of one cluster get through EKS Pod Identity, and no one else. */
export function podIdentityRole(
  scope: Construct,
  id: string,
  aws: IAwsEnvironment,
  clusterName: string,
  identity: IWorkloadIdentity,
): IamRole {
  return new IamRole(scope, id, {
    name: aws.iamName(`${identity.namespace}.${identity.serviceAccountName}`),
    description: `Pods of ServiceAccount ${identity.serviceAccountName} in ${identity.namespace}`,
    assumeRolePolicy: policyJson([
      {
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: {
          StringEquals: {
            'aws:RequestTag/eks-cluster-arn': aws.arn('eks', `cluster/${clusterName}`),
            'aws:RequestTag/kubernetes-namespace': identity.namespace,
            'aws:RequestTag/kubernetes-service-account': identity.serviceAccountName,
          },
        },
      },
    ]),
  });
}

/**
 * A policy document as JSON, one statement a line; strings in it may be Terraform tokens. Of several lines cdktf makes a
 * heredoc in HCL, while it does not escape the quotes of a single one that has an expression in it.
 */
export function policyJson(statements: Statement[]): string {
  const lines = statements.map((statement) => JSON.stringify(statement));
  return `{"Version":"2012-10-17","Statement":[\n${lines.join(',\n')}\n]}`;
}

/** Lets an AWS service assume a role. */
export function serviceTrust(service: string, condition?: Statement['Condition']): string {
  return policyJson([
    {
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
      ...(condition ? { Condition: condition } : {}),
    },
  ]);
}
