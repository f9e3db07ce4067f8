/** One statement of an IAM policy, spelled as IAM spells it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | { readonly [kind: string]: string | string[] };
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | string[] } };
}

/**
 * A policy document as JSON, one statement a line; strings in it may be Terraform tokens. Of several lines cdktf makes a
 * heredoc in HCL, while it does not escape the quotes of a single one that has an expression in it.
 */
export function policyJson(statements: Statement[]): string {
  const lines = statements.map((statement) => JSON.stringify(statement));
  return `{"Version":"2012-10-17","Statement":[\n${lines.join(',\n')}\n]}`;
}

/** Lets an AWS service assume a role. */
export function serviceTrust(service: string, condition?: Statement['Condition']): string {
  return policyJson([
    {
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
      ...(condition ? { Condition: condition } : {}),
    },
  ]);
}
