import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

import { blocks, ROOT } from '../../docs/pages';
import { describeTool } from '../describe-tool';
import { PROGRAMS, pythonWith, pythonWithCheckers, SERVICES, whyNoPython } from '../python';
import { linkCommandLine } from '../supply-chain/workplace';

const MINUTES = 60_000;
const README = 'examples/zero-touch/README.md';
const EXAMPLE = path.join(ROOT, 'examples/zero-touch/models/fraud-detector');
const SERVICE = path.join(SERVICES, 'inference');

const run = promisify(execFile);

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly model: { readonly name: string; readonly version: string; readonly card: string };
    readonly dependencies: readonly { readonly name: string; readonly version: string }[];
  };
}

test('the example trains with the versions that the image of the inference service has', () => {
  const pinned = (file: string): string[] => [
    ...new Set([...fs.readFileSync(file, 'utf8').matchAll(/^[\w.-]+==[^\s\\]+/gm)].map(([pin]) => pin)),
  ];
  const example = pinned(path.join(EXAMPLE, 'requirements.txt'));
  expect(example).not.toEqual([]);
  expect(pinned(path.join(SERVICE, 'requirements.txt'))).toEqual(expect.arrayContaining(example));
  const served = example.filter((pin) => /^(numpy|onnxruntime)==/.test(pin));
  expect(served).toHaveLength(2);
  expect(pinned(path.join(SERVICE, 'image/requirements.txt'))).toEqual(expect.arrayContaining(served));
});

describeTool('the model of the example for zero-touch deployment', whyNoPython(), () => {
  let folder: string;
  let python: string;

  beforeAll(async () => {
    python = await pythonWith('inference', SERVICES);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fraud-detector-'));
    fs.cpSync(EXAMPLE, folder, { recursive: true });
    // what the page installs is in this environment, by the test above
    fs.symlinkSync(path.dirname(path.dirname(python)), path.join(folder, '.venv'));
    fs.mkdirSync(path.join(folder, 'bin'));
    linkCommandLine(path.join(folder, 'bin'));
  }, 20 * MINUTES);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What a shell in the folder of the model prints. */
  function shell(script: string): string {
    const { stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${script}`], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH ?? ''}` },
    });
    return stdout;
  }

  test.each([
    ['ruff check', ['ruff', 'check', '--no-cache']],
    ['ruff format', ['ruff', 'format', '--no-cache', '--diff']],
  ])('%s finds nothing', async (_title, [module, ...given]) => {
    const configured = ['--config', path.join(PROGRAMS, 'ruff.toml'), EXAMPLE];
    await run(await pythonWithCheckers(), ['-m', module, ...given, ...configured]);
  });

  test(
    'mypy finds nothing',
    async () => {
      const given = ['--strict', '--ignore-missing-imports', '--python-executable', python, '--cache-dir', os.devNull];
      await run(await pythonWithCheckers(), ['-m', 'mypy', ...given, path.join(EXAMPLE, 'train.py')]);
    },
    5 * MINUTES,
  );

  test('the page trains it', () => {
    const training = blocks(README, 'sh').find(({ code }) => code.includes('train.py'));
    const commands = (training?.code ?? '').split('\n').filter((line) => line.startsWith('.venv/bin/python '));
    expect(commands).toHaveLength(1);
    expect(shell(commands[0])).toBe('');
    const manifest = parse(fs.readFileSync(path.join(folder, 'model-deployment.yaml'), 'utf8')) as Manifest;
    expect(manifest).toMatchObject({
      metadata: { name: 'fraud-detector' },
      spec: { model: { name: 'fraud-detector', version: '2.1.0', card: 'MODEL_CARD.md' } },
    });
    expect(fs.readdirSync(path.join(folder, 'model')).sort()).toEqual(['MLmodel', 'input_example.json', 'model.onnx']);
    for (const { name, version } of manifest.spec.dependencies) {
      expect(fs.readFileSync(path.join(EXAMPLE, 'requirements.txt'), 'utf8')).toContain(`${name}==${version}\n`);
    }
  });

  const sessions = blocks(README, 'console');

  test.each(sessions.map(({ line, code }) => [line, code] as const))(
    'the session in line %s of the page is what a shell prints',
    (_line, code) => {
      const commands = code.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []));
      expect(commands).not.toEqual([]);
      const script = commands.map((command) => `printf '%s\\n' '$ ${command}'\n${command}`);
      expect(shell(script.join('\n')).trimEnd()).toBe(code.trimEnd());
    },
  );

  test('all runs make the same model, in whatever order Python has its sets', async () => {
    // with 0 and 6, those of skl2onnx come in different orders
    const seeds = ['0', '6'];
    const models = seeds.map(async (seed) => {
      const output = path.join(folder, `again-${seed}`);
      const env = { ...process.env, PYTHONHASHSEED: seed };
      await run(python, [path.join(folder, 'train.py'), '--output', output], { env });
      return fs.readFileSync(path.join(output, 'model/model.onnx'));
    });
    const first = fs.readFileSync(path.join(folder, 'model/model.onnx'));
    expect((await Promise.all(models)).map((model) => model.equals(first))).toEqual(seeds.map(() => true));
  });
});
