import { policyOf, synthAws } from './terraform';

test('the load balancer controller may change what carries its tags, in this VPC', () => {
  const output = synthAws();
  const policy = policyOf(output.infrastructure, 'kube-system', 'aws-load-balancer-controller');
  const about = (action: string) => policy.filter((one) => JSON.stringify(one.Action).includes(`"${action}"`));
  expect(about('ec2:AuthorizeSecurityGroupIngress')[0].Condition).toEqual({
    ArnEquals: { 'ec2:Vpc': expect.stringContaining(':vpc/${aws_vpc.') },
  });
  for (const action of ['elasticloadbalancing:DeleteLoadBalancer', 'ec2:DeleteSecurityGroup']) {
    for (const statement of about(action)) {
      expect(statement.Condition).toEqual({ Null: { 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'false' } });
    }
  }
  expect(JSON.stringify(policy).length).toBeLessThan(10240);
  expect(output.bootstrapText).toContain('aws-load-balancer-controller');
});
