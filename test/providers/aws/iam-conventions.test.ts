import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { Access, GeneralPool, GpuModel, GpuPool } from '../../../src/contracts';
import { AwsProviderProps, NodeScaling } from '../../../src/providers/aws';
import { Json, resources, synthAws } from './terraform';

const BOUNDARY = 'arn:aws:iam::111122223333:policy/platform-boundary';

const TYPES = ['aws_iam_role', 'aws_iam_policy', 'aws_iam_instance_profile'];

/** Every role and the like of an environment with everything in it. */
function conventions(provider: AwsProviderProps, nodeScaling: NodeScaling): Json[] {
  const stack = synthAws({
    provider: { account: '111122223333', nodeScaling, ...provider },
    cluster: { nodePools: [GeneralPool.of('general', { max: 10 }), GpuPool.of(GpuModel.T4)] },
    contents: (environment) => {
      const identity = { namespace: 'team-a', serviceAccountName: 'trainer' };
      environment.addDatabase('orders').bind(identity, Access.READ_WRITE);
      environment.addCache('sessions').bind(identity, Access.READ_WRITE);
      const replica = {
        replicaBucketName: 'acme-replica',
        replicaKmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd',
      };
      environment.addObjectStore('files', replica).bind(identity, Access.READ_WRITE);
      new IamRole(environment.infrastructure, 'of-a-user', {
        name: 'of-a-user',
        assumeRolePolicy: '{}',
        path: '/own/',
      });
    },
  }).infrastructure;
  return TYPES.flatMap((type) => resources(stack, type));
}

test.each([NodeScaling.CLUSTER_AUTOSCALER, NodeScaling.KARPENTER, NodeScaling.NONE])(
  'every role has the boundary and the path: $name',
  (nodeScaling) => {
    const all = conventions({ permissionsBoundaryArn: BOUNDARY, iamPath: '/platform/' }, nodeScaling);
    const roles = all.filter((one) => 'assume_role_policy' in one);
    expect(roles.length).toBeGreaterThan(8);
    expect(roles.filter((role) => role.permissions_boundary !== BOUNDARY)).toEqual([]);
    expect(all.filter((one) => one.path !== '/platform/').map((one) => one.name)).toEqual(['of-a-user']);
  },
);

test('without these props, IAM’s own defaults hold', () => {
  const all = conventions({}, NodeScaling.KARPENTER).filter((one) => one.name !== 'of-a-user');
  for (const one of all) {
    expect(one).not.toHaveProperty('path');
    expect(one).not.toHaveProperty('permissions_boundary');
  }
});
