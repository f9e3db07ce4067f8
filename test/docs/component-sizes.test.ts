import * as fs from 'fs';
import * as path from 'path';
import {
  AwsProvider,
  Component,
  DataPlatform,
  GpuModel,
  GpuPool,
  ModelAdmission,
  Namespace,
  NeuralPlatform,
  PlatformApp,
  Tier,
} from 'ml-platform-constructs';
import { argoCd } from '../../src/components';
import { ResolvedWorkload, resolveFootprint } from '../../src/contracts/resolved-footprint';

const PAGE = path.join(__dirname, '..', '..', 'docs', 'components.md');
const BEGIN = '<!-- sizes: written by test/docs/component-sizes.test.ts -->';
const END = '<!-- end of sizes -->';
const TIERS = [Tier.DEVELOPMENT, Tier.STAGING, Tier.PRODUCTION];
const MIB = 2 ** 20;

/** What a whole platform on AWS installs, with Argo CD, mesh, tenants' own namespaces and the admission of models. */
function componentsOf(tier: Tier): Component[] {
  const environment = new PlatformApp().environment('env', {
    provider: AwsProvider.inRegion('eu-west-1', { account: '123456789012' }),
    tier,
  });
  new DataPlatform(environment, 'platform', { domain: 'ml.acme.example', gpuPools: [GpuPool.of(GpuModel.T4)] });
  new NeuralPlatform(environment, 'neural', { serviceMesh: true, selfServiceGroups: ['owners'] });
  const models = environment.addChart('models');
  new ModelAdmission(models, 'admission', {
    namespaces: [new Namespace(models, 'ml-inference')],
    signers: [{ issuer: 'https://issuer.acme.example', subject: 'robot@acme.example' }],
  });
  return [...environment.components.sorted(), argoCd(tier)];
}

interface Size {
  readonly pods: number;
  readonly cpu: number;
  readonly memory: number;
}

const NOTHING: Size = { pods: 0, cpu: 0, memory: 0 };

function sizeOf(workloads: readonly ResolvedWorkload[]): Size {
  return workloads.reduce(
    (sum, { cpu, memory, replicas = 1 }) => ({
      pods: sum.pods + replicas,
      cpu: sum.cpu + cpu * replicas,
      memory: sum.memory + memory * replicas,
    }),
    NOTHING,
  );
}

/** What stays, apart from what runs on GPU nodes only. */
function staying(component: Component): ResolvedWorkload[] {
  return (resolveFootprint(component)?.workloads ?? []).filter(
    ({ hook, nodeAffinity }) => hook === undefined && !nodeAffinity.some(({ key }) => key === 'nvidia.com/gpu.product'),
  );
}

const PLATFORMS = TIERS.map((tier) => ({ tier, components: componentsOf(tier) }));

function sizes(component: string, perNode: boolean): Size[] {
  return PLATFORMS.map(({ components }) =>
    sizeOf(
      components
        .filter(({ name }) => component === '' || name === component)
        .flatMap(staying)
        .filter(({ kind }) => (kind === 'DaemonSet') === perNode),
    ),
  );
}

function cells(all: Size[]): string[] {
  return all.map(({ pods, cpu, memory }) =>
    pods === 0
      ? ''
      : `${pods} pods, ${Math.round(cpu * 1000)}m, ${Math.round(memory / MIB)}Mi`.replace(/^1 pods/, '1 pod'),
  );
}

function table(perNode: boolean): string {
  const names = [...new Set(PLATFORMS.flatMap(({ components }) => components.map(({ name }) => name)))].sort();
  const rows = [
    ...names.map((name) => [name, ...cells(sizes(name, perNode))]),
    ['all', ...cells(sizes('', perNode))],
  ].filter(([, ...amounts]) => amounts.some((one) => one !== ''));
  const all = [['component', ...TIERS], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  return [line(all[0]), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** `UPDATE_DOCS=1` writes it. */
test('the page says what the components request', () => {
  const page = fs.readFileSync(PAGE, 'utf8');
  const text = `${BEGIN}\n\n${table(false)}\n\nOn each node:\n\n${table(true)}\n\n${END}`;
  const [before, rest] = page.split(BEGIN);
  if (process.env.UPDATE_DOCS === '1') fs.writeFileSync(PAGE, `${before}${text}${rest.split(END)[1]}`);
  expect(fs.readFileSync(PAGE, 'utf8')).toContain(text);
});

// what a t3.medium has for pods: 1.93 cores and 3246 MiB, see test/providers/aws/instance-sizes.test.ts
test('what runs on every node takes less than a tenth of the smallest one', () => {
  const [development] = sizes('', true);
  expect(development.cpu).toBeLessThan(0.193);
  expect(development.memory).toBeLessThan(325 * MIB);
});

test.each(PLATFORMS)('in $tier each component fits a node of 4 GiB or has a prop for its memory', ({ components }) => {
  const large = components
    .flatMap(staying)
    .filter(({ memory }) => memory > 3246 * MIB)
    .map(({ name }) => name);
  expect(large.filter((name) => name !== 'kube-prometheus-stack-prometheus')).toEqual([]);
});
