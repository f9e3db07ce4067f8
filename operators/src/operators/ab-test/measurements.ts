import { ABTestSpec } from '../../../../src/api/generated/ab-test';
import { KubernetesObject } from '../../runtime/protocol';
import { Measured } from './decision';

interface Measurement {
  readonly value?: string;
  readonly phase?: string;
  readonly finishedAt?: string;
}

interface MetricResult {
  readonly name?: string;
  readonly measurements?: readonly Measurement[];
}

/** What was measured of each variant, and when last (in milliseconds). */
export function measurementsOf(
  spec: ABTestSpec,
  analysis: KubernetesObject | undefined,
): { readonly measured: Readonly<Record<string, Measured | undefined>>; readonly newest: number } {
  const results = analysis?.status?.metricResults;
  const figures = new Map<string, number>();
  let newest = 0;
  for (const { name = '', measurements = [] } of Array.isArray(results) ? (results as MetricResult[]) : []) {
    for (const { value, finishedAt = '' } of measurements) {
      const at = Date.parse(finishedAt);
      if (!Number.isNaN(at)) newest = Math.max(newest, at);
      const figure = figureIn(value);
      // the last one that has a value counts
      if (figure !== undefined) figures.set(name, figure);
    }
  }
  const guarded = (spec.guardrails ?? []).map(({ name }) => name);
  const measured = Object.fromEntries(
    spec.variants.map(({ name }): [string, Measured | undefined] => {
      const figure = (one: string): number | undefined => figures.get(`${one}/${name}`);
      const samples = figure('samples');
      if (samples === undefined) return [name, undefined];
      const [count, mean, deviation] = [figure('windows'), figure('mean'), figure('deviation')];
      const guardrails = guarded.flatMap((guardrail) => {
        const value = figure(`guardrail:${guardrail}`);
        return value === undefined ? [] : [[guardrail, value] as const];
      });
      return [
        name,
        {
          samples: Math.round(samples),
          successes: figure('successes'),
          ...(count !== undefined && mean !== undefined ? { windows: { count, mean, deviation: deviation ?? 0 } } : {}),
          guardrails: Object.fromEntries(guardrails),
        },
      ];
    }),
  );
  return { measured, newest };
}

/** Prometheus' answer as Argo Rollouts writes it: `[12.5]`; empty when there is no series. */
function figureIn(value: string | undefined): number | undefined {
  const [, text] = /^\[?\s*([^\s,\]]+)/.exec(value ?? '') ?? [];
  const figure = Number(text);
  return text === undefined || !Number.isFinite(figure) ? undefined : figure;
}
