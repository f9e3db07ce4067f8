import { Environment } from '../../../src/app';
import { Access, CacheProps, ICache } from '../../../src/contracts';
import { AwsOutput, Json, resources, synthAws, theResource } from './terraform';

const trainer = { namespace: 'team-a', serviceAccountName: 'trainer' };

let output: AwsOutput;
let cache: ICache;
beforeAll(() => {
  output = synthAws({
    contents: (environment) => {
      cache = environment.addCache('cache');
    },
  });
});

test('is encrypted at rest and on the way, and survives the loss of a zone', () => {
  expect(theResource(output.infrastructure, 'aws_elasticache_replication_group')).toMatchObject({
    engine: 'valkey',
    engine_version: '8.1',
    at_rest_encryption_enabled: 'true',
    kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\.cache_key_/),
    transit_encryption_enabled: true,
    transit_encryption_mode: 'required',
    num_cache_clusters: 2,
    automatic_failover_enabled: true,
    multi_az_enabled: true,
    snapshot_retention_limit: 7,
    node_type: 'cache.m7g.large',
  });
  expect(theResource(output.infrastructure, 'aws_elasticache_parameter_group').family).toBe('valkey8');
});

test('binding gives the variables of the contract', () => {
  expect(cache.bind(trainer, Access.READ)).toEqual({
    env: { CACHE_HOST: 'cache.backing-services.svc.cluster.local', CACHE_PORT: '6379', CACHE_TLS: 'true' },
    secretEnv: [],
    egress: [{ cidrs: ['10.0.224.0/22', '10.0.228.0/22', '10.0.232.0/22'], ports: [6379] }],
    namespaceLabels: {},
  });
});

test.each<[number, string]>([
  [100, 'cache.t4g.micro'],
  [513, 'cache.t4g.small'],
  [8192, 'cache.r7g.large'],
  [400000, 'cache.r7g.16xlarge'],
])('%i MiB need a %s', (mebibytes, type) => {
  const stack = synthAws({ contents: (env) => env.addCache('cache', { memory: `${mebibytes}Mi` }) }).infrastructure;
  expect(theResource(stack, 'aws_elasticache_replication_group').node_type).toBe(type);
});

test('a long name is cut to what ElastiCache takes, and stays its own', () => {
  const stack = synthAws({
    name: 'production-of-team-a',
    contents: (env) => {
      env.addCache('sessions-of-the-recommender-a');
      env.addCache('sessions-of-the-recommender-b');
    },
  }).infrastructure;
  const names = resources(stack, 'aws_elasticache_replication_group').map((one) => String(one.replication_group_id));
  expect(new Set(names).size).toBe(2);
  names.forEach((name) => expect(name).toMatch(/^[a-z](?!.*--)[a-z0-9-]{0,38}[a-z0-9]$/));
});

test.each<[string, CacheProps, Json]>([
  ['highlyAvailable', { highlyAvailable: false }, { num_cache_clusters: 1, multi_az_enabled: false }],
  ['instanceType', { instanceType: 'cache.m6g.large' }, { node_type: 'cache.m6g.large' }],
])('%s of a cache overrides the default', (_, props, expected) => {
  const stack = synthAws({ contents: (env) => env.addCache('cache', props) }).infrastructure;
  expect(theResource(stack, 'aws_elasticache_replication_group')).toMatchObject(expected);
});

test.each<[string, (environment: Environment) => void, string]>([
  [
    'type of a cache',
    (env) => env.addCache('cache', { instanceType: 'm7g.large' }),
    'instanceType must be an ElastiCache node type, got "m7g.large": name it like cache.m7g.large.',
  ],
  [
    'memory of a cache',
    (env) => env.addCache('cache', { memory: '1Ti' }),
    'memory must be a whole number of Mi between 1Mi and 429140Mi, got "1Ti": write it like \'1Mi\'.',
  ],
])('a cache refuses a wrong %s', (_, contents, message) => {
  expect(() => synthAws({ contents })).toThrow(message);
});
