import { contentHash } from '../../contracts/content-hash';
import { container, ModelPlan, podLabels, podSelector, podSpec } from './model-pod';
import { MONITORING_CONFIG } from './model-runtimes';
import { Json } from './model-storage';

/** The annotation that tells of which content the pods are, so that a roll-out can be told to be over. */
export const CONTENT_ANNOTATION = 'nstarx.io/content';

const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };

/**
 * The InferenceService of a model. KServe makes the Deployment and the Service `<name>-predictor` from it.
 *
 * Source: https://github.com/kserve/kserve/blob/v0.20.0/pkg/controller/v1beta1/inferenceservice/components/predictor.go
 */
export function inferenceService(plan: ModelPlan): Json {
  const { name, namespace, runtime, spec } = plan;
  const server = container(plan);
  const pod = podSpec(plan);
  const predictor = runtime.name
    ? {
        model: {
          modelFormat: runtime.format,
          runtime: runtime.name,
          protocolVersion: runtime.protocol,
          ...(runtime.tag === undefined ? {} : { runtimeVersion: runtime.tag }),
          ...(spec.serving.image === undefined ? {} : { image: spec.serving.image }),
          // Without any storage, KServe takes the server for one of TrainedModels: it mounts a folder of its own over the model, and has
          // Triton and MLServer load nothing. An empty one tells that the pod brings its model.
          storage: {},
          // appended to those of the runtime
          ...(runtime.monitoringConfig ? { args: [`--monitoring_config_file=${MONITORING_CONFIG}`] } : {}),
          ...server,
        },
      }
    : { containers: [{ name: 'kserve-container', image: runtime.image, ...server }] };
  const labels = podLabels(plan);
  const annotations = { [CONTENT_ANNOTATION]: contentHash(pod, predictor, labels) };
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      name,
      namespace,
      labels: {
        ...plan.labels,
        // the route is ours: it has the paths and methods of the spec and no others
        'networking.kserve.io/visibility': 'cluster-local',
      },
      annotations: {
        'serving.kserve.io/deploymentMode': 'Standard',
        // `external` keeps KServe from making an autoscaler and from setting replicas, `none` has it set replicas
        'serving.kserve.io/autoscalerClass': plan.scaled ? 'external' : 'none',
      },
    },
    spec: {
      predictor: {
        ...(plan.scaled ? {} : { minReplicas: plan.minReplicas }),
        deploymentStrategy: ROLLING,
        labels,
        annotations,
        ...pod,
        ...predictor,
      },
    },
  };
}

/** The same server as a Deployment, for clusters without KServe and images that KServe knows nothing of. */
export function serverDeployment(plan: ModelPlan): Json {
  const { name, namespace, runtime } = plan;
  const monitoring = runtime.monitoringConfig ? [`--monitoring_config_file=${MONITORING_CONFIG}`] : [];
  const args = [...runtime.args, ...monitoring];
  const spec = {
    ...podSpec(plan),
    containers: [
      {
        name: 'server',
        image: runtime.image,
        ...(runtime.command ? { command: runtime.command } : {}),
        ...(args.length > 0 ? { args } : {}),
        ...container(plan),
      },
    ],
  };
  const labels = podLabels(plan);
  const annotations = { [CONTENT_ANNOTATION]: contentHash(spec, labels) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: plan.labels, annotations },
    spec: {
      // an autoscaler owns the number; whoever else writes it fights with it
      ...(plan.scaled ? {} : { replicas: plan.minReplicas }),
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 2400,
      strategy: ROLLING,
      selector: { matchLabels: podSelector(name) },
      template: { metadata: { labels, annotations }, spec },
    },
  };
}
