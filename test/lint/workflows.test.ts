import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { FLINK_IMAGE } from '../../src/compositions/neural-platform/flink-image';
import { OPERATORS_IMAGE } from '../../src/compositions/operators/operators-image';
import { INFERENCE_IMAGE } from '../../src/compositions/zero-touch/inference-image';

const ROOT = path.join(__dirname, '..', '..');
const FOLDER = path.join(ROOT, '.github', 'workflows');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: { readonly [name: string]: string };
  readonly with?: { readonly [input: string]: unknown };
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly 'timeout-minutes'?: number;
  readonly permissions?: { readonly [scope: string]: string };
  readonly outputs?: { readonly [name: string]: string };
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
  return (JSON.parse(text(file)) as { version: string }).version;
}

function text(file: string): string {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

/** The files of this repository, without what is made of them. */
function tracked(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((file) => fs.existsSync(path.join(ROOT, file)));
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
    // such as titles and branch names, which a shell would run; what a script needs comes by its environment
    expect(run).not.toMatch(/\$\{\{/);
  }
});

test('every action is that of one commit, beside which its version stands', () => {
  const lines = WORKFLOWS.flatMap(([file]) => text(path.join('.github', 'workflows', file)).split('\n'));
  const uses = lines.filter((line) => /\buses:/.test(line)).map((line) => line.trim().replace(/^- /, ''));
  expect(uses.length).toBeGreaterThan(20);
  expect(uses.filter((line) => !/^uses: [\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  const actions = uses.map((line) => line.split(/[@ ]/)[1]);
  expect(new Set(uses).size).toBe(new Set(actions).size);
});

test('what an image is built from has a digest', () => {
  const files = tracked().filter((file) => path.basename(file).startsWith('Dockerfile'));
  expect(files).toEqual([
    'examples/chatdb/services/Dockerfile',
    'operators/Dockerfile',
    'programs/flink-runner/image/Dockerfile',
    'services/inference/Dockerfile',
  ]);
  const from = files.flatMap((file) => text(file).match(/^FROM .*/gm) ?? []);
  expect(from).toHaveLength(8);
  for (const line of from)
    expect(line).toMatch(/^FROM (--platform=\S+ )?[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?$/);
  // the server is built by the same Node.js that runs it
  expect(from.flatMap((line) => /node(?:js|:)(\d+)/.exec(line)?.[1] ?? [])).toEqual(['24', '24']);
});

test.each(['services/inference', 'examples/chatdb/services'])(
  'both stages of %s are the same image, so that what is built in one runs in the other',
  (service) => {
    const from = text(`${service}/Dockerfile`).match(/^FROM \S+/gm) ?? [];
    expect([from.length, new Set(from).size]).toEqual([2, 1]);
  },
);

test.each(['services/inference', 'examples/chatdb/services'])(
  '%s runs as a user that is a number, without an installer, with packages whose hashes are known',
  (service) => {
    const dockerfile = text(`${service}/Dockerfile`);
    const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(final).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(final).toContain('pip uninstall');
    expect(final).not.toMatch(/apt-get|pip install/);
    expect(dockerfile).toContain('--require-hashes --only-binary :all:');
  },
);

test('the inference service says where its bill of materials is', () => {
  const label = /^LABEL io\.mlifecycle\.image\.sbom=\/app\/sbom\.spdx\.json/m;
  expect(text('services/inference/Dockerfile')).toMatch(label);
});

test('the image of Flink has one version of Flink', () => {
  const folder = 'programs/flink-runner/image';
  const [, base] = /^FROM flink:([\d.]+)-/m.exec(text(`${folder}/Dockerfile`)) ?? [];
  expect(/^apache-flink==(.*)$/m.exec(text(`${folder}/requirements.txt`))?.[1]).toBe(base);
  expect(/<flink.version>(.*)<\/flink.version>/.exec(text(`${folder}/pom.xml`))?.[1]).toBe(base);
  const files = text(`${folder}/Dockerfile`).match(/flink-(?:python|s3-fs-hadoop)-([\d.]+)\.jar/g);
  expect(files).toEqual([`flink-python-${base}.jar`, `flink-s3-fs-hadoop-${base}.jar`]);
});

test('Dependabot looks after every file that names versions', () => {
  const { updates } = parse(text('.github/dependabot.yml')) as { readonly updates: readonly Update[] };
  const watched = updates.flatMap((update) =>
    (update.directories ?? [update.directory ?? '']).map((folder) => `${update['package-ecosystem']} ${folder}`),
  );
  const manifests = Object.entries({
    gomod: 'go.mod',
    pip: 'requirements.txt',
    docker: 'Dockerfile',
    maven: 'pom.xml',
    npm: 'package-lock.json',
  }).flatMap(([ecosystem, name]) =>
    tracked()
      .filter((file) => path.basename(file) === name)
      .map((file) => `${ecosystem} ${path.join('/', path.dirname(file))}`),
  );
  expect(watched.sort()).toEqual([...manifests, 'github-actions /'].sort());
  expect(updates.filter(({ cooldown }) => cooldown?.['default-days'] !== 7)).toEqual([]);
});

interface Update {
  readonly 'package-ecosystem': string;
  readonly directory?: string;
  readonly directories?: readonly string[];
  readonly cooldown?: { readonly 'default-days': number };
}

test.each([
  [OPERATORS_IMAGE, 'image', 'operators/Dockerfile'],
  [FLINK_IMAGE, 'flink', 'programs/flink-runner/image/Dockerfile'],
  [INFERENCE_IMAGE, 'inference', 'services/inference/Dockerfile'],
])('%s, which the platform runs, is the one that a release of this version pushes', (named, id, file) => {
  const [image, tag] = named.split(':');
  expect(tag).toBe(version('package.json'));
  expect(version('operators/package.json')).toBe(tag);
  const { [id]: job, publish } = read('release.yml').jobs;
  const naming = job.steps.find(({ id }) => id === 'version')?.run ?? '';
  expect(naming).toContain(`ghcr.io/\${GITHUB_REPOSITORY_OWNER,,}/${image.split('/').at(-1)}"`);
  const push = job.steps.find(({ id }) => id === 'push')?.with;
  expect(push).toMatchObject({ file, push: true, provenance: 'mode=max', sbom: true });
  expect(push?.tags).toBe('${{ steps.version.outputs.image }}:${{ steps.version.outputs.version }}');
  // neither before the tests, nor the library before the image that it names
  expect(job.needs).toBe('test');
  expect(publish.needs).toEqual(['test', 'image', 'flink', 'inference']);
});

test('the published library names the images by the digests that were pushed', () => {
  const { image: job, flink, inference, publish } = read('release.yml').jobs;
  for (const { outputs } of [job, flink, inference])
    expect(outputs?.image.endsWith('@${{ steps.push.outputs.digest }}')).toBe(true);
  const runs = publish.steps.map(({ run = '' }) => run);
  const pin = publish.steps.findIndex(
    ({ run }) => run === 'node scripts/published-image.js "$IMAGE" "$FLINK_IMAGE" "$INFERENCE_IMAGE"',
  );
  expect(publish.steps[pin].env).toEqual({
    IMAGE: '${{ needs.image.outputs.image }}',
    FLINK_IMAGE: '${{ needs.flink.outputs.image }}',
    INFERENCE_IMAGE: '${{ needs.inference.outputs.image }}',
  });
  const build = runs.indexOf('npm run build');
  expect(pin).toBeGreaterThan(-1);
  expect(pin).toBeLessThan(build);
  expect(build).toBeLessThan(runs.findIndex((run) => run.startsWith('npm publish')));
});

test('provenance and a bill of materials are signed for the digest that was pushed', () => {
  const { steps } = read('release.yml').jobs.image;
  const attested = steps.filter(({ uses = '' }) => uses.startsWith('actions/attest@')).map((step) => step.with);
  const subject = {
    'subject-name': '${{ steps.version.outputs.image }}',
    'subject-digest': '${{ steps.push.outputs.digest }}',
    'push-to-registry': true,
  };
  expect(attested).toEqual([
    expect.objectContaining(subject),
    expect.objectContaining({ ...subject, 'sbom-path': '${{ runner.temp }}/operators.spdx.json' }),
  ]);
});

test('a job that signs or publishes can do nothing else, and reads no cache that other jobs write', () => {
  const rights = Object.entries(read('release.yml').jobs).map(([name, { permissions }]) => [name, permissions]);
  expect(Object.fromEntries(rights)).toEqual({
    test: undefined,
    image: { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' },
    flink: { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' },
    inference: { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' },
    publish: { contents: 'read', 'id-token': 'write' },
    announce: { contents: 'write' },
  });
  const steps = Object.values(read('release.yml').jobs).flatMap((job) => job.steps);
  const caching = steps.filter(
    ({ uses = '', with: inputs = {} }) =>
      uses.startsWith('actions/cache@') ||
      inputs.cache === 'npm' ||
      (uses.startsWith('actions/setup-node@') && inputs['package-manager-cache'] !== false) ||
      (uses.startsWith('actions/setup-go@') && inputs.cache !== false),
  );
  expect(caching).toEqual([]);
});

test.each([
  ['image', '/readyz'],
  ['inference', '/ready'],
])('the image of the job %s is tried as the platform runs it', (job, path) => {
  const run = read('ci.yml')
    .jobs[job].steps.map((step) => step.run ?? '')
    .join('\n');
  for (const flag of ['--read-only', '--cap-drop ALL', '--security-opt no-new-privileges', '--user 12345:12345']) {
    expect(run).toContain(flag);
  }
  expect(run).toContain(path);
});
