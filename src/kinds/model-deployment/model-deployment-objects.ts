import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Autoscaling, ComputeResources, ScalingMetric } from '../../api/generated/shared';
import { checkOrder } from '../../contracts/bounds';
import { contentHash } from '../../contracts/content-hash';
import { deviceTolerations, devicesOf } from '../../contracts/devices';
import { defaultHost } from '../../contracts/host-names';
import { PLATFORM_GROUP } from '../../contracts/names';
import { GatewaySettings, ScraperSettings } from '../../contracts/network';
import { NetworkFlows } from '../../constructs/workloads/network';
import { podTemplate } from '../../constructs/workloads/pod';
import { Probe } from '../../constructs/workloads/probe';
import { CHILD, childName, objectLabels, ownLabel } from '../child-names';
import { ModelDeploymentSettings } from './settings';

const PORT = 8080;

/** Name of the container that serves. */
export const MODEL_CONTAINER = 'inference';

/** The annotation that tells of which content the Deployment is, so that a roll-out can be told to be over. */
export const CONTENT_ANNOTATION = `${PLATFORM_GROUP}/content`;

/** Options of the objects of a ModelDeployment. */
export interface ModelDeploymentObjectsProps {
  /** Name of the ModelDeployment, a DNS label. */
  readonly name: string;
  /** Namespace of its objects. */
  readonly namespace: string;
  /** Name of the model. */
  readonly modelName: string;
  /** Version of the model. */
  readonly modelVersion: string;
  /**
   * Library that the model was made with; the service shows it under `/model/info`.
   *
   * @default - not shown
   */
  readonly framework?: string;
  /**
   * URI of the trained model; the service shows it under `/model/info`.
   *
   * @default - the model is in the image
   */
  readonly artifactUri?: string;
  /**
   * SHA-256 checksum of the trained model, which the service may compare.
   *
   * @default - not known
   */
  readonly artifactSha256?: string;
  /**
   * What the model does.
   *
   * @default - not said
   */
  readonly description?: string;
  /**
   * Team or person who answers for the model.
   *
   * @default - not said
   */
  readonly owner?: string;
  /**
   * Where the model card is.
   *
   * @default - not said
   */
  readonly card?: string;
  /** Image of the service, with a digest or a tag other than `latest`. */
  readonly image: string;
  /**
   * User (UID) that the service runs as.
   *
   * @default - that of the image, which must be a number other than 0
   */
  readonly runAsUser?: number;
  /**
   * Replicas that always run.
   *
   * @default - as the environment has
   */
  readonly replicas?: number;
  /**
   * What each replica gets.
   *
   * @default - the sizes of the environment
   */
  readonly resources?: ComputeResources;
  /**
   * Bounds of the number of replicas.
   *
   * @default - those of the environment; 70 % of CPU and 80 % of memory
   */
  readonly autoscaling?: Autoscaling;
  /** The sizes of the environment. */
  readonly settings: ModelDeploymentSettings;
  /** Pods that scrape metrics. */
  readonly scraper: ScraperSettings;
  /**
   * The Gateway that it is reached through, as `<name>--<namespace>.<domain>`.
   *
   * @default - it is reached inside the cluster only
   */
  readonly gateway?: GatewaySettings;
}

/**
 * What serves the model of a ModelDeployment, as the zero-touch document has it: a Deployment of the model's service (`/health`,
 * `/ready`, `/predict`, `/model/info`, `/metrics` on port 8080), ConfigMap, ServiceAccount, Service, HorizontalPodAutoscaler,
 * PodDisruptionBudget, NetworkPolicy, and where there is a Gateway an HTTPRoute, all called `<name>-deployment`. It is what the operator
 * of ModelDeployments makes.
 *
 * The pods meet Pod Security `restricted`, with a read-only root file system and a `/tmp` that can be written.
 */
export class ModelDeploymentObjects extends Construct {
  /** Name of its objects. */
  private readonly childName: string;
  private readonly selector: { readonly [key: string]: string };
  private readonly labels: { readonly [key: string]: string };

