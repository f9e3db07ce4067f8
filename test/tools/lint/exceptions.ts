import * as fs from 'node:fs';
import * as path from 'node:path';

/** Something that a linter says of an object. */
export interface Finding {
  /** Name of the rule in the linter. */
  readonly rule: string;
  /** The object: `<example>/<environment> <Kind>/<namespace>/<name>`, or `<example>/<environment> <type>.<id>` for Terraform. */
  readonly object: string;
}

/** What a linter says and we do not follow. */
export interface Exception {
  /** Name of the linter. */
  readonly tool: string;
  /** Name of the rule in the linter. */
  readonly rule: string;
  /** The objects of which it is said; `*` is any text. */
  readonly objects: readonly string[];
  /** Why it is right as it is. */
  readonly reason: string;
}

const EXCEPTIONS = JSON.parse(fs.readFileSync(path.join(__dirname, 'exceptions.json'), 'utf8')) as readonly Exception[];

/** The exceptions of a linter. */
export function exceptionsOf(tool: string): readonly Exception[] {
  return EXCEPTIONS.filter((one) => one.tool === tool);
}

/** Linters that exceptions are listed of. */
export function toolsWithExceptions(): string[] {
  return [...new Set(EXCEPTIONS.map(({ tool }) => tool))].sort();
}

/** How a linter's findings and its exceptions differ: both are empty where everything is fixed or argued. */
export interface Difference {
  /** Findings that no exception is of. */
  readonly findings: readonly string[];
  /** Patterns of exceptions that match no finding. */
  readonly unused: readonly string[];
}

/** Compares what a linter says with its exceptions. */
export function compare(findings: readonly Finding[], exceptions: readonly Exception[]): Difference {
  const patterns = exceptions.flatMap(({ rule, objects }) =>
    objects.map((object) => ({ rule, object, matches: patternOf(object) })),
  );
  const matched = ({ rule, object }: Finding) =>
    patterns.filter((pattern) => pattern.rule === rule && pattern.matches.test(object));
  const used = new Set(findings.flatMap(matched));
  return {
    findings: [...new Set(findings.filter((one) => matched(one).length === 0).map(text))].sort(),
    unused: patterns.filter((pattern) => !used.has(pattern)).map(text),
  };
}

function text({ rule, object }: Finding): string {
  return `${rule}: ${object}`;
}

function patternOf(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
