import { IConstruct } from 'constructs';
import { fail } from './errors';

/** An environment variable of a container, as its JSON has it. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
}

/**
 * Names that Kubernetes expands in a text: `$(NAME)`, but not `$$(NAME)`.
 *
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/third_party/forked/golang/expansion/expand.go
 */
export function variablesIn(text: string): string[] {
  // `$$` is one `$`, whatever follows
  return [...text.matchAll(/\$\$|\$\(([^)]*)\)/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/**
 * The variables in an order in which each comes after those that its value names: the kubelet expands `$(NAME)` from the variables before, and
 * leaves it as it is where there is none. Otherwise the order stays. Those that name each other in a circle stay where they are.
 */
export function inVariableOrder<T extends Variable>(variables: readonly T[]): T[] {
  const byName = new Map(variables.map((one) => [one.name, one]));
  const done = new Set<T>();
  const ordered: T[] = [];
  const add = (one: T, way: readonly T[]): void => {
    if (done.has(one) || way.includes(one)) return;
    for (const name of variablesIn(one.value ?? '')) {
      const other = byName.get(name);
      if (other !== undefined) add(other, [...way, one]);
    }
    if (done.has(one)) return;
    done.add(one);
    ordered.push(one);
  };
  variables.forEach((one) => add(one, []));
  return ordered;
}

/** A variable that names one which is not before it. */
export interface LateVariable {
  readonly name: string;
  readonly refersTo: string;
}

/** Variables whose value names one that comes after them, or themselves. */
export function lateVariables(variables: readonly Variable[]): LateVariable[] {
  const known = new Set(variables.map(({ name }) => name));
  const before = new Set<string>();
  return variables.flatMap(({ name, value = '' }) => {
    const late = variablesIn(value).filter((one) => known.has(one) && !before.has(one));
    before.add(name);
    return late.map((refersTo) => ({ name, refersTo }));
  });
}

/** Refuses variables that name each other in a circle, or themselves: no order expands them. */
export function checkVariables(where: IConstruct | string, prop: string, variables: readonly Variable[]): void {
  const [late] = lateVariables(inVariableOrder(variables)) as (LateVariable | undefined)[];
  if (late === undefined) return;
  const fix = `take $(${late.refersTo}) out of ${late.name}, or write it as $$(${late.refersTo}) where the text is meant`;
  fail(where, prop, 'must not name each other in a circle', `${late.name} with $(${late.refersTo})`, fix);
}
