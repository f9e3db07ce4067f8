import { FIGURES } from '../../../src/kinds/model-deployment/analysis';
import { ENDED_ANALYSIS, figureIn, MEASUREMENT_ERROR, MetricResult } from '../runtime/analysis-run';
import { ConditionReport } from '../runtime/conditions';
import { toSeconds } from '../runtime/observed';
import { RevisionOutcome } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { DEADLINE, servingOf } from './serving';
import { modelDeploymentSettings } from '../../../src/kinds/operators/kind-settings';
import { DeploymentReportContext } from './spec';

/** Measurements above a bound that are too many: a single minute says little where few requests come. */
const TOO_MANY = 3;

/** When a version is left for the one before. */
interface Rules {
  readonly enabled: boolean;
  readonly windowSeconds: number;
  readonly bounds: readonly Bound[];
}

interface Bound {
  readonly figure: string;
  readonly most: number;
  readonly reason: string;
  readonly describe: (value: number) => string;
}

/** The rules for the active version: those of its spec, and of the platform where it has none. */
function rulesOf({ active, spec, settings }: DeploymentReportContext): Rules {
  const given = (active?.spec ?? spec).serving?.rollback ?? {};
  const {
    windowSeconds = 600,
    maxErrorRatio = 0.05,
    maxLatencyMs,
  } = { ...modelDeploymentSettings(settings).rollback, ...given };
  const percent = (value: number): string => `${Number((100 * value).toFixed(2))} %`;
  return {
    enabled: given.enabled ?? true,
    windowSeconds,
    bounds: [
      {
        figure: FIGURES.ERRORS,
        most: maxErrorRatio,
        reason: 'TooManyErrors',
        describe: (value) => `${percent(value)} of the requests end with an error (at most ${percent(maxErrorRatio)})`,
      },
      ...(maxLatencyMs === undefined
        ? []
        : [
            {
              figure: FIGURES.LATENCY,
              most: maxLatencyMs,
              reason: 'TooSlow',
              describe: (value: number) =>
                `95 % of the answers take up to ${Number(value.toPrecision(3))} ms (at most ${maxLatencyMs} ms)`,
            },
          ]),
    ],
  };
}

/** What was measured of the active version. */
interface Measured {
  /** Whether there is an AnalysisRun for it. */
  readonly wanted: boolean;
  readonly figures: ReadonlyMap<string, readonly Figure[]>;
  /** When the last measurement was made, in milliseconds. */
  readonly newest: number;
  /** Why there are no figures. */
  readonly failure?: string;
}

interface Figure {
  readonly value: number;
  /** When it was measured, in milliseconds. */
  readonly at: number;
}

function measuredOf({ active, children, namespace }: DeploymentReportContext): Measured {
  const desired = active?.objects.find(({ kind }) => kind === 'AnalysisRun');
  if (!desired) return { wanted: false, figures: new Map<string, Figure[]>(), newest: 0 };
  const run = children.find(desired.apiVersion, desired.kind, desired.metadata.name, namespace);
  const results = resultsOf(run);
  const figures = new Map(
    results.map(({ name = '', measurements = [] }) => [
      name,
      measurements.flatMap(({ phase, value, finishedAt = '' }): Figure | Figure[] => {
        const [figure, at] = [figureIn(value), Date.parse(finishedAt)];
        return figure === undefined || phase === MEASUREMENT_ERROR || Number.isNaN(at) ? [] : { value: figure, at };
      }),
    ]),
  );
  const times = results.flatMap(({ measurements = [] }) =>
    measurements.map(({ finishedAt = '' }) => Date.parse(finishedAt)).filter((time) => !Number.isNaN(time)),
  );
  const failed = results.find(({ measurements = [] }) => measurements.at(-1)?.phase === MEASUREMENT_ERROR);
  const failure = ENDED_ANALYSIS.includes(run?.status?.phase)
    ? `AnalysisRun ${desired.metadata.name} has ended: delete it to measure again`
    : failed && `Prometheus does not answer: ${failed.measurements?.at(-1)?.message ?? 'nothing says why'}`;
  return { wanted: true, figures, newest: Math.max(0, ...times), ...(failure === undefined ? {} : { failure }) };
}

