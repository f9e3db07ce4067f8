import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { stacksIn } from '../support/terraform-graph';
import { synthesizeExamples } from './support/examples';
import {
  initializedCopy,
  obstacleToRun,
  obstacleToValidation,
  terraform,
  terraformTest,
  validate,
} from './support/terraform';

// What `cdktf synth --hcl` asks for; the stacks in JSON tell which there must be, and which plugins they need.
const hcl = path.join(synthesizeExamples(true).terraform, 'stacks');
const stacks = stacksIn(synthesizeExamples().terraform);
const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-hcl-'));
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

test.each(stacks.map(({ name, json }) => [name, json] as const))('%s is written in HCL', (name, json) => {
  expect(fs.readdirSync(path.join(hcl, name))).not.toContain('cdk.tf.json');
  const declared = [...readStack(name).matchAll(/^resource "([^"]+)" "([^"]+)" \{$/gm)].map(
    ([, type, id]) => `${type}.${id}`,
  );
  const expected = Object.entries(json.resource ?? {}).flatMap(([type, named]) =>
    Object.keys(named).map((id) => `${type}.${id}`),
  );
  expect(declared.sort()).toEqual(expected.sort());
});

for (const { name } of stacks) {
  const obstacle = obstacleToRun();
  terraformTest(`terraform can read the HCL of ${name}`, obstacle, () => {
    expect(terraform(path.join(hcl, name), ['fmt', '-no-color', '-'], readStack(name)).failure).toBeUndefined();
  });
}

for (const { name, json } of stacks) {
  terraformTest(`terraform accepts the HCL of ${name}`, obstacleToValidation(json), () => {
    // cdktf puts references in depends_on into quotes, which Terraform warns of
    expect(validate(initializedCopy(path.join(hcl, name), parent)).errors).toEqual([]);
  });
}

function readStack(name: string): string {
  return fs.readFileSync(path.join(hcl, name, 'cdk.tf'), 'utf8');
}
