import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { KindProvider, ModelDeliveryWorkflow, ModelDeliveryWorkflowProps, Tier } from 'ml-platform-constructs';
import { parse } from 'yaml';
import { CLI_VERSION } from '../../../src/app/model-delivery/delivery-scripts';
import { appIn, filesIn, ON_AWS, ON_GITHUB, VARIANTS, WITH_KEY, writtenFiles } from './example';

const WORKFLOW = '.github/workflows/model-delivery.yaml';

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: { readonly [name: string]: string };
  readonly with?: { readonly [name: string]: unknown };
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: { readonly [scope: string]: string };
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly 'timeout-minutes'?: number;
  readonly 'runs-on': string;
  readonly env?: { readonly [name: string]: string };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: { readonly [name: string]: Job };
}

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'model-delivery-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function workflowOf(props: ModelDeliveryWorkflowProps): Workflow {
  return parse(writtenFiles(folder, props).get(WORKFLOW) ?? '') as Workflow;
}

/** The scripts that a job runs, in their order. */
function scriptsOf(job: Job): string[] {
  return job.steps.flatMap(({ run }) => /scripts\/(\w+)\.sh/.exec(run ?? '')?.[1] ?? []);
}

test('the steps come in the order of the zero-touch document, and each is a script', () => {
  const { jobs } = workflowOf(ON_GITHUB);
  expect(Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, scriptsOf(job)]))).toEqual({
    changes: ['tools', 'secrets', 'changed'],
    check: ['tools', 'validate', 'gate'],
    image: ['tools', 'build', 'sbom', 'scan', 'gate', 'login', 'push', 'sign', 'attest'],
    'deploy-staging': ['tools', 'login', 'verify', 'register', 'deploy', 'smoke', 'revert', 'promote'],
    'deploy-production': [
      'tools',
      'login',
      'gate',
      'attest',
      'verify',
      'register',
      'deploy',
      'smoke',
      'revert',
      'promote',
    ],
    notify: ['notify'],
  });
  expect(Object.values(jobs).map(({ needs }) => needs)).toEqual([
    undefined,
    'changes',
    ['changes', 'check'],
    ['changes', 'image'],
    ['changes', 'image', 'deploy-staging'],
    ['changes', 'check', 'image', 'deploy-staging', 'deploy-production'],
  ]);
});

test('the same steps in the same order run without GitHub', () => {
  const files = writtenFiles(folder, ON_GITHUB);
  const { jobs } = parse(files.get(WORKFLOW) ?? '') as Workflow;
  const [, local] = /^for step in (.*); do$/m.exec(files.get('scripts/deliver.sh') ?? '') ?? [];
  const inWorkflow = ['changes', 'check', 'image', 'deploy-staging'].flatMap((job) => scriptsOf(jobs[job]));
  const ofGitHub = ['tools', 'changed', 'login', 'revert'];
  expect(local.split(' ')).toEqual(inWorkflow.filter((step) => !ofGitHub.includes(step)));
  for (const script of inWorkflow) expect(files.has(`scripts/${script}.sh`)).toBe(true);
});

test.each(Object.entries(VARIANTS))('%s: no job has more rights than it needs', (_name, props) => {
  const { permissions, jobs } = workflowOf(props);
  expect(permissions).toEqual({ contents: 'read' });
  const rights = Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions]));
  const onGitHub = props.imageRepository.startsWith('ghcr.io');
  const signs = props.publicKey === undefined ? { 'id-token': 'write' } : {};
  expect(rights).toEqual({
    changes: undefined,
    check: undefined,
    image: { contents: 'read', ...(onGitHub ? { packages: 'write' } : {}), ...signs },
    'deploy-staging': {
      contents: 'write',
      ...(onGitHub ? { packages: 'read' } : {}),
      ...(props === ON_AWS ? { 'id-token': 'write' } : {}),
    },
    ...(props === WITH_KEY
      ? {}
      : { 'deploy-production': { contents: 'write', ...(onGitHub ? { packages: 'write' } : {}), ...signs } }),
    notify: undefined,
  });
});

