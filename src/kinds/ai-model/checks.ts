import { Construct } from 'constructs';
import { ServingEngine } from '../../api/generated/ai-model';
import { ScalingMetricType } from '../../api/generated/shared';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { checkLabel } from '../../contracts/names';
import { lookup } from '../../contracts/lookup';
import { driftWindow } from './drift';
import { watchesDrift } from './drift-baseline';
import { isMonitored, ModelPlan } from './plan';
import { loadableFormats, tagOf } from './runtimes';
import { fetchedUri } from './storage';
import { checkVariables } from '../../contracts/variable-order';

const NAME_LENGTH = 52;

/**
 * Refuses a model whose objects could not be made, or would be refused by the API server, KServe or the zone. What only the
 * autoscaler, the route or the drift rules know is checked where they are made.
 *
 * @throws InvalidInputError the prop is the path of the field in the spec
 */
export function checkModel(scope: Construct, plan: ModelPlan): void {
  checkName(scope, plan);
  checkLabel(scope, 'version', 'model_version', plan.spec.version);
  checkImageTag(scope, plan);
  checkResources(scope, plan);
  for (const [key, value] of Object.entries(plan.spec.serving.nodeSelector ?? {})) {
    checkLabel(scope, 'serving.nodeSelector', key, value);
  }
  checkEndpoints(scope, plan);
  checkMonitoring(scope, plan);
  checkZone(scope, plan);
  checkReplicas(scope, plan);
  checkZoneLimits(scope, plan);
  checkFormat(scope, plan);
  checkLocation(scope, plan);
  checkImage(scope, plan);
  const variables = Object.entries(plan.spec.serving.environment ?? {}).map(([name, value]) => ({ name, value }));
  checkVariables(scope, 'serving.environment', variables);
  checkForKserve(scope, plan);
}

function checkName(scope: Construct, { name }: ModelPlan): void {
  if (name.length <= NAME_LENGTH && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) return;
  const rule = `must be a DNS label of at most ${NAME_LENGTH} characters that starts with a letter`;
  fail(scope, 'name', rule, name, 'its Service and KServe need such a name: use another');
}

/** Without a version, it is not known what a rollback brings back. */
function checkImageTag(scope: Construct, { spec }: ModelPlan): void {
  const { image } = spec.serving;
  if (image === undefined || image.includes('@') || (tagOf(image) ?? 'latest') !== 'latest') return;
  const rule = 'must have a tag other than latest, or a digest';
  fail(scope, 'serving.image', rule, image, 'name the version of the image');
}

const RESOURCE =
  /^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMGT]i|[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9][A-Za-z0-9._-]*)$/;

function checkResources(scope: Construct, { spec }: ModelPlan): void {
  for (const [list, amounts] of Object.entries(spec.serving.resources)) {
    const wrong = Object.keys((amounts ?? {}) as object).find((resource) => !RESOURCE.test(resource));
    if (wrong === undefined) continue;
    const rule = 'must name resources of Kubernetes';
    const fix = 'use cpu, memory, ephemeral-storage or one like nvidia.com/gpu';
    fail(scope, `serving.resources.${list}`, rule, wrong, fix);
  }
}

