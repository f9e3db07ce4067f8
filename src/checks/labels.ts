import { asLabels, asObject, asObjects, asText, asTexts, JsonObject } from './json';
import { addToList } from './lists';

export type Labels = { [key: string]: string };

/** Whether a Kubernetes label selector matches; an empty one matches everything. */
export function selects(selector: JsonObject, labels: Labels): boolean {
  for (const [key, value] of Object.entries(asLabels(selector.matchLabels))) {
    if (labels[key] !== value) return false;
  }
  return asObjects(selector.matchExpressions).every((expression) => {
    const value = labels[asText(expression.key) ?? ''] as string | undefined;
    const values = asTexts(expression.values);
    switch (expression.operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/**
 * Things with labels, found by selector. A selector looks only at what has one of its labels, so that the time depends on
 * what it finds and not on how much there is.
 */
export class LabelIndex<T> {
  private readonly all: { item: T; labels: Labels }[] = [];
  private readonly byLabel = new Map<string, { item: T; labels: Labels }[]>();

  public add(item: T, labels: Labels): void {
    const entry = { item, labels };
    this.all.push(entry);
    for (const [key, value] of Object.entries(labels)) {
      addToList(this.byLabel, `${key}=${value}`, entry);
    }
  }

  public find(selector: unknown): T[] {
    const wanted = asObject(selector);
    let candidates = this.all;
    for (const [key, value] of Object.entries(asLabels(wanted.matchLabels))) {
      const list = this.byLabel.get(`${key}=${value}`) ?? [];
      if (list.length < candidates.length) candidates = list;
    }
    return candidates.filter(({ labels }) => selects(wanted, labels)).map(({ item }) => item);
  }
}

/** One LabelIndex for each namespace. */
export class NamespacedLabelIndex<T> {
  private readonly byNamespace = new Map<string, LabelIndex<T>>();

  public add(namespace: string, item: T, labels: Labels): void {
    let index = this.byNamespace.get(namespace);
    if (!index) this.byNamespace.set(namespace, (index = new LabelIndex<T>()));
    index.add(item, labels);
  }

  public find(namespace: string, selector: unknown): T[] {
    return this.byNamespace.get(namespace)?.find(selector) ?? [];
  }

  public namespaces(): string[] {
    return [...this.byNamespace.keys()];
  }
}
