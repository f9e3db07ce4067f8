import * as fs from 'fs';
import * as path from 'path';
import {
  AwsProvider,
  Component,
  Components,
  DataPlatform,
  GpuModel,
  GpuPool,
  KindProvider,
  NeuralPlatform,
  NodeScaling,
  PlatformApp,
} from 'ml-platform-constructs';
import { argoCd, argoCdApps } from '../../src/components';

const DOCS = path.join(__dirname, '..', '..', 'docs');
const page = fs.readFileSync(path.join(DOCS, 'components.md'), 'utf8');

/** Whatever some environment installs, what a program can require by itself, and what delivery by Argo CD adds. */
function installed(): Component[] {
  const app = new PlatformApp();
  const account = '123456789012';
  const environments = [
    app.environment('local', { provider: KindProvider.local() }),
    app.environment('dev', { provider: AwsProvider.inRegion('eu-west-1', { account }) }),
    app.environment('staging', {
      provider: AwsProvider.inRegion('eu-west-1', { account, nodeScaling: NodeScaling.KARPENTER }),
    }),
  ];
  const gpuPools = [GpuPool.of(GpuModel.T4)];
  environments.forEach((one) => new DataPlatform(one, 'platform', { domain: 'ml.acme.example', gpuPools }));
  environments.forEach(
    (one) => new NeuralPlatform(one, 'neural', { serviceMesh: true, selfServiceGroups: ['owners'] }),
  );
  const engine = argoCd();
  const all = [
    ...environments.flatMap((environment) => environment.components.sorted()),
    ...Object.values(Object.getOwnPropertyDescriptors(Components)).flatMap(({ value }) =>
      typeof value === 'function' ? withRequired((value as () => Component)()) : [],
    ),
    engine,
    argoCdApps({}, engine),
  ];
  return [...new Map(all.map((component) => [component.chart?.name ?? component.name, component])).values()];
}

function withRequired(component: Component): Component[] {
  return [component, ...component.requires.flatMap(withRequired)];
}

test('the catalogue lists every component as it is installed', () => {
  const rows = installed().map(({ name, chart, kustomize, namespace, bootstrap }) => [
    chart?.name ?? name,
    chart?.version ?? kustomize?.revision,
    namespace,
    bootstrap ? 'yes' : 'no',
  ]);
  const table = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, 5));
  // below the heading and the line under it
  expect(table.slice(2)).toEqual(rows.sort());
});

test('every file of the catalogue is on the page', () => {
  const files = fs
    .readdirSync(path.join(DOCS, '..', 'src', 'components'))
    .filter((file) => !['components.ts', 'index.ts'].includes(file))
    .map((file) => file.replace('.ts', ''));
  // such as argo-rollouts and Components.argoRollouts(), or the name of the chart where a program cannot require it
  const names = files.map((file) => {
    const method = file.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return method in Components ? `\`Components.${method}()\`` : `| ${file}`;
  });
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});
