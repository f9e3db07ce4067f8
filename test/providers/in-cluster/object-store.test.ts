import { Access, ObjectStoreProps, Tier } from '../../../src/contracts';
import { environmentOf, manifest, manifestsOf, specOf } from './support';

const ML = { namespace: 'app-ml-team', serviceAccountName: 'ml-backend' };
const ML_JOB = { namespace: 'app-ml-team', serviceAccountName: 'training' };
const DATA = { namespace: 'app-data-team', serviceAccountName: 'data-api' };

interface Identity {
  readonly name: string;
  readonly credentials: { accessKey: string; secretKey: string }[];
  readonly actions: string[];
}

function twoBuckets() {
  const environment = environmentOf();
  const artifacts = environment.addObjectStore('artifacts');
  const datasets = environment.addObjectStore('datasets', { bucketName: 'acme-datasets', versioned: false });
  return { environment, artifacts, datasets };
}

function identitiesIn(environment: ReturnType<typeof environmentOf>): Identity[] {
  const { target } = specOf(manifest(environment, 'ExternalSecret', 's3-identities')) as {
    target: { template: { data: { 'identities.json': string } } };
  };
  return (JSON.parse(target.template.data['identities.json']) as { identities: Identity[] }).identities;
}

test('a bucket is named after the environment and the service, unless it is given a name', () => {
  const { artifacts, datasets } = twoBuckets();
  expect([artifacts.bucketName, datasets.bucketName]).toEqual(['sample-artifacts', 'acme-datasets']);
  expect(artifacts.bind(ML, Access.READ).env).toEqual({
    ARTIFACTS_BUCKET: 'sample-artifacts',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: 'http://s3.backing-services.svc.cluster.local:8333',
  });
});

test('all buckets of an environment are in one SeaweedFS, whose S3 API has a Service of its own', () => {
  const { environment } = twoBuckets();
  expect(environment.components.sorted().map((component) => component.name)).toEqual([
    'external-secrets',
    'metrics-server',
    'seaweedfs',
  ]);
  expect(specOf(manifest(environment, 'Service', 's3'))).toEqual({
    selector: {
      'app.kubernetes.io/name': 'seaweedfs',
      'app.kubernetes.io/instance': 'seaweedfs',
      'app.kubernetes.io/component': 'seaweedfs-all-in-one',
    },
    ports: [{ name: 's3', port: 8333, targetPort: 8333 }],
  });
});

test('a namespace has one identity that may do what its workloads may, and nothing with other buckets', () => {
  const { environment, artifacts, datasets } = twoBuckets();
  artifacts.bind(ML, Access.READ);
  artifacts.bind(ML_JOB, Access.READ_WRITE);
  artifacts.bind(ML, Access.READ);
  datasets.bind(ML, Access.READ);
  datasets.bind(DATA, Access.READ_WRITE);
  expect(identitiesIn(environment).map(({ name, actions }) => [name, actions])).toEqual([
    ['admin', ['Admin']],
    ['namespace-app-data-team', ['Read', 'Write', 'List', 'Tagging'].map((action) => `${action}:acme-datasets`)],
    [
      'namespace-app-ml-team',
      [
        'Read:acme-datasets',
        'List:acme-datasets',
        'Read:sample-artifacts',
        'Write:sample-artifacts',
        'List:sample-artifacts',
        'Tagging:sample-artifacts',
      ],
    ],
  ]);
});

test('by folder, a namespace may read, write and list there only', () => {
  const { environment, artifacts } = twoBuckets();
  artifacts.bind(ML, Access.READ_WRITE, { prefixes: ['runs/'] });
  artifacts.bind(ML_JOB, Access.READ, { prefixes: ['lake/'] });
  expect(identitiesIn(environment)[1].actions).toEqual([
    'Read:sample-artifacts/lake/*',
    'Read:sample-artifacts/runs/*',
    'Write:sample-artifacts/runs/*',
    'List:sample-artifacts/lake/*',
    'List:sample-artifacts/runs/*',
    'Tagging:sample-artifacts/runs/*',
  ]);
});

test('the gateway knows an identity even if no workload is bound, so that it never lets everybody in', () => {
  expect(identitiesIn(twoBuckets().environment).map((identity) => identity.name)).toEqual(['admin']);
});

test('keys are generated in the cluster once, and appear nowhere else', () => {
  const { environment, artifacts } = twoBuckets();
  artifacts.bind(ML, Access.READ);
  const keys = specOf(manifest(environment, 'ExternalSecret', 's3-keys-namespace-app-ml-team'));
  expect(keys).toMatchObject({
    refreshPolicy: 'CreatedOnce',
    target: {
      template: { data: { 'access-key-id': 'namespace-app-ml-team', 'secret-access-key': '{{ .password }}' } },
    },
    dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 'passwords' } } }],
  });
  expect(specOf(manifest(environment, 'Password', 'passwords'))).toMatchObject({ length: 40, symbols: 0 });
  expect(identitiesIn(environment)[1].credentials).toEqual([
    { accessKey: 'namespace-app-ml-team', secretKey: '{{ .key1 }}' },
  ]);
  expect(specOf(manifest(environment, 'ExternalSecret', 's3-identities')).data).toEqual([
    { secretKey: 'key0', remoteRef: { key: 's3-keys-admin', property: 'secret-access-key' } },
    { secretKey: 'key1', remoteRef: { key: 's3-keys-namespace-app-ml-team', property: 'secret-access-key' } },
  ]);
});

