import * as fs from 'node:fs';
import * as path from 'node:path';
import { SAMPLE, Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());
place.write('m.yaml', SAMPLE);

const { version } = JSON.parse(fs.readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

test.each<[string, string[], RegExp]>([
  ['no command', [], /Usage: ml-platform/],
  ['a command that there is none of', ['valdate'], /unknown command 'valdate'\n\(Did you mean validate\?\)/],
  ['no file', ['validate'], /missing required argument 'files'/],
  [
    'an option that there is none of',
    ['validate', 'm.yaml', '--formt', 'json'],
    /unknown option '--formt'\n\(Did you mean --format\?\)/,
  ],
  ['a form that there is none of', ['validate', 'm.yaml', '--format', 'xml'], /Allowed choices are text, json, sarif/],
  ['a form that is nearly one', ['validate', 'm.yaml', '-f', 'sarfi'], /write sarif/],
  ['an option without its value', ['validate', 'm.yaml', '--format'], /argument missing/],
  ['no environment', ['gate', 'm.yaml'], /required option '-e, --environment <tier>' not specified/],
  [
    'an environment that there is none of',
    ['gate', 'm.yaml', '-e', 'prod'],
    /local, development, staging, production: write production/,
  ],
  ['an environment that is empty', ['gate', 'm.yaml', '-e', ''], /Allowed choices are/],
  ['two files to render', ['render', 'm.yaml', 'm.yaml'], /too many arguments/],
  ['two topics to explain', ['explain', 'drift', 'accuracy'], /too many arguments/],
  ['a topic that there is none of', ['explain', 'driftt'], /write drift/],
  ['a topic that is near to nothing', ['explain', 'xyzxyzxyz'], /write one of/],
  ['a format of another command', ['explain', '--format', 'sarif'], /Allowed choices are text, json/],
])('%s cannot run, and says why on standard error', async (_, args, message) => {
  const { code, stdout, stderr } = await place.run(...args);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string });
});

test.each([['--version'], ['-V']])('%s', async (flag) => {
  expect(await place.run(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [['--help'], /Commands:\n\s+validate/],
  [['validate', '--help'], /Usage: ml-platform validate \[options\] <files\.\.\.>/],
  [['gate', '-h'], /-e, --environment <tier>/],
  [['render', '--help'], /--objects/],
  [['explain', '--help'], /\[topic\]/],
])('%j', async (args, text) => {
  const { code, stdout, stderr } = await place.run(...args);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expect.stringMatching(text) as string, stderr: '' });
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test('a file whose name begins with a hyphen', async () => {
  place.write('-m.yaml', SAMPLE);
  expect((await place.run('validate', '--', '-m.yaml')).code).toBe(0);
});
