import {
  awsLoadBalancerController,
  AWS_LOAD_BALANCER_CONTROLLER_IDENTITY,
} from '../../components/aws-load-balancer-controller';
import { Access } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IAwsEnvironment, Statement } from './contract';
import { EksCluster } from './eks-cluster';

/** Installs the AWS Load Balancer Controller with a role of its own. */
export function addLoadBalancerController(aws: IAwsEnvironment, cluster: EksCluster): void {
  aws.grant(
    cluster,
    AWS_LOAD_BALANCER_CONTROLLER_IDENTITY,
    'load-balancers',
    Access.READ_WRITE,
    loadBalancerStatements(aws),
  );
  ComponentRegistry.of(aws.environment).require(
    awsLoadBalancerController({
      clusterName: cluster.clusterName,
      region: aws.region,
      vpcId: aws.network.vpcId,
      tags: aws.tags,
    }),
  );
}

const CLUSTER_TAG = 'elbv2.k8s.aws/cluster';
const REQUEST_TAG = `aws:RequestTag/${CLUSTER_TAG}`;
const RESOURCE_TAG = `aws:ResourceTag/${CLUSTER_TAG}`;

/**
 * What release 3.5.0 of the controller asks for (docs/install/iam_policy.json), less WAF, Shield and Cognito, and with
 * changes of security groups bound to the environment's VPC.
 */
function loadBalancerStatements(aws: IAwsEnvironment): Statement[] {
  const balancers = ['targetgroup/*/*', 'loadbalancer/net/*/*', 'loadbalancer/app/*/*'].map((resource) =>
    aws.arn('elasticloadbalancing', resource),
  );
  const listeners = ['listener/net/*/*/*', 'listener/app/*/*/*', 'listener-rule/net/*/*/*', 'listener-rule/app/*/*/*'];
  const securityGroups = aws.arn('ec2', 'security-group/*');
  const inVpc = { ArnEquals: { 'ec2:Vpc': aws.arn('ec2', `vpc/${aws.network.vpcId}`) } };
  const ours = { Null: { [RESOURCE_TAG]: 'false' } };
  const becomesOurs = { Null: { [REQUEST_TAG]: 'false' } };
  const staysOurs = { Null: { [REQUEST_TAG]: 'true', [RESOURCE_TAG]: 'false' } };
  return [
    {
      Effect: 'Allow',
      Action: 'iam:CreateServiceLinkedRole',
      Resource: '*',
      Condition: { StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' } },
    },
    { Effect: 'Allow', Action: READ, Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'],
      Resource: securityGroups,
      Condition: inVpc,
    },
    {
      Effect: 'Allow',
      Action: 'ec2:CreateSecurityGroup',
      Resource: [securityGroups, aws.arn('ec2', `vpc/${aws.network.vpcId}`)],
    },
    {
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: securityGroups,
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' }, ...becomesOurs },
    },
    { Effect: 'Allow', Action: ['ec2:CreateTags', 'ec2:DeleteTags'], Resource: securityGroups, Condition: staysOurs },
    { Effect: 'Allow', Action: 'ec2:DeleteSecurityGroup', Resource: securityGroups, Condition: ours },
    {
      Effect: 'Allow',
      Action: ['elasticloadbalancing:CreateLoadBalancer', 'elasticloadbalancing:CreateTargetGroup'],
      Resource: '*',
      Condition: becomesOurs,
    },
    {
      Effect: 'Allow',
      Action: ['CreateListener', 'DeleteListener', 'CreateRule', 'DeleteRule'].map(elb),
      Resource: '*',
    },
    { Effect: 'Allow', Action: ['AddTags', 'RemoveTags'].map(elb), Resource: balancers, Condition: staysOurs },
    {
      Effect: 'Allow',
      Action: ['AddTags', 'RemoveTags'].map(elb),
      Resource: listeners.map((resource) => aws.arn('elasticloadbalancing', resource)),
    },
    { Effect: 'Allow', Action: CHANGE.map(elb), Resource: '*', Condition: ours },
    {
      Effect: 'Allow',
      Action: 'elasticloadbalancing:AddTags',
      Resource: balancers,
      Condition: {
        StringEquals: { 'elasticloadbalancing:CreateAction': ['CreateTargetGroup', 'CreateLoadBalancer'] },
        ...becomesOurs,
      },
    },
    {
      Effect: 'Allow',
      Action: ['RegisterTargets', 'DeregisterTargets'].map(elb),
      Resource: aws.arn('elasticloadbalancing', 'targetgroup/*/*'),
    },
    {
      Effect: 'Allow',
      Action: [
        'ModifyListener',
        'AddListenerCertificates',
        'RemoveListenerCertificates',
        'ModifyRule',
        'SetRulePriorities',
      ].map(elb),
      Resource: '*',
    },
  ];
}

function elb(action: string): string {
  return `elasticloadbalancing:${action}`;
}

const READ = [
  'acm:DescribeCertificate',
  'acm:ListCertificates',
  'ec2:DescribeAccountAttributes',
  'ec2:DescribeAddresses',
  'ec2:DescribeAvailabilityZones',
  'ec2:DescribeCoipPools',
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeIpamPools',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeTags',
  'ec2:DescribeVpcPeeringConnections',
  'ec2:DescribeVpcs',
  'ec2:GetCoipPoolUsage',
  'ec2:GetSecurityGroupsForVpc',
  'elasticloadbalancing:DescribeCapacityReservation',
  'elasticloadbalancing:DescribeListenerAttributes',
  'elasticloadbalancing:DescribeListenerCertificates',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeLoadBalancerAttributes',
  'elasticloadbalancing:DescribeLoadBalancers',
  'elasticloadbalancing:DescribeRules',
  'elasticloadbalancing:DescribeSSLPolicies',
  'elasticloadbalancing:DescribeTags',
  'elasticloadbalancing:DescribeTargetGroupAttributes',
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
  'elasticloadbalancing:DescribeTrustStores',
  'iam:GetServerCertificate',
  'iam:ListServerCertificates',
];

const CHANGE = [
  'DeleteLoadBalancer',
  'DeleteTargetGroup',
  'ModifyCapacityReservation',
  'ModifyIpPools',
  'ModifyListenerAttributes',
  'ModifyLoadBalancerAttributes',
  'ModifyTargetGroup',
  'ModifyTargetGroupAttributes',
  'SetIpAddressType',
  'SetSecurityGroups',
  'SetSubnets',
];
