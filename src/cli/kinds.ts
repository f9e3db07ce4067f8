import { KINDS } from '../api/kinds';
import { apiVersionOf, KindDefinition } from '../api/schema/schema';
import { suggestion } from '../contracts/suggestion';
import { fieldsOf } from './documents';

/** What a document is. */
export type Identified =
  | { readonly kind: KindDefinition }
  /** It is meant to be of a kind of the platform, and is not. */
  | { readonly finding: { readonly field: 'apiVersion' | 'kind'; readonly message: string } }
  /** It is something else. */
  | { readonly other: string };

const GROUPS = [...new Set(KINDS.map(({ group }) => group))];

/** Which kind a document is of. One of a group of the platform, or nearly of one, is held to it. */
export function identify(value: unknown): Identified {
  const { apiVersion, kind } = fieldsOf(value);
  if (apiVersion === undefined && kind === undefined) return { other: 'A document without apiVersion and kind' };
  if (typeof apiVersion !== 'string') return wrong('apiVersion', text(apiVersion), KINDS.map(apiVersionOf));
  if (typeof kind !== 'string')
    return wrong(
      'kind',
      text(kind),
      KINDS.map((one) => one.kind),
    );
  const group = apiVersion.slice(0, Math.max(apiVersion.indexOf('/'), 0));
  const exact = KINDS.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (exact) return { kind: exact };
  if (GROUPS.includes(group.toLowerCase())) return heldTo(group.toLowerCase(), apiVersion, kind);
  const near = suggestion(group, GROUPS);
  const named = KINDS.some((one) => one.kind.toLowerCase() === kind.toLowerCase() && one.group === near);
  return near !== undefined && named ? heldTo(near, apiVersion, kind) : { other: `${apiVersion} ${kind}` };
}

function heldTo(group: string, apiVersion: string, kind: string): Identified {
  const kinds = KINDS.filter((one) => one.group === group);
  const meant = kinds.find((one) => one.kind === kind);
  if (meant) return wrong('apiVersion', apiVersion, [apiVersionOf(meant)]);
  return wrong(
    'kind',
    kind,
    kinds.map((one) => one.kind),
  );
}

function wrong(field: 'apiVersion' | 'kind', given: string, known: readonly string[]): Identified {
  const near = suggestion(given, known);
  const fix = near === undefined || known.length === 1 ? '' : `: write ${near}`;
  const list = [...new Set(known)].join(', ');
  return { finding: { field, message: `must be ${known.length > 1 ? 'one of ' : ''}${list}, got ${given}${fix}` } };
}

function text(given: unknown): string {
  return given === undefined ? 'nothing' : JSON.stringify(given);
}
