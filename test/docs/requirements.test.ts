import * as fs from 'node:fs';
import * as path from 'node:path';
import { LEAST_JAVA } from '../tools/java';
import { LEAST_PYTHON } from '../tools/python';
import { packageJson } from '../package/package';
import { blocks, pages, ROOT } from './pages';

const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const match = (file: string, pattern: RegExp): string => pattern.exec(read(file))?.[1] ?? '';

/** What a page says after the name of a program, and what the code says. */
const LEAST: { readonly [program: string]: string } = {
  Python: LEAST_PYTHON,
  Java: String(LEAST_JAVA),
  Go: match('test/cluster/apiserver/go.mod', /^go (\d+\.\d+)/m),
  Node: match('package.json', /"node": ">=([\d.]+)"/),
  // the oldest with a stable `use_lockfile`, with which the workflow validates
  Terraform: match('.github/workflows/ci.yml', /terraform_version: '~([\d.]+)\.0'/),
};

// decisions say what was so when they were made
const PAGES = ['CONTRIBUTING.md', ...pages().filter((page) => !page.startsWith('docs/decisions/'))];

test.each(Object.entries(LEAST))('every page that names a version of %s names %s, and one does', (program, least) => {
  const named = PAGES.flatMap((page) =>
    [...read(page).matchAll(new RegExp(`\\b${program}(?:\\.js)? (\\d+(?:\\.\\d+)*)`, 'g'))].map(
      ([, version]) => `${page}: ${version}`,
    ),
  );
  expect(named.filter((one) => !one.endsWith(`: ${least}`))).toEqual([]);
  expect(named).not.toEqual([]);
});

test('the README installs the package with every peer that a laptop needs, and what runs a program', () => {
  const [block] = blocks('README.md', 'sh').filter(({ code }) => code.includes('npm install ml-platform-constructs'));
  const installed = block.code.split(/\s+/);
  const { name, peerDependencies, peerDependenciesMeta } = packageJson();
  const needed = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
  expect([name, ...needed, 'tsx', 'cdktf-cli'].filter((one) => !installed.includes(one))).toEqual([]);
});
