import { parse } from 'yaml';
import { Component, Delivery, KustomizeFolder } from '../../src';
import { exampleChart, FakeProvider } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';

const FOLDER: KustomizeFolder = {
  repository: 'https://git.example.org/operator.git',
  path: 'config/default',
  revision: 'v1.2.3',
};
const PATCH = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'system' }, $patch: 'delete' };

function folder(name = 'operator', kustomize: Partial<KustomizeFolder> = {}): Component {
  return new Component(name, {
    kustomize: { ...FOLDER, ...kustomize },
    namespace: `${name}-system`,
    timeoutSeconds: 120,
  });
}

function chart(name: string, props: { requires?: Component[]; bootstrap?: boolean } = {}): Component {
  const helm = { repository: 'https://charts.example.org', name, version: '1.0.0' };
  return new Component(name, { chart: helm, namespace: 'charts', ...props });
}

function synth(delivery: Delivery, ...components: Component[]) {
  const { app, folder: output } = temporaryApp();
  const environment = app.environment('dev', { provider: new FakeProvider(), delivery });
  environment.addCluster();
  exampleChart(environment);
  components.forEach((one) => environment.components.require(one));
  const report = app.synth();
  const nextSteps = report.environments[0].nextSteps.map((step) => step.replaceAll(output, ''));
  return { files: filesIn(output), bootstrap: readStack(output, 'dev-bootstrap'), nextSteps };
}

const gitOps = Delivery.argoCd({ repository: 'https://git.example.org/platform.git' });

test.each([
  [
    'files',
    Delivery.files(),
    [
      "npx cdktf deploy --output /cdktf.out 'dev-*'",
      'login dev',
      'kubectl --context dev apply --server-side -k /dist/dev/components',
      'kubectl --context dev apply --server-side -k /dist/dev',
    ],
  ],
  [
    'Terraform',
    Delivery.terraform(),
    [
      'npx cdktf deploy --output /cdktf.out dev-infrastructure dev-bootstrap',
      'login dev',
      'kubectl --context dev apply --server-side -k /dist/dev/components',
      "npx cdktf deploy --output /cdktf.out 'dev-*'",
    ],
  ],
])('by %s, kubectl applies a folder before the manifests', (_, delivery, steps) => {
  const { files, bootstrap, nextSteps } = synth(delivery, folder(), folder('another'), chart('plain'));
  expect(nextSteps).toEqual(steps);
  expect(parse(files['dist/dev/components/kustomization.yaml'])).toMatchObject({ resources: ['another', 'operator'] });
  expect(parse(files['dist/dev/components/operator/kustomization.yaml'])).toEqual({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['https://git.example.org/operator.git//config/default?ref=v1.2.3&timeout=120s'],
  });
  // kubectl would fetch the folder a second time
  expect(files['dist/dev/kustomization.yaml']).not.toContain('components');
  expect(Object.keys(bootstrap.resource?.helm_release ?? {})).toEqual(['plain']);
  expect(Object.keys(bootstrap.resource?.kubernetes_namespace_v1 ?? {})).toContain('namespace-operator-system');
});

test('patches name their target, so that Kustomize knows it with and without its prefix', () => {
  const { files } = synth(Delivery.files(), folder('operator', { patches: [PATCH] }));
  const { patches } = parse(files['dist/dev/components/operator/kustomization.yaml']) as {
    patches: { target: unknown; patch: string }[];
  };
  expect(patches.map(({ target }) => target)).toEqual([{ kind: 'Namespace', name: 'system' }]);
  expect(parse(patches[0].patch)).toEqual(PATCH);
});

test('Argo CD reads a folder from git, in its wave, with its patches', () => {
  const operator = folder('operator', { patches: [PATCH] });
  const { files, bootstrap, nextSteps } = synth(gitOps, operator, chart('instance', { requires: [operator] }));
  const application = parse(files['dist/dev/argocd/argocd/application-operator.yaml']) as {
    metadata: { annotations: unknown };
    spec: { source: { kustomize: { patches: { patch: string }[] } } };
  };
  expect(application.metadata.annotations).toEqual({
    'argocd.argoproj.io/sync-wave': '-2',
    'nstarx.io/construct-path': 'dev/argocd/operator',
  });
  expect(application.spec).toMatchObject({
    destination: { namespace: 'operator-system' },
    source: {
      repoURL: 'https://git.example.org/operator.git',
      path: 'config/default',
      targetRevision: 'v1.2.3',
      kustomize: { patches: [{ target: { kind: 'Namespace', name: 'system' } }] },
    },
  });
  expect(Object.keys(application.spec.source).sort()).toEqual(['kustomize', 'path', 'repoURL', 'targetRevision']);
  expect(JSON.stringify(bootstrap.resource?.helm_release['argo-cd-apps'].values)).toContain(
    'https://git.example.org/operator.git',
  );
  expect(Object.keys(files).filter((file) => file.startsWith('dist/dev/components'))).toEqual([]);
  expect(nextSteps.join()).not.toContain('kubectl');
});

test('without folders there is nothing to apply by hand', () => {
  const { files, nextSteps } = synth(Delivery.terraform(), chart('plain'));
  expect(nextSteps).toEqual(["npx cdktf deploy --output /cdktf.out 'dev-*'"]);
  expect(Object.keys(files).filter((file) => file.startsWith('dist/dev/components'))).toEqual([]);
});

test.each([
  ['files', Delivery.files(), false],
  ['Terraform', Delivery.terraform(), false],
  ['Argo CD, where it cannot wait,', gitOps, true],
])('by %s, a chart cannot require a folder, which comes later', (_, delivery, bootstrap) => {
  const late = chart('instance', { requires: [folder()], bootstrap });
  expect(() => synth(delivery, late)).toThrow(
    '[dev] component.requires must have a chart, since Terraform installs what requires it, got "instance -> operator": remove the dependency, or deliver by Delivery.argoCd().',
  );
});
