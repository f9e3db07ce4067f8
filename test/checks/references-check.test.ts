import { ReferencesCheck } from '../../src/checks/references-check';
import { deployment, findings, Json, namespace, object } from './graph';

const TEAM = namespace('team', { tier: 'gold' });
const SECRET_FIX =
  'deliver it with an ExternalSecret or a Certificate, name it to environment.addExistingObject() where it is made by hand, or mark the reference optional';
const ADD = 'add it, or correct the name';

function problems(objects: Json[], context = {}): string[] {
  return findings(new ReferencesCheck(), [TEAM, ...objects], context).map(({ message }) => message);
}

function usesSecret(name: string): Json {
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name, key: 'a' } } }];
  return deployment('api', { containers: [{ name: 'main', env }] });
}

test('everything that a pod refers to has to exist, each reported once', () => {
  const spec = {
    serviceAccountName: 'robot',
    priorityClassName: 'urgent',
    imagePullSecrets: [{ name: 'pull' }],
    volumes: [
      { name: 'a', configMap: { name: 'settings' } },
      { name: 'b', secret: { secretName: 'keys' } },
      { name: 'c', persistentVolumeClaim: { claimName: 'disk' } },
      { name: 'd', projected: { sources: [{ secret: { name: 'token' } }, { configMap: { name: 'more' } }] } },
    ],
    initContainers: [{ name: 'first', envFrom: [{ configMapRef: { name: 'init' } }, { secretRef: { name: 'keys' } }] }],
    containers: [
      { name: 'main', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }] },
    ],
  };
  const config = 'add it, or mark the reference optional';
  expect(findings(new ReferencesCheck(), [TEAM, deployment('api', spec)])).toEqual(
    [
      ['ServiceAccount robot in namespace team', 'add it, or leave the name out for the account named default'],
      ['PriorityClass urgent', 'use one of: system-node-critical, system-cluster-critical, or add it'],
      ['Secret pull in namespace team', SECRET_FIX],
      ['ConfigMap settings in namespace team', config],
      ['Secret keys in namespace team', SECRET_FIX],
      ['PersistentVolumeClaim disk in namespace team', ADD],
      ['Secret token in namespace team', SECRET_FIX],
      ['ConfigMap more in namespace team', config],
      ['ConfigMap init in namespace team', config],
    ].map(([what, fix]) => ({
      path: 'test/Deployment-api',
      message: `Deployment api: refers to ${what}, which nothing creates; ${fix}`,
    })),
  );
  const made = [
    object('v1', 'ServiceAccount', 'robot'),
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'urgent' } },
    ...['pull', 'keys', 'token'].map((name) => object('v1', 'Secret', name)),
    ...['settings', 'more', 'init'].map((name) => object('v1', 'ConfigMap', name)),
    object('v1', 'PersistentVolumeClaim', 'disk'),
  ];
  expect(problems([...made, deployment('api', spec)])).toEqual([]);
});

test('what is optional or built in need not be made', () => {
  const spec = {
    serviceAccountName: 'default',
    priorityClassName: 'system-cluster-critical',
    volumes: [
      { name: 'a', configMap: { name: 'a', optional: true } },
      { name: 'b', secret: { secretName: 'b', optional: true } },
      { name: 'c', configMap: { name: 'kube-root-ca.crt' } },
    ],
    containers: [
      { name: 'main', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'c', key: 'a', optional: true } } }] },
    ],
  };
  expect(problems([deployment('api', spec)])).toEqual([]);
});

test('a namespace has to exist, before or by a manifest', () => {
  const config = object('v1', 'ConfigMap', 'a', {}, 'elsewhere');
  expect(problems([config])).toEqual([
    'ConfigMap a: refers to Namespace elsewhere, which nothing creates; use one of: team, or make it with Team or Namespace, import it with Namespace.fromName(), or have Terraform make it with environment.requireNamespace()',
  ]);
  expect(problems([config], { namespaces: ['elsewhere'] })).toEqual([]);
  expect(problems([config, namespace('elsewhere')])).toEqual([]);
  // a chart's namespace ends up on cluster-scoped objects too
  expect(problems([object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'a', {}, 'elsewhere')])).toEqual([]);
});

const external = (name: string, target?: Json) =>
  object('external-secrets.io/v1', 'ExternalSecret', name, { spec: { target } });

test.each<[string, Json]>([
  ['an ExternalSecret', external('db')],
  ['an ExternalSecret with a target name', external('other', { name: 'db' })],
  ['a Certificate', object('cert-manager.io/v1', 'Certificate', 'x', { spec: { secretName: 'db' } })],
])('%s makes a Secret', (_name, maker) => {
  expect(problems([usesSecret('db'), maker])).toEqual([]);
});

