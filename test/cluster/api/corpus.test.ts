import { KINDS } from '../../../src/api/kinds';
import { apply, badObjects, validObject } from '../../api/support/corpus';
import { describeCluster } from '../connect';
import { create, installKinds } from './support/server';

describeCluster('bad objects', (cluster) => {
  beforeAll(() => installKinds(cluster));

  test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s: the base object is accepted', async (_, kind) => {
    expect((await create(cluster, validObject(kind))).message).toBe('');
  });

  test.each(KINDS.map((kind) => [kind.kind, kind] as const))(
    '%s: each is refused with its message',
    async (_, kind) => {
      const wrong: string[] = [];
      for (const bad of badObjects(kind)) {
        const { code, message } = await create(cluster, apply(bad, validObject(kind)));
        if (code < 400 || code >= 500 || !message.includes(bad.server ?? bad.message) || !message.includes(bad.field)) {
          wrong.push(`${bad.case}: ${code} ${message}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});
