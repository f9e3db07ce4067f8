import { IAwsEnvironment, Statement } from './contract';

const NODE_POOL_TAG = 'karpenter.sh/nodepool';
const NODE_CLASS_TAG = 'karpenter.k8s.aws/ec2nodeclass';
const REGION_TAG = 'topology.kubernetes.io/region';

/** What Karpenter 1.14 asks for (cloudformation.yaml of its getting-started guide): only what carries its tags. */
export function karpenterStatements(
  aws: IAwsEnvironment,
  clusterName: string,
  nodeRoleArn: string,
  queueArn: string,
): Statement[] {
  return [
    ...instanceStatements(aws, clusterName),
    ...profileStatements(aws, clusterName, nodeRoleArn),
    {
      Sid: 'Interruptions',
      Effect: 'Allow',
      Action: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
      Resource: queueArn,
    },
    {
      Sid: 'Cluster',
      Effect: 'Allow',
      Action: 'eks:DescribeCluster',
      Resource: aws.arn('eks', `cluster/${clusterName}`),
    },
    {
      Sid: 'ReadRegion',
      Effect: 'Allow',
      Action: [
        'CapacityReservations',
        'Images',
        'Instances',
        'InstanceStatus',
        'InstanceTypeOfferings',
        'InstanceTypes',
        'LaunchTemplates',
        'PlacementGroups',
        'SecurityGroups',
        'SpotPriceHistory',
        'Subnets',
      ].map((what) => `ec2:Describe${what}`),
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': aws.region } },
    },
    {
      Sid: 'ReadAmis',
      Effect: 'Allow',
      Action: 'ssm:GetParameter',
      Resource: `arn:${aws.partition}:ssm:${aws.region}::parameter/aws/service/*`,
    },
    { Sid: 'ReadPrices', Effect: 'Allow', Action: 'pricing:GetProducts', Resource: '*' },
  ];
}

/** EC2 makes the role of its spot service for whoever asks first for spot capacity and may make it; one in the account serves all. */
export function spotRoleStatement(aws: IAwsEnvironment): Statement {
  return {
    Sid: 'CreateSpotRole',
    Effect: 'Allow',
    Action: 'iam:CreateServiceLinkedRole',
    Resource: `arn:${aws.partition}:iam::${aws.accountId}:role/aws-service-role/spot.amazonaws.com/*`,
    Condition: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
  };
}

function instanceStatements(aws: IAwsEnvironment, clusterName: string): Statement[] {
  const owned = `kubernetes.io/cluster/${clusterName}`;
  const made = ['fleet', 'instance', 'volume', 'network-interface', 'launch-template', 'spot-instances-request'].map(
    (kind) => aws.arn('ec2', `${kind}/*`),
  );
  const launch = ['ec2:RunInstances', 'ec2:CreateFleet'];
  const requestIsOurs = {
    [`aws:RequestTag/${owned}`]: 'owned',
    'aws:RequestTag/eks:eks-cluster-name': clusterName,
  };
  const resourceIsOurs = {
    StringEquals: { [`aws:ResourceTag/${owned}`]: 'owned' },
    StringLike: { [`aws:ResourceTag/${NODE_POOL_TAG}`]: '*' },
  };
  const requestHasPool = { [`aws:RequestTag/${NODE_POOL_TAG}`]: '*' };
  return [
    {
      Sid: 'LaunchFrom',
      Effect: 'Allow',
      Action: launch,
      Resource: [
        ...['image/*', 'snapshot/*'].map((resource) => `arn:${aws.partition}:ec2:${aws.region}::${resource}`),
        ...['security-group/*', 'subnet/*', 'capacity-reservation/*', 'placement-group/*'].map((resource) =>
          aws.arn('ec2', resource),
        ),
      ],
    },
    {
      Sid: 'LaunchFromTemplate',
      Effect: 'Allow',
      Action: launch,
      Resource: aws.arn('ec2', 'launch-template/*'),
      Condition: resourceIsOurs,
    },
    {
      Sid: 'Launch',
      Effect: 'Allow',
      Action: [...launch, 'ec2:CreateLaunchTemplate'],
      Resource: made,
      Condition: { StringEquals: requestIsOurs, StringLike: requestHasPool },
    },
    {
      Sid: 'TagNew',
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: made,
      Condition: {
        StringEquals: { ...requestIsOurs, 'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'] },
        StringLike: requestHasPool,
      },
    },
    {
      Sid: 'TagOurs',
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: aws.arn('ec2', 'instance/*'),
      Condition: {
        ...resourceIsOurs,
        StringEqualsIfExists: { 'aws:RequestTag/eks:eks-cluster-name': clusterName },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['eks:eks-cluster-name', 'karpenter.sh/nodeclaim', 'Name'] },
      },
    },
    {
      Sid: 'DeleteOurs',
      Effect: 'Allow',
      Action: ['ec2:TerminateInstances', 'ec2:DeleteLaunchTemplate'],
      Resource: ['instance/*', 'launch-template/*'].map((resource) => aws.arn('ec2', resource)),
      Condition: resourceIsOurs,
    },
  ];
}

function profileStatements(aws: IAwsEnvironment, clusterName: string, nodeRoleArn: string): Statement[] {
  const profiles = `arn:${aws.partition}:iam::${aws.accountId}:instance-profile/*`;
  const owned = `kubernetes.io/cluster/${clusterName}`;
  const request = {
    [`aws:RequestTag/${owned}`]: 'owned',
    'aws:RequestTag/eks:eks-cluster-name': clusterName,
    [`aws:RequestTag/${REGION_TAG}`]: aws.region,
  };
  const resource = {
    [`aws:ResourceTag/${owned}`]: 'owned',
    [`aws:ResourceTag/${REGION_TAG}`]: aws.region,
  };
  const requestHasClass = { [`aws:RequestTag/${NODE_CLASS_TAG}`]: '*' };
  const resourceHasClass = { [`aws:ResourceTag/${NODE_CLASS_TAG}`]: '*' };
  return [
    {
      Sid: 'GiveNodesTheirRole',
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: nodeRoleArn,
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    },
    {
      Sid: 'CreateProfiles',
      Effect: 'Allow',
      Action: 'iam:CreateInstanceProfile',
      Resource: profiles,
      Condition: { StringEquals: request, StringLike: requestHasClass },
    },
    {
      Sid: 'TagProfiles',
      Effect: 'Allow',
      Action: 'iam:TagInstanceProfile',
      Resource: profiles,
      Condition: {
        StringEquals: { ...resource, ...request },
        StringLike: { ...resourceHasClass, ...requestHasClass },
      },
    },
    {
      Sid: 'ChangeProfiles',
      Effect: 'Allow',
      Action: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
      Resource: profiles,
      Condition: { StringEquals: resource, StringLike: resourceHasClass },
    },
    { Sid: 'ReadProfiles', Effect: 'Allow', Action: 'iam:GetInstanceProfile', Resource: profiles },
    { Sid: 'ListProfiles', Effect: 'Allow', Action: 'iam:ListInstanceProfiles', Resource: '*' },
  ];
}
