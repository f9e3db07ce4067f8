import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { argoEvents } from '../../components/argo-events';
import { argoWorkflows } from '../../components/argo-workflows';
import { feastOperator } from '../../components/feast-operator';
import { flinkKubernetesOperator } from '../../components/flink-kubernetes-operator';
import { kserve, KserveS3, KSERVE_CONTROLLER, KSERVE_NAMESPACE } from '../../components/kserve';
import { kubeflowTrainer } from '../../components/kubeflow-trainer';
import { sparkOperator } from '../../components/spark-operator';
import { ComponentRegistry } from '../../contracts/component-registry';
import { environmentOf } from '../../contracts/environment-scope';
import { isHighlyAvailable } from '../../contracts/tier';
import { PlatformGateway } from '../gateway/platform-gateway';

/** Image of the training runtime, with PyTorch and CUDA. */
const TORCH_IMAGE = 'pytorch/pytorch:2.13.0-cuda13.0-cudnn9-runtime';

/** Which engines are installed. */
export interface EngineSelection {
  /**
   * Whether models are served by KServe.
   *
   * @default true
   */
  readonly kserve?: boolean;
  /**
   * Whether Spark runs batch pipelines.
   *
   * @default true
   */
  readonly spark?: boolean;
  /**
   * Whether Flink runs streaming pipelines.
   *
   * @default true
   */
  readonly flink?: boolean;
  /**
   * Whether Argo Workflows runs workflows.
   *
   * @default true
   */
  readonly argoWorkflows?: boolean;
  /**
   * Whether Argo Events starts workflows when someone pushes to a repository (`trigger.type: git`). It has a bus in each namespace with
   * workflows; the Gateway must be reached from where the repository is.
   *
   * @default false
   */
  readonly argoEvents?: boolean;
  /**
   * Whether Kubeflow Trainer runs distributed trainings.
   *
   * @default true
   */
  readonly kubeflowTrainer?: boolean;
  /**
   * Whether Feast serves and materializes features. Its operator has no chart: unless Argo CD delivers, a command that the
   * report of the synthesis names installs it.
   *
   * @default true
   */
  readonly feast?: boolean;
  /**
   * Whether MLflow tracks the runs of workflows and keeps the registry of models, with the platform's database and bucket. Another
   * server (`operators.mlflowUrl`) takes its place.
   *
   * @default true
   */
  readonly mlflow?: boolean;
}

/** Options of the engines. */
export interface EnginesProps extends EngineSelection {
  /** The gateway that served models are reached through. */
  readonly gateway: PlatformGateway;
  /**
   * How KServe reaches the bucket of models: `s3` of the `ModelServerAccount`.
   *
   * @default - AWS's S3, with the permissions of the model server's ServiceAccount
   */
  readonly modelStorage?: KserveS3;
  /**
   * Name of the PriorityClass of trainings.
   *
   * @default - none
   */
  readonly trainingPriorityClassName?: string;
}

/**
 * The engines that do the platform's work: KServe serves models, Spark and Flink run pipelines, Argo Workflows runs workflows,
 * Kubeflow Trainer runs trainings, Feast keeps features. Each is a component of the environment; from staging on the controller of
 * Argo Workflows runs twice. One per environment.
 */
export class Engines extends Construct {
  /**
   * The ClusterTrainingRuntime `torch-distributed`.
   *
   * @default - none: trainings are left out
   */
  public readonly torchRuntime?: ApiObject;

  public constructor(scope: Construct, id: string, props: EnginesProps) {
    super(scope, id);
    const registry = ComponentRegistry.of(this);
    if (props.kserve ?? true) {
      const { name, namespace } = props.gateway._parentRef();
      const twice = isHighlyAvailable(environmentOf(this).tier);
      registry.require(
        kserve({
          domain: props.gateway.domain,
          gateway: `${namespace}/${name}`,
          gatewayApi: props.gateway._component,
          s3: props.modelStorage,
          replicas: twice ? 2 : 1,
        }),
      );
      if (twice) this.secondController();
    }
    if (props.spark ?? true) registry.require(sparkOperator());
    if (props.flink ?? true) registry.require(flinkKubernetesOperator());
    if (props.argoWorkflows ?? true) registry.require(argoWorkflows());
    if (props.argoEvents ?? false) registry.require(argoEvents());
    if (props.kubeflowTrainer ?? true) {
      registry.require(kubeflowTrainer());
      this.torchRuntime = this.runtime(props.trainingPriorityClassName);
    }
    if (props.feast ?? true) registry.require(feastOperator());
  }

  /** The chart says nothing of replicas, so that an autoscaler may; below its minimum it asks for no metrics. */
  private secondController(): void {
    new k8s.KubeHorizontalPodAutoscalerV2(this, 'kserve-replicas', {
      metadata: { name: KSERVE_CONTROLLER, namespace: KSERVE_NAMESPACE },
      spec: {
        minReplicas: 2,
        maxReplicas: 2,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: KSERVE_CONTROLLER },
      },
    });
  }

  /** As the one of the chart, but for its security and priority. */
  private runtime(priorityClassName?: string): ApiObject {
    const container = {
      name: 'node',
      image: TORCH_IMAGE,
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    };
    const pod = {
      serviceAccountName: 'trainer',
      automountServiceAccountToken: false,
      ...(priorityClassName ? { priorityClassName } : {}),
      // the image's own user is root
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container],
    };
    return new ApiObject(this, 'Resource', {
      apiVersion: 'trainer.kubeflow.org/v1alpha1',
      kind: 'ClusterTrainingRuntime',
      metadata: { name: 'torch-distributed', labels: { 'trainer.kubeflow.org/framework': 'torch' } },
      spec: {
        mlPolicy: { numNodes: 1, torch: {} },
        template: {
          spec: {
            replicatedJobs: [
              {
                name: 'node',
                template: {
                  metadata: { labels: { 'trainer.kubeflow.org/trainjob-ancestor-step': 'trainer' } },
                  spec: { template: { spec: pod } },
                },
              },
            ],
          },
        },
      },
    });
  }
}
