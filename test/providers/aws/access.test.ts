import { AwsProviderProps } from '../../../src/providers/aws';
import { temporaryApp } from '../../support/synth';
import { AwsProvider } from '../../../src/providers/aws';
import { Json, resources, resourceWith, synthAws, theResource } from './terraform';

// Who reaches port 443 of the API server and of the interface endpoints from inside.

/** What the two security groups let in, the cluster's own group left out. */
function sources(provider: AwsProviderProps): { [group: string]: unknown[] } {
  const stack = synthAws({ provider }).infrastructure;
  const rules = resources(stack, 'aws_vpc_security_group_ingress_rule');
  expect(rules.every((rule) => rule.from_port === 443 && rule.to_port === 443)).toBe(true);
  const into = (name: string) =>
    rules
      .filter((rule) => (rule.tags as Json).Name === `production-${name}`)
      .map((rule) => rule.cidr_ipv4 ?? rule.referenced_security_group_id)
      .filter((source) => !String(source).includes('cluster_security_group_id'))
      .sort();
  return { apiServer: into('api-server'), endpoints: into('vpc-endpoints') };
}

test('by default whatever is in the VPC: a runner there, and clients of a VPN that ends there', () => {
  expect(sources({ vpcCidr: '10.2.0.0/16' })).toEqual({ apiServer: ['10.2.0.0/16'], endpoints: ['10.2.0.0/16'] });
});

test('only those who are named, and to both', () => {
  const named = { privateAccessCidrs: ['10.8.0.0/16'], privateAccessSecurityGroupIds: ['sg-0123456789abcdef0'] };
  const both = ['10.8.0.0/16', 'sg-0123456789abcdef0'];
  expect(sources(named)).toEqual({ apiServer: both, endpoints: both });
});

test('no one from inside, when the public endpoint lets Terraform in', () => {
  const provider = { privateAccessCidrs: [], publicAccessCidrs: ['203.0.113.0/24'] };
  expect(sources(provider)).toEqual({ apiServer: [], endpoints: [] });
});

test('the group guards the network interfaces of the control plane, and not the nodes', () => {
  const stack = synthAws().infrastructure;
  const { security_group_ids: groups } = theResource(stack, 'aws_eks_cluster').vpc_config as Json;
  expect(groups).toEqual([expect.stringMatching(/^\$\{aws_security_group\.cluster_api-server_/)]);
  resourceWith(stack, 'aws_security_group', { name_prefix: 'production-api-server-' });
});

test('the report says from where the commands have to run, where that is not everywhere', () => {
  const reportOf = (props: AwsProviderProps) => {
    const { app } = temporaryApp();
    app.environment('dev', { provider: AwsProvider.inRegion('eu-west-1', props) }).addCluster();
    return app.synth().toString();
  };
  const note =
    '    # the API server answers 10.2.0.0/16 only: run what talks to it there, on a runner, through a VPN or a peered network\n' +
    '    npx cdktf deploy --output';
  expect(reportOf({ vpcCidr: '10.2.0.0/16' })).toContain(note);
  expect(reportOf({ publicAccessCidrs: ['203.0.113.0/24'] })).not.toContain('#');
});
