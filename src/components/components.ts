import { checked } from '../contracts/checked';
import { Component } from '../contracts/component';
import { argoRollouts } from './argo-rollouts';
import { argoWorkflows } from './argo-workflows';
import { certManager } from './cert-manager';
import { cloudnativePg } from './cloudnative-pg';
import { envoyGateway } from './envoy-gateway';
import { externalSecrets } from './external-secrets';
import { feastOperator } from './feast-operator';
import { flinkKubernetesOperator } from './flink-kubernetes-operator';
import { gatekeeper } from './gatekeeper';
import { gpuOperator } from './gpu-operator';
import { istioAmbient } from './istio-ambient';
import { jobset } from './jobset';
import { keda } from './keda';
import { kubeflowTrainer } from './kubeflow-trainer';
import { kyverno } from './kyverno';
import { sparkOperator } from './spark-operator';

/** Options of a component that can run with several replicas. */
export interface ReplicatedComponentProps {
  /**
   * Replicas of the controller, one of which works at a time.
   *
   * @default - 2 in staging and production, 1 elsewhere
   */
  readonly replicas?: number;
}

/**
 * The third-party components that a program can require by itself, each with the version and the values that the library is
 * tested with. What needs values of the environment (Karpenter, Velero, Prometheus, KServe, …) is installed by the construct or
 * the provider that knows them; `environment.components.override()` changes any of them.
 *
 * @example
 * ComponentRegistry.of(chart).require(Components.keda());
 */
@checked('Components')
export class Components {
  /** Argo Rollouts: AnalysisRuns for A/B tests, and progressive delivery. */
  public static argoRollouts(props: ReplicatedComponentProps = {}): Component {
    return argoRollouts(props);
  }

  /** Argo Workflows, which runs the stages of an MLWorkflow. */
  public static argoWorkflows(props: ReplicatedComponentProps = {}): Component {
    return argoWorkflows(props);
  }

  /** cert-manager, which issues and renews certificates. */
  public static certManager(): Component {
    return certManager();
  }

  /** CloudNativePG, which runs PostgreSQL inside the cluster. */
  public static cloudnativePg(): Component {
    return cloudnativePg();
  }

  /** Envoy Gateway, with the CustomResourceDefinitions of the Gateway API. */
  public static envoyGateway(props: ReplicatedComponentProps = {}): Component {
    return envoyGateway(props);
  }

  /** External Secrets Operator, which copies credentials to where they are used. */
  public static externalSecrets(): Component {
    return externalSecrets();
  }

  /** Feast's operator; it has no chart and is installed from a folder of its repository. */
  public static feastOperator(): Component {
    return feastOperator();
  }

  /** Flink Kubernetes Operator, which runs streams. */
  public static flinkKubernetesOperator(): Component {
    return flinkKubernetesOperator();
  }

  /** Gatekeeper, which judges ModelDeployments by policies in Rego at admission. */
  public static gatekeeper(): Component {
    return gatekeeper();
  }

  /** NVIDIA GPU operator: drivers, device plugin and labels of GPU nodes. */
  public static gpuOperator(): Component {
    return gpuOperator();
  }

  /** Istio in ambient mode: mutual TLS between pods without sidecars. */
  public static istioAmbient(): Component {
    return istioAmbient();
  }

  /** JobSet, which Kubeflow Trainer needs. */
  public static jobset(): Component {
    return jobset();
  }

  /** KEDA, which scales by the length of queues and other events, and to nothing. */
  public static keda(): Component {
    return keda();
  }

  /** Kubeflow Trainer, which runs distributed training, with JobSet. */
  public static kubeflowTrainer(): Component {
    return kubeflowTrainer();
  }

  /** Kyverno, which verifies signatures and attestations of images at admission. */
  public static kyverno(): Component {
    return kyverno();
  }

  /** Spark operator, which runs Spark applications. */
  public static sparkOperator(): Component {
    return sparkOperator();
  }

  private constructor() {}
}
