import { Mistake } from './mistake';

/** A program with an environment `production` on AWS, of which nothing is looked up. */
function programOn(provider: string, body = ''): string {
  return `const lib = require('ml-platform-constructs');
const app = new lib.PlatformApp();
const production = app.environment('production', {
  provider: lib.AwsProvider.inRegion('eu-west-1', ${provider}),
  tier: lib.Tier.PRODUCTION,
});
production.addCluster();
${body}
console.log(app.synth().toString());
`;
}

const ACCOUNT = "account: '111122223333'";

/** What AWS would refuse in the middle of a deployment, or would let through to where nothing works. */
export const AWS_MISTAKES: Mistake[] = [
  {
    what: 'an API server that no one reaches',
    program: programOn(`{ ${ACCOUNT}, privateAccessCidrs: [] }`),
    stderr:
      '[AwsProvider.inRegion] privateAccessCidrs must name someone when publicAccessCidrs and privateAccessSecurityGroupIds name no one, got []: leave it out for the whole VPC, or name the addresses of your runner or VPN; Terraform has to reach the API server.',
  },
  {
    what: 'a second default class of snapshots',
    program: programOn(
      `{ ${ACCOUNT} }`,
      `new lib.VolumeSnapshotClass(production.addChart('team'), 'nightly', { driver: 'ebs.csi.aws.com' });`,
    ),
    stderr: `1 problem found, nothing was written:
  [production/team/nightly/Resource] VolumeSnapshotClass nightly: is the default of the driver ebs.csi.aws.com beside ebs, which production/storage-class/snapshots makes, so that no snapshot is made that names no class; leave the annotation snapshot.storage.kubernetes.io/is-default-class out of one of them (VolumeSnapshotClass: isDefault: false)`,
  },
  {
    what: 'a load balancer that the legacy controller would make',
    program: programOn(
      `{ ${ACCOUNT} }`,
      `const { ApiObject } = require('cdk8s');
const chart = production.addChart('team');
const service = (name, annotations, more) =>
  new ApiObject(chart, name, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port: 443 }], ...more },
  });
service('legacy');
service('old', { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' });
service('internal', production.cluster.loadBalancerAnnotations.internal);
service('public', production.cluster.loadBalancerAnnotations.internetFacing);
service('class', {}, { loadBalancerClass: 'service.k8s.aws/nlb' });`,
    ),
    stderr: `2 problems found, nothing was written:
${['legacy', 'old'].map((name) => `  [production/team/${name}] Service ${name}: is of type LoadBalancer and does not say which controller makes the load balancer, so that the one built into Kubernetes makes a legacy one; give it the annotations of cluster.loadBalancerAnnotations (internal or internetFacing), such as service.beta.kubernetes.io/aws-load-balancer-type: external, or spec.loadBalancerClass`).join('\n')}`,
  },
  {
    what: 'a VPC that exists, without its subnets',
    program: programOn(`{ ${ACCOUNT}, vpcId: 'vpc-0123456789abcdef0', vpcCidr: '10.9.0.0/20' }`),
    stderr:
      '[AwsProvider.inRegion] privateSubnetIds must come with vpcId, got nothing: give what that VPC has; policies and checks need it.',
  },
  {
    what: 'a boundary that is a role',
    program: programOn(`{ ${ACCOUNT}, permissionsBoundaryArn: 'arn:aws:iam::111122223333:role/boundary' }`),
    stderr:
      '[AwsProvider.inRegion] permissionsBoundaryArn must be the ARN of an IAM policy of the account, got "arn:aws:iam::111122223333:role/boundary": name it like arn:aws:iam::111122223333:policy/platform-boundary.',
  },
  {
    what: 'a part of a GPU, which no node offers',
    program: programOn(`{ ${ACCOUNT} }`, `lib.GpuPool.of(lib.GpuModel.T4);`).replace(
      'production.addCluster();',
      `const model = lib.GpuModel.of('NVIDIA-A100-SXM4-40GB', { memory: '5Gi', resourceName: 'nvidia.com/mig-1g.5gb' });
production.addCluster({ nodePools: [lib.GeneralPool.of('general'), lib.GpuPool.of(model, { name: 'slices' })] });`,
    ),
    stderr:
      '[node pool "slices"] model must have GPUs of the resource nvidia.com/gpu, got "nvidia.com/mig-1g.5gb": leave resourceName out of the model; a cluster that divides or shares its GPUs is described to ExistingClusterProvider.',
  },
  {
    what: 'a path without slashes',
    program: programOn(`{ ${ACCOUNT}, iamPath: 'platform' }`),
    stderr:
      '[AwsProvider.inRegion] iamPath must be a path of at most 512 characters with a slash at both ends, got "platform": write it like /platform/.',
  },
  {
    what: 'flow logs by a name that is none',
    program: programOn(`{ ${ACCOUNT}, flowLogs: 'none of them' }`),
    stderr:
      '[AwsProvider.inRegion] flowLogs must be a FlowLogs, got "none of them": use one of: FlowLogs.ALL, FlowLogs.REJECTED, FlowLogs.NONE.',
  },
  {
    what: 'a tag that a controller in the cluster cannot take',
    program: programOn(`{ ${ACCOUNT}, tags: { team: 'ml, research' } }`),
    stderr:
      '[AwsProvider.inRegion] tags must be of letters, digits, spaces and _ . : / + - @ (values of = too), got {"team":"ml, research"}: leave other characters out; not every service of AWS accepts them.',
  },
  {
    what: 'a database whose name RDS finds reserved',
    program: programOn(`{ ${ACCOUNT} }`, "production.addDatabase('catalog', { databaseName: 'catalog' });"),
    stderr:
      '[production-infrastructure/catalog] databaseName must not be a key word of SQL, got "catalog": name it like catalog_db; RDS refuses key words.',
  },
  {
    what: 'a cache with two hyphens in a row',
    program: programOn(`{ ${ACCOUNT} }`, "production.addCache('user--sessions');"),
    stderr:
      '[production] name must start with a letter and have no two hyphens in a row, got "user--sessions": name it like database or ml-artifacts; RDS and ElastiCache refuse others.',
  },
  {
    what: 'a bucket whose name ends like an alias',
    program: programOn(`{ ${ACCOUNT} }`, "production.addObjectStore('models', { bucketName: 'models-s3alias' });"),
    stderr:
      '[production-infrastructure/models] bucketName must not start or end as names do that S3 has for itself, got "models-s3alias": choose one that does not start with xn--, sthree- or amzn-s3-demo-, nor end with -s3alias, --ol-s3, --x-s3, --table-s3 or -an.',
  },
  {
    what: 'a replica without a key',
    program: programOn(`{ ${ACCOUNT} }`, "production.addObjectStore('models', { replicaBucketName: 'acme-replica' });"),
    stderr:
      '[production-infrastructure/models] replicaKmsKeyArn must be the ARN of a KMS key when replicaBucketName is given, got nothing: give it as arn:aws:kms:<region>:<account>:key/<id>, in the region of that bucket.',
  },
];
