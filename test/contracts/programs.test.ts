import * as fs from 'node:fs';
import * as path from 'node:path';
import { programFiles } from '../../src/contracts/programs';

const PROGRAMS = path.join(__dirname, '../../programs');

test.each(fs.readdirSync(PROGRAMS).filter((name) => fs.statSync(path.join(PROGRAMS, name)).isDirectory()))(
  'the files of %s are its sources, in the order of their names, without what Python leaves there',
  (program) => {
    const files = programFiles(program);
    const folder = path.join(PROGRAMS, program, 'src');
    const sources = fs.readdirSync(folder).filter((name) => name !== '__pycache__');
    expect(Object.keys(files)).toEqual([...sources].sort());
    for (const [name, text] of Object.entries(files)) {
      expect(text).toBe(fs.readFileSync(path.join(folder, name), 'utf8'));
    }
  },
);

test('each program, the inference service and those of ChatDB have the same redaction', () => {
  const programs = fs.readdirSync(PROGRAMS).filter((name) => fs.existsSync(path.join(PROGRAMS, name, 'src')));
  const texts = new Set(programs.map((program) => programFiles(program)['redaction.py']));
  expect([programs.length, texts.size, texts.has(undefined as never)]).toEqual([4, 1, false]);
  for (const service of ['services/inference/src/inference_service', 'examples/chatdb/services/src/chatdb']) {
    expect(texts).toEqual(new Set([fs.readFileSync(path.join(PROGRAMS, '..', service, 'redaction.py'), 'utf8')]));
  }
});

test('they are read once, and cannot be changed', () => {
  const files = programFiles('model-jobs');
  expect(programFiles('model-jobs')).toBe(files);
  expect(Object.isFrozen(files)).toBe(true);
});

test('a program that is not there is named, and where it was looked for', () => {
  expect(() => programFiles('no-such-program')).toThrow(
    /^programs\/no-such-program\/src is neither in .*\/src\/contracts nor in a folder above/,
  );
});
