import { parse } from 'yaml';
import { childrenOfSamples } from '../../support/synthesized-objects';
import { StackJson } from '../../support/synth';
import { compare, exceptionsOf, Finding } from './exceptions';
import { exampleFiles } from './outputs';

interface Namespace {
  readonly name: string;
  readonly labels?: { readonly [key: string]: string };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: Namespace;
}

/** A volume, as far as the tests look at it. */
interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string };
}

/** A container, as far as the tests look at it. */
interface Container {
  readonly name: string;
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
}

const LEVEL = 'pod-security.kubernetes.io/enforce';

const FILES = Object.entries(exampleFiles()).flatMap(([example, files]) =>
  Object.entries(files).map(([file, text]) => ({ example, file, text })),
);

const MANIFESTS = FILES.filter(({ file }) => /^(?!stacks\/)(?!.*\/\.github\/).+\.yaml$/.test(file)).map((one) => ({
  ...one,
  manifest: parse(one.text) as Manifest,
}));

/** The namespaces of an environment, which manifests and Terraform make. */
function namespaces(): { readonly environment: string; readonly namespace: Namespace }[] {
  const applied = MANIFESTS.filter(({ manifest }) => manifest.kind === 'Namespace').map(
    ({ example, file, manifest }) => ({
      environment: `${example}/${file.split('/')[0]}`,
      namespace: manifest.metadata,
    }),
  );
  const stacks = FILES.filter(({ file }) => file.endsWith('/cdk.tf.json')).flatMap(({ example, file, text }) => {
    const [, environment = ''] = /^stacks\/(.+)-[a-z]+\//.exec(file) ?? [];
    const made = (JSON.parse(text) as StackJson).resource?.kubernetes_namespace_v1 ?? {};
    return Object.values(made).map(({ metadata }) => ({
      environment: `${example}/${environment}`,
      namespace: metadata as Namespace,
    }));
  });
  return [...applied, ...stacks];
}

test('every namespace is restricted, or it is argued why it is not', () => {
  const all = namespaces();
  expect(all.length).toBeGreaterThan(50);
  const findings = all
    .filter(({ namespace }) => namespace.labels?.[LEVEL] !== 'restricted')
    .map(({ environment, namespace }): Finding => ({
      rule: namespace.labels?.[LEVEL] ?? 'none',
      object: `${environment} Namespace/${namespace.name}`,
    }));
  expect(compare(findings, exceptionsOf('pod-security'))).toEqual({ findings: [], unused: [] });
});

/** Every value of a field, however deep. */
function valuesOf(field: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    ...(key === field ? [below] : []),
    ...valuesOf(field, below),
  ]);
}

// why no container has a limit of ephemeral storage: exceptions.json
describe('what a container can write is bounded', () => {
  const objects = [...MANIFESTS.map(({ manifest }) => manifest), ...childrenOfSamples()];

  test('every emptyDir has a size, but for a model that is fetched', () => {
    const volumes = objects.flatMap((object) => valuesOf('volumes', object)).flat() as Volume[];
    const folders = volumes.filter(({ emptyDir }) => emptyDir !== undefined);
    expect(folders.length).toBeGreaterThan(20);
    const unbounded = folders.filter(({ emptyDir }) => emptyDir?.sizeLimit === undefined).map(({ name }) => name);
    // how large a model is, nobody knows before; where a node's disk is full, the kubelet evicts who has most of it
    expect([...new Set(unbounded)]).toEqual(['model']);
  });

  test('no container of a Deployment or a Job can write its root file system', () => {
    const pods = objects.filter(({ kind }) => ['CronJob', 'Deployment', 'Job', 'StatefulSet'].includes(String(kind)));
    const containers = pods.flatMap((object) =>
      ['initContainers', 'containers'].flatMap((field) => valuesOf(field, object)),
    ) as Container[][];
    expect(containers.length).toBeGreaterThan(20);
    const writable = containers.flat().filter((one) => one.securityContext?.readOnlyRootFilesystem !== true);
    expect(writable).toEqual([]);
  });
});
