import { IConstruct } from 'constructs';
import { fail } from '../contracts/errors';

/** A check whose findings a program can acknowledge: those that judge by likelihood. */
export const PLAIN_SECRET = 'plain-secret';

const CHECKS: readonly string[] = [PLAIN_SECRET];

/** That findings of a check are known and meant. */
export interface Acknowledgement {
  readonly scope: IConstruct;
  readonly check: string;
  readonly field?: string;
}

const METADATA = 'ml-platform-constructs:acknowledged';
const LEAST_REASON = 10;

/** Keeps an acknowledgement in the metadata of a construct. */
export function acknowledge(scope: IConstruct, check: string, reason: string, field?: string): void {
  if (!CHECKS.includes(check)) {
    fail(
      scope,
      'acknowledge: check',
      'must be one that can be acknowledged',
      check,
      `use one of: ${CHECKS.join(', ')}`,
    );
  }
  if (reason.trim().length < LEAST_REASON) {
    const rule = `must have at least ${LEAST_REASON} characters`;
    fail(scope, 'acknowledge: reason', rule, reason, 'write for a reviewer why the finding is none');
  }
  scope.node.addMetadata(METADATA, { check, reason, field });
}

/** The acknowledgements of a construct and of all that are above it. */
export function acknowledgementsAt(construct: IConstruct): Acknowledgement[] {
  return construct.node.scopes.flatMap(acknowledgementsOf);
}

/** The acknowledgements of a construct itself. */
function acknowledgementsOf(scope: IConstruct): Acknowledgement[] {
  return scope.node.metadata
    .filter(({ type }) => type === METADATA)
    .map(({ data }) => ({ scope, ...(data as { readonly check: string; readonly field?: string }) }));
}
