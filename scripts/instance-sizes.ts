/**
 * Writes src/providers/aws/instance-sizes.json, the sizes of EC2 instance types, from a file with `types.<name>.{vcpu, memoryMiB,
 * maxPodsWithoutPrefixes}` and `sources`. Upstream has these figures in the instance types of Kubernetes' cluster autoscaler, and in the VPC
 * limits of Karpenter's AWS provider.
 *
 * Usage: npx tsx scripts/instance-sizes.ts <file>
 */
import * as fs from 'fs';
import * as path from 'path';

interface InstanceTypes {
  readonly sources: { readonly [what: string]: string };
  readonly types: {
    readonly [name: string]: {
      readonly vcpu: number;
      readonly memoryMiB: number;
      readonly maxPodsWithoutPrefixes?: number;
    };
  };
}

const { sources, types } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8')) as InstanceTypes;

/** What the file lacks: aws/karpenter-provider-aws 1d927085d, website/content/en/docs/reference/instance-types.md. */
const ADDED: InstanceTypes['types'] = {
  'p5e.48xlarge': { vcpu: 192, memoryMiB: 2_097_152, maxPodsWithoutPrefixes: 100 },
  'p6-b300.48xlarge': { vcpu: 192, memoryMiB: 4_194_304, maxPodsWithoutPrefixes: 198 },
};

const lines = Object.entries({ ...ADDED, ...types })
  .filter(([, { maxPodsWithoutPrefixes }]) => maxPodsWithoutPrefixes !== undefined)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, { vcpu, memoryMiB, maxPodsWithoutPrefixes }]) => {
    return `    ${JSON.stringify(name)}: ${JSON.stringify([vcpu, memoryMiB, maxPodsWithoutPrefixes])}`;
  });
const source = JSON.stringify([sources.types, sources['maxPods, network cards']].join('; '));
fs.writeFileSync(
  path.join(__dirname, '../src/providers/aws/instance-sizes.json'),
  `{\n  "source": ${source},\n  "types": {\n${lines.join(',\n')}\n  }\n}\n`,
);