/** What an HTTPRoute takes as a path. */
const PATH = /^\/([A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*$/;
const NOT_IN_PATH = /\/\/|\/\.{1,2}(\/|$)|%2[fF]/;

function checkEndpoints(scope: Construct, { spec }: ModelPlan): void {
  (spec.endpoints ?? []).forEach(({ path }, index) => {
    if (PATH.test(path) && !NOT_IN_PATH.test(path)) return;
    const rule = 'must be a path that a route can have: no double slash, no dots between slashes, no half escape';
    fail(scope, `endpoints[${index}].path`, rule, path, "write it as '/v1/models/churn/predict'");
  });
}

function checkMonitoring(scope: Construct, plan: ModelPlan): void {
  const { spec } = plan;
  for (const field of ['latencyP50', 'latencyP95', 'latencyP99'] as const) {
    const time = spec.metrics?.[field];
    if (time === undefined || durationSeconds(time) > 0) continue;
    fail(scope, `metrics.${field}`, 'must be greater than 0', time, 'write it as 50ms');
  }
  const custom = (plan.autoscaling?.metrics ?? []).findIndex(({ type }) => type === ScalingMetricType.CUSTOM);
  if (custom >= 0 && !isMonitored(spec)) {
    const rule = 'must be enabled for a custom metric, which comes from what is scraped';
    const fix = `set it to true, or remove serving.autoscaling.metrics[${custom}]`;
    fail(scope, 'monitoring.enabled', rule, false, fix);
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

function checkZone(scope: Construct, { spec, zone }: ModelPlan): void {
  const { serving } = spec;
  if (serving.zone !== zone?.name) {
    const fix = 'create the zone, or correct the name';
    fail(scope, 'serving.zone', 'must be the name of an AIZone that exists', serving.zone, fix);
  }
  for (const [key, value] of Object.entries(zone?.nodeSelector ?? {})) {
    const own = lookup(serving.nodeSelector, key);
    if (own === undefined || own === value) continue;
    const fix = 'leave the label out, or use another zone';
    fail(scope, `serving.nodeSelector['${key}']`, `must agree with the zone, which has "${value}"`, own, fix);
  }
}

function checkReplicas(scope: Construct, { minReplicas, maxReplicas }: ModelPlan): void {
  if (minReplicas > maxReplicas) {
    const rule = `must be at least minReplicas (${minReplicas})`;
    const fix = 'raise maxReplicas or lower minReplicas';
    fail(scope, 'serving.autoscaling.maxReplicas', rule, maxReplicas, fix);
  }
}

/** Refuses a model whose replicas may request more of an extended resource than the zone has. */
function checkZoneLimits(scope: Construct, plan: ModelPlan): void {
  const { zone, maxReplicas } = plan;
  if (!zone) return;
  const prop = plan.autoscaling ? 'serving.autoscaling.maxReplicas' : 'serving.replicas';
  for (const [resource, count] of Object.entries(plan.extendedResources)) {
    const limit = lookup(zone.limits, resource);
    const needed = count * maxReplicas;
    if (limit === undefined || needed <= Number(limit)) continue;
    const most = count > 0 ? Math.floor(Number(limit) / count) : maxReplicas;
    fail(
      scope,
      prop,
      `must not need more ${resource} than the ${limit} of zone ${zone.name}; ${maxReplicas} replicas with ${count} each need ${needed}`,
      maxReplicas,
      most > 0
        ? `use at most ${most}, or raise the zone's limit`
        : "request fewer per replica, or raise the zone's limit",
    );
  }
}

function checkFormat(scope: Construct, { spec }: ModelPlan): void {
  const { format } = spec.storage;
  const formats = loadableFormats(spec);
  if (!format || !formats || formats.includes(format)) return;
  const rule = `must be one that the server of ${spec.type} loads (${formats.join(', ')})`;
  const fix = "convert the model, use engine triton with a model repository, or type custom with a server's image";
  fail(scope, 'storage.format', rule, format, fix);
}

function checkLocation(scope: Construct, { spec }: ModelPlan): void {
  const { location } = spec.storage;
  const [, claimName] = /^pvc:\/\/([^/]+)/.exec(location) ?? [];
  if (claimName !== undefined && (claimName.length > 253 || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(claimName))) {
    const rule = 'must name a PersistentVolumeClaim in the namespace of the model';
    fail(scope, 'storage.location', rule, location, 'write pvc://<claim>/<folder>');
  }
  if (fetchedUri(location) !== undefined) return;
  const fix =
    'use s3://, gs://, abfss://<container>@<account>.dfs.core.windows.net/, hdfs://, https://, hf://, pvc:// or oci://';
  fail(scope, 'storage.location', 'must be a place that pods of the cluster can read', location, fix);
}

function checkImage(scope: Construct, { spec, runtime }: ModelPlan): void {
  if (runtime.image !== '') return;
  const reason = spec.serving.engine === ServingEngine.DEPLOYMENT ? 'engine deployment' : 'type custom';
  fail(scope, 'serving.image', `must be there for ${reason}`, undefined, "name the server's image");
}

/**
 * Refuses what KServe's webhook refuses, and Kubernetes does not.
 *
 * Source: https://github.com/kserve/kserve/blob/v0.20.0/pkg/validation/env_policy.go
 */
function checkForKserve(scope: Construct, { spec, withKserve }: ModelPlan): void {
  if (!withKserve || spec.serving.environment?.PYTHONPATH === undefined) return;
  const fix = 'put the modules where the image looks for them, or use engine deployment';
  fail(scope, 'serving.environment', 'must not have a variable that KServe refuses', 'PYTHONPATH', fix);
}
