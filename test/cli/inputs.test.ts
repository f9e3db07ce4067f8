import * as fs from 'node:fs';
import * as path from 'node:path';
import { readInput } from '../../src/cli/inputs';
import { reportOf, SAMPLE, Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());

place.write('models/a.yaml', SAMPLE);
place.write('models/b.json', JSON.stringify({ apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment' }));
place.write('models/deep/c.yaml', SAMPLE);
place.write('models/[v2].yaml', SAMPLE);

test.each([
  ['a pattern', ['models/*.yaml'], ['models/[v2].yaml', 'models/a.yaml']],
  ['a pattern for all folders', ['models/**/*.yaml'], ['models/[v2].yaml', 'models/a.yaml', 'models/deep/c.yaml']],
  ['alternatives', ['models/*.{json,yml}'], ['models/b.json']],
  ['a file whose name is like a pattern', ['models/[v2].yaml'], ['models/[v2].yaml']],
  ['a file that is named several times', ['models/a.yaml', './models/a.yaml', 'models/a*'], ['models/a.yaml']],
])('%s', async (_, args, files) => {
  const { manifests } = reportOf(await place.run('validate', '--format', 'json', ...args));
  expect(manifests.map((one) => (one as unknown as { file: string }).file)).toEqual(files);
});

test('what is piped in', async () => {
  const outcome = await place.pipe(SAMPLE, 'validate', '-');
  expect(outcome).toEqual({
    code: 0,
    stdout: 'stdin:1:1: ModelDeployment fraud-detector-2-1-0 is valid\n1 manifest asked, nothing found\n',
    stderr: '',
  });
});

const LOOP = path.join(place.folder, 'loop.yaml');
fs.symlinkSync(LOOP, LOOP);

test.each([
  ['a file that is not there', 'nothing.yaml', /nothing\.yaml must be a file that can be read, got no such file/],
  ['a pattern that matches nothing', 'models/*.yml', /models\/\*\.yml must match a file, got nothing/],
  ['a folder', 'models', /must be a file, not a folder, got "models": write 'models\/\*\*\/\*\.yaml'/],
  ['a file that cannot be opened', 'loop.yaml', /loop\.yaml must be a file that can be read, got ELOOP/],
  ['no name', '', /must be a file, not a folder/],
])('%s is named, and the others are asked', async (_, file, message) => {
  const outcome = await place.run('validate', file, 'models/a.yaml');
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stdout).toContain('ModelDeployment fraud-detector-2-1-0 is valid');
});

test('a file that its user may not read is named', async () => {
  const file = path.join(place.folder, place.write('secret.yaml', SAMPLE));
  fs.chmodSync(file, 0);
  // root reads everything
  if (process.getuid?.() === 0) return;
  expect((await place.run('validate', 'secret.yaml')).stderr).toMatch(/got no permission/);
});

test('a terminal is not waited for', async () => {
  const input = Object.assign((async function* () {})() as AsyncGenerator<Buffer>, { isTTY: true });
  const terminal = { folder: place.folder, input, print: () => undefined, warn: () => undefined };
  expect(await readInput('-', terminal)).toEqual({
    file: 'stdin',
    message: expect.stringMatching(/must have something piped in, got "a terminal"/) as string,
  });
});

test.each(['nothing', ' ', '\n---\n', '# a comment\n'])('a file with %j has nothing to ask', async (text) => {
  const outcome = await place.run('validate', place.write('empty.yaml', text));
  expect(outcome.code).not.toBe(0);
});

test('files without a manifest of the platform are not taken for kept', async () => {
  const outcome = await place.run('validate', place.write('config.yaml', 'apiVersion: v1\nkind: ConfigMap\n'));
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/config\.yaml:1:1: v1 ConfigMap is skipped: it is of no kind of the platform\n/);
  expect(outcome.stderr).toMatch(/must have a manifest to ask, got "config\.yaml"/);
});

describe('hostile files', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((key, at) => {
      const former = `*${'abcdefghi'[at]}`;
      return `${key}: &${key} [${Array(9).fill(former).join(', ')}]`;
    }),
  ].join('\n');
  const big = `${SAMPLE}  # ${'x'.repeat(10 * 1024 * 1024)}\n`;

  test.each<[string, string | Uint8Array, RegExp]>([
    [
      'duplicate keys',
      SAMPLE.replace('  drift:', '  metrics: { accuracy: 1, f1_score: 1 }\n  drift:'),
      /metrics.*twice/,
    ],
    [
      'duplicate keys in JSON',
      '{"apiVersion":"mlifecycle.io/v1","kind":"ModelDeployment","kind":"ConfigMap"}',
      /twice/,
    ],
    ['an alias bomb', `apiVersion: mlifecycle.io/v1\nkind: ModelDeployment\n${bomb}\n`, /alias|keys and values/],
    ['10 MB', big, /less than 10 MiB|bytes/],
    ['1 MB', `${SAMPLE}  # ${'x'.repeat(1024 * 1024)}\n`, /bytes/],
    ['NaN', SAMPLE.replace('0.94', '.nan'), /no number/],
    ['Infinity', SAMPLE.replace('0.94', '.inf'), /no number/],
    ['NaN as JavaScript writes it', SAMPLE.replace('0.94', 'NaN'), /must be of type number/],
    ['a tab', SAMPLE.replace('    accuracy', '\taccuracy'), /YAML/],
    ['NUL', SAMPLE.replace('pytorch', 'py\0torch'), /not allowed/],
    [
      'half a character',
      Buffer.concat([Buffer.from(SAMPLE.slice(0, 60)), Buffer.from([0xc3]), Buffer.from(SAMPLE.slice(60))]),
      /UTF-8/,
    ],
    ['Latin-1', Buffer.from(SAMPLE.replace('pytorch', 'pytörch'), 'latin1'), /UTF-8/],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${SAMPLE}`, 'utf16le'), /UTF-8/],
    ['an overlong NUL', Buffer.concat([Buffer.from(SAMPLE), Buffer.from([0xc0, 0x80])]), /UTF-8/],
    ['a surrogate in UTF-8', Buffer.concat([Buffer.from(SAMPLE), Buffer.from([0xed, 0xa0, 0x80])]), /UTF-8/],
    [
      'deep lists',
      `apiVersion: mlifecycle.io/v1\nkind: ModelDeployment\nspec: ${'['.repeat(50_000)}`,
      /within each other/,
    ],
    ['a tag that runs code elsewhere', SAMPLE.replace('0.94', '!!python/object/apply:os.system [id]'), /tag/],
    ['no YAML', 'a: [', /YAML/],
    ['a text', '"ModelDeployment"', /ModelDeployment|skipped/],
  ])('%s', async (name, content, message) => {
    const file = place.write(`hostile.yaml`, content);
    for (const args of [['validate'], ['gate', '--environment', 'local']]) {
      const { code, stdout, stderr } = await place.run(...args, file);
      expect({ name, code: code === 0 }).toEqual({ name, code: false });
      if (args[0] === 'validate') expect(stdout + stderr).toMatch(message);
    }
  });

  test('a text of a manifest writes no line of its own', async () => {
    const text = SAMPLE.replace('pytorch', '"x\\nfake.yaml:1:1: all is well\\e[2J\\u202e"');
    const { stdout } = await place.run('validate', place.write('lines.yaml', text));
    expect(stdout.split('\n')).toHaveLength(3);
    // eslint-disable-next-line no-control-regex -- these must not be there
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });

  (fs.existsSync('/dev/zero') ? test : test.skip)('a device without an end', async () => {
    const { code, stderr } = await place.run('validate', '/dev/zero');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/must have less than 10 MiB/) as string,
    });
  });

  test('a pipe without an end', async () => {
    const { code, stderr } = await place.pipe(Buffer.alloc(11 * 1024 * 1024, '#'), 'validate', '-');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/must have less than 10 MiB/) as string,
    });
  });
});
