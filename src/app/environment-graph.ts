import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { Finding, ICheck } from '../checks/check';
import { ExistingObject, ManifestGraph } from '../checks/manifest-graph';
import { defaultChecks } from '../checks/platform-checks';
import { BootStep } from '../checks/rehearsal/boot-step';
import { Operators } from '../checks/rehearsal/operators';
import { rehearse, Rehearsal } from '../checks/rehearsal/rehearsal';
import { ICluster } from '../contracts/cluster';
import { Component } from '../contracts/component';
import { fail } from '../contracts/errors';
import { Origin } from '../contracts/origin';
import { isHighlyAvailable, Tier } from '../contracts/tier';
import { Bootstrap } from './bootstrap';
import { TerraformTokenCheck } from './terraform-token-check';

/** The objects of an environment as one graph, with what else is known of its cluster, and what the checks find in it. */
export class EnvironmentGraph {
  private readonly checks: ICheck[] = [new TerraformTokenCheck(), ...defaultChecks()];
  private readonly existingObjects: ExistingObject[] = [];
  private readonly imported = new Map<string, { [key: string]: string }>();
  private operators?: Operators;
  private completed?: ManifestGraph;
  private theRehearsal?: Rehearsal;

  /** @param environment the construct that has the objects below it */
  public constructor(
    private readonly environment: IConstruct,
    private readonly tier: Tier,
    private readonly origin: Origin,
    private readonly bootstrap: Bootstrap,
  ) {}

  /** The graph once nothing may come any more; undefined before. */
  public get whole(): ManifestGraph | undefined {
    return this.completed;
  }

  /** See Environment.addCheck. */
  public addCheck(check: ICheck): void {
    this.checks.push(check);
  }

  /** See Environment.addExistingObject. */
  public addExistingObject(object: ExistingObject): void {
    this.existingObjects.push(object);
  }

  /** See IEnvironment.importNamespace. */
  public importNamespace(name: string, labels: { [key: string]: string }): void {
    this.imported.set(name, { ...this.imported.get(name), ...labels });
  }

  /** Tells the rehearsal what the platform's operators make of its kinds. */
  public useOperators(operators: Operators): void {
    this.operators = operators;
  }

  /** The graph of what there is by now, with these components, from which on nothing may come any more. */
  public complete(components: Component[], cluster: ICluster): ManifestGraph {
    this.completed = this.with(components, cluster);
    return this.completed;
  }

  /** The graph of what there is by now, with these components. */
  public with(components: Component[], cluster?: ICluster): ManifestGraph {
    const namespaces = { ...Object.fromEntries(this.imported), ...this.bootstrap.namespaces() };
    const snapshots = cluster?.capabilities.volumeSnapshots ? SNAPSHOT_KINDS : { namespaced: [], clusterScoped: [] };
    return ManifestGraph.of(this.environment, {
      ...this.origin,
      namespaces: Object.keys(namespaces),
      namespaceLabels: namespaces,
      customResources: [
        ...components.flatMap((component) => component.customResources),
        ...snapshots.namespaced,
        ...snapshots.clusterScoped,
      ],
      clusterScopedResources: [
        ...components.flatMap((component) => component.clusterScopedResources),
        ...snapshots.clusterScoped,
      ],
      manifests: this.bootstrap.manifests(),
      objects: [
        ...(cluster ? [{ kind: 'StorageClass', name: cluster.defaultStorageClass }] : []),
        ...this.existingObjects,
      ],
      defaultStorageClass: cluster?.defaultStorageClass,
      kubernetesVersion: cluster?.kubernetesVersion,
      chartValues: Object.fromEntries(components.map(({ name, values }) => [name, values])),
      gpus: cluster?.capabilities.gpus,
      nodes: cluster?.capabilities.nodes,
      addOns: cluster?.capabilities.addOns,
    });
  }

  /** What is decided by the whole graph is decided at the first synthesis; what comes later would be left out. */
  public refuseLateObjects({ manifests }: ManifestGraph): void {
    const known = new Set(manifests.map(({ source }) => source));
    const late = this.environment.node.findAll().find((one) => ApiObject.isApiObject(one) && !known.has(one));
    if (late) {
      fail(
        this.environment,
        'synth',
        'must not be called again once objects were added after it',
        late.node.path,
        'add them before, or make a new PlatformApp',
      );
    }
  }

  /** The walk through the first boot, once. */
  public rehearsal(graph: ManifestGraph, boot: readonly BootStep[], cluster?: ICluster): Rehearsal {
    this.theRehearsal ??= rehearse(graph, boot, {
      defaultStorageClass: cluster?.defaultStorageClass,
      highlyAvailable: isHighlyAvailable(this.tier),
      operators: this.operators,
    });
    return this.theRehearsal;
  }

  /** What the checks find in the graph. */
  public findings(graph: ManifestGraph): Finding[] {
    return this.checks.flatMap((check) => check.check(graph));
  }
}

/** What the snapshot controller defines, which a cluster with snapshots of volumes has. */
const SNAPSHOT_KINDS = {
  namespaced: ['VolumeSnapshot.snapshot.storage.k8s.io'],
  clusterScoped: ['VolumeSnapshotClass.snapshot.storage.k8s.io', 'VolumeSnapshotContent.snapshot.storage.k8s.io'],
};
