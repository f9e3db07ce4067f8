import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';
import { Statement } from './contract';

/**
 * Characters that IAM allows, white space not counted, and managed policies that a role can have without a higher quota
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, November 2026).
 */
const INLINE_CHARACTERS = 10_240;
const MANAGED_CHARACTERS = 6_144;
const MANAGED_POLICIES = 10;

/** Longest of what only Terraform knows and statements name: the ARN of a secret, a key, a bucket, a queue, a role. */
const TOKEN_CHARACTERS = 160;

/** The characters that IAM will count, at most: what Terraform puts in is taken as long as it can be. */
export function policyCharacters(statements: readonly Statement[]): number {
  const json = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return json.replace(/\$\{[^}]*\}/g, 'x'.repeat(TOKEN_CHARACTERS)).replace(/\s/g, '').length;
}

/**
 * How the statements of a role are put into policies: one inline policy where they fit, managed policies otherwise.
 *
 * @param role the construct that errors name
 * @throws InvalidInputError when they do not fit at all
 */
export function dividePolicies(
  role: IConstruct,
  statements: readonly Statement[],
): { readonly inline: boolean; readonly policies: Statement[][] } {
  const characters = policyCharacters(statements);
  if (characters <= INLINE_CHARACTERS) return { inline: true, policies: [[...statements]] };
  const policies: Statement[][] = [];
  for (const statement of statements) {
    const last = policies.at(-1);
    if (last && policyCharacters([...last, statement]) <= MANAGED_CHARACTERS) last.push(statement);
    else policies.push([statement]);
  }
  const longest = Math.max(...policies.map(policyCharacters));
  if (policies.length > MANAGED_POLICIES || longest > MANAGED_CHARACTERS) {
    fail(
      role,
      'grants',
      `must fit ${MANAGED_POLICIES} IAM policies of ${MANAGED_CHARACTERS} characters`,
      `${characters} characters, the longest policy has ${longest}`,
      'grant fewer or outer folders, such as models/ for all of models/a/, models/b/ and so on, or have several workloads',
    );
  }
  return { inline: false, policies };
}
