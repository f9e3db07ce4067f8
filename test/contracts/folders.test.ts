import * as fc from 'fast-check';

import { folderUrl } from '../../src/contracts/folders';

test.each([
  ['s3://models/churn/1.4.1', 's3://models/churn/1.4.1/'],
  ['s3://models/churn/1.4.1//', 's3://models/churn/1.4.1/'],
  ['models/', 'models/'],
])('%s is the folder %s', (url, folder) => {
  expect(folderUrl(url)).toBe(folder);
});

test('no folder is the beginning of one whose name goes on', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,8}$/);
  fc.assert(
    fc.property(name, name, (one, more) => {
      expect(folderUrl(`s3://bucket/${one}${more}`).startsWith(folderUrl(`s3://bucket/${one}`))).toBe(false);
      expect(`${folderUrl(`s3://bucket/${one}`)}${more}`.startsWith(folderUrl(`s3://bucket/${one}`))).toBe(true);
    }),
  );
});
