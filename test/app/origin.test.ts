import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import { Delivery, PlatformAppProps, PodSecurityLevel } from '../../src';
import { exampleChart, FakeCluster, FakeProvider } from '../support/fake-provider';
import { filesIn, readStack, temporaryApp } from '../support/synth';

interface Metadata {
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

const LABELS = {
  'app.kubernetes.io/managed-by': 'ml-platform-constructs',
  'app.kubernetes.io/part-of': 'ml-platform',
  'nstarx.io/environment': 'dev',
};

function synth(objects: object[], delivery = Delivery.files(), props: PlatformAppProps = {}) {
  const { app, folder } = temporaryApp(undefined, props);
  const environment = app.environment('dev', { provider: new FakeProvider(), delivery });
  const cluster = environment.addCluster() as FakeCluster;
  const chart = exampleChart(environment);
  objects.forEach((object, at) => new ApiObject(chart, `object-${at}`, object as { apiVersion: string; kind: string }));
  environment.requireNamespace('tools', PodSecurityLevel.RESTRICTED);
  environment.publishValue('bucket', cluster.bucket.arn);
  const service = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'tools' },
    spec: { type: 'ExternalName', externalName: cluster.bucket.bucketDomainName },
  });
  environment.addBootstrapManifest(service('of-a-construct'), new Construct(environment, 'alias'));
  environment.addBootstrapManifest(service('of-none'));
  app.synth();
  const files = filesIn(folder);
  const read = (file: string) => parse(files[`dist/dev/${file}`]) as { metadata: Metadata; spec?: unknown };
  return { folder, read };
}

test('every manifest says which construct, library and environment it comes from', () => {
  const { read } = synth([]);
  expect(read('example/example/configmap-settings.yaml').metadata).toEqual({
    name: 'settings',
    namespace: 'example',
    annotations: { 'nstarx.io/construct-path': 'dev/example/settings' },
    labels: LABELS,
  });
});

test('labels and annotations that an object has stay, and its pods and selectors are left alone', () => {
  const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const container = { name: 'web', image: 'example.org/web:1.0.0', resources, securityContext };
  const pod = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { securityContext: pod, containers: [container] },
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'example',
      labels: { 'app.kubernetes.io/part-of': 'shop', 'app.kubernetes.io/managed-by': 'me', team: 'a' },
      annotations: { 'nstarx.io/construct-path': 'elsewhere', note: 'b' },
    },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  };
  const { read } = synth([deployment]);
  const { metadata, spec } = read('example/example/deployment-web.yaml');
  expect(metadata.labels).toEqual({
    'app.kubernetes.io/part-of': 'shop',
    'app.kubernetes.io/managed-by': 'me',
    team: 'a',
    'nstarx.io/environment': 'dev',
  });
  expect(metadata.annotations).toEqual({ 'nstarx.io/construct-path': 'elsewhere', note: 'b' });
  expect(spec).toEqual({ selector: { matchLabels: { app: 'web' } }, template });
});

test('without construct paths the labels remain', () => {
  const { read, folder } = synth([], Delivery.files(), { constructPaths: false });
  expect(read('example/example/configmap-settings.yaml').metadata).toEqual({
    name: 'settings',
    namespace: 'example',
    labels: LABELS,
  });
  expect(JSON.stringify(filesIn(folder))).not.toContain('construct-path');
});

test('so does everything that Terraform applies before the manifests', () => {
  const { helm_release: releases, ...others } = readStack(synth([]).folder, 'dev-bootstrap').resource ?? {};
  const metadata = [
    ...Object.values(others.kubernetes_namespace_v1),
    ...Object.values(others.kubernetes_config_map_v1),
  ].map((resource) => resource.metadata as Metadata & { name: string });
  expect(metadata.map(({ name, annotations }) => [name, annotations?.['nstarx.io/construct-path']])).toEqual([
    ['platform-system', 'dev-bootstrap/namespace-platform-system'],
    ['tools', 'dev-bootstrap/namespace-tools'],
    ['platform-values', 'dev-bootstrap/platform-values'],
  ]);
  metadata.forEach(({ labels }) => {
    expect(labels).toMatchObject({ ...LABELS, 'app.kubernetes.io/managed-by': 'terraform' });
  });
  const [values] = releases['terraform-values'].values as string[];
  const paths = [...values.matchAll(/"nstarx.io\/construct-path\\?" = \\?"([^"\\]*)/g)].map(([, path]) => path);
  expect(paths).toEqual(['dev/alias', 'dev-bootstrap']);
  expect(values.match(/"nstarx.io\/environment\\?" = \\?"dev/g)).toHaveLength(2);
});

test('the Application and the project that Argo CD starts from do too', () => {
  const delivery = Delivery.argoCd({ repository: 'https://git.example.org/platform.git' });
  const releases = readStack(synth([], delivery).folder, 'dev-bootstrap').resource?.helm_release ?? {};
  const values = parse((releases['argo-cd-apps'].values as string[])[0]) as {
    projects: { [name: string]: object };
    applications: { [name: string]: object };
  };
  for (const object of [...Object.values(values.projects), ...Object.values(values.applications)]) {
    expect(object).toMatchObject({
      additionalLabels: LABELS,
      additionalAnnotations: { 'nstarx.io/construct-path': 'dev-bootstrap' },
    });
  }
});

test('so do the releases of the delivery by Terraform, and the ServiceAccount that it takes over', () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'example' } };
  const resources = readStack(synth([account], Delivery.terraform()).folder, 'dev-workloads').resource ?? {};
  const [{ metadata }] = Object.values(resources.kubernetes_default_service_account_v1);
  expect(metadata).toEqual({
    namespace: 'example',
    labels: LABELS,
    annotations: { 'nstarx.io/construct-path': 'dev/example/object-0' },
  });
  const { manifests } = JSON.parse((resources.helm_release.example.values as string[])[0]) as {
    manifests: { metadata: Metadata }[];
  };
  expect(manifests.map((one) => one.metadata.labels)).toEqual([LABELS]);
});
