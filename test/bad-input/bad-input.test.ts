import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { PlatformApp } from 'ml-platform-constructs';
import { AppFactory, BadInput, onKind, platformOn } from './bad-input';
import { INPUTS } from './inputs';

/** Where, which prop, the rule; what was given and the fix follow. */
const REFUSED = /^\[(?<where>[^\]\n]+)\] (?<prop>\S[^\n]*?) must \S[^\n]*$/;

/** A fix tells what to do, so it starts like this; "EKS has no such instance type" alone would be no help. */
const VERBS =
  'add|allow|ask|call|change|choose|deliver|describe|give|leave|let|list|make|map|mount|name|pass|pin|publish|raise|remove|rename|require|run|set|share|shorten|use|write';
const FIX = new RegExp(`^(${VERBS})\\b[^\\n]+\\.$`);

/** What a synthesis finds: a headline, then a line for each problem. Pod Security says what a container must set. */
const HEADLINE = /^\d+ problems? found, nothing was written:$/;
const FINDING = new RegExp(`^ {2}\\[[^\\]]+\\] \\S.*[;:] ((${VERBS})\\b|container "\\w+" must|pod or container).+$`);

let folder: string;
let before: { [file: string]: string };

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bad-input-'));
  // what a good synthesis wrote must survive a bad one
  const app = newAppIn(path.join(folder, 'former'))();
  platformOn(onKind(app));
  app.synth();
  before = contents(folder);
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('there are at least 45 inputs, each described once', () => {
  expect(INPUTS.length).toBeGreaterThanOrEqual(45);
  expect(new Set(INPUTS.map(({ what }) => what)).size).toBe(INPUTS.length);
});

test.each(INPUTS.map((input): [string, BadInput] => [input.what, input]))('%s', (_what, { act, given, message }) => {
  // a folder with a previous synthesis, and one that does not exist
  const errors = ['former', 'fresh'].map((name) => errorOf(act, newAppIn(path.join(folder, name))));
  expect(errors.map((error) => error.message)).toEqual([message, message]);
  expect(contents(folder)).toEqual(before);

  const [error] = errors;
  if (error.name !== 'InvalidInputError') {
    const [headline, ...findings] = message.split('\n');
    expect(headline).toMatch(HEADLINE);
    for (const finding of findings) expect(finding).toMatch(FINDING);
    expect(findings.join()).toContain(String(given));
    return;
  }
  const shown = `, got ${given === undefined ? 'nothing' : JSON.stringify(given)}: `;
  const [rule, fix] = message.split(shown);
  expect(rule).toMatch(REFUSED);
  expect(error).toMatchObject(REFUSED.exec(rule)?.groups ?? {});
  expect(fix).toMatch(FIX);
});

function newAppIn(parent: string): AppFactory {
  return (props = {}) =>
    new PlatformApp({
      terraformOutdir: path.join(parent, 'cdktf.out'),
      manifestsOutdir: path.join(parent, 'dist'),
      ...props,
    });
}

function errorOf(act: BadInput['act'], newApp: AppFactory): Error {
  try {
    act(newApp);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return new Error('not refused');
}

/** Every file and folder with its content. */
function contents(parent: string): { [name: string]: string } {
  const names = fs.readdirSync(parent, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const file = path.join(parent, name);
      return [name, fs.statSync(file).isDirectory() ? 'folder' : fs.readFileSync(file, 'utf8')];
    }),
  );
}
