import { checkArguments } from '../contracts/arguments';
import { fail } from '../contracts/errors';
import { Tier } from '../contracts/tier';
import { mergedPolicies, policiesOfTier } from '../kinds/model-deployment/gate';
import { readManifests } from '../kinds/model-deployment/manifest-reader';
import { checkPolicies } from '../kinds/model-deployment/policies';
import { ModelPolicies } from '../kinds/model-deployment/settings';
import { readOption } from './inputs';
import { COMMAND_LINE, Terminal } from './terminal';

/**
 * The bounds of an environment: those of its tier, and in their place what a file has.
 *
 * @throws InvalidInputError where the file has a bound that there is none of, or one that no manifest could keep
 */
export async function boundsFor(
  environment: Tier,
  file: string | undefined,
  terminal: Terminal,
): Promise<ModelPolicies> {
  const bounds = policiesOfTier(environment);
  if (file === undefined) return bounds;
  const { text } = await readOption('--bounds', file, terminal);
  const own = valueOf(text, file);
  checkArguments({ where: COMMAND_LINE, parameters: { '--bounds': 'ModelPolicies' } }, [own]);
  const policies = own as ModelPolicies;
  checkPolicies(COMMAND_LINE, '--bounds', policies);
  return mergedPolicies(bounds, policies);
}

function valueOf(text: string, file: string): unknown {
  const [{ value, problems }, ...more] = readManifests(text, file);
  const [problem] = problems;
  if (problem !== undefined) {
    const { line, column, message } = problem;
    fail(COMMAND_LINE, '--bounds', 'must be a file of YAML or JSON', `${file}:${line}:${column}`, message);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && more.length === 0) return value;
  return fail(COMMAND_LINE, '--bounds', 'must be a file with bounds by their names', file, "write 'drift: 0.2'");
}
