import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { OPERATORS_IMAGE } from '../../src/compositions/neural-platform/neural-operators';

const ROOT = path.join(__dirname, '..', '..');
const FOLDER = path.join(ROOT, '.github', 'workflows');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: { readonly [input: string]: unknown };
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly 'timeout-minutes'?: number;
  readonly permissions?: { readonly [scope: string]: string };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions?: { readonly [scope: string]: string };
  readonly jobs: { readonly [name: string]: Job };
}

const WORKFLOWS = fs.readdirSync(FOLDER).map((file) => [file, read(file)] as const);
const JOBS = WORKFLOWS.flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => [`${file} ${name}`, job] as const),
);

function read(file: string): Workflow {
  return parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as Workflow;
}

function version(file: string): string {
  return (JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8')) as { version: string }).version;
}

test.each(WORKFLOWS)(
  '%s: a job reads the repository, and may do more only where it says so',
  (_file, { permissions }) => {
    expect(permissions).toEqual({ contents: 'read' });
  },
);

test.each(JOBS)('%s ends, keeps no credentials, and runs nothing that a pull request wrote', (_name, job) => {
  expect(job['timeout-minutes']).toBeGreaterThan(0);
  for (const { uses = '', run = '', with: inputs = {} } of job.steps) {
    if (uses.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false);
    if (uses !== '') expect(uses).toMatch(/^[\w-]+\/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$/);
    // such as titles and branch names, which a shell would run
    expect(run).not.toMatch(/\$\{\{\s*github\.(event|head_ref)/);
  }
});

test('the image of the operators that the platform runs is the one that a release of this version pushes', () => {
  const [image, tag] = OPERATORS_IMAGE.split(':');
  expect(tag).toBe(version('package.json'));
  expect(version('operators/package.json')).toBe(tag);
  const { image: job, publish } = read('release.yml').jobs;
  const naming = job.steps.find(({ id }) => id === 'version')?.run ?? '';
  expect(naming).toContain(`ghcr.io/\${GITHUB_REPOSITORY_OWNER,,}/${image.split('/').at(-1)}"`);
  const push = job.steps.find(({ id }) => id === 'push')?.with;
  expect(push).toMatchObject({ file: 'operators/Dockerfile', push: true, provenance: 'mode=max', sbom: true });
  expect(push?.tags).toBe('${{ steps.version.outputs.image }}:${{ steps.version.outputs.version }}');
  // neither before the tests, nor the library before the image that it names
  expect(job.needs).toBe('test');
  expect(publish.needs).toEqual(['test', 'image']);
});

test('the image is tried as the platform runs it', () => {
  const run = read('ci.yml')
    .jobs.image.steps.map((step) => step.run ?? '')
    .join('\n');
  for (const flag of ['--read-only', '--cap-drop ALL', '--security-opt no-new-privileges', '--user 12345:12345']) {
    expect(run).toContain(flag);
  }
  expect(run).toContain('/readyz');
});
