import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { withLock } from './lock';

describe('withLock', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lock-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  test('work under the same lock runs one after the other', async () => {
    const file = path.join(folder, 'lock');
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      seen.push(`${name} begins`);
      await sleep(20);
      seen.push(`${name} ends`);
    };

    await Promise.all([withLock(file, work('a')), withLock(file, work('b'))]);

    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('the lock of a process that is gone is taken over', async () => {
    const file = path.join(folder, 'lock');
    fs.writeFileSync(file, String(2 ** 22 + 1)); // above the highest process id of Linux

    await expect(withLock(file, async () => 'done')).resolves.toBe('done');
  });

  test('a failure releases the lock', async () => {
    const file = path.join(folder, 'lock');

    await expect(withLock(file, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(fs.existsSync(file)).toBe(false);
  });
});