test('operators make Secrets of their own', () => {
  const cluster = object('postgresql.cnpg.io/v1', 'Cluster', 'main');
  expect(problems([usesSecret('main-app'), cluster])).toEqual([]);
  expect(problems([usesSecret('main-foo'), cluster])).toEqual([
    `Deployment api: refers to Secret main-foo in namespace team, which nothing creates; use one of: main-app, main-ca, main-server, main-superuser, main-replication, or ${SECRET_FIX}`,
  ]);
  expect(problems([usesSecret('app'), object('kafka.strimzi.io/v1', 'KafkaUser', 'app')])).toEqual([]);
});

test('an ExternalSecret that only merges into a Secret makes none', () => {
  expect(problems([usesSecret('db'), external('db', { creationPolicy: 'Merge' })])).toHaveLength(1);
});

test.each<[string, Json, number]>([
  ['namespaceSelectors that match', { namespaceSelectors: [{ matchLabels: { tier: 'gold' } }] }, 0],
  ['a namespaceSelector that matches', { namespaceSelector: { matchLabels: { tier: 'gold' } } }, 0],
  [
    'an expression that matches',
    { namespaceSelectors: [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }] },
    0,
  ],
  ['a name', { namespaces: ['team'] }, 0],
  ['namespaceSelectors that do not match', { namespaceSelectors: [{ matchLabels: { tier: 'silver' } }] }, 1],
])('a ClusterExternalSecret delivers by %s', (_name, where, missing) => {
  const delivery = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterExternalSecret',
    metadata: { name: 'delivery' },
    spec: { externalSecretName: 'db', externalSecretSpec: {}, ...where },
  };
  expect(problems([usesSecret('db'), delivery])).toHaveLength(missing);
  // the same when Terraform applies it
  expect(problems([usesSecret('db')], { manifests: [delivery] })).toHaveLength(missing);
});

test('what Terraform applies and what the context lists exists', () => {
  expect(problems([usesSecret('db')], { manifests: [external('db')] })).toEqual([]);
  expect(problems([usesSecret('db')], { objects: [{ kind: 'Secret', name: 'db', namespace: 'team' }] })).toEqual([]);
  expect(
    problems([usesSecret('db')], { objects: [{ kind: 'Secret', name: 'db', namespace: 'default' }] }),
  ).toHaveLength(1);
});

test('storage classes count once one is known', () => {
  const claim = object('v1', 'PersistentVolumeClaim', 'a', { spec: { storageClassName: 'fast' } });
  expect(problems([claim])).toEqual([]);
  expect(problems([claim], { objects: [{ kind: 'StorageClass', name: 'gp3' }] })).toEqual([
    'PersistentVolumeClaim a: refers to StorageClass fast, which nothing creates; use one of: gp3, or add it',
  ]);
});

const rbac = 'rbac.authorization.k8s.io/v1';
const autoscaler = (name: string) =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'a', {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
  });

test.each<[string, Json, string | undefined]>([
  ['a built-in role', object(rbac, 'RoleBinding', 'a', { roleRef: { kind: 'ClusterRole', name: 'view' } }), undefined],
  [
    'a system role',
    object(rbac, 'RoleBinding', 'a', { roleRef: { kind: 'ClusterRole', name: 'system:auth-delegator' } }),
    undefined,
  ],
  [
    'a missing ClusterRole',
    object(rbac, 'RoleBinding', 'a', { roleRef: { kind: 'ClusterRole', name: 'vieww' } }),
    'ClusterRole vieww',
  ],
  [
    'a missing Role',
    object(rbac, 'RoleBinding', 'a', { roleRef: { kind: 'Role', name: 'r' } }),
    'Role r in namespace team',
  ],
  [
    'a missing subject',
    object(rbac, 'RoleBinding', 'a', {
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'ServiceAccount', name: 's' },
        { kind: 'Group', name: 'g' },
      ],
    }),
    'ServiceAccount s in namespace team',
  ],
  ['a missing scale target', autoscaler('gone'), 'Deployment gone in namespace team'],
  ['a scale target', autoscaler('here'), undefined],
  [
    'a missing backend of an Ingress',
    object('networking.k8s.io/v1', 'Ingress', 'a', {
      spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }] },
    }),
    'Service web in namespace team',
  ],
  [
    'a missing certificate of an Ingress',
    object('networking.k8s.io/v1', 'Ingress', 'a', { spec: { tls: [{ secretName: 'tls' }] } }),
    'Secret tls in namespace team',
  ],
  [
    'a missing backend of an HTTPRoute',
    object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'a', {
      spec: { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
    }),
    'Service web in namespace team',
  ],
  [
    'a missing issuer',
    object('cert-manager.io/v1', 'Certificate', 'a', { spec: { secretName: 's', issuerRef: { name: 'ca' } } }),
    'Issuer ca in namespace team',
  ],
  [
    'a missing cluster issuer',
    object('cert-manager.io/v1', 'Certificate', 'a', {
      spec: { secretName: 's', issuerRef: { kind: 'ClusterIssuer', name: 'ca' } },
    }),
    'ClusterIssuer ca',
  ],
  [
    'a missing secret store',
    object('external-secrets.io/v1', 'ExternalSecret', 'a', {
      spec: { secretStoreRef: { kind: 'ClusterSecretStore', name: 'aws' } },
    }),
    'ClusterSecretStore aws',
  ],
])('%s', (_name, referring, missing) => {
  const found = problems([referring, deployment('here', { containers: [] })]);
  expect(found.map((message) => message.replace(/^.*refers to (.*), which.*$/, '$1'))).toEqual(
    missing === undefined ? [] : [missing],
  );
});

