import { ApiObject, ApiObjectProps } from 'cdk8s';
import { Construct } from 'constructs';
import { AIModelSpec, ServingEngine } from '../../api/generated/ai-model';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { DriftBaseline } from './drift-baseline';
import { inferenceService, serverDeployment } from './inference-service';
import { ModelAlertRules } from './model-alert-rules';
import { jobNetworkPolicy, objectLabels } from './model-jobs';
import * as monitoring from './model-monitoring';
import { httpRoute, networkPolicy, service, servicePort, wayIn } from './model-network';
import { ModelPlan } from './model-pod';
import { ModelRuntime, runtimeOf } from './model-runtimes';
import { checkForKserve, checkModelSpec } from './model-checks';
import { autoscaler, disruptionBudget } from './model-scaling';
import { AIModelSettings, settingsIn } from './ai-model-settings';
import { fetchOf, Json } from './model-storage';
import { checkZoneLimits, extendedResources, ModelZone } from './model-zone';

/** Options of the objects that serve a model. */
export interface AIModelObjectsProps {
  /** Name of the model: a DNS label that starts with a letter, of at most 52 characters. */
  readonly name: string;
  /** Namespace of all objects. */
  readonly namespace: string;
  /** The model and how it is served. */
  readonly spec: AIModelSpec;
  /**
   * The zone that the spec names.
   *
   * @default - none: then the spec must name none
   */
  readonly zone?: ModelZone;
  /**
   * Histograms of the data that the model was trained on, as `drift_baseline.py` found them.
   *
   * @default - not known yet: drift is not measured
   */
  readonly driftBaseline?: DriftBaseline;
  /**
   * More labels of all objects.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
  /**
   * The platform.
   *
   * @default - the defaults of the settings
   */
  readonly settings?: AIModelSettings;
}

const NAME_LENGTH = 52;

/**
 * Everything that serves a model: its server (an InferenceService of KServe, or a Deployment), the Service `<name>` with the ports
 * `http` and `metrics`, what scales it, what protects it while nodes are drained, network policy, route, alerts, and the detection of
 * drift. The model operator makes the same objects from an AIModel.
 *
 * The same props give the same objects. A change of the version replaces the pods one by one; the old ones answer until the new ones
 * are ready.
 */
export class AIModelObjects extends Construct {
  /** The InferenceService or the Deployment. */
  public readonly server: ApiObject;
  /** The Service. */
  public readonly service: ApiObject;
  /** URL of the model inside the cluster. */
  public readonly url: string;
  /** Host name of the model outside the cluster; undefined when it is not reached from there. */
  public readonly hostname?: string;
  /** URL of the model outside the cluster, without a path; undefined when it is not reached from there. */
  public readonly publicUrl?: string;
  /** Name of the Deployment that runs the server. KServe makes the one of an InferenceService. */
  public readonly deploymentName: string;

  /** @throws InvalidInputError when the model cannot be served as its spec says; the prop is the path of the field in the spec */
  public constructor(scope: Construct, id: string, props: AIModelObjectsProps) {
    super(scope, id);
    const settings = settingsIn(props.namespace, props.settings ?? {});
    const plan = this.plan(props, settings);
    const { name, namespace, spec } = plan;
    if (plan.serviceAccountName === name) this.add('ServiceAccount', serviceAccount(plan));
    if (plan.runtime.monitoringConfig) this.add('MonitoringConfig', monitoring.monitoringConfig(plan));
    const withKserve = plan.deploymentName !== name;
    this.server = this.add('Resource', withKserve ? inferenceService(plan) : serverDeployment(plan));
    this.deploymentName = plan.deploymentName;
    this.service = this.add('Service', service(plan));
    this.url = `http://${name}.${namespace}.svc.cluster.local:${servicePort(plan)}`;
    if (plan.scaled && spec.serving.autoscaling) {
      this.add('Autoscaler', autoscaler(this, plan, spec.serving.autoscaling, settings));
    }
    const budget = disruptionBudget(plan);
    if (budget) this.add('DisruptionBudget', budget);
    this.add('NetworkPolicy', networkPolicy(plan, settings));
    const way = wayIn(plan, settings.gateway);
    if (way) {
      this.checkHostname(way.hostname);
      this.hostname = way.hostname;
      this.publicUrl = `${way.tls ? 'https' : 'http'}://${way.hostname}`;
      this.add('Route', httpRoute(plan, way));
    }
    if (spec.monitoring?.enabled ?? true) this.monitor(plan, props.driftBaseline, settings);
  }

