import * as fs from 'fs';
import * as path from 'path';
import { INPUTS } from '../bad-input/inputs';
import { MISTAKES } from '../mistakes';
import { problemsIn } from './compile';
import { blocks, pages, ROOT } from './pages';

test('the snippets of the documentation compile', () => {
  const snippets = pages().flatMap((page) => blocks(page, 'ts'));
  expect(snippets.length).toBeGreaterThan(30);
  expect(problemsIn(snippets)).toEqual([]);
});

test('a snippet that does not compile is found, with its line', () => {
  const code = "\nnew HttpRoute(chart, 'api', {});";
  expect(problemsIn([{ page: 'docs/x.md', line: 7, code }])).toEqual([
    expect.stringMatching(/^docs\/x\.md:9 .*missing the following properties.*: gateway, host/),
  ]);
});

test('the messages that the documentation shows are real', () => {
  const real = [...INPUTS.map(({ message }) => message), ...MISTAKES.map(({ stderr }) => stderr)].flatMap((text) =>
    text.split('\n').map((line) => line.trim()),
  );
  const shown = ['docs/app.md', 'docs/checks.md']
    .flatMap((page) => blocks(page, 'text'))
    .flatMap(({ code }) => code.split('\n').map((line) => line.trim()))
    .filter((line) => line.startsWith('['));
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.filter((line) => !real.includes(line))).toEqual([]);
});

test('the links of the documentation lead somewhere', () => {
  const broken = pages().flatMap((page) => {
    const text = fs.readFileSync(path.join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1])
      .filter((link) => !/^(https?|mailto):/.test(link))
      .filter((link) => {
        const [file, anchor] = link.split('#');
        const target = file === '' ? path.join(ROOT, page) : path.join(ROOT, path.dirname(page), file);
        return !fs.existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      })
      .map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

/** As GitHub makes them from headings. */
function anchorsOf(file: string): string[] {
  const headings = fs.readFileSync(file, 'utf8').match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}
