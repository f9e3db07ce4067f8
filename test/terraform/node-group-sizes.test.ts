import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { GeneralPool } from '../../src/contracts';
import { NodeScaling } from '../../src/providers/aws';
import { nodeGroups, synthAws } from '../providers/aws/terraform';
import { obstacleToRun, terraform, terraformTest } from './support/terraform';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-sizes-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** The value of a Terraform expression where these Auto Scaling groups are there. */
function evaluate(expression: string, groups: { readonly [name: string]: number }): string {
  const there = Object.entries(groups).map(([name, size]) => `{ name = "${name}", desired_capacity = ${size} }`);
  const inner = expression
    .slice('${'.length, -'}'.length)
    .replace(/data\.aws_autoscaling_group\.[\w-]+/, `[${there.join()}]`);
  const { stdout, failure } = terraform(folder, ['console'], `${inner}\n`);
  if (failure !== undefined) throw new Error(failure);
  return stdout.trim();
}

/** What the plan gives a group of a pool with these bounds. */
function planned(min: number, max: number, groups: { readonly [name: string]: number }): string {
  const pool = GeneralPool.of('general', { min, max, zones: ['eu-west-1a'] });
  const { infrastructure } = synthAws({ cluster: { nodePools: [pool] } });
  const { scaling_config } = nodeGroups(infrastructure, 'general')['general-'];
  return evaluate((scaling_config as { desired_size: string }).desired_size, groups);
}

const ID = '20261128203529123400000001';
const OURS = `eks-general-${ID}-1ac3f2b4-aaaa-bbbb-cccc-0123456789ab`;

// EKS refuses a `desired` outside of `min` and `max`, and one that is not what the group has adds or removes nodes
const cases: { when: string; min: number; max: number; groups: { [name: string]: number }; nodes: string }[] = [
  { when: 'before the first apply', min: 2, max: 5, groups: {}, nodes: '2' },
  { when: 'as the autoscaler left it', min: 2, max: 5, groups: { [OURS]: 4 }, nodes: '4' },
  { when: 'with a raised min', min: 3, max: 5, groups: { [OURS]: 1 }, nodes: '3' },
  { when: 'with a lowered max', min: 1, max: 2, groups: { [OURS]: 5 }, nodes: '2' },
  {
    when: 'beside groups with similar names',
    min: 1,
    max: 9,
    groups: { [OURS]: 2, [`eks-general-2-${ID}-a`]: 7, [`eks-general_a-${ID}-a`]: 8, [`eks-other-${ID}-a`]: 9 },
    nodes: '2',
  },
  {
    when: 'while a new group takes over from an old one',
    min: 1,
    max: 9,
    groups: { [OURS]: 4, [`eks-general-${ID.replace(/1$/, '2')}-a`]: 1 },
    nodes: '4',
  },
];
for (const { when, min, max, groups, nodes } of cases) {
  terraformTest(`the plan has the right number of nodes ${when}`, obstacleToRun(), () => {
    expect(planned(min, max, groups)).toBe(nodes);
  });
}

test('a group of Karpenter has a fixed size, which a plan sets', () => {
  const { infrastructure } = synthAws({ provider: { nodeScaling: NodeScaling.KARPENTER } });
  const groups = Object.values(nodeGroups(infrastructure, 'general'));
  expect(groups.map(({ scaling_config }) => scaling_config)).toEqual(
    groups.map(() => ({ min_size: 1, max_size: 1, desired_size: 1 })),
  );
  groups.forEach(({ lifecycle }) => expect(lifecycle).toEqual({ create_before_destroy: true }));
});
