import { IConstruct } from 'constructs';
import { checkWhole } from '../../contracts/bounds';
import { findEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { isHighlyAvailable, Tier } from '../../contracts/tier';
import { RequestMetrics } from './request-metrics';

/** What a service promises to those who call it. */
export interface ServiceLevelOptions {
  /**
   * Share of the requests that are answered without a failure of the service, in percent, over 30 days.
   *
   * @default - with other objectives, 99.9 in staging and production and 99 elsewhere
   */
  readonly availabilityPercent?: number;
  /**
   * How long a request takes at most, in milliseconds. It must be the bound of a bucket of the metrics: no other can be told.
   *
   * @default - no objective of latency
   */
  readonly latencyMilliseconds?: number;
  /**
   * Share of the requests that take no longer, in percent, over 30 days.
   *
   * @default 95
   */
  readonly latencyPercent?: number;
  /**
   * Requests a second that all pods together can answer, by a load test. From 80 % of it on, there is a warning.
   *
   * @default - not known
   */
  readonly requestsPerSecond?: number;
}

/** What is promised of a service, and what is meant to be in use. */
export interface ObjectiveProps extends ServiceLevelOptions {
  readonly routingOverheadMilliseconds?: number;
  readonly cpuPercent?: number;
  readonly memoryPercent?: number;
  readonly requestMetrics?: RequestMetrics;
}

/** All of it, with the defaults. */
export interface Objectives {
  readonly metrics: RequestMetrics;
  readonly availabilityPercent: number;
  readonly latencyMilliseconds?: number;
  readonly latencyPercent: number;
  readonly requestsPerSecond?: number;
  readonly routingOverheadMilliseconds?: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

/** The first prop that is an objective; undefined where there is none. */
export function givenObjective(props: ObjectiveProps): keyof ObjectiveProps | undefined {
  return OBJECTIVES.find((prop) => props[prop] !== undefined);
}

const OBJECTIVES = [
  'availabilityPercent',
  'latencyMilliseconds',
  'latencyPercent',
  'requestsPerSecond',
  'routingOverheadMilliseconds',
] as const;

/**
 * Checks what is promised of a service.
 *
 * @param where the construct that was given it
 * @throws InvalidInputError when an objective is out of bounds, or one that the metrics cannot tell
 */
export function objectivesOf(where: IConstruct, props: ObjectiveProps): Objectives {
  const tier = findEnvironment(where)?.tier ?? Tier.DEVELOPMENT;
  const { requestMetrics: metrics = RequestMetrics.histogram(), latencyPercent = 95 } = props;
  const { availabilityPercent = isHighlyAvailable(tier) ? 99.9 : 99, cpuPercent = 70, memoryPercent = 80 } = props;
  const { latencyMilliseconds, requestsPerSecond, routingOverheadMilliseconds } = props;
  checkPercent(where, 'availabilityPercent', availabilityPercent);
  checkPercent(where, 'latencyPercent', latencyPercent);
  if (props.latencyPercent !== undefined && latencyMilliseconds === undefined) {
    const fix = 'give how long requests take at most as well';
    fail(where, 'latencyPercent', 'must come with latencyMilliseconds', latencyPercent, fix);
  }
  checkBucket(where, latencyMilliseconds, metrics);
  checkPositive(where, 'requestsPerSecond', requestsPerSecond);
  checkPositive(where, 'routingOverheadMilliseconds', routingOverheadMilliseconds);
  if (routingOverheadMilliseconds !== undefined && !metrics._isOfProxy) {
    fail(
      where,
      'routingOverheadMilliseconds',
      'must come with the metrics of a proxy',
      routingOverheadMilliseconds,
      'give requestMetrics: RequestMetrics.envoy(), or leave it out where the service does not route',
    );
  }
  // as much as an autoscaler may be told
  checkWhole(where, 'cpuPercent', cpuPercent, 1, 1000, 'give percent of the CPU that is reserved');
  checkWhole(where, 'memoryPercent', memoryPercent, 1, 1000, 'give percent of the memory that is reserved');
  return {
    metrics,
    availabilityPercent,
    latencyMilliseconds,
    latencyPercent,
    requestsPerSecond,
    routingOverheadMilliseconds,
    cpuPercent,
    memoryPercent,
  };
}

/** Six times what may fail has to be well below everything, or no alert could be on. */
function checkPercent(where: IConstruct, prop: string, percent: number): void {
  if (percent >= 90 && percent <= 99.999) return;
  const fix =
    percent > 99.999
      ? 'give less: no failure at all cannot be promised'
      : 'give more: below, hardly any failure would be too many, and AlertRules says so better';
  fail(where, prop, 'must be between 90 and 99.999', percent, fix);
}

function checkBucket(where: IConstruct, milliseconds: number | undefined, metrics: RequestMetrics): void {
  const buckets = metrics._buckets;
  if (milliseconds === undefined || buckets.includes(milliseconds)) return;
  const rule = `must be the bound of a bucket (${buckets.join(', ')})`;
  const fix = metrics._isOfProxy
    ? 'give one of these'
    : 'give one of these, or let the service count by a bucket there and say so: requestMetrics: RequestMetrics.histogram({ bucketsMilliseconds: [...] })';
  fail(where, 'latencyMilliseconds', rule, milliseconds, fix);
}

function checkPositive(where: IConstruct, prop: string, value: number | undefined): void {
  if (value === undefined || (value > 0 && Number.isFinite(value))) return;
  fail(where, prop, 'must be greater than 0', value, 'leave it out where it is not known');
}
