import { Yaml } from 'cdk8s';
import { Fn, Token } from 'cdktf';

/**
 * The values of a chart as the argument of a `helm_release`: YAML where everything is known, otherwise an expression
 * that Terraform evaluates.
 */
export function helmValues(values: { [key: string]: unknown }): string {
  if (hasToken(values)) return Fn.yamlencode(escapeStrings(values));
  // a copy without shared parts, which YAML would write as anchors
  return escapeTemplate(Yaml.stringify(JSON.parse(JSON.stringify(values))));
}

/** Whether a value holds something that only Terraform knows. */
export function hasToken(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasToken);
}

/** cdktf writes strings inside of an expression as they are, but for `${`. */
function escapeStrings(value: unknown): unknown {
  if (typeof value === 'string') return escapeString(value);
  if (typeof value !== 'object' || value === null || Token.isUnresolved(value)) return value;
  if (Array.isArray(value)) return value.map(escapeStrings);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escapeString(key), escapeStrings(inner)]));
}

function escapeString(text: string): string {
  return text
    .replace(/[\\"]/g, (character) => `\\${character}`)
    .replace(/\r/g, '\\r')
    .replace(/%\{/g, '%%{');
}

/** Terraform reads every string of its JSON syntax as a template. */
export function escapeTemplate(text: string): string {
  return text.replace(/[$%]\{/g, (opening) => `${opening[0]}${opening}`);
}