test('the keys of a namespace reach that namespace only; those of the administrator none', () => {
  const { environment, artifacts, datasets } = twoBuckets();
  artifacts.bind(ML, Access.READ);
  datasets.bind(ML, Access.READ);
  const copies = manifestsOf(environment, 'ClusterExternalSecret');
  expect(copies).toHaveLength(1);
  expect(specOf(copies[0])).toMatchObject({
    externalSecretName: 's3-credentials',
    namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': 'app-ml-team' } }],
  });
  const [store] = manifestsOf(environment, 'ClusterSecretStore');
  expect(specOf(store).conditions).toEqual([
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'app-ml-team' } } },
  ]);
  expect(manifest(environment, 'Role', 'read-s3-app-ml-team').rules).toMatchObject([
    { verbs: ['get'], resourceNames: ['s3-keys-namespace-app-ml-team'] },
  ]);
});

test('users of any bucket reach the S3 port, and only the provisioner the others', () => {
  const { environment } = twoBuckets();
  expect(specOf(manifest(environment, 'NetworkPolicy', 's3')).ingress).toHaveLength(2);
  environment.useScraper({
    namespace: 'data-platform-monitoring',
    podLabels: { 'app.kubernetes.io/name': 'prometheus' },
  });
  expect(specOf(manifest(environment, 'NetworkPolicy', 's3')).ingress).toEqual([
    {
      from: ['datasets', 'artifacts'].map((name) => ({
        namespaceSelector: { matchLabels: { [`nstarx.io/uses-${name}`]: 'true' } },
      })),
      ports: [{ protocol: 'TCP', port: 8333 }],
    },
    {
      from: [
        {
          podSelector: {
            matchLabels: {
              'app.kubernetes.io/name': 's3-provisioner',
              'app.kubernetes.io/component': 's3-provisioner',
              'app.kubernetes.io/part-of': 'backing-services',
            },
          },
        },
      ],
      ports: [9333, 19333, 8888, 18888].map((port) => ({ protocol: 'TCP', port })),
    },
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data-platform-monitoring' } },
          podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
        },
      ],
      ports: [{ protocol: 'TCP', port: 9324 }],
    },
  ]);
});

test('the storage grows with the tier', () => {
  const sizeIn = (tier: Tier) => {
    const environment = environmentOf(tier);
    environment.addObjectStore('artifacts');
    const values = environment.components.sorted().find((component) => component.name === 'seaweedfs')?.values;
    return (values?.allInOne as { data: { size: string } }).data.size;
  };
  expect([sizeIn(Tier.LOCAL), sizeIn(Tier.PRODUCTION)]).toEqual(['20Gi', '500Gi']);
});

/** What the chart of the server is given. */
function serverOf(environment: ReturnType<typeof environmentOf>) {
  const values = environment.components.sorted().find((component) => component.name === 'seaweedfs')?.values;
  const { data, resources } = values?.allInOne as { data: { size: string }; resources: { [key: string]: object } };
  return { size: data.size, ...resources };
}

test('the first bucket says how large the server is, in every tier', () => {
  for (const tier of [Tier.LOCAL, Tier.PRODUCTION]) {
    const environment = environmentOf(tier);
    environment.addObjectStore('models', { serverMemory: '512Mi', serverStorage: '10Gi' });
    environment.addObjectStore('datasets', { serverMemory: '512Mi' });
    expect(serverOf(environment)).toEqual({
      size: '10Gi',
      requests: { cpu: '100m', memory: '512Mi' },
      limits: { memory: '512Mi' },
    });
  }
  const environment = environmentOf();
  environment.addObjectStore('models');
  expect(serverOf(environment)).toMatchObject({ requests: { memory: '512Mi' }, limits: { memory: '1Gi' } });
});

test('a later bucket cannot have the server larger', () => {
  const environment = environmentOf();
  environment.addObjectStore('models', { serverStorage: '10Gi' });
  expect(() => environment.addObjectStore('datasets', { serverStorage: '50Gi' })).toThrow(
    '[sample/backing-services/datasets] serverStorage must be as the environment\'s first bucket says, got "50Gi": give it to models, the first bucket of the environment: one server has all of them.',
  );
  expect(() => environment.addObjectStore('others', { serverMemory: '1Gi' })).toThrow('serverMemory must be as');
});

const refused: [string, ObjectStoreProps, string][] = [
  [
    'a malformed name',
    { bucketName: 'My_Bucket' },
    'bucketName must be a name of an S3 bucket, got "My_Bucket": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  ],
  [
    'an address as a name',
    { bucketName: '10.0.0.1' },
    'bucketName must be a name of an S3 bucket, got "10.0.0.1": use 3 to 63 lower-case letters, digits and hyphens; dots break TLS.',
  ],
  [
    'too little memory of its server',
    { serverMemory: '128Mi' },
    'serverMemory must be a whole number of Mi between 256Mi and 1048576Mi, got "128Mi": write it like \'256Mi\'.',
  ],
  [
    'too small a server',
    { serverStorage: '1Gi' },
    'serverStorage must be a whole number of Gi between 5Gi and 65536Gi, got "1Gi": write it like \'5Gi\'.',
  ],
  [
    'an expiration at once',
    { expirationDays: 0 },
    'expirationDays must be a whole number of at least 1, got 0: give days, or leave it out to keep objects.',
  ],
];

test.each(refused)('a bucket refuses %s', (_what, props, message) => {
  expect(() => environmentOf().addObjectStore('artifacts', props)).toThrow(
    new Error(`[sample/backing-services/artifacts] ${message}`),
  );
});

test('two buckets cannot have one name', () => {
  const environment = environmentOf();
  environment.addObjectStore('artifacts', { bucketName: 'acme' });
  expect(() => environment.addObjectStore('datasets', { bucketName: 'acme' })).toThrow(
    new Error(
      '[sample/backing-services/S3] bucketName must be unique in its environment, got "acme": choose another name.',
    ),
  );
});
