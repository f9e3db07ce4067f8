import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { Environment } from '../../../src/app';
import { Access, CacheProps, ICache } from '../../../src/contracts';
import { cacheUserList, PROVISION_CACHE_USERS } from '../../../src/providers/aws/cache-users';
import { temporaryFolder } from '../../support/synth';
import { AwsOutput, Json, policyOf, resources, synthAws, theResource } from './terraform';

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
    secretEnv: [
      { name: 'CACHE_USERNAME', secretName: 'cache-credentials.trainer', key: 'username' },
      { name: 'CACHE_PASSWORD', secretName: 'cache-credentials.trainer', key: 'password' },
    ],
    egress: [{ cidrs: ['10.0.224.0/22', '10.0.228.0/22', '10.0.232.0/22'], ports: [6379] }],
    namespaceLabels: {},
  });
});

test("nobody is let in but the users, who are made by a pod that may change this cache's users only", () => {
  const stack = output.infrastructure;
  expect(theResource(stack, 'aws_elasticache_user')).toMatchObject({
    user_name: 'default',
    access_string: 'off -@all',
    engine: 'valkey',
  });
  expect(theResource(stack, 'aws_elasticache_user_group')).toMatchObject({
    user_group_id: 'production-cache',
    lifecycle: { ignore_changes: ['user_ids'] },
  });
  expect(theResource(stack, 'aws_elasticache_replication_group').user_group_ids).toEqual([
    expect.stringMatching(/^\$\{aws_elasticache_user_group\./),
  ]);
  const [statement, ...others] = policyOf(stack, 'backing-services', 'cache-users');
  expect(others).toEqual([]);
  expect(JSON.stringify(statement.Resource)).toMatch(/:user:production-cache-\*".*:usergroup:production-cache"/);
  expect(JSON.stringify(stack)).not.toContain('"passwords"');
});

describe('the script that makes users', () => {
  /** Stands for `aws`: users are files with their JSON, the group is a file with ids; writes down what it is called with. */
  const AWS = `#!/bin/sh
echo "$*" >> "$STATE/log"
case "$2" in
  describe-users)
    [ -f "$STATE/user-$4" ] || { echo 'An error occurred (UserNotFound) when calling' >&2; exit 254; }
    echo active ;;
  create-user|modify-user)
    file=\${4#file://}
    id=$(sed -n 's/.*"UserId":"\\([^"]*\\)".*/\\1/p' "$file")
    cp "$file" "$STATE/user-$id" ;;
  describe-user-groups) cat "$STATE/group" ;;
  modify-user-group) ;;
  *) exit 1 ;;
esac
`;
  const users = [
    { id: 'production-cache-1', name: 'team-a.api', rules: '~* +@all', secretName: 'x' },
    { id: 'production-cache-2', name: 'team-b.api', rules: '~b:* +@all', secretName: 'y' },
  ];

  function run(folder: string, list: typeof users, members: string) {
    fs.mkdirSync(path.join(folder, 'script'), { recursive: true });
    fs.mkdirSync(path.join(folder, 'users'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'aws'), AWS, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, 'group'), members);
    fs.writeFileSync(path.join(folder, 'script', 'users.txt'), cacheUserList(list));
    list.forEach(({ name }) => fs.writeFileSync(path.join(folder, 'users', name), `password-of-${name}`));
    fs.rmSync(path.join(folder, 'log'), { force: true });
    const script = PROVISION_CACHE_USERS.replaceAll('/tmp/', `${folder}/`).replaceAll('/etc/cache', folder);
    const { status, stderr } = spawnSync('sh', ['-ec', script], {
      encoding: 'utf8',
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        STATE: folder,
        USER_GROUP: 'production-cache',
        NOBODY: 'production-cache-default',
      },
    });
    const log = fs.readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n');
    const changes = log.filter((line) => !line.includes('describe-'));
    return { status, stderr, changes: changes.map((line) => line.replaceAll(folder, '')) };
  }

  test('makes them, puts them into the group, and takes out who is there no longer; again, it does nothing', () => {
    const folder = temporaryFolder();
    expect(run(folder, users, 'production-cache-default\tproduction-cache-gone\n')).toEqual({
      status: 0,
      stderr: '',
      changes: [
        'elasticache create-user --cli-input-json file:///input.json',
        'elasticache create-user --cli-input-json file:///input.json',
        'elasticache modify-user-group --user-group-id production-cache --user-ids-to-add production-cache-1 production-cache-2 --user-ids-to-remove production-cache-gone',
      ],
    });
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'user-production-cache-2'), 'utf8'))).toEqual({
      UserId: 'production-cache-2',
      UserName: 'team-b.api',
      Engine: 'valkey',
      AccessString: 'on ~b:* +@all',
      AuthenticationMode: { Type: 'password', Passwords: ['password-of-team-b.api'] },
    });
    const members = 'production-cache-default\tproduction-cache-1\tproduction-cache-2\n';
    expect(run(folder, users, members).changes).toEqual([]);
    const [one, other] = users;
    expect(run(folder, [one, { ...other, rules: '%R~b:* +@read' }], members).changes).toEqual([
      'elasticache modify-user --cli-input-json file:///input.json',
    ]);
    expect(fs.existsSync(path.join(folder, 'input.json'))).toBe(false);
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
