import { Construct } from 'constructs';
import { WorkflowStage } from '../../api/generated/ml-workflow';
import { fail } from '../../contracts/errors';

/** The stages of a workflow and what each waits for. */
export class StageGraph {
  private readonly waits: ReadonlyMap<string, readonly string[]>;

  /** @throws InvalidInputError when two stages have a name, or one waits for itself, directly or not, or for one that is not there */
  public constructor(
    scope: Construct,
    private readonly stages: readonly WorkflowStage[],
  ) {
    if (stages.length === 0) fail(scope, 'stages', 'must have at least one stage', [], 'say what is done');
    const names = stages.map(({ name }) => name);
    this.waits = new Map(stages.map(({ name, dependsOn }, at) => [name, dependsOn ?? (at > 0 ? [names[at - 1]] : [])]));
    for (const [at, { name, dependsOn }] of stages.entries()) {
      if (names.indexOf(name) !== at) fail(scope, `stages[${at}].name`, 'must be unique', name, 'rename the stage');
      for (const [entry, wanted] of (dependsOn ?? []).entries()) {
        if (names.includes(wanted)) continue;
        const prop = `stages[${at}].dependsOn[${entry}]`;
        fail(scope, prop, `must be a stage; there are ${names.join(', ')}`, wanted, 'correct the name');
      }
    }
    const cycle = this.cycle();
    if (cycle) {
      fail(
        scope,
        `stages[${names.indexOf(cycle[0])}].dependsOn`,
        'must not lead back to the stage itself',
        cycle.join(' -> '),
        'remove one of the dependencies',
      );
    }
  }

  /** What the stage waits for, as it is written. */
  public dependencies(stage: string): readonly string[] {
    return this.waits.get(stage) ?? [];
  }

  /** Every stage that has ended when this one begins, in the order of the list. */
  public before(stage: string): readonly WorkflowStage[] {
    const found = new Set<string>();
    const open = [...this.dependencies(stage)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...this.dependencies(next));
    }
    return this.stages.filter(({ name }) => found.has(name));
  }

  /** A circle, from a stage back to itself; undefined when there is none. */
  private cycle(): string[] | undefined {
    const done = new Set<string>();
    const visit = (name: string, path: readonly string[]): string[] | undefined => {
      if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
      if (done.has(name)) return undefined;
      for (const wanted of this.dependencies(name)) {
        const found = visit(wanted, [...path, name]);
        if (found) return found;
      }
      done.add(name);
      return undefined;
    };
    for (const { name } of this.stages) {
      const found = visit(name, []);
      if (found) return found;
    }
    return undefined;
  }
}
