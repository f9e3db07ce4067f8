import * as fs from 'node:fs';
import * as path from 'node:path';
import { packageJson, ROOT } from './package';

test('the library is compiled against the lowest version of each peer that it promises to work with', () => {
  const { devDependencies, peerDependencies } = packageJson();
  for (const [name, range] of Object.entries(peerDependencies)) {
    const lowest = range.replace(/^\^/, '');
    expect({ [name]: devDependencies[name] }).toEqual({ [name]: lowest });
    expect({ [name]: installedVersion(name) }).toEqual({ [name]: lowest });
  }
});

test('there is one copy of constructs, or constructs of one library would not be constructs to the others', () => {
  const lock = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: { [folder: string]: unknown };
  };
  const copies = Object.keys(lock.packages).filter((folder) => folder.endsWith('node_modules/constructs'));
  // the command line programs run apart from the library
  const ofPrograms = /^node_modules\/(cdktf-cli|cdk8s-cli|@cdktf\/cli-core)\//;
  expect(copies.filter((folder) => !ofPrograms.test(folder))).toEqual(['node_modules/constructs']);
});

test('the lock file names no registry', () => {
  const lock = fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8');
  // a workspace is a folder of this repository
  expect(lock).not.toMatch(/"resolved": "(?!file:|operators")/);
});

function installedVersion(name: string): string {
  const file = path.join(ROOT, 'node_modules', name, 'package.json');
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
}
