import { Construct } from 'constructs';
import { AIModelSpec } from '../../api/generated/ai-model';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { checkLabel } from '../../contracts/names';
import { driftWindow, watchesDrift } from './model-monitoring';
import { tagOf } from './model-runtimes';

/**
 * Refuses what the schema of AIModel allows and the API server refuses in the objects that are made from it.
 *
 * @throws InvalidInputError the prop is the path of the field in the spec
 */
export function checkModelSpec(scope: Construct, spec: AIModelSpec): void {
  checkLabel(scope, 'version', 'model_version', spec.version);
  checkImage(scope, spec.serving.image);
  checkResources(scope, spec);
  for (const [key, value] of Object.entries(spec.serving.nodeSelector ?? {})) {
    checkLabel(scope, 'serving.nodeSelector', key, value);
  }
  checkEndpoints(scope, spec);
  checkMonitoring(scope, spec);
}

/**
 * Refuses what KServe's webhook refuses, and Kubernetes does not.
 *
 * Source: https://github.com/kserve/kserve/blob/v0.20.0/pkg/validation/env_policy.go
 *
 * @throws InvalidInputError the prop is the path of the field in the spec
 */
export function checkForKserve(scope: Construct, { serving }: AIModelSpec): void {
  if (serving.environment?.PYTHONPATH === undefined) return;
  const mend = 'put the modules where the image looks for them, or use engine deployment';
  fail(scope, 'serving.environment', 'must not have a variable that KServe refuses', 'PYTHONPATH', mend);
}

/** Without a version, nobody knows what a rollback brings back. */
function checkImage(scope: Construct, image: string | undefined): void {
  if (image === undefined || image.includes('@') || (tagOf(image) ?? 'latest') !== 'latest') return;
  const rule = 'must have a tag other than latest, or a digest';
  fail(scope, 'serving.image', rule, image, 'name the version of the image');
}

const RESOURCE =
  /^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMGT]i|[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9][A-Za-z0-9._-]*)$/;

function checkResources(scope: Construct, { serving }: AIModelSpec): void {
  for (const [list, amounts] of Object.entries(serving.resources)) {
    const wrong = Object.keys((amounts ?? {}) as object).find((resource) => !RESOURCE.test(resource));
    if (wrong === undefined) continue;
    const rule = 'must name resources of Kubernetes';
    fail(
      scope,
      `serving.resources.${list}`,
      rule,
      wrong,
      'use cpu, memory, ephemeral-storage or one like nvidia.com/gpu',
    );
  }
}

/** What an HTTPRoute takes as a path. */
const PATH = /^\/([A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*$/;
const NOT_IN_PATH = /\/\/|\/\.{1,2}(\/|$)|%2[fF]/;

function checkEndpoints(scope: Construct, { endpoints = [] }: AIModelSpec): void {
  endpoints.forEach(({ path }, index) => {
    if (PATH.test(path) && !NOT_IN_PATH.test(path)) return;
    const rule = 'must be a path that a route can have: no double slash, no dots between slashes, no half escape';
    fail(scope, `endpoints[${index}].path`, rule, path, "write it as '/v1/models/churn/predict'");
  });
}

function checkMonitoring(scope: Construct, spec: AIModelSpec): void {
  const { latencyP95 } = spec.metrics ?? {};
  if (latencyP95 !== undefined && !(durationSeconds(latencyP95) > 0)) {
    fail(scope, 'metrics.latencyP95', 'must be greater than 0', latencyP95, 'write it as 50ms');
  }
  const drift = spec.monitoring?.drift;
  if (!drift || !watchesDrift(spec)) return;
  const { threshold = 0.3, adaptive } = drift;
  const at = 'monitoring.drift';
  if (!(threshold > 0)) {
    fail(scope, `${at}.threshold`, 'must be greater than 0', threshold, 'equal distributions have a drift of 0');
  }
  if (adaptive?.maximum !== undefined && adaptive.maximum < threshold) {
    const rule = `must be at least threshold (${threshold}), which is the least one`;
    fail(scope, `${at}.adaptive.maximum`, rule, adaptive.maximum, 'raise it, or lower threshold');
  }
  const window = driftWindow(drift);
  if (adaptive && durationSeconds(adaptive.history ?? '7d') < window) {
    const rule = `must be at least as long as what is compared at once (${window}s)`;
    fail(scope, `${at}.adaptive.history`, rule, adaptive.history, 'look further back');
  }
}
