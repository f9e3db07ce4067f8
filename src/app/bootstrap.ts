import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { Release } from '@cdktf/provider-helm/lib/release';
import { Fn, ITerraformDependable, TerraformStack, Token } from 'cdktf';
import { ClusterConnection, ICluster } from '../contracts/cluster';
import { Component, PodSecurityLevel } from '../contracts/component';
import { fail } from '../contracts/errors';
import { dnsLabel, PLATFORM_NAMESPACE } from '../contracts/names';
import { manifestChart } from './manifest-chart';

const VALUES_CONFIG_MAP = 'platform-values';
const LAXEST_FIRST = [PodSecurityLevel.PRIVILEGED, PodSecurityLevel.BASELINE, PodSecurityLevel.RESTRICTED];

/**
 * What must exist in a cluster before its manifests: namespaces, components, and the values that only Terraform knows.
 */
export class Bootstrap {
  private readonly values = new Map<string, string>();
  private readonly manifests: { [key: string]: unknown }[] = [];
  private readonly podSecurityByNamespace = new Map<string, PodSecurityLevel>();

  public constructor(private readonly stack: TerraformStack) {}

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
  public addManifest(manifest: { [key: string]: unknown }): void {
    const metadata = manifest.metadata as { name?: unknown; namespace?: unknown } | undefined;
    if (!manifest.apiVersion || !manifest.kind || !metadata?.name) {
      fail(
        this.stack,
        'addBootstrapManifest',
        'must have apiVersion, kind and metadata.name',
        { apiVersion: manifest.apiVersion, kind: manifest.kind },
        'give a whole Kubernetes object',
      );
    }
    if (!hasToken(manifest)) {
      fail(
        this.stack,
        'addBootstrapManifest',
        'must hold a value that only Terraform knows',
        `${String(manifest.kind)} ${String(metadata.name)}`,
        'add it to a chart instead',
      );
    }
    this.manifests.push(manifest);
  }

  /** See IEnvironment.requireNamespace. */
  public requireNamespace(name: string, podSecurity: PodSecurityLevel): void {
    dnsLabel(this.stack, 'requireNamespace', name);
    const before = this.podSecurityByNamespace.get(name) ?? podSecurity;
    this.podSecurityByNamespace.set(
      name,
      LAXEST_FIRST.find((level) => level === before || level === podSecurity) ?? podSecurity,
    );
  }

  /** Names of the namespaces that are made here. */
  public namespaces(): string[] {
    return ['default', 'kube-system', 'kube-public', 'kube-node-lease', ...this.podSecurityByNamespace.keys()];
  }

  /** Puts everything into the stack. */
  public render(cluster: ICluster, components: Component[]): void {
    addClusterProviders(this.stack, cluster.connection);
    if (this.values.size > 0) this.requireNamespace(PLATFORM_NAMESPACE, PodSecurityLevel.RESTRICTED);
    const namespaces = this.renderNamespaces();
    this.renderValues(namespaces);
    const releases = this.renderComponents(components, namespaces);
    this.renderManifests(namespaces, releases);
  }

  private renderNamespaces(): Map<string, NamespaceV1> {
    const made = new Map<string, NamespaceV1>();
    for (const [name, podSecurity] of [...this.podSecurityByNamespace].sort()) {
      if (name.startsWith('kube-') || name === 'default') continue;
      made.set(
        name,
        new NamespaceV1(this.stack, `namespace-${name}`, {
          metadata: {
            name,
            labels: {
              'app.kubernetes.io/managed-by': 'terraform',
              'pod-security.kubernetes.io/enforce': podSecurity,
              'pod-security.kubernetes.io/audit': podSecurity,
              'pod-security.kubernetes.io/warn': podSecurity,
            },
          },
        }),
      );
    }
    return made;
  }

  private renderValues(namespaces: Map<string, NamespaceV1>): void {
    if (this.values.size === 0) return;
    new ConfigMapV1(this.stack, VALUES_CONFIG_MAP, {
      metadata: {
        name: VALUES_CONFIG_MAP,
        namespace: PLATFORM_NAMESPACE,
        labels: { 'app.kubernetes.io/managed-by': 'terraform' },
      },
      data: Object.fromEntries([...this.values].sort()),
      dependsOn: dependable([namespaces.get(PLATFORM_NAMESPACE)]),
    });
  }

  private renderComponents(components: Component[], namespaces: Map<string, NamespaceV1>): Map<string, Release> {
    const releases = new Map<string, Release>();
    for (const component of components) {
      releases.set(
        component.name,
        new Release(this.stack, component.name, {
          name: component.name,
          repository: component.chart.repository,
          chart: component.chart.name,
          version: component.chart.version,
          namespace: component.namespace,
          values: Object.keys(component.values).length > 0 ? [Fn.yamlencode(component.values)] : undefined,
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
    if (this.manifests.length === 0) return;
    new Release(this.stack, 'terraform-values', {
      name: 'terraform-values',
      chart: manifestChart(this.stack, 'terraform-values-chart'),
      namespace: PLATFORM_NAMESPACE,
      values: [Fn.yamlencode({ manifests: this.manifests })],
      atomic: true,
      wait: true,
      dependsOn: dependable([...namespaces.values(), ...releases.values()]),
    });
  }
}

/** Lets the resources of a stack reach a cluster, with the kubernetes and the helm provider. */
export function addClusterProviders(stack: TerraformStack, connection: ClusterConnection): void {
  const exec = connection.credentialCommand;
  const settings = {
    host: connection.endpoint,
    clusterCaCertificate: connection.certificateAuthority && Fn.base64decode(connection.certificateAuthority),
    configPath: connection.kubeconfigPath,
    configContext: connection.kubeconfigContext,
  };
  new KubernetesProvider(stack, 'kubernetes', { ...settings, exec: exec && [exec] });
  new HelmProvider(stack, 'helm', { kubernetes: { ...settings, exec } });
}

function dependable(resources: (ITerraformDependable | undefined)[]): ITerraformDependable[] | undefined {
  const present = resources.filter((resource) => resource !== undefined);
  return present.length > 0 ? present : undefined;
}

function hasToken(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasToken);
}