/** Argo Rollouts lists them in any order. */
function resultsOf(run: KubernetesObject | undefined): readonly MetricResult[] {
  const results = (run?.status?.metricResults ?? []) as readonly MetricResult[];
  return [...results].sort(({ name: a = '' }, { name: b = '' }) => (a < b ? -1 : 1));
}

/**
 * What became of the active version: it did not hold when its pods do not get ready, or when, before the window after its roll-out is over,
 * they end again and again, or errors or latency are above a bound three times; it did when the window is over. Undefined until then.
 */
export function judge(context: DeploymentReportContext): Omit<RevisionOutcome, 'generation'> | undefined {
  const serving = servingOf(context);
  const { current, ready, settled, settledAt, crashes } = serving;
  if (!current) return undefined;
  const { enabled, windowSeconds, bounds } = rulesOf(context);
  const measured = measuredOf(context);
  const end = windowEnd(settledAt, windowSeconds);
  const now = Math.max(measured.newest, Date.parse(context.now));
  const isOver = settled && (!enabled || end === undefined || now >= end);
  if (enabled) {
    const failed = (reason: string, message: string) => ({ held: false, reason, message });
    if (serving.reason === DEADLINE) return failed(DEADLINE, serving.message);
    if (crashes !== undefined && !isOver) return failed('CrashLoopBackOff', crashes);
    for (const { figure, most, reason, describe } of bounds) {
      const above = (measured.figures.get(figure) ?? [])
        .filter(({ at }) => at < (end ?? Infinity))
        .filter(({ value }) => value > most);
      if (above.length >= TOO_MANY) return failed(reason, describe(above[above.length - 1].value));
    }
  }
  if (!isOver || !ready) return undefined;
  return { held: true, reason: 'Held', message: 'The version was served as it should be' };
}

function windowEnd(settledAt: string | undefined, windowSeconds: number): number | undefined {
  return settledAt === undefined ? undefined : Date.parse(settledAt) + 1000 * windowSeconds;
}

/** Whether the version that is served keeps its bounds, as it was measured last. */
export function healthCondition(context: DeploymentReportContext): ConditionReport {
  const type = 'Healthy';
  const unknown = (reason: string, message: string): ConditionReport => ({ type, status: 'Unknown', reason, message });
  const measured = measuredOf(context);
  if (!measured.wanted)
    return unknown('NotMeasured', 'Nothing is served, or the platform has no Argo Rollouts to measure it');
  if (measured.failure !== undefined) return unknown('CannotBeMeasured', measured.failure);
  const last = rulesOf(context).bounds.flatMap((bound) => {
    const figure = measured.figures.get(bound.figure)?.at(-1);
    return figure === undefined ? [] : [{ ...bound, value: figure.value }];
  });
  if (last.length === 0) return unknown('NoFigures', 'There are no requests yet, or their metrics are not scraped');
  const above = last.find(({ value, most }) => value > most);
  const message = last.map(({ describe, value }) => describe(value)).join('; ');
  return above
    ? { type, status: false, reason: above.reason, message: above.describe(above.value) }
    : { type, status: true, reason: 'WithinBounds', message };
}

/** Whether a former version is served in place of the one of the spec, and why. */
export function rollbackCondition(context: DeploymentReportContext): ConditionReport {
  const { active, failed, rolledBack, spec } = context;
  const type = 'RolledBack';
  if (rolledBack) {
    const message = `spec.rollbackTo asks for version ${active?.version}: remove it to serve ${spec.model.version}`;
    return { type, status: true, reason: 'Requested', message };
  }
  const now = active?.outcome?.held === false ? active : failed;
  if (now?.outcome) {
    const { reason, message } = now.outcome;
    const instead = now === active ? '' : `; version ${active?.version} is served in its place`;
    const text = `Version ${now.version} did not hold${instead}: ${message}. It is tried again when the spec changes`;
    return { type, status: true, reason, message: text };
  }
  const not = (reason: string, message: string): ConditionReport => ({ type, status: false, reason, message });
  if (!active || active.outcome?.held) return not('NotNeeded', 'The version of the spec has not failed');
  const { enabled, windowSeconds } = rulesOf(context);
  if (!enabled) return not('Disabled', 'spec.serving.rollback.enabled is false: no version comes back by itself');
  const end = windowEnd(servingOf(context).settledAt, windowSeconds);
  const until = end === undefined ? 'it is rolled out' : toSeconds(end);
  return not('Watching', `Version ${active.version} is watched until ${until}`);
}
