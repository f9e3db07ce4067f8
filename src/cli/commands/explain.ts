import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { KINDS } from '../../api/kinds';
import { apiVersionOf, KindDefinition } from '../../api/schema/schema';
import { fail } from '../../contracts/errors';
import { suggestion } from '../../contracts/suggestion';
import { explainField, kindNamed } from '../explain/fields';
import { explainPolicies, policiesOfField } from '../explain/policies';
import { fieldText, overviewText, policyText } from '../explain/texts';
import { COMMAND_LINE, ExitCode, Terminal } from '../terminal';

/** Options of `explain`. */
export interface ExplainOptions {
  /** `text` or `json`. */
  readonly format: string;
}

/** Says what a policy, a kind or a field asks for. */
export function explainCommand(topic: string | undefined, { format }: ExplainOptions, terminal: Terminal): ExitCode {
  const print = (value: object, text: string): ExitCode => {
    terminal.print(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : text);
    return ExitCode.KEPT;
  };
  const policies = explainPolicies();
  if (topic === undefined) {
    const kinds = KINDS.map((kind) => ({
      kind: kind.kind,
      apiVersion: apiVersionOf(kind),
      description: kind.description,
    }));
    return print({ kinds, policies }, overviewText(kinds, policies));
  }
  const policy = policies.find((one) => one.policy === topic.replaceAll('_', '-'));
  if (policy) return print(policy, policyText(policy));
  const { kind, path, prefix } = fieldIn(topic);
  const field = explainField(kind, path);
  if ('known' in field) {
    const names = [...policies.map((one) => one.policy), ...KINDS.map((one) => one.kind)];
    const near = field.near === undefined ? undefined : `${prefix}${field.near}`;
    return refuse(topic, (topic.includes('.') ? undefined : suggestion(topic, names)) ?? near, [
      ...field.known,
      ...names,
    ]);
  }
  const asked = kind === MODEL_DEPLOYMENT ? policiesOfField(path) : {};
  return print({ ...field, policies: asked }, fieldText(field, asked));
}

/** `AIModel.spec.serving`, or a field of a ModelDeployment. Places in lists are left out. */
function fieldIn(topic: string): { readonly kind: KindDefinition; readonly path: string[]; readonly prefix: string } {
  const [first, ...rest] = topic.replace(/\[[^\]]*\]/g, '').split('.');
  const kind = kindNamed(first);
  if (kind) return { kind, path: rest, prefix: `${first}.` };
  const path = [first, ...rest];
  const atRoot = ['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(first);
  return { kind: MODEL_DEPLOYMENT, path: atRoot ? path : ['spec', ...path], prefix: '' };
}

function refuse(topic: string, near: string | undefined, known: readonly string[]): never {
  const fix = near === undefined ? `write one of ${known.join(', ')}` : `write ${near}`;
  fail(COMMAND_LINE, 'topic', 'must be a policy, a kind, or a field such as spec.drift', topic, fix);
}
