import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { VARIANTS, writtenFiles } from '../../app/model-delivery/example';
import { describeTool } from '../describe-tool';
import { goTool, whyNoGo } from '../go-tool';
import { pythonWithLinters, whyNoPython } from '../python';
import { ACTIONLINT } from './go-linters';

const MINUTES = 60_000;

/** actionlint has to be told of runners that are one's own: `runsOn` of an example names one. */
const RUNNERS = 'actionlint.yaml';
const RUNNERS_OF_THE_EXAMPLE = 'self-hosted-runner:\n  labels: [inside]\n';

/** What a program says of the written repository of a variant, which is its working directory. */
function linted(props: (typeof VARIANTS)[keyof typeof VARIANTS], program: string, args: readonly string[]): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'delivery-lint-'));
  try {
    writtenFiles(folder, props);
    fs.writeFileSync(path.join(folder, RUNNERS), RUNNERS_OF_THE_EXAMPLE);
    const cwd = path.join(folder, 'dist', 'models');
    const { stdout, stderr, error, status } = spawnSync(program, args, { cwd, encoding: 'utf8', shell: false });
    if (error) throw error;
    return status === 0 ? stdout : `${stdout}${stderr}\nstatus ${status}`;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// none has exceptions: what they find is fixed
describeTool('actionlint', whyNoGo(), () => {
  test.each(Object.entries(VARIANTS))(
    'finds nothing in the workflow of a delivery, %s',
    async (_name, props) => {
      const workflow = '.github/workflows/model-delivery.yaml';
      const args = ['-no-color', '-shellcheck=', '-pyflakes=', '-config-file', `../../${RUNNERS}`, workflow];
      expect(linted(props, await goTool(ACTIONLINT), args)).toBe('');
    },
    5 * MINUTES,
  );
});

describeTool('zizmor and shellcheck', whyNoPython(), () => {
  test.each(Object.entries(VARIANTS))(
    'zizmor finds nothing in the workflow of a delivery, %s',
    async (_name, props) => {
      const program = path.join(path.dirname(await pythonWithLinters()), 'zizmor');
      const args = ['--offline', '--persona', 'pedantic', '--format', 'json', '--no-progress', '.github'];
      expect(linted(props, program, args).trim()).toBe('[]');
    },
    5 * MINUTES,
  );

  test.each(Object.entries(VARIANTS))(
    'shellcheck finds nothing in its scripts, %s',
    async (_name, props) => {
      const program = path.join(path.dirname(await pythonWithLinters()), 'shellcheck');
      const scripts = [...writtenNames(props)].filter((name) => name.endsWith('.sh'));
      expect(scripts.length).toBeGreaterThan(20);
      expect(linted(props, program, ['--external-sources', '--source-path=scripts', '--color=never', ...scripts])).toBe(
        '',
      );
    },
    5 * MINUTES,
  );
});

function writtenNames(props: (typeof VARIANTS)[keyof typeof VARIANTS]): Iterable<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'delivery-names-'));
  try {
    return writtenFiles(folder, props).keys();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
