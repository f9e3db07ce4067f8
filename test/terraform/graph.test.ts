import * as fs from 'fs';
import * as path from 'path';
import {
  argumentsOf,
  blocksOf,
  firstCycle,
  referencesIn,
  stacksIn,
  unresolvedReferences,
} from '../support/terraform-graph';
import { synthesizeExamples } from './support/examples';

const output = synthesizeExamples();
const stacks = stacksIn(output.terraform);
const named = stacks.map((stack) => [stack.name, stack] as const);
const byName = new Map(named);
const manifest = JSON.parse(fs.readFileSync(path.join(output.terraform, 'manifest.json'), 'utf8')) as {
  readonly stacks: { readonly [name: string]: { readonly dependencies: readonly string[] } };
};

/** Kinds of the kubernetes provider that have no version in their name because they are no Kubernetes kinds. */
const UNVERSIONED = ['kubernetes_manifest', 'kubernetes_labels', 'kubernetes_annotations', 'kubernetes_node_taint'];

test.each(named)('every reference in %s leads to a block of the stack', (_name, { json }) => {
  expect(blocksOf(json).size).toBeGreaterThan(0);
  expect(unresolvedReferences(json)).toEqual([]);
});

test.each(named)('nothing in %s depends on itself', (_name, { json }) => {
  expect(firstCycle(json)).toBeUndefined();
});

test.each(named)('%s names the version of every Kubernetes kind', (_name, { json }) => {
  const types = [...Object.keys(json.resource ?? {}), ...Object.keys(json.data ?? {})];
  const unversioned = types.filter(
    (type) =>
      type.startsWith('kubernetes_') && !UNVERSIONED.includes(type) && !/_v\d+((alpha|beta)\d+)?(_data)?$/.test(type),
  );
  expect(unversioned).toEqual([]);
});

test.each(named)('no placeholder of a value is left in %s', (_name, { json }) => {
  const left = [...blocksOf(json)].flatMap(([address, block]) =>
    argumentsOf(block)
      .filter(({ value }) => isPlaceholder(value))
      .map(({ argument, value }) => `${address}: ${argument} is ${String(value)}`),
  );
  expect(left).toEqual([]);
});

test.each(named)('every provider of %s is required in one exact version', (_name, { json }) => {
  const required = json.terraform?.required_providers ?? {};
  expect(Object.keys(required).sort()).toEqual(Object.keys(json.provider ?? {}).sort());
  for (const { version } of Object.values(required)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('each stack keeps its state in a place of its own', () => {
  const places = stacks.map(({ json }) => JSON.stringify(json.terraform?.backend));
  expect(places).not.toContain(undefined);
  expect(new Set(places).size).toBe(stacks.length);
});

test('the state that a stack reads is where another keeps it, and has the outputs that are read', () => {
  const wrong: string[] = [];
  const read = new Set<string>();
  for (const { name, json } of stacks) {
    for (const [id, source] of Object.entries(json.data?.terraform_remote_state ?? {})) {
      const owner = stacks.find(({ json: other }) => {
        const settings = other.terraform?.backend?.[String(source.backend)];
        return settings && places(settings) === places(source.config as object);
      });
      if (!owner) {
        wrong.push(`${name}: no stack keeps its state where ${id} looks`);
        continue;
      }
      if (!reaches(name, owner.name)) wrong.push(`${name}: reads the state of ${owner.name} and does not depend on it`);
      for (const outputName of outputsRead(json, id)) {
        read.add(`${name} <- ${owner.name}`);
        if (!owner.json.output?.[outputName]) wrong.push(`${name}: ${owner.name} has no output ${outputName}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect([...read]).toContain('production-bootstrap <- production-infrastructure');
});

test('dependencies between stacks lead to stacks and never in a cycle', () => {
  expect(Object.keys(manifest.stacks).sort()).toEqual(stacks.map(({ name }) => name));
  for (const [name, { dependencies }] of Object.entries(manifest.stacks)) {
    expect(dependencies.filter((one) => !byName.has(one))).toEqual([]);
    expect(dependencies.filter((one) => one === name || reaches(one, name))).toEqual([]);
  }
});

// The checks above are as good as the reader of expressions.
test.each([
  ['${aws_vpc.main.id}', ['aws_vpc.main']],
  ['a-${aws_vpc.main.id}-${var.suffix}', ['aws_vpc.main', 'var.suffix']],
  ['${data.aws_region.here.region}', ['data.aws_region.here']],
  ['${jsonencode({"a" = ["${aws_kms_key.k.arn}"], "b" = "aws_not.a_reference"})}', ['aws_kms_key.k']],
  ['${element(aws_subnet.all[0].ids, length(aws_az.x.names))}', ['aws_subnet.all', 'aws_az.x']],
  ['${aws_eks_cluster.c.certificate_authority[0].data}', ['aws_eks_cluster.c']],
  ['${[for key, value in aws_s3_bucket.b.tags : "${value.name}${local.x}"]}', ['aws_s3_bucket.b', 'local.x']],
  ['${true ? aws_a.b.c : aws_d.e-f.g}', ['aws_a.b', 'aws_d.e-f']],
  ['$${aws_vpc.main.id}', []],
  ['${path.module}/${terraform.workspace}/${each.value.id}', []],
  ['aws_vpc.main.id', []],
])('references in %s', (template, references) => {
  expect(referencesIn(template)).toEqual(references);
});

test('a reference to what is not there, and a cycle, are found', () => {
  const json = {
    provider: { aws: [{}] },
    resource: {
      aws_a: { one: { id: '${aws_b.two.id}' }, lost: { id: '${aws_c.three.id}', depends_on: ['aws_d.four'] } },
      aws_b: { two: { depends_on: ['aws_a.one'] } },
    },
  };
  expect(unresolvedReferences(json)).toEqual([
    'aws_a.lost: id refers to aws_c.three',
    'aws_a.lost: depends_on.0 refers to aws_d.four',
  ]);
  expect(firstCycle(json)).toBe('aws_a.one -> aws_b.two -> aws_a.one');
});

/** Token of cdktf that was not resolved, or text that a JavaScript value became by accident. */
function isPlaceholder(value: unknown): boolean {
  if (typeof value === 'number') return value < -1e290 || !Number.isFinite(value);
  return (
    value === null || (typeof value === 'string' && /TfToken\[|\[object Object\]|\bundefined\b|\$\{\s*\}/.test(value))
  );
}

/** Where a backend keeps the state, without what only says how to get there. */
function places(settings: object): string {
  const { path: file, bucket, key, region, workspace_key_prefix: prefix } = settings as { [name: string]: unknown };
  return JSON.stringify([file, bucket, key, region, prefix]);
}

function outputsRead(json: unknown, id: string): string[] {
  return [...JSON.stringify(json).matchAll(/data\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)/g)]
    .filter(([, source]) => source === id)
    .map(([, , name]) => name);
}

function reaches(from: string, to: string): boolean {
  const next = manifest.stacks[from]?.dependencies ?? [];
  return next.includes(to) || next.some((one) => reaches(one, to));
}
