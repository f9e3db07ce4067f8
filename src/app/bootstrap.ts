import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { Release } from '@cdktf/provider-helm/lib/release';
import { ITerraformDependable, TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import { ICluster } from '../contracts/cluster';
import { Component, PodSecurityLevel } from '../contracts/component';
import { fail } from '../contracts/errors';
import { dnsLabel, PLATFORM_NAMESPACE } from '../contracts/names';
import { Origin, withOrigin } from '../contracts/origin';
import { addClusterProviders, hasToken, helmValues, manifestChart } from './helm';

const VALUES_CONFIG_MAP = 'platform-values';
const MANAGED_BY_TERRAFORM = { 'app.kubernetes.io/managed-by': 'terraform' };
const LAXEST_FIRST = [PodSecurityLevel.PRIVILEGED, PodSecurityLevel.BASELINE, PodSecurityLevel.RESTRICTED];

const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

interface RequiredNamespace {
  readonly podSecurity: PodSecurityLevel;
  readonly labels: { [key: string]: string };
}

/**
 * What must exist in a cluster before its manifests: namespaces, components, and the values that only Terraform knows.
 */
export class Bootstrap {
  private readonly values = new Map<string, string>();
  private readonly objects: { [key: string]: unknown }[] = [];
  private readonly required = new Map<string, RequiredNamespace>();

  public constructor(
    private readonly stack: TerraformStack,
    private readonly origin: Origin,
  ) {}

  /** See IEnvironment.publishValue. */
  public publishValue(key: string, value: string): void {
    if (!/^[a-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(key)) {
      fail(
        this.stack,
        'publishValue',
        'must have a key of letters, digits, dots, hyphens and underscores',
        key,
        'name it like database.endpoint',
      );
    }
    if (this.values.has(key)) {
      fail(this.stack, 'publishValue', 'must have a key of its own', key, 'publish each value once');
    }
    this.values.set(key, value);
  }

  /** See IEnvironment.addBootstrapManifest. */
  public addManifest(manifest: { [key: string]: unknown }, source: IConstruct = this.stack): void {
    const { apiVersion, kind, metadata } = manifest as {
      apiVersion?: string;
      kind?: string;
      metadata?: { name?: string };
    };
    if (!apiVersion || !kind || !metadata?.name) {
      fail(
        this.stack,
        'addBootstrapManifest',
        'must have apiVersion, kind and metadata.name',
        { apiVersion, kind },
        'give a whole Kubernetes object',
      );
    }
    if (!hasToken(manifest)) {
      fail(
        this.stack,
        'addBootstrapManifest',
        'must hold a value that only Terraform knows',
        `${kind} ${metadata.name}`,
        'add it to a chart instead',
      );
    }
    this.objects.push(withOrigin(manifest, source.node.path, this.origin));
  }

  /** See IEnvironment.requireNamespace. */
  public requireNamespace(name: string, podSecurity: PodSecurityLevel, labels: { [key: string]: string } = {}): void {
    dnsLabel(this.stack, 'requireNamespace', name);
    const before = this.required.get(name) ?? { podSecurity, labels: {} };
    for (const [key, value] of Object.entries(labels)) {
      const other = before.labels[key];
      if (other !== undefined && other !== value) {
        fail(
          this.stack,
          'requireNamespace',
          `must not change the label ${key} of ${name}`,
          value,
          `leave it at ${other}`,
        );
      }
    }
    this.required.set(name, {
      podSecurity: LAXEST_FIRST.find((level) => level === before.podSecurity || level === podSecurity) ?? podSecurity,
      labels: { ...before.labels, ...labels },
    });
  }

  /** The namespaces that exist before any manifest, with their labels. */
  public namespaces(): { [name: string]: { [key: string]: string } } {
    const builtIn = Object.fromEntries(BUILT_IN_NAMESPACES.map((name) => [name, {}]));
    const made = [...this.required].map(([name, one]) => [name, labelsOf(one)] as const);
    // those that every cluster has are not made, so they get no labels
    return { ...Object.fromEntries(made), ...builtIn };
  }

  /** The objects that Terraform applies. */
  public manifests(): { [key: string]: unknown }[] {
    return [...this.objects];
  }

  /** Puts everything into the stack. */
  public render(cluster: ICluster, components: Component[]): void {
    addClusterProviders(this.stack, cluster.connection);
    if (this.values.size > 0 || this.objects.length > 0)
      this.requireNamespace(PLATFORM_NAMESPACE, PodSecurityLevel.RESTRICTED);
    const namespaces = this.renderNamespaces();
    this.renderValues(namespaces);
    const releases = this.renderComponents(components, namespaces);
    this.renderManifests(namespaces, releases);
  }

  /** The metadata of an object that is a Terraform resource with this construct id. */
  private metadataOf<T extends object>(id: string, name: T, labels: { [key: string]: string }) {
    const { metadata } = withOrigin({ metadata: { ...name, labels } }, `${this.stack.node.path}/${id}`, this.origin);
    return metadata as T & { labels: { [key: string]: string }; annotations?: { [key: string]: string } };
  }

  private renderNamespaces(): Map<string, NamespaceV1> {
    const made = new Map<string, NamespaceV1>();
    for (const [name, required] of [...this.required].sort()) {
      if (BUILT_IN_NAMESPACES.includes(name)) continue;
      const id = `namespace-${name}`;
      made.set(name, new NamespaceV1(this.stack, id, { metadata: this.metadataOf(id, { name }, labelsOf(required)) }));
    }
    return made;
  }

  private renderValues(namespaces: Map<string, NamespaceV1>): void {
    if (this.values.size === 0) return;
    new ConfigMapV1(this.stack, VALUES_CONFIG_MAP, {
      metadata: this.metadataOf(
        VALUES_CONFIG_MAP,
        { name: VALUES_CONFIG_MAP, namespace: PLATFORM_NAMESPACE },
        MANAGED_BY_TERRAFORM,
      ),
      data: Object.fromEntries([...this.values].sort()),
      dependsOn: dependable([namespaces.get(PLATFORM_NAMESPACE)]),
    });
  }

  private renderComponents(components: Component[], namespaces: Map<string, NamespaceV1>): Map<string, Release> {
    const releases = new Map<string, Release>();
    for (const component of components) {
      // the delivery leaves to Terraform what has a chart
      const { chart } = component;
      if (!chart) continue;
      releases.set(
        component.name,
        new Release(this.stack, component.name, {
          name: component.name,
          repository: chart.repository,
          chart: chart.name,
          version: chart.version,
          namespace: component.namespace,
          values: Object.keys(component.values).length > 0 ? [helmValues(component.values)] : undefined,
          // a release that fails half-way is rolled back, and nothing that needs it starts before it runs
          atomic: true,
          wait: true,
          timeout: component.timeoutSeconds,
          dependsOn: dependable([
            namespaces.get(component.namespace),
            ...component.requires.map((one) => releases.get(one.name)),
          ]),
        }),
      );
    }
    return releases;
  }

  private renderManifests(namespaces: Map<string, NamespaceV1>, releases: Map<string, Release>): void {
    if (this.objects.length === 0) return;
    new Release(this.stack, 'terraform-values', {
      name: 'terraform-values',
      chart: manifestChart(this.stack, 'terraform-values-chart'),
      namespace: PLATFORM_NAMESPACE,
      values: [helmValues({ manifests: this.objects })],
      atomic: true,
      wait: true,
      dependsOn: dependable([...namespaces.values(), ...releases.values()]),
    });
  }
}

function labelsOf(namespace: RequiredNamespace): { [key: string]: string } {
  return {
    ...namespace.labels,
    ...MANAGED_BY_TERRAFORM,
    'pod-security.kubernetes.io/enforce': namespace.podSecurity,
    'pod-security.kubernetes.io/audit': namespace.podSecurity,
    'pod-security.kubernetes.io/warn': namespace.podSecurity,
  };
}

function dependable(resources: (ITerraformDependable | undefined)[]): ITerraformDependable[] | undefined {
  const present = resources.filter((resource) => resource !== undefined);
  return present.length > 0 ? present : undefined;
}
