import { LateVariable, lateVariables } from '../contracts/variable-order';
import { Finding, ICheck } from './check';
import { asObject, asText } from './json';
import { ManifestGraph } from './manifest-graph';

/**
 * Each environment variable comes after those that its value names as `$(NAME)`: the kubelet knows those before only, and would hand the text to
 * the program as it is. The containers of every kind are looked at, as they are in templates of engines too.
 */
export class VariablesCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph.manifests.flatMap(({ path, kind, name, json }) =>
      lateIn(json, '').map(({ at, late }) => ({
        path,
        message: `${kind} ${name}: ${at}.${late.name} names $(${late.refersTo}), which comes after it and is not known yet; move ${late.name} behind ${late.refersTo}, or write $$(${late.refersTo}) where the text is meant`,
      })),
    );
  }
}

/** Lists of variables, wherever in an object they are. */
function lateIn(value: unknown, at: string): { readonly at: string; readonly late: LateVariable }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => lateIn(item, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const place = at === '' ? key : `${at}.${key}`;
    if (key !== 'env' || !Array.isArray(inner)) return lateIn(inner, place);
    const variables = inner.flatMap((item) => {
      const { name, value: text } = asObject(item);
      return asText(name) === undefined ? [] : [{ name: String(name), value: asText(text) }];
    });
    return lateVariables(variables).map((late) => ({ at: place, late }));
  });
}