test('an AlertmanagerConfig refers to the Secrets of its receivers, wherever they name one', () => {
  const secret = (name: string) => ({ name, key: 'a' });
  const receivers = [
    {
      name: 'critical',
      slackConfigs: [{ apiURL: secret('slack'), channel: '#a', fields: [{ title: 'a', value: 'b' }] }],
    },
    {
      name: 'warning',
      emailConfigs: [{ to: 'a@b.example', headers: [{ key: 'Subject', value: 'a' }] }],
      webhookConfigs: [{ url: 'https://a.example', httpConfig: { authorization: { credentials: secret('hook') } } }],
    },
    { name: 'no-one' },
  ];
  const config = object('monitoring.coreos.com/v1alpha1', 'AlertmanagerConfig', 'a', { spec: { receivers } });
  expect(problems([config])).toEqual(
    ['slack', 'hook'].map(
      (name) =>
        `AlertmanagerConfig a: refers to Secret ${name} in namespace team, which nothing creates; ${SECRET_FIX}`,
    ),
  );
  expect(problems([config, ...['slack', 'hook'].map((name) => object('v1', 'Secret', name))])).toEqual([]);
});

test('an Ingress whose annotation names an issuer gets its certificate from cert-manager', () => {
  const ingress = {
    ...object('networking.k8s.io/v1', 'Ingress', 'a', { spec: { tls: [{ secretName: 'tls' }] } }),
    metadata: { name: 'a', namespace: 'team', annotations: { 'cert-manager.io/cluster-issuer': 'ca' } },
  };
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name: 'ca' } };
  expect(problems([ingress, issuer])).toEqual([]);
  expect(problems([ingress])).toEqual([`Ingress a: refers to ClusterIssuer ca, which nothing creates; ${ADD}`]);
});

test('the objects in a namespace of Terraform may come from a chart', () => {
  const binding = object(rbac, 'RoleBinding', 'a', {
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' }],
  });
  expect(problems([binding], { namespaces: ['monitoring'] })).toEqual([]);
});

test('names that there are in the namespace are proposed, the most similar first, a few of them', () => {
  const made = ['settings', ...Array.from({ length: 15 }, (_, at) => `colors-${at}`)].map((name) =>
    object('v1', 'ConfigMap', name),
  );
  const uses = (name: string) => deployment('api', { volumes: [{ name: 'a', configMap: { name } }] });
  const elsewhere = object('v1', 'ConfigMap', 'setings', {}, 'other');
  const found = (name: string) =>
    problems([uses(name), ...made, elsewhere, namespace('other')]).map((text) => /creates; (.*)$/.exec(text)?.[1]);
  expect(found('setings')).toEqual(['use settings, or add it, or mark the reference optional']);
  expect(found('zzzzzz')[0]).toMatch(/^use one of: (\S+, ){3,}.* and \d+ more, or add it/);
});

test.each([
  ['priorityClassName', 'urgent', 'PriorityClass urgent'],
  ['serviceAccountName', 'robot', 'ServiceAccount robot in namespace team'],
  ['secretRef', { name: 'keys' }, 'Secret keys in namespace team'],
])('%s of a platform kind has to exist, however deep it is', (field, value, what) => {
  const model = object('nstarx.io/v1alpha1', 'AIModel', 'churn', {
    spec: { serving: [{ inner: { [field]: value } }] },
  });
  expect(problems([model])).toEqual([
    expect.stringContaining(`AIModel churn: refers to ${what}, which nothing creates`),
  ]);
  expect(problems([{ ...model, apiVersion: 'example.com/v1' }])).toEqual([]);
});
