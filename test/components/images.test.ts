import * as fs from 'node:fs';
import * as path from 'node:path';
import { CHART_FACTS, ChartFacts, isMovingImage, isMovingTag } from '../../scripts/chart-facts';
import { Component } from '../../src';
import { valueAt } from '../../src/contracts/chart-values';
import { resolveFootprint } from '../../src/contracts/resolved-footprint';
import { installedComponents } from '../support/components';

const COMPONENTS = installedComponents();

test.each([
  ['registry.example:5000/some/image', true],
  ['some/image:latest', true],
  ['some/image:v1.35', true],
  ['some/image:main', true],
  ['some/image:v1.35.2', false],
  ['some/image:23.05-py3', false],
  ['registry.example:5000/some/image:1.2.3-alpine', false],
  [`some/image:latest@sha256:${'0'.repeat(64)}`, false],
])('%s moves: %s', (image, moves) => {
  expect(isMovingImage(image)).toBe(moves);
});

/** Programs that number their releases with two numbers. */
const RELEASES = ['seaweedfs: chrislusf/seaweedfs:4.44'];

test('no image of a component moves', () => {
  const images = COMPONENTS.flatMap((component) =>
    (resolveFootprint(component)?.workloads ?? [])
      .filter(({ replicas }) => replicas !== 0)
      .flatMap((one) => one.images.map((image) => `${component.name}: ${image}`)),
  );
  expect(images.length).toBeGreaterThan(100);
  const moving = images.filter((one) => isMovingImage(one.slice(one.indexOf(' ') + 1)));
  expect([...new Set(moving)]).toEqual(RELEASES);
});

/** Moving tags that are those of nothing that is installed, with the value that keeps it away, or why. */
const UNUSED: { readonly [tag: string]: string } = {
  'gatekeeper audit.exportSidecar.image': 'exportBackend is empty',
  'kube-prometheus-stack prometheus-node-exporter.permissionInitContainer.image.tag':
    'for clusters with Pod Security Policies',
  'kube-prometheus-stack grafana.imageRenderer.image.tag': 'grafana.imageRenderer.enabled is false',
  'kube-prometheus-stack crds.upgradeJob.image.busybox.tag': 'crds.upgradeJob.enabled is false',
  'kubeflow-trainer jobset.image.tag': 'jobset.install is false',
  'kubeflow-trainer lws.image.manager.tag': 'the subchart is off',
  'kubeflow-trainer runtimes.installer.image.tag': 'runtimes.defaultEnabled is false',
};

test('no moving tag of a chart is in use', () => {
  const used = COMPONENTS.filter(({ chart }) => chart !== undefined).flatMap(({ chart, values }) => {
    const file = path.join(CHART_FACTS, `${chart!.name}.json`);
    const { movingTags = [] } = JSON.parse(fs.readFileSync(file, 'utf8')) as ChartFacts;
    return movingTags
      .filter((at) => {
        const ours = valueAt(values, at);
        return typeof ours !== 'string' || isMovingTag(ours);
      })
      .map((at) => `${chart!.name} ${at}`);
  });
  expect([...new Set(used)].sort()).toEqual(Object.keys(UNUSED).sort());
});

/** Containers whose requests no chart value sets. */
const WITHOUT_REQUESTS = [
  'fake-gpu-operator hostpath-init',
  'fake-gpu-operator gpu-operator',
  'gpu-operator upgrade-crd',
];

test('every container of every component requests memory', () => {
  const without = (component: Component): string[] =>
    (resolveFootprint(component)?.workloads ?? [])
      .flatMap((one) => one.withoutRequests)
      .map((container) => `${component.name} ${container}`);
  expect([...new Set(COMPONENTS.flatMap(without))].sort()).toEqual([...WITHOUT_REQUESTS].sort());
});

/** Simulated GPUs on a laptop, where nothing waits for them. */
const LIMITED_IN_CPU = [
  'nvidia-dcgm-exporter',
  'nvidia-dcgm-exporter-kwok',
  'nvidia-device-plugin-ctr',
  'status-updater',
  'topology-server',
].map((container) => `fake-gpu-operator ${container}`);

test('no container of a component is limited in CPU: a throttled webhook times out', () => {
  const limited = COMPONENTS.flatMap((component) =>
    (resolveFootprint(component)?.workloads ?? [])
      .filter(({ replicas }) => replicas !== 0)
      .flatMap((one) => one.limitedInCpu)
      .map((container) => `${component.name} ${container}`),
  );
  expect([...new Set(limited)].sort()).toEqual(LIMITED_IN_CPU);
});
