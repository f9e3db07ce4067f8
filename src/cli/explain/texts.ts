import { ExplainedField } from './fields';
import { ExplainedPolicy } from './policies';

interface ExplainedKind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly description: string;
}

/** What there is to explain. */
export function overviewText(kinds: readonly ExplainedKind[], policies: readonly ExplainedPolicy[]): string {
  return lines([
    'Kinds:',
    ...columns(kinds.map(({ kind, apiVersion, description }) => [kind, apiVersion, description])),
    '',
    'Policies of the gate, for ModelDeployments:',
    ...columns(policies.map(({ policy, description }) => [policy, description])),
    '',
    "'ml-platform explain f1-score' has the bounds of a policy, 'ml-platform explain spec.drift' a field.",
  ]);
}

/** A policy with its bounds by environments. */
export function policyText({ policy, description, environments, messages }: ExplainedPolicy): string {
  return lines([
    `${policy}: ${description}`,
    '',
    'Bounds:',
    ...columns(Object.entries(environments).map(([tier, bounds]) => [tier, boundsText(bounds)])),
    ...told('A manifest that has nothing of it is told:', messages),
  ]);
}

/** A field of a kind, with what is below it and what the gate asks about it. */
export function fieldText(
  { kind, apiVersion, field, type, description, required, rules, fields }: ExplainedField,
  asked: { readonly [tier: string]: readonly { readonly message: string }[] },
): string {
  const of = field === '' ? `${kind} (${apiVersion})` : `${field} of ${kind} (${apiVersion})`;
  return lines([
    `${of}: ${type}${required ? ', required' : ''}`,
    '',
    ...wrapped(description, 2),
    ...(rules.length === 0 ? [] : ['', ...rules.map((rule) => `  - ${rule}`)]),
    ...(fields.length === 0 ? [] : ['', 'Fields:']),
    ...columns(fields.map((one) => [one.name, `${one.type}${one.required ? ', required' : ''}`, one.description])),
    ...told(
      'The policy gate tells a manifest without it:',
      Object.fromEntries(Object.entries(asked).map(([tier, list]) => [tier, list.map(({ message }) => message)])),
    ),
  ]);
}

function told(title: string, messages: { readonly [tier: string]: readonly string[] }): string[] {
  const tiers = new Map<string, string[]>();
  for (const [tier, list] of Object.entries(messages)) {
    for (const message of list) tiers.set(message, [...(tiers.get(message) ?? []), tier]);
  }
  const texts = [...tiers].flatMap(([message, of]) => [`  ${of.join(', ')}:`, ...wrapped(message, 4)]);
  return texts.length === 0 ? [] : ['', title, ...texts];
}

function boundsText(bounds: { readonly [bound: string]: unknown }): string {
  const texts = Object.entries(bounds).map(([name, bound]) => {
    const text = Array.isArray(bound) ? bound.join(', ') : String(bound);
    return name.startsWith('at ') ? `${name} ${text}` : `${name}: ${text}`;
  });
  return texts.length === 0 ? 'asked' : texts.join('; ');
}

const WIDTH = 100;

/** Rows below each other, the last column of each wrapped. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const [first = []] = rows;
  const widths = first.slice(0, -1).map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.flatMap((row) => {
    const start = widths.map((width, at) => row[at].padEnd(width + 2)).join('');
    const indent = 2 + start.length;
    const [head = '', ...more] = wrapped(row.at(-1) ?? '', indent);
    return [`  ${start}${head.trimStart()}`.trimEnd(), ...more];
  });
}

function wrapped(text: string, indent: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (row !== '' && row.length + 1 + word.length > WIDTH - indent) {
      rows.push(row);
      row = word;
    } else {
      row = row === '' ? word : `${row} ${word}`;
    }
  }
  return [...rows, ...(row === '' ? [] : [row])].map((one) => ' '.repeat(indent) + one);
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
