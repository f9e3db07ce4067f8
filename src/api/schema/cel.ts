import { celEnv, CelInput, isCelError, parse, plan } from '@bufbuild/cel';
import { lookup } from '../../contracts/lookup';
import { KUBERNETES_FUNCTIONS } from './kubernetes-cel';
import { Rule, Schema } from './schema';

type Program = (self: CelInput) => unknown;

const environment = celEnv({ funcs: KUBERNETES_FUNCTIONS });
const programs = new Map<string, Program>();

/** Whether a rule compares with the stored object; such a rule says nothing about a new one. */
export function isTransition(rule: Rule): boolean {
  return /\boldSelf\b/.test(rule.rule);
}

/**
 * Evaluates a rule as the API server does: an error in the expression counts as a violation.
 *
 * @returns the message of the violated rule, or undefined when it holds
 */
export function violation(rule: Rule, schema: Schema, value: unknown): string | undefined {
  const self = celValue(schema, value);
  if (evaluate(rule.rule, self) === true) return undefined;
  const message = rule.messageExpression === undefined ? undefined : evaluate(rule.messageExpression, self);
  return typeof message === 'string' && message.trim() !== '' ? message : rule.message;
}

function evaluate(expression: string, self: CelInput): unknown {
  let program = programs.get(expression);
  if (!program) {
    const run = plan(environment, parse(expression));
    program = (value) => run({ self: value });
    programs.set(expression, program);
  }
  const result = program(self);
  if (isCelError(result) && /unbound function|unknown variable/.test(result.message)) {
    throw new Error(`the rule ${expression} cannot be evaluated here: ${result.message}`);
  }
  return result;
}

/** A value with the types that its schema gives it: whole numbers are `int`, other numbers `double`. */
function celValue(schema: Schema | undefined, value: unknown): CelInput {
  if (Array.isArray(value)) {
    return value.map((item) => celValue(schema?.items, item));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, field]) =>
        [key, celValue(lookup(schema?.properties, key) ?? schema?.additionalProperties, field)] as const,
    );
    return new Map(entries);
  }
  if (typeof value === 'number' && schema?.type !== 'number' && Number.isInteger(value)) {
    return BigInt(value);
  }
  return value as CelInput;
}
