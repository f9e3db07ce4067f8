import { ABTestSpec } from '../../../src/api/generated/ab-test';
import { KubernetesObject } from '../runtime/protocol';
import { Measured } from './decision';

interface Measurement {
  readonly value?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly finishedAt?: string;
}

const ERROR = 'Error';
/** Phases of an AnalysisRun that measures no more. */
const ENDED = ['Successful', 'Failed', 'Error', 'Inconclusive'];

interface MetricResult {
  readonly name?: string;
  readonly measurements?: readonly Measurement[];
}

/** What an AnalysisRun shows. */
export interface Measurements {
  /** What was measured of each variant. */
  readonly measured: Readonly<Record<string, Measured | undefined>>;
  /** When Prometheus answered last, in milliseconds; undefined where it has not, or too long ago: ten measurements are kept. */
  readonly newest?: number;
  /** Why there are no figures now. */
  readonly failure?: string;
}

/** What was measured of each variant, and when last. */
export function measurementsOf(spec: ABTestSpec, analysis: KubernetesObject | undefined): Measurements {
  const shown = analysis?.status?.metricResults;
  // Argo Rollouts lists them in any order
  const results = (Array.isArray(shown) ? [...(shown as MetricResult[])] : []).sort(
    ({ name: a = '' }, { name: b = '' }) => (a < b ? -1 : 1),
  );
  const figures = new Map<string, number>();
  const times: number[] = [];
  for (const { name = '', measurements = [] } of results) {
    for (const { phase, value, finishedAt = '' } of measurements) {
      const at = Date.parse(finishedAt);
      // those that failed say nothing of the time that they were made at
      if (phase !== ERROR && !Number.isNaN(at)) times.push(at);
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
  const failure = failureOf(analysis, results);
  return {
    measured,
    ...(times.length > 0 ? { newest: Math.max(...times) } : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

function failureOf(analysis: KubernetesObject | undefined, results: readonly MetricResult[]): string | undefined {
  const { phase, message } = (analysis?.status ?? {}) as { readonly phase?: string; readonly message?: string };
  if (analysis && phase !== undefined && ENDED.includes(phase)) {
    const why = message === undefined || message === '' ? '' : ` (${message})`;
    return `Measuring has ended: AnalysisRun ${analysis.metadata.name} is ${phase}${why}. Delete it to begin anew`;
  }
  if (results.length === 0) return 'Argo Rollouts has measured nothing yet';
  const failed = results.find(({ measurements = [] }) => measurements.at(-1)?.phase === ERROR);
  return failed && `Prometheus does not answer (${failed.name}: ${failed.measurements?.at(-1)?.message})`;
}

/** Prometheus' answer as Argo Rollouts writes it: `[12.5]`; empty when there is no series. */
function figureIn(value: string | undefined): number | undefined {
  const [, text] = /^\[?\s*([^\s,\]]+)/.exec(value ?? '') ?? [];
  const figure = Number(text);
  return text === undefined || !Number.isFinite(figure) ? undefined : figure;
}
