import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { contentHash } from '../../contracts/content-hash';
import { PLATFORM_GROUP } from '../../contracts/names';
import { alertRules, serviceMonitor } from './monitoring';
import { networkPolicy, route, service } from './network';
import { DeploymentPlan, deploymentPlan, Json, ModelDeploymentObjectsProps } from './plan';
import { configMap, CONTENT_ANNOTATION, deploymentSpec, serviceAccount, template } from './pod';
import { autoscaler, disruptionBudget } from './scaling';

/** An object of a ModelDeployment: its kind, and the file that says what is in it; undefined is one that is not needed. */
interface ObjectOfDeployment {
  readonly apiVersion: string;
  readonly kind: string;
  readonly content: (plan: DeploymentPlan, where: Construct) => Json | undefined;
}

const OBJECTS: { readonly [id: string]: ObjectOfDeployment } = {
  // pod.ts
  ServiceAccount: { apiVersion: 'v1', kind: 'ServiceAccount', content: serviceAccount },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', content: configMap },
  Resource: { apiVersion: 'apps/v1', kind: 'Deployment', content: deployment },
  // network.ts, scaling.ts
  Service: { apiVersion: 'v1', kind: 'Service', content: service },
  Autoscaler: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', content: autoscaler },
  DisruptionBudget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', content: disruptionBudget },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', content: networkPolicy },
  Route: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', content: route },
  // monitoring.ts
  ServiceMonitor: { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', content: serviceMonitor },
  Alerts: { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', content: alertRules },
};

/**
 * What serves the model of a ModelDeployment, as the zero-touch document has it: a Deployment of the model's service (`/health`,
 * `/ready`, `/predict`, `/model/info`, `/metrics` on port 8080), ConfigMap, ServiceAccount, Service, HorizontalPodAutoscaler,
 * PodDisruptionBudget, NetworkPolicy, alerts, and where there is a Gateway an HTTPRoute, all called `<name>-deployment`. It is what the
 * operator of ModelDeployments makes.
 *
 * The pods meet Pod Security `restricted`, with a read-only root file system and a `/tmp` that can be written.
 */
export class ModelDeploymentObjects extends Construct {
  /** @throws InvalidInputError when the model cannot be served as its spec says; the prop is the path of the field in the spec */
  public constructor(scope: Construct, id: string, props: ModelDeploymentObjectsProps) {
    super(scope, id);
    const plan = deploymentPlan(this, props);
    const { childName: name, namespace, labels } = plan;
    for (const [objectId, { apiVersion, kind, content }] of Object.entries(OBJECTS)) {
      const rest = content(plan, this);
      if (rest === undefined) continue;
      const { metadata = {}, ...fields } = rest as { readonly metadata?: object };
      new ApiObject(this, objectId, {
        apiVersion,
        kind,
        metadata: { name, namespace, labels: { ...labels }, ...metadata },
        ...fields,
      });
    }
  }
}

function deployment(plan: DeploymentPlan): Json {
  const { description, owner, card } = plan.spec.model;
  const pods = template(plan);
  return {
    metadata: {
      annotations: {
        [CONTENT_ANNOTATION]: contentHash(pods),
        ...(description === undefined ? {} : { [`${PLATFORM_GROUP}/description`]: description }),
        ...(owner === undefined ? {} : { [`${PLATFORM_GROUP}/owner`]: owner }),
        ...(card === undefined ? {} : { [`${PLATFORM_GROUP}/model-card`]: card }),
      },
    },
    spec: deploymentSpec(plan, pods),
  };
}
