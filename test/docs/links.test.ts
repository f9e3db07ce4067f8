import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { KINDS } from '../../src/api/kinds';
import { ROOT } from './pages';

/** Where the files are that the package does not have. */
const REPOSITORY = /^https:\/\/github\.com\/ml-platform-constructs\/ml-platform-constructs\/(?:blob|tree)\/main\//;

interface Link {
  readonly page: string;
  readonly target: string;
}

/** The text of a page without its blocks of code, which have no links. */
function prose(page: string): string {
  return fs.readFileSync(path.join(ROOT, page), 'utf8').replace(/^( *)```[^]*?^\1```/gm, '');
}

function linksOf(page: string): Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)|\bhref="([^"]+)"/g)].map(([, markdown, html]) => ({
    page,
    target: markdown ?? html,
  }));
}

/** What may stand behind the `#` of a link to this page: its headings as GitHub names them, and ids in HTML. */
function anchorsOf(page: string): Set<string> {
  const text = prose(page);
  const seen = new Map<string, number>();
  const headings = [...text.matchAll(/^#{1,6} +(.+?) *(?:<a [^]*?)?$/gm)].map(([, heading]) => {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '').replace(/ /g, '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set([...headings, ...[...text.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id)]);
}

const anchors = new Map<string, Set<string>>();

/** Links that lead to no file of these, or to no heading of one. */
function broken(links: readonly Link[], files: ReadonlySet<string>): string[] {
  const isThere = ({ page, target }: Link): boolean => {
    const [file, anchor] = decodeURIComponent(target).split('#');
    const to = file === '' ? page : path.posix.normalize(path.posix.join(path.posix.dirname(page), file));
    const folder = to.replace(/\/*$/, '/');
    if (!files.has(to)) return anchor === undefined && [...files].some((one) => one.startsWith(folder));
    if (anchor === undefined || !to.endsWith('.md')) return true;
    if (!anchors.has(to)) anchors.set(to, anchorsOf(to));
    return anchors.get(to)!.has(anchor);
  };
  return links.filter((link) => !isThere(link)).map(({ page, target }) => `${page}: ${target}`);
}

function filesOf(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32',
  });
}

const [{ files }] = JSON.parse(filesOf('npm', 'pack', '--dry-run', '--json', '--ignore-scripts')) as [
  { files: { path: string }[] },
];
const packed = new Set(files.map((file) => file.path).filter((file) => !file.startsWith('node_modules/')));
const tracked = new Set(filesOf('git', 'ls-files', '--cached', '--others', '--exclude-standard').split('\n'));

const isRelative = ({ target }: Link): boolean => !/^[a-z]+:/.test(target);
const markdown = (of: ReadonlySet<string>): string[] => [...of].filter((file) => file.endsWith('.md')).sort();

test('every relative link in the package leads to a file of the package, and to a heading of it', () => {
  const links = markdown(packed).flatMap(linksOf).filter(isRelative);
  expect(links.length).toBeGreaterThan(500);
  expect(broken(links, packed)).toEqual([]);
});

test('every relative link in the repository leads to a file of it, and to a heading of it', () => {
  expect(broken(markdown(tracked).flatMap(linksOf).filter(isRelative), tracked)).toEqual([]);
});

test('every address in the repository on GitHub is one of a file or folder that there is', () => {
  const links = markdown(tracked)
    .flatMap(linksOf)
    .filter(({ target }) => REPOSITORY.test(target))
    .map(({ page, target }) => ({
      page,
      target: path.posix.relative(path.posix.dirname(page), target.replace(REPOSITORY, '')),
    }));
  expect(links).not.toEqual([]);
  expect(broken(links, tracked)).toEqual([]);
});

test.each([
  ['docs/app.md', 'nowhere.md'],
  ['docs/app.md', 'components.md#nothing'],
  ['docs/app.md', '#nothing'],
  ['docs/README.md', '../CONTRIBUTING.md'],
])('a link in %s to %s is broken in the package', (page, target) => {
  expect(broken([{ page, target }], packed)).toEqual([`${page}: ${target}`]);
});

test('the package has the CRD and the JSON Schema of each kind, and the page on kinds says how to use the schemas', () => {
  const schemas = KINDS.map(({ kind, version }) => `docs/api/schemas/${kind.toLowerCase()}_${version}.json`);
  const crds = KINDS.map(({ plural, group }) => `docs/api/crds/${plural}.${group}.yaml`);
  expect([...schemas, ...crds].filter((file) => !packed.has(file))).toEqual([]);
  const named = [
    ...fs.readFileSync(path.join(ROOT, 'docs/api/README.md'), 'utf8').matchAll(/constructs\/(docs\/[\w./-]+)/g),
  ];
  expect(named.map(([, file]) => file).filter((file) => !packed.has(file))).toEqual([]);
  expect(named.length).toBeGreaterThan(1);
});
