import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describeTool } from '../tools/describe-tool';
import { pythonEnvironment, whyNoPython } from '../tools/python';
import { consumerProject, pack, programOf, ROOT, run, temporaryFolder } from './package';

describeTool('Python', whyNoPython(), () => {
  let folder: string;

  beforeAll(() => {
    folder = temporaryFolder();
  });

  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('a wheel built from the package runs the same program, and the files are those of TypeScript', async () => {
    const python = await pythonEnvironment('library', path.join(__dirname, 'consumer', 'requirements.txt'));
    const typescript = path.join(folder, 'typescript');
    fs.mkdirSync(typescript);
    consumerProject(typescript, pack(folder).tarball);
    run(typescript, programOf('typescript', 'tsc'));
    run(typescript, 'out/acme.js');

    const site = path.join(folder, 'site');
    run(ROOT, programOf('jsii-pacmak', 'jsii-pacmak'), '--targets', 'python', '--outdir', folder, '.');
    const [wheel] = fs.readdirSync(path.join(folder, 'python')).filter((file) => file.endsWith('.whl'));
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', site];
    execFileSync(python, [...install, path.join(folder, 'python', wheel)]);
    const inPython = path.join(folder, 'in-python');
    fs.mkdirSync(inPython);
    execFileSync(python, [path.join(__dirname, 'consumer', 'acme.py')], {
      cwd: inPython,
      env: { ...process.env, PYTHONPATH: site, NODE_OPTIONS: undefined },
      stdio: 'pipe',
    });

    for (const output of ['dist', 'cdktf.out']) {
      const files = filesOf(path.join(typescript, output));
      expect(files.size).toBeGreaterThan(3);
      expect(filesOf(path.join(inPython, output))).toEqual(files);
    }
  });
});

/** The files below a folder and what is in them. */
function filesOf(folder: string): Map<string, string> {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => fs.statSync(path.join(folder, file)).isFile())
    .sort();
  return new Map(files.map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]));
}
