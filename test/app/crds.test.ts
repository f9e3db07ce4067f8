import { ApiObject } from 'cdk8s';
import { parse } from 'yaml';
import { Delivery } from '../../src';
import { exampleChart, FakeProvider } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'colors.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { kind: 'Color', plural: 'colors' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

function synth(delivery: Delivery, objects: object[]) {
  const { app, folder } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider(), delivery });
  environment.addCluster();
  const chart = exampleChart(environment);
  objects.forEach((object, at) => new ApiObject(chart, `object-${at}`, object as { apiVersion: string; kind: string }));
  const report = app.synth();
  const files = filesIn(folder);
  const resources = (file: string) => (parse(files[`dist/dev/${file}`]) as { resources: string[] }).resources;
  return { files, folder, resources, nextStep: report.environments[0].nextStep.replaceAll(folder, '') };
}

const inExample = (apiVersion: string, kind: string, name: string, content = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'example' },
  ...content,
});
const color = inExample('example.org/v1', 'Color', 'red');
const quota = (key: string) => inExample('v1', 'ResourceQuota', 'colors', { spec: { hard: { [key]: '3' } } });

test('CustomResourceDefinitions are a kustomization of their own, which is applied and waited for first', () => {
  const { resources, nextStep } = synth(Delivery.files(), [CRD, color]);
  expect(resources('crds/kustomization.yaml')).toEqual(['customresourcedefinition-colors.example.org.yaml']);
  expect(resources('kustomization.yaml')).toEqual([
    'example/example/color-red.yaml',
    'example/example/configmap-settings.yaml',
    'example/example/namespace.yaml',
  ]);
  expect(nextStep.split(' && ')).toEqual([
    "cdktf deploy 'dev-*'",
    'kubectl apply --server-side -k /dist/dev/crds',
    'kubectl wait --for=condition=Established crd -l nstarx.io/environment=dev',
    'kubectl apply --server-side -k /dist/dev',
  ]);
});

test.each([
  ['counts the kind, in the namespace of such an object', quota('count/colors.example.org'), true],
  ['counts something else', quota('count/deployments.apps'), false],
  [
    'counts the kind elsewhere',
    { ...quota('count/colors.example.org'), metadata: { name: 'colors', namespace: 'default' } },
    false,
  ],
])('where a quota %s: waits for the quota controller %#', (_, object, waits) => {
  const { nextStep } = synth(Delivery.files(), [CRD, color, object]);
  expect(nextStep.includes('crd -l nstarx.io/environment=dev && sleep 60 && kubectl apply')).toBe(waits);
});

test('without CustomResourceDefinitions there is no such step', () => {
  const { files, nextStep } = synth(Delivery.files(), []);
  expect(nextStep).not.toContain('crds');
  expect(Object.keys(files).filter((file) => file.includes('crds'))).toEqual([]);
});

test("Argo CD's Application has them with the rest, and tries again while a quota cannot count them", () => {
  const delivery = Delivery.argoCd({ repository: 'https://git.example.org/platform.git' });
  const { folder, resources, nextStep } = synth(delivery, [CRD]);
  expect(resources('kustomization.yaml')).toContain('crds');
  expect(resources('crds/kustomization.yaml')).toHaveLength(1);
  expect(nextStep).not.toContain('kubectl');
  const values = readStack(folder, 'dev-bootstrap').resource?.helm_release['argo-cd-apps'].values as string[];
  expect(parse(values[0])).toMatchObject({
    applications: {
      dev: {
        syncPolicy: { retry: { limit: 5 }, syncOptions: expect.arrayContaining(['ServerSideApply=true']) as unknown },
      },
    },
  });
});

test('Terraform applies them with the foundation', () => {
  const { folder, nextStep } = synth(Delivery.terraform(), [CRD]);
  const releases = readStack(folder, 'dev-workloads').resource?.helm_release ?? {};
  expect(releases.foundation.values).toEqual([expect.stringContaining('"colors.example.org"')]);
  expect(nextStep).toBe("cdktf deploy 'dev-*'");
});
