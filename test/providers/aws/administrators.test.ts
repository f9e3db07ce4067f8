import { AwsProviderProps } from '../../../src/providers/aws';
import { Json, synthAws, theResource } from './terraform';

const ARNS = ['arn:aws:iam::123456789012:role/admins/platform', 'arn:aws:iam::123456789012:user/root-of-all'];

const stackWith = (provider: AwsProviderProps = {}) => synthAws({ provider }).infrastructure;

test('by default the first one who applies has an access entry, which the next one does not replace', () => {
  const stack = stackWith();
  const [[kept, first]] = Object.entries(stack.resource?.terraform_data ?? {});
  expect(first).toMatchObject({
    input: { value: expect.stringMatching(/^\$\{data\.aws_iam_session_context\..*\.issuer_arn\}$/) },
    lifecycle: { ignore_changes: ['input'] },
  });
  expect(theResource(stack, 'aws_eks_access_entry')).toMatchObject({
    for_each: `\${toset([terraform_data.${kept}.input.value])}`,
    principal_arn: '${each.value}',
    type: 'STANDARD',
  });
});

test('named administrators have access entries, and no one else', () => {
  const stack = stackWith({ adminPrincipalArns: ARNS });
  const all = `\${toset([${ARNS.map((arn) => JSON.stringify(arn)).join(', ')}])}`;
  expect(theResource(stack, 'aws_eks_access_entry').for_each).toBe(all);
  expect(theResource(stack, 'aws_eks_access_policy_association')).toMatchObject({
    for_each: all,
    principal_arn: '${each.value}',
    policy_arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
    depends_on: [expect.stringMatching(/^aws_eks_access_entry\./)],
  });
});

test('who is an administrator before and after has the same entry: it is one resource, by principal', () => {
  const idOf = (provider: AwsProviderProps) => Object.keys(stackWith(provider).resource?.aws_eks_access_entry ?? {});
  expect(idOf({})).toEqual(idOf({ adminPrincipalArns: ARNS }));
});

test('Terraform warns who applies without being an administrator', () => {
  const checks = (stackWith({ adminPrincipalArns: ARNS }) as { check?: Json }).check;
  expect(checks).toMatchObject({
    administrators: { assert: [{ condition: expect.stringContaining(JSON.stringify(ARNS)) }] },
  });
  expect((stackWith() as { check?: Json }).check).toBeUndefined();
});
