import { createHash } from 'node:crypto';
import { cacheRules } from '../../../src/providers/in-cluster/cache-users';
import { describeTool } from '../describe-tool';
import { Redis, startRedis, whyNoRedis } from '../redis';

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
