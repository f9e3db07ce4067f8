import { Environment } from '../../../src/app';
import { Access } from '../../../src/contracts';
import { AwsOutput, policyOf, resources, statements, synthAws } from './terraform';

const trainer = { namespace: 'team-a', serviceAccountName: 'trainer' };

let output: AwsOutput;
beforeAll(() => {
  output = synthAws({
    contents: (environment) => {
      environment.addObjectStore('ml-artifacts').bind(trainer, Access.READ);
    },
  });
});

test('a role of Pod Identity can be assumed for one ServiceAccount of one cluster only', () => {
  const roles = resources(output.infrastructure, 'aws_iam_role').filter((role) =>
    String(role.assume_role_policy).includes('pods.eks.amazonaws.com'),
  );
  expect(roles.length).toBeGreaterThan(3);
  for (const role of roles) {
    const [trust, ...others] = statements(role.assume_role_policy);
    expect(others).toEqual([]);
    expect(trust.Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    expect(Object.keys((trust.Condition as { StringEquals: object }).StringEquals)).toEqual([
      'aws:RequestTag/eks-cluster-arn',
      'aws:RequestTag/kubernetes-namespace',
      'aws:RequestTag/kubernetes-service-account',
    ]);
  }
});

const policyAfter = (bind: (environment: Environment) => void) =>
  policyOf(synthAws({ contents: bind }).infrastructure, 'team-a', 'trainer');

test('reading: this bucket and its key, nothing to write', () => {
  const policy = policyOf(output.infrastructure, 'team-a', 'trainer');
  expect(policy).toEqual([
    {
      Effect: 'Allow',
      Action: ['s3:GetBucketLocation', 's3:ListBucket'],
      Resource: expect.stringMatching(/^\$\{aws_s3_bucket\.ml-artifacts_\w+\.arn\}$/),
    },
    {
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: expect.stringMatching(/^\$\{aws_s3_bucket\.ml-artifacts_\w+\.arn\}\/\*$/),
    },
    {
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: expect.stringMatching(/^\$\{aws_kms_key\.ml-artifacts_key_\w+\.arn\}$/),
      Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
    },
  ]);
});

test.each<[string, Access[]]>([
  ['reading, then writing', [Access.READ, Access.READ_WRITE]],
  ['writing, then reading', [Access.READ_WRITE, Access.READ]],
  ['writing twice', [Access.READ_WRITE, Access.READ_WRITE]],
])('%s is writing once', (_, accesses) => {
  const policy = policyAfter((environment) => {
    const bucket = environment.addObjectStore('models');
    accesses.forEach((access) => bucket.bind(trainer, access));
  });
  expect(policy).toHaveLength(3);
  expect(policy[1].Action).toContain('s3:PutObject');
  expect(policy[2].Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
});

test('by folder: listed, read and written there only', () => {
  const policy = policyAfter((environment) => {
    const bucket = environment.addObjectStore('models');
    bucket.bind(trainer, Access.READ_WRITE, { prefixes: ['runs/'] });
    bucket.bind(trainer, Access.READ, { prefixes: ['lake/orders/', 'lake/', 'runs/old/'] });
  });
  const arn = expect.stringMatching(/^\$\{aws_s3_bucket\.models_\w+\.arn\}$/) as unknown;
  const within = (folder: string) => expect.stringMatching(new RegExp(`\\.arn\\}/${folder}/\\*$`)) as unknown;
  expect(policy.slice(0, -1)).toEqual([
    { Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: arn },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: arn,
      Condition: { StringLike: { 's3:prefix': ['lake/*', 'runs/*'] } },
    },
    {
      Effect: 'Allow',
      Action: 's3:ListBucketMultipartUploads',
      Resource: arn,
      Condition: { StringLike: { 's3:prefix': ['runs/*'] } },
    },
    { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [within('lake'), within('runs')] },
    { Effect: 'Allow', Action: expect.arrayContaining(['s3:PutObject']), Resource: within('runs') },
  ]);
});

test('a grant of the whole bucket makes those of folders superfluous, in whatever order', () => {
  const after = (grants: [Access, string[] | undefined][]) =>
    policyAfter((environment) => {
      const bucket = environment.addObjectStore('models');
      grants.forEach(([access, prefixes]) => bucket.bind(trainer, access, { prefixes }));
    });
  const whole: [Access, undefined] = [Access.READ_WRITE, undefined];
  const folder: [Access, string[]] = [Access.READ_WRITE, ['runs/']];
  expect(after([whole, folder])).toEqual(after([whole]));
  expect(after([folder, whole])).toEqual(after([whole]));
});

test('two buckets, one role', () => {
  const policy = policyAfter((environment) => {
    environment.addObjectStore('models').bind(trainer, Access.READ);
    environment.addObjectStore('datasets').bind(trainer, Access.READ_WRITE);
  });
  expect(policy).toHaveLength(6);
});

test('ServiceAccounts whose names could be confused have roles of their own', () => {
  const stack = synthAws({
    contents: (environment) => {
      const bucket = environment.addObjectStore('models');
      bucket.bind({ namespace: 'a-b', serviceAccountName: 'c' }, Access.READ);
      bucket.bind({ namespace: 'a', serviceAccountName: 'b-c' }, Access.READ);
    },
  }).infrastructure;
  const roles = resources(stack, 'aws_iam_role').map((role) => role.name);
  expect(roles).toContain('production-eu-west-1-a-b.c');
  expect(roles).toContain('production-eu-west-1-a.b-c');
  expect(new Set(roles).size).toBe(roles.length);
});
