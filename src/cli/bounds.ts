import { parse } from 'yaml';
import { checkArguments } from '../contracts/arguments';
import { fail } from '../contracts/errors';
import { Tier } from '../contracts/tier';
import { policiesOfTier } from '../kinds/model-deployment/gate';
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
  try {
    const value: unknown = parse(text, { strict: true, uniqueKeys: true, maxAliasCount: 0, logLevel: 'silent' });
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    fail(COMMAND_LINE, '--bounds', 'must be a file of YAML or JSON', file, reason);
  }
  return fail(COMMAND_LINE, '--bounds', 'must be a file with bounds by their names', file, "write 'drift: 0.2'");
}

/** Bounds with others in their place: figures each for itself, lists as a whole. */
function mergedPolicies(policies: ModelPolicies, others: ModelPolicies): ModelPolicies {
  return {
    ...policies,
    ...others,
    ...(policies.least || others.least ? { least: { ...policies.least, ...others.least } } : {}),
    ...(policies.most || others.most ? { most: { ...policies.most, ...others.most } } : {}),
  };
}
