import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { valkey } from '../../../src/components/valkey';
import { cacheRules } from '../../../src/providers/in-cluster/cache-users';
import {
  PROVISION_VALKEY_USERS,
  VALKEY_STATE,
  valkeyUserList,
} from '../../../src/providers/in-cluster/cache-users-provisioner';
import { temporaryFolder } from '../../support/synth';
import { describeTool } from '../describe-tool';
import { Redis, startRedis, whyNoRedis } from '../redis';

const run = promisify(execFile);

const EVERYWHERE = { readable: [''], writable: [''] };
const USERS = {
  'team-a.api': { readable: ['a:'], writable: ['a:'] },
  'team-b.api': { readable: ['b:'], writable: ['b:'] },
  'team-b.report': { readable: ['b:'], writable: [] },
  'team-c.mixed': { readable: ['a:', 'c:'], writable: ['c:'] },
  'features.spark': EVERYWHERE,
  'features.server': { readable: [''], writable: [] },
};

describeTool('users of a cache', whyNoRedis(), () => {
  let server: Redis;

  beforeAll(async () => {
    // as the chart writes it
    const line = (name: string, rules: string) =>
      `user ${name} on #${createHash('sha256').update(`pw-${name}`).digest('hex')} ${rules}`;
    server = await startRedis([
      line('default', 'off resetkeys resetchannels -@all'),
      ...Object.entries(USERS).map(([name, grant]) => line(name, cacheRules(grant))),
    ]);
  }, 180_000);
  afterAll(() => server.stop());

  /** What the server answers after the user has logged in. */
  const as = async (name: string, ...commands: string[]) => {
    const [login, ...answers] = await server.as(
      { name, password: `pw-${name}` },
      ...commands.map((command) => command.split(' ')),
    );
    expect(login).toBe('+OK');
    return answers;
  };

  test('nobody is let in without a user, not even by the password of the default one', async () => {
    expect(await server.as(undefined, ['GET', 'a:x'])).toEqual(['-NOAUTH Authentication required.']);
    const [login] = await server.as({ name: 'default', password: 'pw-default' });
    expect(login).toMatch(/^-WRONGPASS/);
    expect((await server.as({ name: 'team-a.api', password: 'pw-team-b.api' }))[0]).toMatch(/^-WRONGPASS/);
  });

  test('a user has its own keys and no others', async () => {
    expect(await as('team-a.api', 'SET a:x 1', 'GET a:x', 'DEL a:x')).toEqual(['+OK', '1', ':1']);
    const refused = await as('team-a.api', 'GET b:x', 'SET b:x 1', 'GET c', 'EVAL return(redis.call("get","b:x")) 0');
    for (const answer of refused) expect(answer).toMatch(/NOPERM|No permissions|can't access/i);
  });

  test('a user who reads does not write', async () => {
    expect(await as('team-b.api', 'SET b:y 2')).toEqual(['+OK']);
    expect(await as('team-b.report', 'GET b:y')).toEqual(['2']);
    const refused = await as('team-b.report', 'SET b:y 3', 'DEL b:y', 'GET a:x', 'EXPIRE b:y 1', 'GETDEL b:y');
    for (const answer of refused) expect(answer).toMatch(/^-NOPERM/);
    expect(await as('features.server', 'GET b:y')).toEqual(['2']);
    expect((await as('features.server', 'SET b:y 3'))[0]).toMatch(/^-NOPERM/);
  });

  test('a user who writes some keys and reads others does just that', async () => {
    expect(await as('team-a.api', 'SET a:z 1')).toEqual(['+OK']);
    expect(await as('team-c.mixed', 'SET c:z 1', 'GET a:z')).toEqual(['+OK', '1']);
    expect((await as('team-c.mixed', 'SET a:z 2'))[0]).toMatch(/^-NOPERM/);
    expect((await as('team-c.mixed', 'GETDEL a:z'))[0]).toMatch(/^-NOPERM/);
  });

  test.each([
    'KEYS *',
    'FLUSHALL',
    'FLUSHDB',
    'CONFIG GET *',
    'ACL LIST',
    'ACL SETUSER x on',
    'SHUTDOWN',
    'REPLICAOF NO ONE',
  ])('no user may %s', async (command) => {
    for (const user of ['team-a.api', 'features.spark', 'features.server']) {
      expect([user, (await as(user, command))[0]]).toEqual([user, expect.stringMatching(/^-NOPERM/)]);
    }
  });

  test('users of some keys do not see the names of others, nor hear of their channels', async () => {
    for (const command of ['SCAN 0', 'RANDOMKEY', 'PUBLISH b:news x', 'SUBSCRIBE b:news']) {
      expect([command, (await as('team-a.api', command))[0]]).toEqual([command, expect.stringMatching(/^-NOPERM/)]);
    }
    expect((await as('team-a.api', 'PUBLISH a:news x'))[0]).toBe(':0');
  });
});

const FOLDER = '/etc/cache';
const ADMINISTRATOR = 'administrator';

describeTool('the provisioner of the users of a cache', whyNoRedis(), () => {
  let server: Redis;
  let folder: string;

  const start = async () => {
    const { auth } = valkey({ name: 'cache', namespace: 'x', memoryMiB: 64, adminSecretName: 'cache-admin' })
      .values as {
      auth: { aclUsers: Record<string, { permissions: string }> };
    };
    const hash = createHash('sha256').update('pw of the administrator').digest('hex');
    // as the chart writes it
    const lines = Object.entries(auth.aclUsers).map(
      ([name, { permissions }]) => `user ${name} on #${hash} ${permissions}`,
    );
    server = await startRedis(lines);
    // the image's client by its name
    fs.writeFileSync(
      path.join(folder, 'valkey-cli'),
      `#!/bin/sh\nREDISCLI_AUTH=$VALKEYCLI_AUTH exec ${server.client.program} "$@"\n`,
      { mode: 0o755 },
    );
  };

  beforeEach(async () => {
    folder = temporaryFolder();
    for (const part of ['admin', 'users', 'script']) fs.mkdirSync(path.join(folder, part));
    fs.writeFileSync(path.join(folder, 'admin', ADMINISTRATOR), 'pw of the administrator');
    await start();
  }, 180_000);
  afterEach(() => server.stop());

  const inPod = async (script: string) => {
    const env = { ...server.client.env, CACHE_HOST: '127.0.0.1', CACHE_PORT: String(server.port) };
    const { stdout } = await run('sh', ['-euc', script.replaceAll(FOLDER, folder)], {
      env: { ...env, PATH: `${folder}:${process.env.PATH}` },
    });
    return stdout;
  };
  const passwordOf = (name: string) => `pw $(id) "${name}"`;
  const provision = (users: Record<string, Parameters<typeof cacheRules>[0]>) => {
    const described = Object.entries(users).map(([name, grant]) => ({ name, rules: cacheRules(grant) }));
    for (const { name } of described) fs.writeFileSync(path.join(folder, 'users', name), passwordOf(name));
    fs.writeFileSync(path.join(folder, 'script/users.txt'), valkeyUserList(described));
    return inPod(PROVISION_VALKEY_USERS);
  };
  const as = (name: string, ...commands: string[]) =>
    server.as({ name, password: passwordOf(name) }, ...commands.map((command) => command.split(' ')));

  test('users come and go while the server runs, and what it holds stays', async () => {
    await provision({ 'team-a.api': USERS['team-a.api'] });
    expect(await as('team-a.api', 'SET a:x 1', 'SET b:x 1')).toEqual(['+OK', '+OK', expect.stringMatching(/^-NOPERM/)]);
    await provision(USERS);
    expect(await as('team-a.api', 'GET a:x')).toEqual(['+OK', '1']);
    expect(await as('team-b.api', 'SET b:y 1')).toEqual(['+OK', '+OK']);
    // one that is gone, and one that may do less
    await provision({ 'team-a.api': USERS['team-b.report'] });
    expect((await as('team-b.api', 'GET b:y'))[0]).toMatch(/^-WRONGPASS/);
    expect(await as('team-a.api', 'GET b:y', 'SET a:x 2')).toEqual(['+OK', '1', expect.stringMatching(/^-NOPERM/)]);
  });

  test('the administrator makes users, and may read and write nothing', async () => {
    await provision({});
    const user = { name: ADMINISTRATOR, password: 'pw of the administrator' };
    const [login, ...answers] = await server.as(
      user,
      ['GET', 'a'],
      ['SET', 'a', '1'],
      ['CONFIG', 'GET', '*'],
      ['FLUSHALL'],
    );
    expect(login).toBe('+OK');
    for (const answer of answers) expect(answer).toMatch(/^-NOPERM/);
  });

  test('a server that has started anew is another one, and its file has the users', async () => {
    await provision({ 'team-a.api': USERS['team-a.api'] });
    const before = await inPod(VALKEY_STATE);
    expect(before).toMatch(/^run_id:/);
    expect(await inPod(VALKEY_STATE)).toBe(before);
    const file = fs.readFileSync(server.aclFile, 'utf8');
    expect(file).toContain('user team-a.api on');
    expect(file).not.toContain('pw ');
    await server.stop();
    expect(await inPod(`${VALKEY_STATE} || true`)).toBe('');
    await start();
    expect(await inPod(VALKEY_STATE)).not.toBe(before);
  });
});
