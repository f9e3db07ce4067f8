import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import * as components from '../../src/components';
import { Component } from '../../src/contracts/component';
import { lockedCrds } from '../../scripts/fetch-crds';
import { crdFolder } from '../cluster/crds';

/** Our component by the folder that has its CRDs, where the names differ. */
const FOLDERS: { readonly [component: string]: string } = {
  'kube-prometheus-stack': 'prometheus-operator',
  'karpenter-crd': 'karpenter',
  'envoy-gateway': 'gateway-api',
  'kserve-crd': 'kserve',
  'istio-base': 'istio',
  'feast-operator': 'feast',
};

/** Kinds that a folder leaves out; its README says so. */
const NOT_COPIED = [
  /\.generators\.external-secrets\.io$/,
  /^Data(Down|Up)load\.velero\.io$/,
  /\.gateway\.networking\.x-k8s\.io$/,
  /^(PrometheusAgent|ScrapeConfig|ThanosRuler)\.monitoring\.coreos\.com$/,
  /\.gateway\.envoyproxy\.io$/,
  /\.nfd\.k8s-sigs\.io$/,
  /^CapacityBuffer\.autoscaling\.x-k8s\.io$/,
  /\.eventing\.keda\.sh$/,
  /^\w+\.(reports\.)?kyverno\.io$/,
  /\.wgpolicyk8s\.io$/,
  /\.constraints\.gatekeeper\.sh$/,
];

const OPTIONS = {
  metrics: [],
  prometheusHost: 'http://prometheus',
  prometheusPort: 9090,
  domain: 'ml.acme.example',
  gateway: 'gateways/platform',
  ownerGroups: [],
  tier: 'local',
  clusterName: 'c',
  clusterEndpoint: 'https://c',
  region: 'eu-west-1',
  interruptionQueue: 'q',
  bucketName: 'b',
  retentionDays: 1,
  storageGiB: 1,
  replicas: 1,
  memoryGiB: 1,
};

/** Every component of the catalogue that has kinds of its own, with those it requires. */
function catalogue(): Component[] {
  const factories = Object.entries(components as { [name: string]: unknown }).flatMap(([name, value]) =>
    typeof value === 'function' && !['seaweedfs', 'valkey', 'argoCdApps', 'fakeGpuOperator'].includes(name)
      ? [value as (options: unknown) => unknown]
      : [],
  );
  const withRequired = (component: Component): Component[] => [component, ...component.requires.flatMap(withRequired)];
  const all = factories
    .map((factory) => factory(OPTIONS))
    .filter((made) => made instanceof Component)
    .flatMap(withRequired);
  return [...new Map(all.map((component) => [component.name, component])).values()];
}

interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string };
    readonly versions: { readonly name: string; readonly served: boolean }[];
  };
}

const LOCKED = new Set(lockedCrds().flatMap(({ files }) => files.flatMap(({ crds }) => crds)));

const root = crdFolder();
const known = catalogue()
  .filter(({ customResources }) => customResources.length > 0)
  .map((component) => [FOLDERS[component.name] ?? component.name, component] as const)
  .filter(([folder]) => root !== undefined && fs.existsSync(path.join(root, folder)));

const withCrds = root === undefined ? test.skip : test;

withCrds('the CRDs of at least these components are available', () => {
  expect(known.map(([folder]) => folder)).toEqual(
    expect.arrayContaining([
      'argo-events',
      'argo-workflows',
      'capsule',
      'feast',
      'flink-kubernetes-operator',
      'gatekeeper',
      'istio',
      'jobset',
      'keda',
      'kserve',
      'kubeflow-trainer',
      'kyverno',
      'spark-operator',
      'velero',
    ]),
  );
});

// without the folder there is nothing to compare with, and the test above is named as skipped
(known.length > 0 ? test : test.skip).each(known)(
  '%s: each kind that we say it defines is defined and served',
  (folder, component) => {
    const files = fs.readdirSync(path.join(root ?? '', folder));
    const crds = files
      .map((file) => parse(fs.readFileSync(path.join(root ?? '', folder, file), 'utf8')) as Crd)
      .filter(({ spec }) => spec.versions.some((version) => version.served));
    const nameOf = ({ spec }: Crd): string => `${spec.names.kind}.${spec.group}`;
    const served = crds.map(nameOf);
    const clusterScoped = crds.filter(({ spec }) => spec.scope === 'Cluster').map(nameOf);
    const claimed = component.customResources.filter((kind) => !NOT_COPIED.some((left) => left.test(kind)));
    expect(claimed.length).toBeGreaterThan(0);
    expect(claimed.filter((kind) => !served.includes(kind))).toEqual([]);
    expect(claimed.filter((kind) => component.clusterScopedResources.includes(kind)).sort()).toEqual(
      claimed.filter((kind) => clusterScoped.includes(kind)).sort(),
    );
    // those that are fetched where no folder is given
    const needed = crds.filter((crd) => claimed.includes(nameOf(crd))).map(({ metadata }) => metadata.name);
    expect(needed.filter((name) => !LOCKED.has(name))).toEqual([]);
  },
  30_000,
);
