/** A rule of Prometheus: an alert or a recorded series. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly annotations?: { readonly [name: string]: string };
}

/** A group of a PrometheusRule. */
export interface PrometheusRuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly rules: readonly Rule[];
}

/** The labels by which the series of a model are known. */
export interface ModelIdentity {
  readonly namespace: string;
  readonly modelName: string;
  readonly modelVersion: string;
}

/** Matchers of a model's series, of one version. */
export function matchers(model: ModelIdentity, more: { readonly [label: string]: string } = {}): string {
  return braces({
    namespace: model.namespace,
    model_name: model.modelName,
    model_version: model.modelVersion,
    ...more,
  });
}

/** Matchers of a model's series, of all versions. */
export function matchersOfAllVersions(model: ModelIdentity): string {
  return braces({ namespace: model.namespace, model_name: model.modelName });
}

/** A label matcher; its text is quoted as PromQL wants it. */
function braces(labels: { readonly [label: string]: string }): string {
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}

/** Seconds as a duration of PromQL, to the millisecond, in the largest units that give whole numbers. */
export function promDuration(seconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const;
  let rest = Math.round(seconds * 1000);
  return units
    .map(([unit, milliseconds]) => {
      const whole = Math.floor(rest / milliseconds);
      rest -= whole * milliseconds;
      return whole > 0 ? `${whole}${unit}` : '';
    })
    .join('');
}

/**
 * A bound as Prometheus writes it into the label `le`: the shortest decimal as Go's %g has it, with `.0` where that is whole.
 * Prometheus 3 brings what it scrapes to this form; client libraries write it.
 */
export function leLabel(bound: number): string {
  if (!Number.isFinite(bound)) return bound > 0 ? '+Inf' : '-Inf';
  const [mantissa, exponent] = bound.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const shortest = String(bound);
  return shortest.includes('.') ? shortest : `${shortest}.0`;
}