  private plan(props: AIModelObjectsProps, settings: AIModelSettings): ModelPlan {
    const { name, namespace, spec, zone } = props;
    const { serving, storage } = spec;
    if (name.length > NAME_LENGTH || !/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
      const rule = `must be a DNS label of at most ${NAME_LENGTH} characters that starts with a letter`;
      fail(this, 'name', rule, name, 'its Service and KServe need such a name: use another');
    }
    checkModelSpec(this, spec);
    if (serving.zone !== zone?.name) {
      const mend = 'create the zone, or correct the name';
      fail(this, 'serving.zone', 'must be the name of an AIZone that exists', serving.zone, mend);
    }
    this.checkNodeSelector(spec, zone);
    const autoscaling = serving.autoscaling;
    const scaled = autoscaling !== undefined && (autoscaling.enabled ?? true);
    const replicas = serving.replicas ?? 1;
    const minReplicas = scaled ? (autoscaling.minReplicas ?? 1) : replicas;
    const maxReplicas = scaled ? autoscaling.maxReplicas : replicas;
    if (scaled && minReplicas > maxReplicas) {
      const mend = 'raise maxReplicas or lower minReplicas';
      fail(this, 'serving.autoscaling.maxReplicas', `must be at least minReplicas (${minReplicas})`, maxReplicas, mend);
    }
    if (zone) {
      const prop = scaled ? 'serving.autoscaling.maxReplicas' : 'serving.replicas';
      checkZoneLimits(this, zone, extendedResources(serving.resources), { prop, count: maxReplicas });
    }
    const runtime = runtimeOf(this, name, spec, settings);
    return {
      name,
      namespace,
      spec,
      runtime,
      zone,
      fetch: fetchOf(this, storage, settings.storage ?? {}),
      // KServe and the storage initializer take credentials from the environment, so a Secret of the model needs no account
      serviceAccountName: serving.serviceAccountName ?? settings.serviceAccountName ?? name,
      priorityClassName: serving.priorityClassName ?? settings.priorityClassName ?? 'nstarx-production-inference',
      labels: { ...props.labels, ...objectLabels(name) },
      minReplicas,
      maxReplicas,
      scaled,
      deploymentName: this.usesKserve(spec, runtime, settings) ? `${name}-predictor` : name,
    };
  }

  private usesKserve(spec: AIModelSpec, runtime: ModelRuntime, settings: AIModelSettings): boolean {
    if (spec.serving.engine === ServingEngine.DEPLOYMENT) {
      if (runtime.image === '') {
        fail(this, 'serving.image', 'must be there for engine deployment', undefined, "name the server's image");
      }
      return false;
    }
    if (runtime.image === '') {
      fail(this, 'serving.image', 'must be there for type custom', undefined, "name the server's image");
    }
    if (!(settings.kserve ?? true)) return false;
    checkForKserve(this, spec);
    return true;
  }

  private checkNodeSelector({ serving }: AIModelSpec, zone?: ModelZone): void {
    for (const [key, value] of Object.entries(zone?.nodeSelector ?? {})) {
      const own = serving.nodeSelector?.[key];
      if (own === undefined || own === value) continue;
      const mend = 'leave the label out, or use another zone';
      fail(this, `serving.nodeSelector['${key}']`, `must agree with the zone, which has "${value}"`, own, mend);
    }
  }

  private checkHostname(hostname: string): void {
    const label = hostname.slice(0, hostname.indexOf('.'));
    if (label.length <= 63) return;
    const rule = 'must have at most 63 characters together with the namespace, which are a label of the host name';
    fail(this, 'name', rule, label, 'use a shorter name');
  }

  private monitor(plan: ModelPlan, baseline: DriftBaseline | undefined, settings: AIModelSettings): void {
    const { name, namespace, spec } = plan;
    if (settings.serviceMonitors ?? false) this.add('ServiceMonitor', monitoring.serviceMonitor(plan));
    const drift = spec.monitoring?.drift;
    if (drift && monitoring.watchesDrift(spec)) {
      const job = monitoring.baselineName(name, spec, settings);
      const program = monitoring.programName(plan);
      this.add('BaselineProgram', monitoring.baselineProgram(program, plan));
      this.add('BaselinePolicy', jobNetworkPolicy(name, namespace, monitoring.DRIFT_BASELINE, settings));
      this.add('BaselineJob', monitoring.baselineJob(job, program, plan, drift, settings));
      if (baseline) this.add('Baseline', monitoring.baselineConfigMap(job, plan, baseline));
    }
    if (!(settings.alerts ?? true)) return;
    const { latencyP95 } = spec.metrics ?? {};
    new ModelAlertRules(this, 'Alerts', {
      name,
      namespace,
      modelName: name,
      modelVersion: spec.version,
      labels: { ...plan.labels },
      latencyP95Seconds: latencyP95 === undefined ? undefined : durationSeconds(latencyP95),
      drift: monitoring.driftRuleProps(spec, baseline),
    });
  }

  private add(id: string, object: Json): ApiObject {
    return new ApiObject(this, id, object as unknown as ApiObjectProps);
  }
}

function serviceAccount({ name, namespace, labels }: ModelPlan): Json {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, labels },
    automountServiceAccountToken: false,
  };
}
