import { checkedTags } from '../../../src/providers/aws/tags';
import { Json, resources, synthAws } from './terraform';

test.each([
  ['a path', { 'cost/center': '42' }],
  ['letters of any script', { équipe: 'données' }],
  ['a value with an equals sign', { query: 'a=b' }],
  ['an empty value', { owner: '' }],
  ['a key that only sounds like a reserved one', { 'kubernetes-team': 'a', awsome: 'b', 'notkubernetes.io/x': 'c' }],
])('%s is fine', (_, tags) => {
  expect(checkedTags('here', tags)).toEqual(tags);
});

const RESERVED = 'must not be one that AWS, Kubernetes or the platform sets itself';
const COLON = 'must not have a colon before a space or at the end';
const CHARACTERS = 'must be of letters, digits, spaces and _ . : / + - @ (values of = too)';

// the narrowest of https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html, EC2, IAM and S3, of the
// flags --default-tags and --extra-tags of the controllers, and of what these and EKS set
test.each<[string, { [key: string]: string }, string]>([
  ['an empty key', { '': 'x' }, 'must have keys of 1 to 127 characters'],
  ['a key that EC2 finds too long', { ['k'.repeat(128)]: 'x' }, 'must have keys of 1 to 127 characters'],
  ['a long value', { key: 'v'.repeat(257) }, 'must have keys of 1 to 127 characters and values of at most 256'],
  ['a comma, which ends a tag in a flag', { key: 'a,b' }, CHARACTERS],
  ['an equals sign in a key, which ends it', { 'a=b': 'c' }, CHARACTERS],
  ['brackets', { key: '(x)' }, CHARACTERS],
  ['a line break', { key: 'a\nb' }, CHARACTERS],
  ['a space at the end', { 'team ': 'a' }, 'must not start or end with a space'],
  ['a colon and a space, which make a map in YAML', { owner: 'team: ml' }, COLON],
  ['them in a key', { 'owner: team': 'ml' }, COLON],
  ['a colon at the end', { owner: 'team:' }, COLON],
  ['a key of AWS in capitals', { 'AWS:team': 'a' }, RESERVED],
  ['a value of AWS', { team: 'aws:x' }, RESERVED],
  ['the name that every resource has', { name: 'x' }, RESERVED],
  ['a key of EKS', { 'eks:cluster-name': 'x' }, RESERVED],
  ['a key of Kubernetes', { 'kubernetes.io/role/elb': '1' }, RESERVED],
  ['a key below that of Kubernetes', { 'node.kubernetes.io/x': '1' }, RESERVED],
  ['a key of the autoscaler', { 'k8s.io/cluster-autoscaler/enabled': 'true' }, RESERVED],
  ['a key of Karpenter', { 'karpenter.sh/discovery': 'x' }, RESERVED],
  ['a key of the volume driver', { CSIVolumeName: 'x' }, RESERVED],
  ['keys that are the same for IAM', { Team: 'a', team: 'b' }, 'must have keys that differ not only in case'],
])('%s is refused', (_, tags, rule) => {
  expect(() => checkedTags('here', tags)).toThrow(`[here] tags ${rule}`);
});

test('provider and environment together have room for what AWS and the controllers add', () => {
  const tags = (count: number, prefix: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 'x']));
  // beside environment, managed-by and the team of the test's environment
  expect(() => synthAws({ provider: { tags: tags(37, 'a') } })).not.toThrow();
  expect(() => synthAws({ provider: { tags: tags(38, 'a') } })).toThrow(
    '[production] tags must be at most 40, those of the provider and the environment together, got 41: leave some out; AWS allows 50 for a resource, and the others are needed by what makes it.',
  );
});

test('tags of the provider and the environment must not differ in case only either', () => {
  expect(() => synthAws({ provider: { tags: { Team: 'x' } } })).toThrow(
    '[production] tags must have keys that differ not only in case, got "team": leave one of them out.',
  );
});

test('what is made in the cluster has the tags too: volumes, snapshots and load balancers', () => {
  const output = synthAws({ provider: { tags: { 'cost-center': '42' } } });
  const tags = { 'cost-center': '42', team: 'platform', environment: 'production' };
  const driver = resources(output.infrastructure, 'aws_eks_addon').find(
    (addOn) => addOn.addon_name === 'aws-ebs-csi-driver',
  );
  expect(JSON.parse(String(driver?.configuration_values))).toMatchObject({ controller: { extraVolumeTags: tags } });
  const controller = resources(output.bootstrap, 'helm_release').find(
    (release: Json) => release.chart === 'aws-load-balancer-controller',
  );
  expect(JSON.stringify(controller?.values)).toContain('defaultTags');
  expect(JSON.stringify(controller?.values)).toContain('cost-center');
});
