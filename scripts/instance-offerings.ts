/**
 * Writes src/providers/aws/instance-offerings.json, the EC2 instance types of each region, from a file with `regions.<name>` (types) and
 * `sources.regions`. Upstream has these lists in the AWS schemas of cfn-lint. A region has the families of its line, less the types in `without`.
 *
 * Usage: npx tsx scripts/instance-offerings.ts <file>
 */
import * as fs from 'fs';
import * as path from 'path';

interface InstanceTypes {
  readonly sources: { readonly regions: string };
  readonly regions: { readonly [region: string]: readonly string[] };
}

const { sources, regions } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8')) as InstanceTypes;
const familyOf = (type: string): string => type.split('.')[0];
// `all` is the union of the others, and the regions in China belong to another partition, which the provider does not serve
const served = Object.keys(regions)
  .filter((region) => region !== 'all' && !region.startsWith('cn-'))
  .sort();
const types = [...new Set(served.flatMap((region) => regions[region]))].sort();
const sizes: { [family: string]: string[] } = {};
for (const type of types) (sizes[familyOf(type)] ??= []).push(type.slice(type.indexOf('.') + 1));

const families = served.map((region) => [region, [...new Set(regions[region].map(familyOf))].sort().join(' ')]);
const without = served.map((region) => {
  const offered = new Set(regions[region]);
  const here = new Set(regions[region].map(familyOf));
  return [region, types.filter((type) => here.has(familyOf(type)) && !offered.has(type)).join(' ')];
});

const object = (entries: string[][]): string =>
  entries.map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n');
const sections = [
  `  "source": ${JSON.stringify(sources.regions)}`,
  `  "sizes": {\n${object(Object.entries(sizes).map(([family, all]) => [family, all.join(' ')]))}\n  }`,
  `  "families": {\n${object(families)}\n  }`,
  `  "without": {\n${object(without.filter(([, list]) => list !== ''))}\n  }`,
];
fs.writeFileSync(
  path.join(__dirname, '../src/providers/aws/instance-offerings.json'),
  `{\n${sections.join(',\n')}\n}\n`,
);
