import { ApiObject, ApiObjectProps } from 'cdk8s';
import { Construct } from 'constructs';
import { AIModelSpec, ServingEngine } from '../../api/generated/ai-model';
import { AIZoneType } from '../../api/generated/ai-zone';
import { ComputeResources } from '../../api/generated/shared';
import { CHILD, childName } from '../child-names';
import { checkModel } from './checks';
import { baselineConfigMap, baselineJob, baselinePolicy, baselineProgram } from './drift-baseline';
import {
  collector,
  collectorMonitor,
  collectorPolicy,
  collectorProgram,
  collectorService,
  copyFilter,
} from './drift-collector';
import { alertRules, serviceMonitor } from './monitoring';
import { httpRoute, networkPolicy, service } from './network';
import { predictorName } from './operator';
import { DriftBaseline, Json, ModelPlan, modelLabels, ModelZone } from './plan';
import { monitoringConfig, server, serviceAccount } from './pod';
import { runtimeOf } from './runtimes';
import { autoscaler, disruptionBudget } from './scaling';
import { AIModelSettings, settingsIn } from './settings';

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
   * The platform.
   *
   * @default - the defaults of the settings
   */
  readonly settings?: AIModelSettings;
}

/** The objects of a model, each with the file that says what is in it; undefined is one that this model does not need. */
const OBJECTS: { readonly [id: string]: (plan: ModelPlan, scope: Construct) => Json | undefined } = {
  // pod.ts
  ServiceAccount: serviceAccount,
  MonitoringConfig: monitoringConfig,
  Resource: server,
  // network.ts, scaling.ts
  Service: service,
  Autoscaler: autoscaler,
  DisruptionBudget: disruptionBudget,
  NetworkPolicy: networkPolicy,
  Route: (plan, scope) => httpRoute(plan, scope, copyFilter(plan)),
  // monitoring.ts, drift-baseline.ts
  ServiceMonitor: serviceMonitor,
  BaselineProgram: baselineProgram,
  BaselinePolicy: baselinePolicy,
  BaselineJob: baselineJob,
  Baseline: baselineConfigMap,
  Alerts: alertRules,
  // drift-collector.ts
  CollectorProgram: collectorProgram,
  Collector: collector,
  CollectorService: collectorService,
  CollectorPolicy: collectorPolicy,
  CollectorMonitor: collectorMonitor,
};

/**
 * Everything that serves a model: its server (an InferenceService of KServe, or a Deployment), the Service `<name>-model` with the ports
 * `http` and `metrics`, what scales it, what protects it while nodes are drained, network policy, route, alerts, and the detection of
 * drift. It is what the operator of AIModels makes.
 *
 * The same props give the same objects. A change of the version replaces the pods one by one; the old ones answer until the new ones
 * are ready.
 */
export class AIModelObjects extends Construct {
  /** @throws InvalidInputError when the model cannot be served as its spec says; the prop is the path of the field in the spec */
  public constructor(scope: Construct, id: string, props: AIModelObjectsProps) {
    super(scope, id);
    const plan = modelPlan(props);
    checkModel(this, plan);
    for (const [objectId, make] of Object.entries(OBJECTS)) {
      const object = make(plan, this);
      if (object) new ApiObject(this, objectId, object as unknown as ApiObjectProps);
    }
  }
}

function modelPlan({
  name,
  namespace,
  spec,
  zone,
  driftBaseline,
  settings: given = {},
}: AIModelObjectsProps): ModelPlan {
  const { serving } = spec;
  const settings = settingsIn(namespace, given);
  const extendedResources = extendedResourcesOf(serving.resources);
  const autoscaling = (serving.autoscaling?.enabled ?? true) ? serving.autoscaling : undefined;
  const replicas = serving.replicas ?? 1;
  const serverName = childName(name, CHILD.MODEL);
  const withKserve = serving.engine !== ServingEngine.DEPLOYMENT && (settings.kserve ?? true);
  return {
    name,
    serverName,
    namespace,
    spec,
    settings,
    zone,
    driftBaseline,
    labels: modelLabels(name),
    runtime: runtimeOf(name, spec, settings, Object.keys(extendedResources).length > 0),
    withKserve,
    deploymentName: withKserve ? predictorName(name) : serverName,
    // KServe and the storage initializer take credentials from the environment, so a Secret of the model needs no account
    serviceAccountName: serving.serviceAccountName ?? settings.serviceAccountName ?? serverName,
    priorityClassName: serving.priorityClassName ?? priorityIn(zone, settings),
    extendedResources,
    autoscaling,
    minReplicas: autoscaling ? (autoscaling.minReplicas ?? 1) : replicas,
    maxReplicas: autoscaling ? autoscaling.maxReplicas : replicas,
  };
}

/** Models of a zone for training or tests wait for a node rather than take that of another. */
function priorityIn(zone: ModelZone | undefined, settings: AIModelSettings): string {
  return (zone?.type ?? AIZoneType.INFERENCE) === AIZoneType.INFERENCE
    ? (settings.priorityClassName ?? 'nstarx-production-inference')
    : (settings.batchPriorityClassName ?? 'nstarx-batch-training');
}

function extendedResourcesOf({ requests, limits }: ComputeResources): { readonly [resource: string]: number } {
  // the request of an extended resource is its limit
  const amounts = Object.entries({ ...requests, ...limits }).filter(([resource]) => resource.includes('/'));
  return Object.fromEntries(amounts.map(([resource, amount]) => [resource, Number(amount)]));
}
