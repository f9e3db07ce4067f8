/*
 * What AnalysisRuns of Argo Rollouts show, for the kinds that measure with them: ab-test and model-deployment.
 */

/** Phase of a measurement that Prometheus did not answer. */
export const MEASUREMENT_ERROR = 'Error';
/** Phases of an AnalysisRun that measures no more. */
export const ENDED_ANALYSIS: readonly unknown[] = ['Successful', 'Failed', 'Error', 'Inconclusive'];

/** A measurement. */
export interface Measurement {
  readonly value?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly finishedAt?: string;
}

/** What was measured of a metric, the last at the end. */
export interface MetricResult {
  readonly name?: string;
  readonly measurements?: readonly Measurement[];
}

/** Prometheus' answer as Argo Rollouts writes it: `[12.5]`; empty when there is no series. */
export function figureIn(value: string | undefined): number | undefined {
  const [, text] = /^\[?\s*([^\s,\]]+)/.exec(value ?? '') ?? [];
  const figure = Number(text);
  return text === undefined || !Number.isFinite(figure) ? undefined : figure;
}
