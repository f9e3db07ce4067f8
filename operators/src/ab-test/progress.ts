import { ABTestSpec, InconclusiveAction, PromotionStrategy } from '../../../src/api/generated/ab-test';
import { durationSeconds } from '../../../src/contracts/duration';
import { ENDED_ANALYSIS, figureIn, MEASUREMENT_ERROR, MetricResult } from '../runtime/analysis-run';
import { toSeconds } from '../runtime/observed';
import { KubernetesObject } from '../runtime/protocol';
import { decide, Measured, Rules } from './decision';

/** Annotation of the AnalysisRun that keeps what was decided: the test does not change its mind. */
export const DECISION_ANNOTATION = 'nstarx.io/decision';

/** What was decided, and when. */
export interface Decided {
  readonly outcome: 'won' | 'aborted' | 'inconclusive';
  readonly winner?: string;
  readonly pValue?: number;
  readonly at: string;
  readonly why: string;
}

/** How far a test is. */
export interface Progress {
  readonly phase: 'Running' | 'Promoting' | 'Completed' | 'Inconclusive' | 'Aborted' | 'Suspended';
  readonly startTime?: string;
  readonly decided?: Decided;
  /** What there is to say while nothing is decided. */
  readonly why: string;
  /** Why there are no figures, while nothing is decided. */
  readonly failure?: string;
  readonly pValue?: number;
  /** Percentage of the requests by variant. */
  readonly weights: Readonly<Record<string, number>>;
  readonly measured: Readonly<Record<string, Measured | undefined>>;
  /** Whether measuring is over. */
  readonly ended: boolean;
}

/** How far a test is, from what its AnalysisRun shows. */
export function progressOf(spec: ABTestSpec, analysis: KubernetesObject | undefined, observed: string): Progress {
  const { measured, newest = 0, failure } = measurementsOf(spec, analysis);
  const now = Math.max(Date.parse(observed), newest);
  const startTime = startOf(analysis);
  // figures are looked at as of the time that they are from
  const elapsed = startTime === undefined ? 0 : (newest - Date.parse(startTime)) / 1000 / durationOf(spec);
  const before = decisionOf(analysis);
  const verdict = decide(rulesOf(spec), measured, Math.max(elapsed, 0));
  // without figures of the end it is not known that there is no winner
  const undecided = verdict.state === 'running' || (verdict.state === 'inconclusive' && failure !== undefined);
  const common = { startTime, measured };
  const control = controlOf(spec);
  const given = Object.fromEntries(spec.variants.map(({ name, weight }) => [name, weight]));

  let decided = before;
  if (verdict.state === 'aborted' && before?.outcome !== 'aborted' && !isOver(spec, before, now)) {
    // a guardrail counts during the promotion too
    decided = { outcome: 'aborted', at: toSeconds(now), why: verdict.why };
  } else if (!before && !undecided && verdict.state !== 'aborted' && !(spec.suspend ?? false)) {
    decided = {
      outcome: verdict.state,
      at: toSeconds(now),
      why: verdict.why,
      ...(verdict.state === 'won' ? { winner: verdict.winner } : {}),
      ...(verdict.pValue === undefined ? {} : { pValue: verdict.pValue }),
    };
  }
  if (!decided) {
    const pValue = verdict.state === 'running' ? verdict.pValue : undefined;
    const suspended = spec.suspend ?? false;
    const weights = suspended ? allTo(spec, control) : given;
    const phase = suspended ? 'Suspended' : 'Running';
    return { ...common, phase, why: failure ?? verdict.why, failure, pValue, weights, ended: false };
  }
  const { outcome, why, pValue } = decided;
  const automatic = spec.promotion?.strategy === PromotionStrategy.AUTOMATIC;
  const result = { ...common, decided, why, pValue };
  if (spec.suspend ?? false) return { ...result, phase: 'Suspended', weights: allTo(spec, control), ended: false };
  if (outcome === 'aborted') return { ...result, phase: 'Aborted', weights: allTo(spec, control), ended: true };
  if (outcome === 'inconclusive') {
    const back = automatic && spec.promotion?.onInconclusive !== InconclusiveAction.KEEP_WEIGHTS;
    return { ...result, phase: 'Inconclusive', weights: back ? allTo(spec, control) : given, ended: true };
  }
  if (!automatic) return { ...result, phase: 'Completed', weights: given, ended: true };
  const share = promotedShare(spec, decided, now);
  const over = share === 100;
  const weights = { ...allTo(spec, control), [control]: 100 - share, [decided.winner ?? control]: share };
  return { ...result, phase: over ? 'Completed' : 'Promoting', weights, ended: over };
}

