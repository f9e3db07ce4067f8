// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { AI_ZONE } from '../kinds/ai-zone';
import { addTypedObject } from '../platform-resource';
import { Autoscaling, toJson_Autoscaling, Condition } from './shared';

/** The name and place of the object, and its spec. */
export interface AIZoneProps extends AIZoneSpec {
  /**
   * Name of the object.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Labels of the object.
   *
   * @default - those of the chart
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the object.
   *
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * An isolated place for models or training: a namespace with its quota, network, security and monitoring. A user who places a workload in it needs the verb `use`.
 *
 * The object is nstarx.io/v1alpha1 AIZone, which has no namespace. It takes at least type.
 *
 * @example
 * new AIZone(chart, 'example', {
 *   type: AIZoneType.TRAINING,
 *   isolation: ZoneIsolation.NODE,
 *   resources: {
 *     compute: {
 *       nodeSelector: { 'nstarx.io/zone': 'training' },
 *       limits: { cpu: '64', memory: '512Gi', 'nvidia.com/gpu': '8' },
 *     },
 *     storage: { size: '2Ti' },
 *   },
 * });
 */
@checked('AIZone')
export class AIZone extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: AIZoneProps) {
    super(scope, id);
    this.resource = addTypedObject(this, AI_ZONE, props, toJson_AIZoneSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface AIZoneSpec {
  /**
   * What the zone is for: a label of its namespaces, and what its models wait for. Only those of inference take the place of training.
   */
  readonly type: AIZoneType;

  /**
   * What the zone shares with others: nodes but no namespace, or no nodes either.
   *
   * @default 'namespace'
   */
  readonly isolation?: ZoneIsolation;

  /**
   * Namespace that the zone owns. It cannot change.
   *
   * @default - the name of the zone
   */
  readonly targetNamespace?: string;

  /**
   * AIZone whose labels, roles and network peers this one inherits.
   *
   * @default - none
   */
  readonly parent?: string;

  /**
   * Labels of the namespace, which zones below this one inherit.
   *
   * @default - none
   */
  readonly namespaceLabels?: { readonly [key: string]: string };

  /**
   * Delete the zone together with what still lives in it.
   *
   * @default false
   */
  readonly allowCascadingDeletion?: boolean;

  /**
   * What the zone may use.
   *
   * @default - none
   */
  readonly resources?: ZoneResources;

  /**
   * How the zone is reached.
   *
   * @default - none
   */
  readonly networking?: ZoneNetworking;

  /**
   * What the zone keeps out and holds in.
   *
   * @default - the defaults of its fields
   */
  readonly security?: ZoneSecurity;

  /**
   * What is watched.
   *
   * @default - the defaults of its fields
   */
  readonly monitoring?: ZoneMonitoring;

  /**
   * Models that the zone keeps running.
   *
   * @default - none
   */
  readonly models?: ZoneModel[];
}

/**
 * Converts an object of type 'AIZoneSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIZoneSpec(obj: AIZoneSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    isolation: obj.isolation,
    targetNamespace: obj.targetNamespace,
    parent: obj.parent,
    namespaceLabels:
      obj.namespaceLabels === undefined
        ? undefined
        : Object.entries(obj.namespaceLabels).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    allowCascadingDeletion: obj.allowCascadingDeletion,
    resources: toJson_ZoneResources(obj.resources),
    networking: toJson_ZoneNetworking(obj.networking),
    security: toJson_ZoneSecurity(obj.security),
    monitoring: toJson_ZoneMonitoring(obj.monitoring),
    models: obj.models?.map((y) => toJson_ZoneModel(y)),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What the zone is for: a label of its namespaces, and what its models wait for. Only those of inference take the place of training.
 */
export enum AIZoneType {
  /** inference */
  INFERENCE = 'inference',
  /** training */
  TRAINING = 'training',
  /** development */
  DEVELOPMENT = 'development',
  /** batch */
  BATCH = 'batch',
}
checkedEnum('AIZoneType', AIZoneType);

/**
 * What the zone shares with others: nodes but no namespace, or no nodes either.
 */
export enum ZoneIsolation {
  /** namespace */
  NAMESPACE = 'namespace',
  /** node */
  NODE = 'node',
}
checkedEnum('ZoneIsolation', ZoneIsolation);

/**
 * What the zone may use.
 */
export interface ZoneResources {
  /**
   * Nodes and amounts.
   *
   * @default - none
   */
  readonly compute?: ZoneCompute;

  /**
   * Volumes of the zone.
   *
   * @default - no bound
   */
  readonly storage?: ZoneStorage;
}

/**
 * Converts an object of type 'ZoneResources' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneResources(obj: ZoneResources | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    compute: toJson_ZoneCompute(obj.compute),
    storage: toJson_ZoneStorage(obj.storage),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How the zone is reached.
 */
export interface ZoneNetworking {
  /**
   * Ingress from outside the cluster.
   *
   * @default - none
   */
  readonly ingress?: ZoneIngress;

  /**
   * Whether the Pods of the zone join the mesh.
   *
   * @default - no mesh
   */
  readonly serviceMesh?: ZoneServiceMesh;
}

/**
 * Converts an object of type 'ZoneNetworking' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneNetworking(obj: ZoneNetworking | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    ingress: toJson_ZoneIngress(obj.ingress),
    serviceMesh: toJson_ZoneServiceMesh(obj.serviceMesh),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What the zone keeps out and holds in.
 */
export interface ZoneSecurity {
  /**
   * Traffic that the zone lets in. Whatever is not named is refused; its own Pods, name lookup and metrics are let through.
   *
   * @default - the defaults of its fields
   */
  readonly networkPolicies?: ZoneNetworkPolicies;

  /**
   * What every Pod of the zone must keep. It becomes the Pod Security level and an admission policy.
   *
   * @default - the defaults of its fields
   */
  readonly podSecurityPolicy?: ZonePodSecurity;
}

/**
 * Converts an object of type 'ZoneSecurity' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneSecurity(obj: ZoneSecurity | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    networkPolicies: toJson_ZoneNetworkPolicies(obj.networkPolicies),
    podSecurityPolicy: toJson_ZonePodSecurity(obj.podSecurityPolicy),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What is watched.
 */
export interface ZoneMonitoring {
  /**
   * Metrics.
   *
   * @default - the defaults of its fields
   */
  readonly prometheus?: ZonePrometheus;

  /**
   * Dashboards.
   *
   * @default - the defaults of its fields
   */
  readonly grafana?: ZoneGrafana;
}

/**
 * Converts an object of type 'ZoneMonitoring' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneMonitoring(obj: ZoneMonitoring | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    prometheus: toJson_ZonePrometheus(obj.prometheus),
    grafana: toJson_ZoneGrafana(obj.grafana),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A model that the zone keeps running.
 */
export interface ZoneModel {
  /**
   * AIModel in the namespace of the zone.
   */
  readonly name: string;

  /**
   * Version that is served.
   *
   * @default - that of the AIModel
   */
  readonly version?: string;

  /**
   * Replicas; with autoscaling only the start.
   * At least 1, at most 1000.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * Follow the load instead of a fixed number of replicas.
   *
   * @default - none
   */
  readonly autoscaling?: Autoscaling;
}

/**
 * Converts an object of type 'ZoneModel' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneModel(obj: ZoneModel | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    version: obj.version,
    replicas: obj.replicas,
    autoscaling: toJson_Autoscaling(obj.autoscaling),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Nodes and amounts.
 */
export interface ZoneCompute {
  /**
   * Labels of the nodes on which the workloads of the zone run.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [key: string]: string };

  /**
   * What all workloads of the zone may request together.
   *
   * @default - none
   */
  readonly limits?: { readonly [key: string]: string };
}

/**
 * Converts an object of type 'ZoneCompute' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneCompute(obj: ZoneCompute | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    nodeSelector:
      obj.nodeSelector === undefined
        ? undefined
        : Object.entries(obj.nodeSelector).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    limits:
      obj.limits === undefined
        ? undefined
        : Object.entries(obj.limits).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Volumes of the zone.
 */
export interface ZoneStorage {
  /**
   * StorageClass of volumes that name none.
   *
   * @default - the cluster's default
   */
  readonly class?: string;

  /**
   * What all volumes of the zone may have together. A Kubernetes quantity, such as `500m` or `2Gi`.
   */
  readonly size: string;
}

/**
 * Converts an object of type 'ZoneStorage' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneStorage(obj: ZoneStorage | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    class: obj.class,
    size: obj.size,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Ingress from outside the cluster.
 */
export interface ZoneIngress {
  /**
   * Whether there is one.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * GatewayClass of the platform's Gateway, or `nginx`, which the documents say and which means the same since ingress-nginx ended. Any other is refused.
   *
   * @default - the platform's Gateway
   */
  readonly class?: string;

  /**
   * Domain below which the models of the zone are served.
   *
   * @default - the name of the zone below the domain of the platform
   */
  readonly domain?: string;

  /**
   * Encryption of requests from outside.
   *
   * @default - the certificate of the Gateway
   */
  readonly tls?: ZoneTls;
}

/**
 * Converts an object of type 'ZoneIngress' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneIngress(obj: ZoneIngress | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    class: obj.class,
    domain: obj.domain,
    tls: toJson_ZoneTls(obj.tls),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Whether the Pods of the zone join the mesh.
 */
export interface ZoneServiceMesh {
  /**
   * Whether they do.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Whether connections without mutual TLS are refused.
   *
   * @default true
   */
  readonly mtls?: boolean;
}

/**
 * Converts an object of type 'ZoneServiceMesh' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneServiceMesh(obj: ZoneServiceMesh | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    mtls: obj.mtls,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Traffic that the zone lets in. Whatever is not named is refused; its own Pods, name lookup and metrics are let through.
 */
export interface ZoneNetworkPolicies {
  /**
   * Whether traffic is restricted.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Who may connect.
   *
   * @default - none
   */
  readonly allowFrom?: ZonePeer[];
}

/**
 * Converts an object of type 'ZoneNetworkPolicies' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneNetworkPolicies(obj: ZoneNetworkPolicies | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    allowFrom: obj.allowFrom?.map((y) => toJson_ZonePeer(y)),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What every Pod of the zone must keep. It becomes the Pod Security level and an admission policy.
 */
export interface ZonePodSecurity {
  /**
   * Whether it is enforced.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Refuse containers that run as root.
   *
   * @default true
   */
  readonly runAsNonRoot?: boolean;

  /**
   * Refuse containers that can write to their root file system.
   *
   * @default true
   */
  readonly readOnlyRootFilesystem?: boolean;
}

/**
 * Converts an object of type 'ZonePodSecurity' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZonePodSecurity(obj: ZonePodSecurity | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    runAsNonRoot: obj.runAsNonRoot,
    readOnlyRootFilesystem: obj.readOnlyRootFilesystem,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Metrics.
 */
export interface ZonePrometheus {
  /**
   * Whether the zone is scraped.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long metrics are kept.
   *
   * @default - as long as the platform keeps them
   */
  readonly retention?: string;
}

/**
 * Converts an object of type 'ZonePrometheus' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZonePrometheus(obj: ZonePrometheus | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    retention: obj.retention,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Dashboards.
 */
export interface ZoneGrafana {
  /**
   * Whether there are any.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Dashboards by name.
   *
   * @default - those of the platform
   */
  readonly dashboards?: string[];
}

/**
 * Converts an object of type 'ZoneGrafana' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneGrafana(obj: ZoneGrafana | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    dashboards: obj.dashboards?.map((y) => y),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Encryption of requests from outside.
 */
export interface ZoneTls {
  /**
   * Whether the way is encrypted.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Secret with the certificate, in the namespace of the zone.
   *
   * @default - none
   */
  readonly secretName?: string;
}

/**
 * Converts an object of type 'ZoneTls' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZoneTls(obj: ZoneTls | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    secretName: obj.secretName,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Pods that fulfil every selector that is given.
 */
export interface ZonePeer {
  /**
   * Namespaces of the Pods.
   *
   * @default - none
   */
  readonly namespaceSelector?: LabelSelector;

  /**
   * Pods.
   *
   * @default - none
   */
  readonly podSelector?: LabelSelector;
}

/**
 * Converts an object of type 'ZonePeer' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ZonePeer(obj: ZonePeer | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    namespaceSelector: toJson_LabelSelector(obj.namespaceSelector),
    podSelector: toJson_LabelSelector(obj.podSelector),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Namespaces of the Pods.
 */
export interface LabelSelector {
  /**
   * Labels that the object has.
   *
   * @default - none
   */
  readonly matchLabels?: { readonly [key: string]: string };

  /**
   * Conditions on the labels of the object.
   *
   * @default - none
   */
  readonly matchExpressions?: LabelExpression[];
}

/**
 * Converts an object of type 'LabelSelector' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_LabelSelector(obj: LabelSelector | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    matchLabels:
      obj.matchLabels === undefined
        ? undefined
        : Object.entries(obj.matchLabels).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    matchExpressions: obj.matchExpressions?.map((y) => toJson_LabelExpression(y)),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A condition on a label.
 */
export interface LabelExpression {
  /**
   * Label.
   */
  readonly key: string;

  /**
   * How the label is compared.
   */
  readonly operator: LabelOperator;

  /**
   * Values.
   *
   * @default - none
   */
  readonly values?: string[];
}

/**
 * Converts an object of type 'LabelExpression' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_LabelExpression(obj: LabelExpression | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    key: obj.key,
    operator: obj.operator,
    values: obj.values?.map((y) => y),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How the label is compared.
 */
export enum LabelOperator {
  /** In */
  IN = 'In',
  /** NotIn */
  NOT_IN = 'NotIn',
  /** Exists */
  EXISTS = 'Exists',
  /** DoesNotExist */
  DOES_NOT_EXIST = 'DoesNotExist',
}
checkedEnum('LabelOperator', LabelOperator);

/**
 * What was observed.
 */
export interface AIZoneStatus {
  /**
   * Generation of the object that this status refers to.
   * At least 0.
   *
   * @default - none
   */
  readonly observedGeneration?: number;

  /**
   * The state as one word; the conditions say more.
   *
   * @default - none
   */
  readonly phase?: AIZoneStatusPhase;

  /**
   * Namespace of the zone.
   *
   * @default - none
   */
  readonly namespace?: string;

  /**
   * What the workloads of the zone request together; gpu counts all kinds of GPUs.
   *
   * @default - none
   */
  readonly allocatedResources?: { readonly [key: string]: string };

  /**
   * Models by name.
   *
   * @default - none
   */
  readonly models?: AIZoneStatusModels[];

  /**
   * What is known about the object, one entry per aspect.
   *
   * @default - none
   */
  readonly conditions?: Condition[];
}

/**
 * The state as one word; the conditions say more.
 */
export enum AIZoneStatusPhase {
  /** Pending */
  PENDING = 'Pending',
  /** Provisioning */
  PROVISIONING = 'Provisioning',
  /** Active */
  ACTIVE = 'Active',
  /** Degraded */
  DEGRADED = 'Degraded',
  /** Failed */
  FAILED = 'Failed',
  /** Terminating */
  TERMINATING = 'Terminating',
}

/**
 * A model in the zone.
 */
export interface AIZoneStatusModels {
  /**
   * Name of the model.
   */
  readonly name: string;

  /**
   * Replicas that are ready.
   * At least 0.
   *
   * @default - none
   */
  readonly ready?: number;

  /**
   * Replicas that have been ready for long enough.
   * At least 0.
   *
   * @default - none
   */
  readonly available?: number;

  /**
   * URLs under which the model answers.
   *
   * @default - none
   */
  readonly endpoints?: string[];
}
