import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { argoWorkflows } from '../../components/argo-workflows';
import { feastOperator } from '../../components/feast-operator';
import { flinkKubernetesOperator } from '../../components/flink-kubernetes-operator';
import { kserve, KserveS3 } from '../../components/kserve';
import { kubeflowTrainer } from '../../components/kubeflow-trainer';
import { sparkOperator } from '../../components/spark-operator';
import { ComponentRegistry } from '../../contracts/component-registry';
import { Tier } from '../../contracts/tier';
import { PlatformGateway } from '../gateway/platform-gateway';
import { EngineSelection } from './engine-selection';

/** Image of the training runtime, with PyTorch and CUDA. */
const TORCH_IMAGE = 'pytorch/pytorch:2.13.0-cuda13.0-cudnn9-runtime';

/** Options of the engines. */
export interface EnginesProps extends EngineSelection {
  /** How much the environment is worth protecting. From staging on the workflow controller runs twice. */
  readonly tier: Tier;
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
 * Kubeflow Trainer runs trainings, Feast keeps features. Each is a component of the environment. One per environment.
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
    const twice = props.tier === Tier.STAGING || props.tier === Tier.PRODUCTION;
    if (props.serving ?? true) {
      const { name, namespace } = props.gateway._parentRef();
      registry.require(
        kserve({
          domain: props.gateway.domain,
          gateway: `${namespace}/${name}`,
          gatewayApi: props.gateway._component,
          s3: props.modelStorage,
        }),
      );
    }
    if (props.spark ?? true) registry.require(sparkOperator());
    if (props.flink ?? true) registry.require(flinkKubernetesOperator());
    if (props.workflows ?? true) registry.require(argoWorkflows({ replicas: twice ? 2 : 1 }));
    if (props.training ?? true) {
      registry.require(kubeflowTrainer());
      this.torchRuntime = this.runtime(props.trainingPriorityClassName);
    }
    if (props.featureStore ?? true) registry.require(feastOperator());
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