/** Seconds that the test takes at most. */
export function durationOf({ duration }: ABTestSpec): number {
  return durationSeconds(duration ?? '14d');
}

/** The rules of a test, with the defaults of its kind. */
export function rulesOf({ variants, metric, guardrails, significance }: ABTestSpec): Rules {
  return {
    variants,
    metric: { type: metric.type ?? 'ratio', goal: metric.goal, minimumEffect: metric.minimumEffect ?? 0 },
    guardrails: guardrails ?? [],
    significance: {
      level: significance?.level ?? 0.05,
      power: significance?.power ?? 0.8,
      minimumSamples: significance?.minimumSamples ?? 1000,
    },
  };
}

/** The annotation's text of a decision. */
export function decisionText(decided: Decided): string {
  return JSON.stringify(decided);
}

function decisionOf(analysis: KubernetesObject | undefined): Decided | undefined {
  const text = analysis?.metadata.annotations?.[DECISION_ANNOTATION];
  if (text === undefined) return undefined;
  try {
    const decided = JSON.parse(text) as Decided;
    return ['won', 'aborted', 'inconclusive'].includes(decided.outcome) ? decided : undefined;
  } catch {
    // someone else wrote it: the test decides anew
    return undefined;
  }
}

function startOf(analysis: KubernetesObject | undefined): string | undefined {
  const started = analysis?.status?.startedAt ?? analysis?.metadata.creationTimestamp;
  return typeof started === 'string' && !Number.isNaN(Date.parse(started)) ? started : undefined;
}

function controlOf({ variants }: ABTestSpec): string {
  return (variants.find(({ control }) => control) ?? variants[0]).name;
}

function allTo({ variants }: ABTestSpec, winner: string): Record<string, number> {
  return Object.fromEntries(variants.map(({ name }) => [name, name === winner ? 100 : 0]));
}

/** Percentage that the winner has now. */
function promotedShare(spec: ABTestSpec, decided: Decided, now: number): number {
  const { steps = [], interval = '10m' } = spec.promotion ?? {};
  if (decided.winner === controlOf(spec) || steps.length === 0) return 100;
  const step = Math.floor((now - Date.parse(decided.at)) / 1000 / Math.max(1, durationSeconds(interval)));
  return step >= steps.length ? 100 : steps[Math.max(0, step)];
}

function isOver(spec: ABTestSpec, decided: Decided | undefined, now: number): boolean {
  if (!decided) return false;
  return (
    decided.outcome !== 'won' ||
    spec.promotion?.strategy !== PromotionStrategy.AUTOMATIC ||
    promotedShare(spec, decided, now) === 100
  );
}

/** What an AnalysisRun shows. */
interface Measurements {
  /** What was measured of each variant. */
  readonly measured: Readonly<Record<string, Measured | undefined>>;
  /** When Prometheus answered last, in milliseconds; undefined where it has not, or too long ago: ten measurements are kept. */
  readonly newest?: number;
  /** Why there are no figures now. */
  readonly failure?: string;
}

/** What was measured of each variant, and when last. */
function measurementsOf(spec: ABTestSpec, analysis: KubernetesObject | undefined): Measurements {
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
      if (phase !== MEASUREMENT_ERROR && !Number.isNaN(at)) times.push(at);
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
  if (analysis && phase !== undefined && ENDED_ANALYSIS.includes(phase)) {
    const why = message === undefined || message === '' ? '' : ` (${message})`;
    return `Measuring has ended: AnalysisRun ${analysis.metadata.name} is ${phase}${why}. Delete it to begin anew`;
  }
  if (results.length === 0) return 'Argo Rollouts has measured nothing yet';
  const failed = results.find(({ measurements = [] }) => measurements.at(-1)?.phase === MEASUREMENT_ERROR);
  return failed && `Prometheus does not answer (${failed.name}: ${failed.measurements?.at(-1)?.message})`;
}
