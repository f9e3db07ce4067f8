/** A query of a panel, and what its series are called. */
export interface Target {
  readonly query: string;
  readonly legend: string;
}

/** A graph of a dashboard. Every metric in a query has braces, if only empty ones. */
export interface Panel {
  readonly title: string;
  /** Unit of Grafana, such as `s` or `percentunit`. */
  readonly unit: string;
  readonly targets: readonly Target[];
  /** What to read from it, where the title does not say it. */
  readonly description?: string;
}

/** Matcher of the namespaces that the reader chose. */
export const IN_NAMESPACE = 'namespace=~"$namespace"';

/** A graph of one query. */
export function panel(title: string, unit: string, query: string, legend: string, description?: string): Panel {
  return { title, unit, targets: [{ query, legend }], description };
}
