import { DeployedFramework } from '../../../src/api';
import { Tier } from '../../../src/contracts';
import { INFERENCE_ROOM, InferenceNamespace } from '../../../src/compositions/zero-touch/inference-namespace';
import { parseQuantity } from '../../../src/contracts/quantity';
import { MODEL_DEPLOYMENT_SIZES } from '../../../src/kinds/model-deployment/sizes';
import { PlatformTemplate } from '../../../src/testing';
import { Json, variablesOf } from '../../kinds/model-deployment/support';
import { add, childrenOf, Platform, platform, settingsOf } from './support';

const IMAGE = `registry.example.com/fraud@sha256:${'a'.repeat(64)}`;
const MODEL = { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' };

/** The objects of a model in the bucket, in the folder of a namespace. */
function served(of: Platform, folder = 'ml-inference', namespace = 'ml-inference'): { readonly [kind: string]: Json } {
  const uri = `s3://${of.data.artifactBucket.bucketName}/models/${folder}/fraud/`;
  const model = { ...MODEL, artifact: { uri } };
  const made = childrenOf(of, { model, serving: { image: IMAGE } }, namespace);
  return Object.fromEntries(made.map((one) => [one.kind, one]));
}

describe('on EKS', () => {
  const on = platform('aws', Tier.PRODUCTION, 4);
  const resources = { requests: { cpu: '2', memory: '4Gi' }, limits: { memory: '4Gi', 'nvidia.com/gpu': '1' } };
  add(on.chart, 'fraud', on.inference, { serving: { image: IMAGE } });
  // three and a node for each, which come when they are asked for
  add(on.chart, 'vision', on.inference, { serving: { image: IMAGE, resources } });
  const template = PlatformTemplate.fromApp(on.app, 'test');

  test('a model is fetched with the permissions of the account, and without keys', () => {
    const made = served(on);
    expect(made.Deployment.spec.template.spec.serviceAccountName).toBe('model-server');
    expect(variablesOf(made)).toMatchObject({ AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' });
    expect(JSON.stringify(made)).not.toContain('AWS_SECRET_ACCESS_KEY');
    // DNS, S3, which has public addresses, and the Pod Identity Agent of the node
    expect(made.NetworkPolicy.spec.egress.map(({ ports }: Json) => ports.map(({ port }: Json) => port))).toEqual([
      [53, 53],
      [443],
      [80],
    ]);
    expect(made.NetworkPolicy.spec.egress[2].to).toEqual([{ ipBlock: { cidr: '169.254.170.23/32' } }]);
  });

  test('the role reads the folder of the namespace, and is bound to the account of the namespace alone', () => {
    const associations = Object.values(template.findResources('aws_eks_pod_identity_association')) as Json[];
    const own = associations.filter(({ namespace }) => namespace === 'ml-inference');
    expect(own.map(({ service_account: account }) => account)).toEqual(['model-server']);
    const [, role] = /aws_iam_role\.([^.]+)\./.exec(own[0].role_arn as string) ?? [];
    const policies = Object.values(template.findResources('aws_iam_role_policy')) as Json[];
    const [policy] = policies.filter((one) => (one.role as string).includes(`aws_iam_role.${role}.`));
    const statements = JSON.parse(policy.policy as string).Statement as Json[];
    const actions = statements.flatMap(({ Action }) => [Action].flat() as string[]).sort();
    expect(actions).toEqual(['kms:Decrypt', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket']);
    const [objects] = statements.filter(({ Action }) => [Action].flat().includes('s3:GetObject'));
    expect([objects.Resource].flat()).toEqual([expect.stringMatching(/\/models\/ml-inference\/\*$/)]);
  });
});

describe('on Kind', () => {
  const on = platform('kind', Tier.LOCAL);
  add(on.chart, 'fraud', on.inference, { serving: { image: IMAGE } });
  // on a simulated GPU
  const gpu = { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi', 'nvidia.com/gpu': '1' } };
  add(on.chart, 'vision', on.inference, { serving: { image: IMAGE, resources: gpu } });
  const template = PlatformTemplate.fromApp(on.app, 'test');

  test('a model is fetched with the keys of the namespace, which are delivered there', () => {
    const made = served(on);
    expect(variablesOf(made)).toMatchObject({
      AWS_ACCESS_KEY_ID: 's3-credentials/access-key-id',
      AWS_SECRET_ACCESS_KEY: 's3-credentials/secret-access-key',
      AWS_ENDPOINT_URL_S3: expect.stringContaining('http://') as string,
    });
    expect(made.NetworkPolicy.spec.egress).toHaveLength(2);
    expect(made.NetworkPolicy.spec.egress[1].to).toMatchObject([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'backing-services' } } },
    ]);
    const secrets = Object.values(template.findObjects('ExternalSecret')) as Json[];
    const delivered = Object.values(template.findObjects('ClusterExternalSecret')) as Json[];
    const names = [
      ...secrets.filter(({ metadata }) => metadata.namespace === 'ml-inference').map(({ spec }) => spec.target?.name),
      ...delivered.map(({ spec }) => spec.externalSecretSpec?.target?.name ?? spec.externalSecretName),
    ];
    expect(names).toContain('s3-credentials');
  });

  test('nothing but the namespace’s own account may be used, and its default one has no token', () => {
    const accounts = (Object.values(template.findObjects('ServiceAccount')) as Json[]).filter(
      ({ metadata }) => metadata.namespace === 'ml-inference',
    );
    expect(accounts.map(({ metadata }) => metadata.name).sort()).toEqual(['default', 'model-server']);
    expect(accounts.map(({ automountServiceAccountToken: token }) => token)).toEqual([false, false]);
    const bindings = (Object.values(template.findObjects('RoleBinding')) as Json[]).filter(
      ({ metadata }) => metadata.namespace === 'ml-inference',
    );
    // what is served comes by Git: nobody may change it there
    expect(bindings.map(({ roleRef, subjects }) => [roleRef.name, subjects[0].name])).toEqual([
      ['platform-viewer', 'ml-inference-viewers'],
    ]);
  });

  test('a namespace without the account has no keys, and a model in a bucket is refused there', () => {
    expect(settingsOf(on).modelDeployment?.accountNamespaces).toContain('ml-inference');
    expect(() => served(on, 'vision', 'vision')).toThrow(
      'model.artifact.uri must not be in a bucket, since pods of namespace vision have no account that reads one',
    );
  });

  test('admission and synthesis keep models to the folder of their namespace', () => {
    const policies = template.findObjects('ValidatingAdmissionPolicy');
    const [policy] = (Object.values(policies) as Json[]).filter(
      ({ metadata }) => metadata.name === 'lake-folders-modeldeployments.mlifecycle.io',
    );
    expect(JSON.stringify(policy.spec.validations)).toContain('spec.model.artifact.uri');
    const bad = platform('kind', Tier.LOCAL);
    const uri = `s3://${bad.data.artifactBucket.bucketName}/models/vision/churn/`;
    add(bad.chart, 'thief', bad.inference, {
      model: { name: 'churn', version: '1', framework: DeployedFramework.ONNX, artifact: { uri } },
      serving: { image: IMAGE },
    });
    expect(() => PlatformTemplate.fromApp(bad.app, 'test')).toThrow('models/vision/churn');
  });
});

test('what does not fit the quota is found before anything is applied', () => {
  const on = platform('kind', Tier.LOCAL);
  add(on.chart, 'fraud', on.inference, {
    serving: { image: IMAGE, replicas: 20, autoscaling: { maxReplicas: 20, minReplicas: 20 } },
  });
  expect(() => PlatformTemplate.fromApp(on.app, 'test')).toThrow(/ResourceQuota tenant allows .*requests.cpu/);
});

test('GPUs that the pools cannot have are found before anything is applied', () => {
  const on = platform('aws', Tier.PRODUCTION, 1);
  const resources = { requests: { cpu: '2', memory: '4Gi' }, limits: { memory: '4Gi', 'nvidia.com/gpu': '1' } };
  add(on.chart, 'vision', on.inference, { serving: { image: IMAGE, resources } });
  expect(() => PlatformTemplate.fromApp(on.app, 'test')).toThrow(/1 GPUs each, and 2 of 3 find no room/);
});

test.each(Object.values(Tier))(
  'in %s there is room for models at their largest, and for a pod more of each',
  (tier) => {
    const { inference } = platform('kind', tier);
    const hard = (inference.namespace.resourceQuota.toJson() as Json).spec.hard;
    const { cpu, memory, maxReplicas } = MODEL_DEPLOYMENT_SIZES[tier];
    const pods = INFERENCE_ROOM[tier].models * (maxReplicas + 1);
    expect(parseQuantity(hard['requests.cpu'])).toBeGreaterThanOrEqual(pods * (parseQuantity(cpu) ?? 0));
    expect(parseQuantity(hard['requests.memory'])).toBeGreaterThanOrEqual(pods * (parseQuantity(memory) ?? 0));
    expect(parseQuantity(hard.pods)).toBeGreaterThanOrEqual(pods);
  },
);

test('it is made before the operators, whose settings name it', () => {
  const { environment, data } = platform('kind', Tier.LOCAL);
  const { gateway, artifactBucket: models } = data;
  expect(
    () => new InferenceNamespace(environment.addChart('late'), 'late', { gateway, models, name: 'ml-late' }),
  ).toThrow(
    '[test/late/late] scope must be made before the operators that serve models in it, got "ml-late": make it before test/neural/operators, which has the operators.',
  );
});
