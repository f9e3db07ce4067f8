import { AIModelSpec, DriftDetection } from '../../api/generated/ai-model';
import { durationSeconds } from '../../contracts/duration';
import { PLATFORM_GROUP } from '../../contracts/names';
import { programFiles } from '../../contracts/programs';
import { DriftBaseline } from './drift-baseline';
import { DriftRuleProps } from './drift-rules';
import { jobLabels } from './model-jobs';
import { ModelPlan, MODEL_SERVER } from './model-pod';
import { MODEL_IMAGES, AIModelSettings } from './ai-model-settings';
import { environment, hashedName, Json, RESTRICTED_CONTAINER, TMP_MOUNT } from './model-storage';

/** The value of the label `nstarx.io/component` of the pods that read training data. */
export const DRIFT_BASELINE = 'drift-baseline';

const BASELINE_PROGRAM = 'drift_baseline.py';

/** What makes TensorFlow Serving have metrics. */
export function monitoringConfig(plan: ModelPlan): Json {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${plan.name}-monitoring`, namespace: plan.namespace, labels: plan.labels },
    data: { 'monitoring.config': 'prometheus_config {\n  enable: true\n  path: "/metrics"\n}\n' },
  };
}

/** Scrapes one model; for platforms without `PlatformMonitors`, whose monitor it is like. */
export function serviceMonitor(plan: ModelPlan): Json {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: plan.name, namespace: plan.namespace, labels: plan.labels },
    spec: {
      selector: { matchLabels: { [`${PLATFORM_GROUP}/component`]: MODEL_SERVER, model_name: plan.name } },
      endpoints: [
        {
          port: 'metrics',
          interval: '30s',
          path: '/metrics',
          relabelings: ['model_name', 'model_version'].map((label) => ({
            sourceLabels: [`__meta_kubernetes_pod_label_${label}`],
            targetLabel: label,
          })),
        },
      ],
    },
  };
}

/** How drift is measured; undefined until the baseline is known. */
export function driftRuleProps(spec: AIModelSpec, baseline: DriftBaseline | undefined): DriftRuleProps | undefined {
  const drift = spec.monitoring?.drift;
  if (!drift || !watchesDrift(spec) || !baseline) return undefined;
  return {
    baseline,
    method: drift.method,
    threshold: drift.threshold,
    windowSeconds: driftWindow(drift),
    adaptive: drift.adaptive && {
      deviations: drift.adaptive.deviations,
      historySeconds: durationSeconds(drift.adaptive.history ?? '7d'),
      maximum: drift.adaptive.maximum,
    },
  };
}

/**
 * Seconds of requests that are compared at once. The rules compare all the time, so the interval can only mean that; below five
 * minutes there would be too few scrapes in it.
 */
export function driftWindow({ interval }: DriftDetection): number {
  return Math.max(300, durationSeconds(interval ?? '1h'));
}

/** Whether the spec wants drift to be looked for. */
export function watchesDrift({ monitoring }: AIModelSpec): boolean {
  return (monitoring?.enabled ?? true) && monitoring?.drift !== undefined && (monitoring.drift.enabled ?? true);
}

/** Name of the Job that reads the training data and of the ConfigMap that keeps what it found. */
export function baselineName(name: string, spec: AIModelSpec, settings: AIModelSettings): string {
  const { baselineImage = MODEL_IMAGES.baseline, storage } = settings;
  const secret = spec.storage.secretRef?.name;
  const { baseline, buckets } = spec.monitoring?.drift ?? {};
  return hashedName(name, 'baseline', baseline, buckets, baselineImage, secret, storage?.variables);
}

/** Key of the ConfigMap that keeps a baseline. */
export const BASELINE_KEY = 'baseline.json';

/**
 * Keeps a baseline beside the model, in the form of the job's message: the Pod that told it goes some day.
 */
export function baselineConfigMap(name: string, plan: ModelPlan, baseline: DriftBaseline): Json {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: plan.namespace, labels: plan.labels },
    immutable: true,
    data: { [BASELINE_KEY]: JSON.stringify({ format: 1, ...baseline }) },
  };
}

/** The program of the job. */
export function baselineProgram(name: string, plan: ModelPlan): Json {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: plan.namespace, labels: plan.labels },
    data: { [BASELINE_PROGRAM]: programFiles('model-jobs')[BASELINE_PROGRAM] },
  };
}

export function programName({ name }: ModelPlan): string {
  return hashedName(name, 'program', programFiles('model-jobs')[BASELINE_PROGRAM]);
}

/** Reads the training data once and tells its histograms in the termination message. */
export function baselineJob(
  name: string,
  program: string,
  plan: ModelPlan,
  { baseline, buckets }: DriftDetection,
  settings: AIModelSettings,
): Json {
  const { spec } = plan;
  const bounds = buckets && Object.keys(buckets).length > 0 ? ['--bounds', JSON.stringify(buckets)] : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: plan.namespace, labels: plan.labels },
    spec: {
      backoffLimit: 4,
      template: {
        metadata: { labels: { ...plan.labels, ...jobLabels(plan.name, DRIFT_BASELINE) } },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: plan.serviceAccountName,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'baseline',
              image: settings.baselineImage ?? MODEL_IMAGES.baseline,
              imagePullPolicy: 'IfNotPresent',
              command: ['python3', `/program/${BASELINE_PROGRAM}`, baseline, ...bounds],
              ...environment(spec.storage, settings.storage ?? {}),
              resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } },
              securityContext: RESTRICTED_CONTAINER,
              volumeMounts: [TMP_MOUNT, { name: 'program', mountPath: '/program', readOnly: true }],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
            { name: 'program', configMap: { name: program } },
          ],
        },
      },
    },
  };
}