  /** @throws InvalidInputError when replicas are above what autoscaling allows, or a quantity is malformed */
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: ModelDeploymentObjectsProps,
  ) {
    super(scope, id);
    const { name, autoscaling } = props;
    this.childName = childName(name, CHILD.DEPLOYMENT);
    this.selector = ownLabel('model-deployment', name);
    this.labels = {
      ...objectLabels('model-deployment', name, 'inference'),
      [`${PLATFORM_GROUP}/component`]: 'model-server',
    };
    const { min, max } = this.replicas();
    this.object('ServiceAccount', 'v1', 'ServiceAccount', { automountServiceAccountToken: false });
    this.configMap();
    const template = this.template();
    const annotations = {
      [CONTENT_ANNOTATION]: contentHash(template),
      ...(props.description === undefined ? {} : { [`${PLATFORM_GROUP}/description`]: props.description }),
      ...(props.owner === undefined ? {} : { [`${PLATFORM_GROUP}/owner`]: props.owner }),
      ...(props.card === undefined ? {} : { [`${PLATFORM_GROUP}/model-card`]: props.card }),
    };
    this.object('Resource', 'apps/v1', 'Deployment', { spec: this.deploymentSpec(min, max, template) }, annotations);
    this.object('Service', 'v1', 'Service', {
      spec: {
        type: 'ClusterIP',
        selector: this.selector,
        ports: [
          { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
          // a port of its own for the monitor of all model servers, which asks for the name
          { name: 'metrics', port: PORT, targetPort: 'http', protocol: 'TCP' },
        ],
      },
    });
    if (max > min) {
      this.object('Autoscaler', 'autoscaling/v2', 'HorizontalPodAutoscaler', {
        spec: autoscalerSpec(this.childName, min, max, autoscaling?.metrics),
      });
    }
    if (min > 1) {
      this.object('DisruptionBudget', 'policy/v1', 'PodDisruptionBudget', {
        spec: {
          maxUnavailable: 1,
          selector: { matchLabels: this.selector },
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
        },
      });
    }
    this.object('NetworkPolicy', 'networking.k8s.io/v1', 'NetworkPolicy', { spec: this.networkPolicy() });
    if (props.gateway) this.route(props.gateway);
  }

  private deploymentSpec(min: number, max: number, template: object): { [key: string]: unknown } {
    return {
      // the autoscaler owns the number of pods where there is one
      ...(max > min ? {} : { replicas: min }),
      revisionHistoryLimit: 3,
      selector: { matchLabels: this.selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template,
    };
  }

  private replicas(): { readonly min: number; readonly max: number } {
    const { autoscaling, replicas, settings } = this.props;
    const fixed = replicas ?? settings.minReplicas;
    if (autoscaling?.enabled === false) return { min: fixed, max: fixed };
    const min = autoscaling?.minReplicas ?? fixed;
    const max = autoscaling?.maxReplicas ?? Math.max(min, settings.maxReplicas);
    const prop = autoscaling?.minReplicas === undefined ? 'serving.replicas' : 'serving.autoscaling.minReplicas';
    checkOrder(
      this,
      { prop, given: autoscaling?.minReplicas ?? replicas, value: min },
      { prop: 'serving.autoscaling.maxReplicas', given: autoscaling?.maxReplicas, value: max },
    );
    return { min, max };
  }

  private configMap(): void {
    const { modelName, modelVersion, framework, artifactUri, artifactSha256 } = this.props;
    this.object('ConfigMap', 'v1', 'ConfigMap', {
      data: {
        MODEL_NAME: modelName,
        MODEL_VERSION: modelVersion,
        ...(framework === undefined ? {} : { MODEL_FRAMEWORK: framework }),
        ...(artifactUri === undefined ? {} : { MODEL_URI: artifactUri }),
        ...(artifactSha256 === undefined ? {} : { MODEL_SHA256: artifactSha256 }),
      },
    });
  }

  private template(): { [key: string]: unknown } {
    const { settings, resources, image, runAsUser, modelName, modelVersion } = this.props;
    const requests = resources?.requests ?? resources?.limits ?? {};
    const limits = resources?.limits ?? resources?.requests ?? {};
    const memory = requests.memory ?? settings.memory;
    const rendered = podTemplate({
      name: MODEL_CONTAINER,
      labels: { ...this.labels, model_name: labelValue(modelName), model_version: labelValue(modelVersion) },
      selector: this.selector,
      serviceAccountName: this.childName,
      image,
      runAsUser,
      ports: { http: PORT },
      cpu: requests.cpu ?? settings.cpu,
      cpuLimit: resources?.limits?.cpu,
      memory,
      memoryLimit: limits.memory ?? memory,
      startupProbe: Probe.http('/ready', { failureThreshold: 60, periodSeconds: 5 }),
      livenessProbe: Probe.http('/health'),
      readinessProbe: Probe.http('/ready'),
      volumes: [],
      tmpSize: '1Gi',
      terminationGracePeriodSeconds: 30,
      preStopSeconds: 5,
      priorityClassName: settings.priorityClassName,
      spread: true,
    }) as { spec: { containers: { [key: string]: unknown }[]; tolerations?: unknown } };
    const [container] = rendered.spec.containers;
    container.envFrom = [{ configMapRef: { name: this.childName } }];
    const extended = Object.entries(limits).filter(([resource]) => resource.includes('/'));
    if (extended.length > 0) {
      const given = container.resources as { limits: object; requests: object };
      container.resources = { ...given, limits: { ...given.limits, ...Object.fromEntries(extended) } };
      rendered.spec.tolerations = deviceTolerations(devicesOf(Object.fromEntries(extended)));
    }
    return rendered;
  }

  private networkPolicy(): { [key: string]: unknown } {
    const { gateway, scraper, namespace } = this.props;
    const flows = new NetworkFlows(this, { ...this.selector });
    flows.allowFrom('namespace', { namespace }, [PORT]);
    flows.allowFrom('scraper', { namespace: scraper.namespace, podLabels: { ...scraper.podLabels } }, [PORT]);
    if (gateway) {
      flows.allowFrom('gateway', { namespace: gateway.podNamespace, podLabels: { ...gateway.podLabels } }, [PORT]);
    }
    return flows.render();
  }

  private route(gateway: GatewaySettings): void {
    const { name, namespace } = this.props;
    this.object('Route', 'gateway.networking.k8s.io/v1', 'HTTPRoute', {
      spec: {
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: 'https' }],
        hostnames: [defaultHost(this, name, namespace, gateway.domain)],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ name: this.childName, port: 80 }],
          },
        ],
      },
    });
  }

  private object(
    id: string,
    apiVersion: string,
    kind: string,
    content: { [key: string]: unknown },
    annotations?: { [key: string]: string },
  ): void {
    const { namespace } = this.props;
    new ApiObject(this, id, {
      apiVersion,
      kind,
      metadata: { name: this.childName, namespace, labels: { ...this.labels }, annotations },
      ...content,
    });
  }
}

/**
 * The spec of the HorizontalPodAutoscaler of the zero-touch document: at 70 % of CPU or 80 % of memory, at most four pods more
 * a minute and never more than twice as many, one pod less in two minutes.
 */
function autoscalerSpec(
  deployment: string,
  minReplicas: number,
  maxReplicas: number,
  metrics?: readonly ScalingMetric[],
): { [key: string]: unknown } {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment },
    minReplicas,
    maxReplicas,
    metrics:
      metrics === undefined || metrics.length === 0
        ? [utilization('cpu', 70), utilization('memory', 80)]
        : metrics.map((metric) =>
            metric.name === undefined
              ? utilization(metric.type, metric.targetAverageUtilization ?? 70)
              : {
                  type: 'Pods',
                  pods: {
                    metric: { name: metric.name },
                    target: { type: 'AverageValue', averageValue: metric.targetValue },
                  },
                },
          ),
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        // both bounds hold: the smaller step counts
        selectPolicy: 'Min',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 60 },
          { type: 'Percent', value: 100, periodSeconds: 60 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }],
      },
    },
  };
}

function utilization(name: string, averageUtilization: number): { [key: string]: unknown } {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } };
}

/** A label's value: versions may have a plus sign, which labels may not. */
function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
}
