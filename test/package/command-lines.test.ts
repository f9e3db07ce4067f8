import * as fs from 'node:fs';
import * as path from 'node:path';
import { programOf, ROOT, run, temporaryFolder } from './package';

const folder = temporaryFolder();
const environment = { ...process.env };

beforeAll(() => {
  // neither program is to ask the internet for news
  process.env.CHECKPOINT_DISABLE = 'true';
  process.env.CDK8S_CHECK_UPGRADE = 'false';
});

afterAll(() => {
  process.env = environment;
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Every file that one of the three command lines writes for examples/data-platform, with its content. */
function written(name: string, program: string, ...args: string[]): { [file: string]: string } {
  const out = path.join(folder, name);
  process.env.CDKTF_OUTDIR = path.join(out, 'cdktf.out');
  process.env.CDK8S_OUTDIR = path.join(out, 'dist');
  run(ROOT, program, ...args);
  return Object.fromEntries(
    fs
      .readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((file) => fs.statSync(path.join(out, file)).isFile())
      .map((file) => [file, fs.readFileSync(path.join(out, file), 'utf8')]),
  );
}

test('npm run synth, cdktf synth and cdk8s synth write the same files', () => {
  const ours = written('ours', programOf('tsx', 'tsx'), 'examples/data-platform/main.ts');
  const cdktf = programOf('cdktf-cli', 'cdktf');
  const cdk8s = programOf('cdk8s-cli', 'cdk8s');

  expect(Object.keys(ours).filter((file) => file.endsWith('cdk.tf.json'))).not.toEqual([]);
  expect(Object.keys(ours).filter((file) => file.endsWith('kustomization.yaml'))).not.toEqual([]);
  expect(written('cdktf', cdktf, 'synth', '--output', path.join(folder, 'cdktf', 'cdktf.out'))).toEqual(ours);
  expect(written('cdk8s', cdk8s, 'synth', '--output', path.join(folder, 'cdk8s', 'dist'))).toEqual(ours);
});

test('cdktf synth --hcl writes the same stacks as HCL', () => {
  const cdktf = programOf('cdktf-cli', 'cdktf');
  const files = written('hcl', cdktf, 'synth', '--hcl', '--output', path.join(folder, 'hcl', 'cdktf.out'));
  const stacks = Object.keys(files).filter((file) => file.endsWith(`${path.sep}cdk.tf`));
  expect(stacks).not.toEqual([]);
  for (const stack of stacks) expect(files[stack]).toContain('provider "');
});
