/**
 * What a component's chart brings into a cluster, as data: pods with their requests, volumes, webhooks, Services. The rehearsal of the
 * boot counts with it.
 *
 * Fields that end in `At` name the chart value that decides, as a path with dots (`server.resources`; a key that holds dots or
 * hyphens is written as it is between the dots of the others): where the component's values have it, it counts, otherwise the field beside it does.
 */
export interface ComponentFootprint {
  /** Everything that makes pods, of which hooks run for a while only. */
  readonly workloads: FootprintWorkload[];
  /**
   * Admission webhooks.
   *
   * @default - none
   */
  readonly webhooks?: FootprintWebhook[];
  /**
   * Services, which manifests and values of others may name.
   *
   * @default - none
   */
  readonly services?: FootprintService[];
  /**
   * What Prometheus scrapes: a PodMonitor is made for each where something scrapes. Charts make monitors only where the kind is there
   * already, or fail without.
   *
   * @default - nothing
   */
  readonly metrics?: FootprintMetrics[];
  /**
   * What the pods need beside what the chart makes, by the chart values that name it.
   *
   * @default - nothing but what pods name in the fields of Kubernetes, such as `secretKeyRef`, which is found wherever the values have it
   */
  readonly references?: FootprintReference[];
}

/** An object in the namespace of a component that its pods need and its chart does not make. */
export interface FootprintReference {
  /** `Secret`, `ConfigMap`, `ServiceAccount` or `PersistentVolumeClaim`. */
  readonly kind: string;
  /** Chart value with its name: text, a map, or a list of either. Where neither has a name, nothing is needed. */
  readonly nameAt: string;
  /**
   * Its name with the chart's default values, where something switches its use on.
   *
   * @default - none
   */
  readonly name?: string;
  /**
   * Key of the name in a map, beside which `optional: true` says that it may be missing.
   *
   * @default 'name'
   */
  readonly nameKey?: string;
  /**
   * Chart value that switches its use on.
   *
   * @default - none: whatever is named is used
   */
  readonly enabledAt?: string;
}

/** Equal pods that a chart makes, or an operator that it installs. */
export interface FootprintWorkload {
  /** `Deployment`, `StatefulSet`, `DaemonSet` or `Job`. */
  readonly kind: string;
  /** Its name. */
  readonly name: string;
  /**
   * Pods at a time; a DaemonSet has one on each node that it may run on.
   *
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Chart value with the replicas.
   *
   * @default - none: no value changes them
   */
  readonly replicasAt?: string;
  /**
   * Chart value that switches the workload on or off.
   *
   * @default - none: it is always there
   */
  readonly enabledAt?: string;
  /**
   * Whether it is there where no value says so.
   *
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Chart value that takes the workload away when it is on.
   *
   * @default - none
   */
  readonly disabledAt?: string;
  /** Its containers. */
  readonly containers: FootprintContainer[];
  /**
   * Containers that run to their end before the others start.
   *
   * @default - none
   */
  readonly initContainers?: FootprintContainer[];
  /**
   * Volumes of each pod.
   *
   * @default - none
   */
  readonly volumes?: FootprintVolume[];
  /**
   * Labels of the pods, as far as something selects them.
   *
   * @default - not known
   */
  readonly podLabels?: { [label: string]: string };
  /**
   * Labels of the nodes that the pods run on.
   *
   * @default - any node
   */
  readonly nodeSelector?: { [label: string]: string };
  /**
   * Chart value with the node selector.
   *
   * @default - none
   */
  readonly nodeSelectorAt?: string;
  /**
   * What the nodes' labels must meet beside `nodeSelector`.
   *
   * @default - nothing
   */
  readonly nodeAffinity?: FootprintExpression[];
  /**
   * Taints that the pods tolerate with the chart's default values.
   *
   * @default - none
   */
  readonly tolerations?: FootprintToleration[];
  /**
   * Chart value with tolerations.
   *
   * @default - none
   */
  readonly tolerationsAt?: string;
  /**
   * The strictest Pod Security level that the pods meet: `restricted`, `baseline` or `privileged`.
   *
   * @default 'restricted'
   */
  readonly podSecurity?: string;
  /**
   * Whether no two of the pods may share a node.
   *
   * @default false
   */
  readonly onePerNode?: boolean;
  /**
   * Whether it has a PodDisruptionBudget with the chart's default values.
   *
   * @default false
   */
  readonly disruptionBudget?: boolean;
  /**
   * Chart value with the PodDisruptionBudget: a map with a switch, or with `minAvailable` or `maxUnavailable`.
   *
   * @default - none
   */
  readonly disruptionBudgetAt?: string;
  /**
   * The hooks of Helm that run it, such as `pre-install,pre-upgrade`.
   *
   * @default - none: it stays
   */
  readonly hook?: string;
}

