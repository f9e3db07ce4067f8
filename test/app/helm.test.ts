import { App, Testing, TerraformLocal, TerraformOutput, TerraformStack } from 'cdktf';
import { helmValues } from '../../src/app/helm';
import { filesIn } from '../support/synth';
import { withExample } from './example';

const AWKWARD = 'say "hi" \\ back\n${not} %{a template}';

function output(make: (stack: TerraformStack) => { [key: string]: unknown }): string {
  const stack = new TerraformStack(new App({ outdir: Testing.app().outdir }), 'test');
  new TerraformOutput(stack, 'values', { value: helmValues(make(stack)) });
  const json = JSON.parse(Testing.synth(stack)) as { output: { values: { value: string } } };
  return json.output.values.value;
}

test('values that are known are YAML, with templates escaped', () => {
  expect(output(() => ({ a: { b: 1 }, text: '${not} %{a template}' }))).toBe(
    'a:\n  b: 1\ntext: $${not} %%{a template}\n',
  );
});

test('values that Terraform knows are an expression in which quotes, backslashes and templates are escaped', () => {
  expect(
    output((stack) => ({ text: AWKWARD, list: [AWKWARD], token: new TerraformLocal(stack, 'x', 1).asString })),
  ).toBe(
    '${yamlencode({"text" = "say \\"hi\\" \\\\ back\\n$${not} %%{a template}", "list" = ["say \\"hi\\" \\\\ back\\n$${not} %%{a template}"], "token" = local.x})}',
  );
});

test('in HCL the helm provider reaches the cluster by an attribute, as it wants', () => {
  const before = process.env.SYNTH_HCL_OUTPUT;
  process.env.SYNTH_HCL_OUTPUT = 'true';
  try {
    const { app, folder } = withExample();
    app.synth();
    const hcl = filesIn(folder)['cdktf.out/stacks/dev-bootstrap/cdk.tf'];
    expect(hcl).toMatch(/provider "helm" \{\s+kubernetes = \{/);
  } finally {
    if (before === undefined) delete process.env.SYNTH_HCL_OUTPUT;
    else process.env.SYNTH_HCL_OUTPUT = before;
  }
});
