import { App, DataResource, TerraformIterator, TerraformOutput, TerraformStack } from 'cdktf';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { FirstValue } from '../../src/providers/aws/first-value';
import { obstacleToRun, terraform, terraformTest } from './support/terraform';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-first-value-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Writes a stack that remembers a value and has a resource for each of some, and applies it. */
function apply(value: string, names?: string[]): { [output: string]: { value: unknown } } {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-first-value-'));
  const app = new App({ outdir });
  const stack = new TerraformStack(app, 'stack');
  const first = new FirstValue(stack, 'first', value);
  const each = TerraformIterator.fromList(names ?? [first.value]);
  const made = new DataResource(stack, 'each', { forEach: each, input: { name: each.value as string } });
  new TerraformOutput(stack, 'first-value', { value: first.value, staticId: true });
  new TerraformOutput(stack, 'ids', { value: `\${{for key, one in ${made.fqn} : key => one.id}}`, staticId: true });
  app.synth();
  fs.copyFileSync(path.join(outdir, 'stacks', 'stack', 'cdk.tf.json'), path.join(folder, 'cdk.tf.json'));
  fs.rmSync(outdir, { recursive: true });
  for (const args of [['init'], ['apply', '-auto-approve']]) {
    expect(terraform(folder, [...args, '-no-color', '-input=false']).failure).toBeUndefined();
  }
  return JSON.parse(terraform(folder, ['output', '-json']).stdout) as { [output: string]: { value: unknown } };
}

// Terraform's own provider needs no plugin
terraformTest('the first value stays, and who is in both lists keeps what is made of it', obstacleToRun(), () => {
  const before = apply('one');
  expect(before['first-value'].value).toBe('one');
  const again = apply('two');
  expect(again).toEqual(before);
  const named = apply('two', ['one', 'three']).ids.value as { [name: string]: string };
  expect(Object.keys(named)).toEqual(['one', 'three']);
  expect(named.one).toBe((before.ids.value as { [name: string]: string }).one);
});