/** A container of a component. */
export interface FootprintContainer {
  /** Its name. */
  readonly name: string;
  /**
   * Its image with the chart's default values.
   *
   * @default - not known
   */
  readonly image?: string;
  /**
   * Chart value with the image: the whole name, or a map with `registry`, `repository` and `tag`.
   *
   * @default - none: no value changes it
   */
  readonly imageAt?: string;
  /**
   * Chart value that switches the container on or off; it is there where the chart has it on by default.
   *
   * @default - none: it is always there
   */
  readonly enabledAt?: string;
  /**
   * CPU that it requests with the chart's default values; its limit where there is no request.
   *
   * @default - none
   */
  readonly cpu?: string;
  /**
   * Memory that it requests with the chart's default values; its limit where there is no request.
   *
   * @default - none
   */
  readonly memory?: string;
  /**
   * CPU that it is limited to with the chart's default values.
   *
   * @default - none
   */
  readonly cpuLimit?: string;
  /**
   * Chart value with its `requests` and `limits`.
   *
   * @default - none: no value changes them
   */
  readonly resourcesAt?: string;
}

/** A persistent volume of a component. */
export interface FootprintVolume {
  /**
   * Its size with the chart's default values.
   *
   * @default - none: a value has to give it
   */
  readonly size?: string;
  /**
   * Chart value with the size.
   *
   * @default - none
   */
  readonly sizeAt?: string;
  /**
   * StorageClass with the chart's default values.
   *
   * @default - the cluster's default class
   */
  readonly storageClass?: string;
  /**
   * Chart value with the StorageClass.
   *
   * @default - none
   */
  readonly storageClassAt?: string;
  /**
   * Chart value without which there is no volume.
   *
   * @default - none: it is always there
   */
  readonly enabledAt?: string;
}

/** An admission webhook of a component. */
export interface FootprintWebhook {
  /** Name of the webhook. */
  readonly name: string;
  /** `Fail` or `Ignore`: what happens to a request while nothing answers. */
  readonly failurePolicy: string;
  /**
   * `group/resource` that it judges when they are created or changed, with `*` for all and an empty group for the core one: `/services`,
   * `apps/deployments`, `/pods/binding`.
   */
  readonly judges: string[];
  /**
   * Name of the workload that answers.
   *
   * @default - another component answers
   */
  readonly servedBy?: string;
  /**
   * What the labels of a namespace must meet for its objects to be judged.
   *
   * @default - objects of all namespaces
   */
  readonly namespaceSelector?: FootprintExpression[];
  /**
   * What the labels of an object must meet for it to be judged.
   *
   * @default - all objects
   */
  readonly objectSelector?: FootprintExpression[];
  /**
   * `Namespaced` or `Cluster`: whether it judges objects in namespaces only, or those without.
   *
   * @default - both; a namespace selector leaves out no object without a namespace
   */
  readonly scope?: string;
  /**
   * Chart value with a selector in place of `namespaceSelector`: a map, or a list of its conditions.
   *
   * @default - none
   */
  readonly namespaceSelectorAt?: string;
  /**
   * Chart value with the names of the namespaces whose objects are judged, in place of `namespaceSelector`; an empty name stands for all.
   *
   * @default - none
   */
  readonly namespacesAt?: string;
  /**
   * Chart value with a selector in place of `objectSelector`: a map, or a list of its conditions.
   *
   * @default - none
   */
  readonly objectSelectorAt?: string;
  /**
   * Chart value that switches it on or off.
   *
   * @default - none: it is always there
   */
  readonly enabledAt?: string;
  /**
   * Chart value that takes it away when it is on.
   *
   * @default - none
   */
  readonly disabledAt?: string;
  /**
   * Chart value with the failure policy.
   *
   * @default - none
   */
  readonly failurePolicyAt?: string;
}

/** Pods with metrics, over HTTP without TLS. */
export interface FootprintMetrics {
  /** Name of the PodMonitor. */
  readonly name: string;
  /** Labels of the pods. */
  readonly podLabels: { [label: string]: string };
  /** Port of the pods. */
  readonly port: number;
  /**
   * Path.
   *
   * @default '/metrics'
   */
  readonly path?: string;
  /**
   * Chart value that switches them on or off; they are there where the chart has them on by default.
   *
   * @default - none: they are always there
   */
  readonly enabledAt?: string;
}

/** A condition on labels, as in a label selector of Kubernetes. */
export interface FootprintExpression {
  /** The label. */
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  readonly operator: string;
  /**
   * The values, for `In` and `NotIn`.
   *
   * @default - none
   */
  readonly values?: string[];
}

/** A taint that pods tolerate, as in a pod of Kubernetes. */
export interface FootprintToleration {
  /**
   * Key of the taint.
   *
   * @default - any, with the operator `Exists`
   */
  readonly key?: string;
  /**
   * `Exists` or `Equal`.
   *
   * @default 'Equal'
   */
  readonly operator?: string;
  /**
   * Value of the taint, for `Equal`.
   *
   * @default - empty
   */
  readonly value?: string;
  /**
   * `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
   *
   * @default - any
   */
  readonly effect?: string;
}

/** A Service of a component. */
export interface FootprintService {
  /** Its name. */
  readonly name: string;
  /** Its ports, by name. */
  readonly ports: { [name: string]: number };
  /**
   * Chart value that switches it on or off; it is there where the chart has it on by default.
   *
   * @default - none: it is always there
   */
  readonly enabledAt?: string;
}
