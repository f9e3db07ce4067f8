import { deployment, namespace, object } from '../graph';
import { boot, component, messages, pods } from './support';

const GP3 = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'gp3' },
  provisioner: 'ebs.csi.aws.com',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const monitoring = component(
  'monitoring',
  pods({ kind: 'StatefulSet', name: 'prometheus', volumes: [{ size: '10Gi' }] }),
);
const COLOR = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'colors.example.org' },
  spec: { group: 'example.org', names: { kind: 'Color', plural: 'colors' } },
};
const red = object('example.org/v1', 'Color', 'red');
const secret = object('v1', 'Secret', 'token');
const reader = deployment('reader', { containers: [{ name: 'a', envFrom: [{ secretRef: { name: 'token' } }] }] });

test('a volume whose StorageClass comes after the step that waits for its pod is found', () => {
  expect(boot({ early: { components: [monitoring] }, late: { manifests: [GP3] } }).findings).toEqual([
    {
      path: 'test',
      message:
        'component monitoring (early): the volumes of StatefulSet prometheus need StorageClass gp3, which comes later (late); what is waited for would never be ready; bring it in an earlier step (with Argo CD: a lower argocd.argoproj.io/sync-wave), or what needs it in a later one',
    },
  ]);
});

test.each([
  ['before', { early: { manifests: [GP3] }, late: { components: [monitoring] } }],
  ['in the same step', { only: { components: [monitoring], manifests: [GP3] } }],
  [
    'after a step that waits for nothing',
    { early: { waits: false, components: [monitoring] }, late: { manifests: [GP3] } },
  ],
  [
    'beside it, since that does not wait',
    { early: { components: [monitoring] }, late: { after: [], manifests: [GP3] } },
  ],
  ['with the cluster', { only: { components: [monitoring] } }],
])('a StorageClass that comes %s is fine', (_when, steps) => {
  expect(boot(steps).findings).toEqual([]);
});

test('a custom resource needs its kind before it, even where nothing waits', () => {
  const [message] = messages(boot({ early: { waits: false, manifests: [red] }, late: { manifests: [COLOR] } }));
  expect(message).toBe(
    'Color red (early): needs the kind Color.example.org, which comes later (late); have the component that defines it go first, or apply the object later',
  );
  const colors = component('colors', pods(), { customResources: ['Color.example.org'] });
  // without an order, it is a matter of luck
  expect(messages(boot({ one: { components: [colors] }, other: { after: [], manifests: [red] } }))).toHaveLength(1);
  expect(messages(boot({ one: { components: [colors] }, other: { manifests: [red] } }))).toEqual([]);
  expect(messages(boot({ one: { manifests: [COLOR, red] } }))).toEqual([]);
});

test('an object needs its namespace before it', () => {
  expect(messages(boot({ early: { manifests: [secret] }, late: { manifests: [namespace('team')] } }))).toEqual([
    'Secret token (early): needs Namespace team, which comes later (late); have Terraform make it with environment.requireNamespace()',
  ]);
});

test('pods that a step waits for need their Secret by then', () => {
  const steps = { early: { manifests: [reader] }, late: { manifests: [secret] } };
  expect(messages(boot(steps))).toEqual([
    expect.stringMatching(
      /^Deployment reader \(early\): needs Secret token in namespace team, which comes later \(late\)/,
    ),
  ]);
  expect(messages(boot({ ...steps, early: { ...steps.early, waits: false } }))).toEqual([]);
  // a controller makes the Secret
  const external = object('external-secrets.io/v1', 'ExternalSecret', 'token', { spec: {} });
  expect(messages(boot({ early: { manifests: [reader] }, late: { manifests: [external] } }))).toHaveLength(1);
  expect(messages(boot({ early: { manifests: [external] }, late: { manifests: [reader] } }))).toEqual([]);
});

test.each([
  [true, 1],
  [false, 0],
])(
  'with custom resources waited for (%p), a certificate needs its issuer by then',
  (waitsForCustomResources, count) => {
    const certificate = object('cert-manager.io/v1', 'Certificate', 'web', { spec: { issuerRef: { name: 'ca' } } });
    const issuer = object('cert-manager.io/v1', 'Issuer', 'ca');
    const steps = { early: { waitsForCustomResources, manifests: [certificate] }, late: { manifests: [issuer] } };
    expect(messages(boot(steps))).toHaveLength(count);
  },
);
