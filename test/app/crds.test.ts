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
  return {
    files,
    folder,
    resources,
    nextSteps: report.environments[0].nextSteps.map((step) => step.replaceAll(folder, '')),
  };
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
  const { resources, nextSteps } = synth(Delivery.files(), [CRD, color]);
  expect(resources('crds/kustomization.yaml')).toEqual(['customresourcedefinition-colors.example.org.yaml']);
  expect(resources('kustomization.yaml')).toEqual([
    'example/example/color-red.yaml',
    'example/example/configmap-settings.yaml',
    'example/example/namespace.yaml',
  ]);
  expect(nextSteps).toEqual([
    "npx cdktf deploy --output /cdktf.out 'dev-*'",
    'login dev',
    'kubectl --context dev apply --server-side -k /dist/dev/crds',
    'kubectl --context dev wait --for=condition=Established crd -l nstarx.io/environment=dev',
    'kubectl --context dev apply --server-side -k /dist/dev',
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
  const { nextSteps } = synth(Delivery.files(), [CRD, color, object]);
  expect(nextSteps.includes('sleep 60')).toBe(waits);
});

test('without CustomResourceDefinitions there is no such step', () => {
  const { files, nextSteps } = synth(Delivery.files(), []);
  expect(nextSteps.join()).not.toContain('crds');
  expect(Object.keys(files).filter((file) => file.includes('crds'))).toEqual([]);
});

test("Argo CD's Application has them with the rest, and tries again while a quota cannot count them", () => {
  const delivery = Delivery.argoCd({ repository: 'https://git.example.org/platform.git' });
  const { folder, resources, nextSteps } = synth(delivery, [CRD]);
  expect(resources('kustomization.yaml')).toContain('crds');
  expect(resources('crds/kustomization.yaml')).toHaveLength(1);
  expect(nextSteps.join()).not.toContain('kubectl');
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
  const { folder, nextSteps } = synth(Delivery.terraform(), [CRD]);
  const releases = readStack(folder, 'dev-workloads').resource?.helm_release ?? {};
  expect(releases.foundation.values).toEqual([expect.stringContaining('"colors.example.org"')]);
  expect(nextSteps).toEqual(["npx cdktf deploy --output /cdktf.out 'dev-*'"]);
});
