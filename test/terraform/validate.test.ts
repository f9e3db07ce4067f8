import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { stacksIn, TerraformStackFile } from '../support/terraform-graph';
import { synthesizeExamples } from './support/examples';
import {
  initializedCopy,
  obstacleToPlan,
  obstacleToValidation,
  terraform,
  terraformTest,
  validate,
} from './support/terraform';

const stacks = stacksIn(synthesizeExamples().terraform);
const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-validate-'));
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

const copies = new Map<string, string>();
function copyOf(stack: TerraformStackFile): string {
  const copy = copies.get(stack.name) ?? initializedCopy(stack.folder, parent);
  copies.set(stack.name, copy);
  return copy;
}

for (const stack of stacks) {
  terraformTest(`terraform accepts ${stack.name}`, obstacleToValidation(stack.json), () => {
    expect(validate(copyOf(stack))).toEqual({ errors: [], warnings: [] });
  });
}

for (const stack of stacks) {
  terraformTest(`terraform plans ${stack.name}: every resource is created`, obstacleToPlan(stack.json), () => {
    const folder = copyOf(stack);
    expect(terraform(folder, ['plan', '-no-color', '-out=plan', '-refresh=false']).failure).toBeUndefined();
    const plan = JSON.parse(terraform(folder, ['show', '-json', 'plan']).stdout) as Plan;
    const actions = plan.resource_changes.map(({ address, change }) => `${change.actions.join('+')} ${address}`);
    const declared = Object.entries(stack.json.resource ?? {}).flatMap(([type, named]) =>
      Object.keys(named).map((name) => `create ${type}.${name}`),
    );
    expect(actions.sort()).toEqual(declared.sort());
  });
}

interface Plan {
  readonly resource_changes: readonly { readonly address: string; readonly change: { readonly actions: string[] } }[];
}