test.each(Object.entries(VARIANTS))(
  '%s: jobs end, keep no credentials, and expand nothing in a shell',
  (_name, props) => {
    const text = writtenFiles(folder, props).get(WORKFLOW) ?? '';
    const { jobs } = parse(text) as Workflow;
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0);
      for (const { uses = '', run = '', with: inputs = {} } of job.steps) {
        if (uses.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false);
        expect(run).not.toMatch(/\$\{\{/);
        if (run !== '') expect(run).toMatch(/^bash scripts\/\w+\.sh( [\w -]+)?$/);
      }
    }
    const uses = text.split('\n').filter((line) => /\buses:/.test(line));
    expect(uses.length).toBeGreaterThan(5);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);

test('what a pull request brings is checked only, and secrets are where an environment guards them', () => {
  for (const props of Object.values(VARIANTS)) {
    const unguarded = Object.values(workflowOf(props).jobs).filter(({ environment }) => environment === undefined);
    expect(JSON.stringify(unguarded)).not.toContain('{{ secrets.');
  }
  const { jobs } = workflowOf(ON_AWS);
  expect(jobs.image.if).toBe("github.event_name != 'pull_request'");
  expect(jobs.notify.if).toContain("github.event_name != 'pull_request'");
  expect(jobs.changes.env).toEqual({ BEFORE: '${{ github.event.pull_request.base.sha || github.event.before }}' });
});

test('a version of a model at a time is deployed to an environment, on its runners, with its role', () => {
  const { jobs } = workflowOf(ON_AWS);
  const production = jobs['deploy-production'];
  expect(production).toMatchObject({
    environment: 'production',
    'runs-on': 'inside',
    concurrency: { group: 'model-delivery-production-${{ matrix.delivery.key }}', 'cancel-in-progress': false },
    env: { ENVIRONMENT: 'production' },
  });
  expect(production.steps.find(({ uses = '' }) => uses.startsWith('aws-actions/'))?.with).toEqual({
    'role-to-assume': 'arn:aws:iam::123456789012:role/model-delivery',
    'aws-region': 'eu-west-1',
  });
  const revert = production.steps.find(({ run = '' }) => run.includes('revert'));
  expect(revert?.if).toContain("steps.deploy.outcome == 'success' && steps.smoke.outcome != 'success'");
});

test('settings are the same with and without GitHub, and quoted', () => {
  const settings = writtenFiles(folder, ON_AWS).get('scripts/settings.sh') ?? '';
  expect(settings).toContain("setting IMAGE_REPOSITORY '123456789012.dkr.ecr.eu-west-1.amazonaws.com/models'\n");
  expect(settings).toContain("  'production')\n    setting TIER 'production'\n");
  expect(settings).toContain("    setting MLFLOW_TRACKING_URI 'https://mlflow.acme.example'\n");
  expect(settings).toContain(
    "setting SIGNER_SUBJECT 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main'\n",
  );
  const withKey = writtenFiles(folder, WITH_KEY);
  expect(withKey.get('scripts/settings.sh')).toContain('setting VERIFICATION_KEY "$SCRIPTS/cosign.pub"\n');
  expect(withKey.get('scripts/cosign.pub')).toBe(WITH_KEY.publicKey);
  expect(withKey.get('scripts/settings.sh')).not.toContain('SIGNER_');
});

test('it says who signs, and what Argo CD applies', () => {
  const { kubernetes } = appIn(folder);
  const keyless = new ModelDeliveryWorkflow(kubernetes, 'models', { ...ON_GITHUB, branch: 'release/1.x' });
  expect(keyless.signer).toEqual({
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/release/1.x',
  });
  expect(new ModelDeliveryWorkflow(kubernetes, 'others', WITH_KEY).signer).toEqual({ publicKey: WITH_KEY.publicKey });
  expect(keyless.deployBranch).toBe('deploy');
  expect(keyless.application('production')).toEqual({
    name: 'models',
    repository: 'https://github.com/acme/models',
    revision: 'deploy',
    path: 'deploy/overlays/production',
    namespace: 'ml-inference',
    kinds: ['ModelDeployment.mlifecycle.io'],
    tier: Tier.PRODUCTION,
  });
  expect(() => keyless.application('prod')).toThrow(
    '[models] environmentName must be one of staging, production, got "prod": name one of them.',
  );
});

test('the folder has what this synthesis wrote and nothing else, whatever environments are chosen', () => {
  const before = writtenFiles(folder, ON_GITHUB);
  fs.writeFileSync(path.join(folder, 'dist/models/scripts/former.sh'), 'echo');
  const app = appIn(folder, ['other']);
  app.environment('other', { provider: KindProvider.local({ hostPorts: [] }) }).addCluster();
  new ModelDeliveryWorkflow(app.kubernetes, 'models', ON_GITHUB);
  app.synth();
  expect(filesIn(path.join(folder, 'dist', 'models'))).toEqual(before);
});

test('a clone of a repository is not written over', () => {
  fs.mkdirSync(path.join(folder, 'dist/models/.git'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'dist/models/manifest.yaml'), 'mine');
  expect(() => writtenFiles(folder, ON_GITHUB)).toThrow(
    /\[models\] id must be a folder that is no clone of a repository/,
  );
  expect(fs.readdirSync(path.join(folder, 'dist')).sort()).toEqual(['models']);
  expect(fs.readFileSync(path.join(folder, 'dist/models/manifest.yaml'), 'utf8')).toBe('mine');
});

test('the workflow installs the command line of this version', () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(__dirname, '../../../package.json'), 'utf8')) as {
    version: string;
  };
  expect(CLI_VERSION).toBe(version);
  expect(writtenFiles(folder, ON_GITHUB).get('scripts/versions.sh')).toContain(`\nML_PLATFORM_VERSION=${version}\n`);
});
