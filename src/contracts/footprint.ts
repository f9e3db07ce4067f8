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
   * Whether the pods tolerate every taint.
   *
   * @default false
   */
  readonly toleratesAll?: boolean;
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
   * CPU that it requests with the chart's default values.
   *
   * @default - none
   */
  readonly cpu?: string;
  /**
   * Memory that it requests with the chart's default values.
   *
   * @default - none
   */
  readonly memory?: string;
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
  /** `group/resource` that it judges, with `*` for all and an empty group for the core one: `/services`, `apps/deployments`. */
  readonly judges: string[];
  /** Name of the workload that answers. */
  readonly servedBy: string;
  /**
   * Labels that the namespaces must have whose objects it judges; an empty value stands for any.
   *
   * @default - objects of all namespaces
   */
  readonly namespaceLabels?: { [label: string]: string };
  /**
   * Labels that the objects must have that it judges; an empty value stands for any.
   *
   * @default - all objects
   */
  readonly objectLabels?: { [label: string]: string };
  /**
   * Chart value that switches it on or off.
   *
   * @default - none: it is always there
   */
  readonly enabledAt?: string;
  /**
   * Chart value with the failure policy.
   *
   * @default - none
   */
  readonly failurePolicyAt?: string;
}

/** A Service of a component. */
export interface FootprintService {
  /** Its name. */
  readonly name: string;
  /** Its ports, by name. */
  readonly ports: { [name: string]: number };
}
