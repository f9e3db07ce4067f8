import * as path from 'path';
import { parse } from 'yaml';
import { chatDb } from '../../examples/chatdb/platform';
import { dataPlatform } from '../../examples/data-platform/platform';
import { neuralPlatform } from '../../examples/neural-platform/platform';
import { zeroTouch } from '../../examples/zero-touch/platform';
import { PlatformTesting } from '../../src';
import type { StackJson } from '../support/synth';

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
  };
  readonly resources?: string[];
}

const OUTPUTS = {
  'data-platform': PlatformTesting.synth(dataPlatform()),
  'neural-platform': PlatformTesting.synth(neuralPlatform()),
  'zero-touch': PlatformTesting.synth(zeroTouch()),
  chatdb: PlatformTesting.synth(chatDb()),
};

describe.each(Object.entries(OUTPUTS))('the output of the example %s', (_, files) => {
  const documents = Object.entries(files)
    // what is for another repository are no objects
    .filter(([file]) => file.endsWith('.yaml') && !/^stacks\/|\/\.github\//.test(file))
    .map(([file, text]) => ({ file, object: parse(text) as KubernetesObject }));
  const manifests = documents.filter(({ object }) => object.kind !== 'Kustomization');
  const stacks = Object.entries(files)
    .filter(([file]) => file.endsWith('cdk.tf.json'))
    .map(([file, text]) => ({
      file,
      environment: file.split(/[/-]/)[1],
      resource: (JSON.parse(text) as StackJson).resource ?? {},
    }));

  test('says on every object which construct, owner and environment it has', () => {
    for (const { file, object } of manifests) {
      const { annotations = {}, labels = {} } = object.metadata;
      const [environment] = file.split('/');
      expect([file, annotations['nstarx.io/construct-path']]).toEqual([
        file,
        expect.stringMatching(`^${environment}(/|$)`),
      ]);
      expect([file, labels]).toEqual([
        file,
        expect.objectContaining({
          'app.kubernetes.io/managed-by': expect.stringMatching(/./) as unknown,
          'app.kubernetes.io/part-of': expect.stringMatching(/./) as unknown,
          'nstarx.io/environment': environment,
        }),
      ]);
    }
  });

  test('says so on what Terraform applies', () => {
    let seen = 0;
    for (const { file, environment, resource } of stacks) {
      for (const [type, resources] of Object.entries(resource).filter(([name]) => name.startsWith('kubernetes_'))) {
        for (const { metadata } of Object.values(resources) as unknown as KubernetesObject[]) {
          const { labels = {}, annotations = {} } = metadata;
          expect([file, type, labels['nstarx.io/environment']]).toEqual([file, type, environment]);
          expect(Object.keys(labels)).toEqual(
            expect.arrayContaining(['app.kubernetes.io/managed-by', 'app.kubernetes.io/part-of']),
          );
          expect(annotations['nstarx.io/construct-path']).toMatch(new RegExp(`^${environment}[/-]`));
          seen++;
        }
      }
      for (const release of Object.values(resource.helm_release ?? {})) {
        const chart = String(release.chart);
        if (!chart.startsWith('assets/')) continue;
        // JSON, or an expression of Terraform
        const text = (release.values as string[])[0].replaceAll('\\"', '"');
        const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
        const objects = count(
          /"apiVersion" ?[:=] ?"[^"]+",\s*"kind" ?[:=] ?"[^"]+",\s*("[a-z]+" ?[:=] ?"[^"]*",\s*)*"metadata"/g,
        );
        expect(objects).toBeGreaterThan(0);
        expect([file, count(new RegExp(`"nstarx.io/environment" ?[:=] ?"${environment}"`, 'g'))]).toEqual([
          file,
          objects,
        ]);
        expect([file, count(/"nstarx.io\/construct-path" ?[:=] ?"/g)]).toEqual([file, objects]);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(0);
  });

  test('has names that are short enough, and no object without a namespace that needs one', () => {
    for (const { file, object } of documents) {
      for (const part of file.split('/')) expect(part.length).toBeLessThan(80);
      expect([file, object.metadata?.namespace]).not.toEqual([file, 'default']);
    }
    for (const { file, object } of manifests) {
      // admission reviews and labels name them
      const longest = ['Namespace', 'Service', 'Job', 'Deployment', 'CronJob'].includes(object.kind) ? 63 : 79;
      expect([file, object.metadata.name.length <= longest]).toEqual([file, true]);
    }
  });

  test('names each Job after its pods', () => {
    const jobs = manifests.filter(({ object }) => object.kind === 'Job');
    jobs.forEach(({ object }) => expect(object.metadata.name).toMatch(/-[0-9a-f]{10}$/));
  });

  test('has no ConfigMap whose name changes with its content', () => {
    const maps = manifests.filter(({ object }) => object.kind === 'ConfigMap');
    maps.forEach(({ object }) => expect(object.metadata.name).not.toMatch(/-[0-9a-f]{8,}$/));
  });

  test('lists each file once, but for what Terraform makes before the components', () => {
    const listed = documents
      .filter(({ object }) => object.kind === 'Kustomization')
      .flatMap(({ file, object }) =>
        (object.resources ?? []).map((one) => path.posix.join(path.posix.dirname(file), one)),
      )
      .filter((one) => one.endsWith('.yaml'));
    const isFoundation = ({ kind }: KubernetesObject) => ['EC2NodeClass', 'NodePool', 'StorageClass'].includes(kind);
    const written = manifests.filter(({ file }) => !file.split('/')[1].startsWith('applyset'));
    const delivered = written.filter(({ object }) => !isFoundation(object)).map(({ file }) => file);
    expect([...listed].sort()).toEqual(delivered.sort());
    for (const { file, object } of written.filter(({ object: one }) => isFoundation(one))) {
      const bootstrap = stacks.find((one) => one.file === `stacks/${file.split('/')[0]}-bootstrap/cdk.tf.json`);
      const made = Object.values(bootstrap?.resource.helm_release ?? {}).map(({ values }) => JSON.stringify(values));
      expect(made.some((text) => text.includes(object.kind) && text.includes(object.metadata.name))).toBe(true);
    }
  });

  test('has a namespace in the folder of what is in it', () => {
    const namespaces = manifests.filter(({ object }) => object.kind === 'Namespace');
    namespaces.forEach(({ file, object }) =>
      expect(file.endsWith(`/${object.metadata.name}/namespace.yaml`)).toBe(true),
    );
  });
});
