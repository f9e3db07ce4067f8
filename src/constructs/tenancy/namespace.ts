import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checkOrder } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { PodSecurityLevel } from '../../contracts/component';
import { IEnvironment } from '../../contracts/environment';
import { environmentOf, findEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { checkLabel, dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { byteQuantity, cpuQuantity } from '../../contracts/quantity';
import { ContainerDefaults, NamespaceQuota, quotaBounds } from './namespace-quota';
import { DNS_EGRESS } from './network-rules';

const POD_SECURITY = 'pod-security.kubernetes.io';
const DEFAULT_QUOTA: NamespaceQuota = { cpu: '8', memory: '16Gi' };

/** The label of pods that serve models and features: AIModel, ModelDeployment and FeatureStore. */
const SERVES = { key: `${PLATFORM_GROUP}/component`, operator: 'In', values: ['model-server', 'feature-server'] };

/** Options of a namespace. */
export interface NamespaceProps {
  /**
   * Name of the namespace, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Pod Security level that is enforced.
   *
   * @default PodSecurityLevel.RESTRICTED
   */
  readonly podSecurity?: PodSecurityLevel;
  /**
   * What the namespace may use at most.
   *
   * @default - 8 cores, 16 GiB of memory, no GPU, 100 GiB of volumes, 50 pods
   */
  readonly quota?: NamespaceQuota;
  /**
   * What a container gets that asks for nothing.
   *
   * @default - requests of 100m and 128Mi, a memory limit of 512Mi
   */
  readonly containerDefaults?: ContainerDefaults;
  /**
   * Labels of the namespace, beside those of Pod Security.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
  /**
   * Whether the environment's Terraform makes the namespace, because a component is installed into it before any manifest is
   * applied.
   *
   * @default false - the namespace is a manifest
   */
  readonly terraformManaged?: boolean;
}

/** Options of a namespace that exists already. */
export interface ImportedNamespaceOptions {
  /**
   * The labels that it has, as far as anything in the program relies on them.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
}

/**
 * A namespace with everything that keeps its team or tenant apart from others: Pod Security, a quota with defaults for
 * containers that ask for nothing, no traffic in or out but DNS and what serves models in it, and a default ServiceAccount without a
 * token.
 *
 * Every further connection is declared with a `NetworkFlow`. The environment's `Monitoring` scrapes it.
 *
 * @example
 * const namespace = new Namespace(chart, 'vision', { labels: { 'example.com/cost-center': '42' } });
 */
@checked('Namespace')
export class Namespace extends Construct implements INamespace {
  /**
   * A namespace that exists already, made by neither Terraform nor a manifest of the environment. Nothing in it is changed but
   * what is added to it; quota, Pod Security and network policies are those that it has.
   *
   * @example
   * const shared = Namespace.fromName(chart, 'Shared', 'shared');
   *
   * @throws InvalidInputError when the name is no DNS label
   */
  public static fromName(
    scope: Construct,
    id: string,
    name: string,
    options: ImportedNamespaceOptions = {},
  ): INamespace {
    return new ImportedNamespace(scope, id, name, options.labels ?? {});
  }

  public readonly namespaceName: string;
  /** The Pod Security level that is enforced. */
  public readonly podSecurity: PodSecurityLevel;
  /**
   * The Namespace.
   *
   * @default - none: Terraform makes it
   */
  public readonly resource?: ApiObject;
  /** The ResourceQuota. */
  public readonly resourceQuota: ApiObject;
  /** The LimitRange. */
  public readonly limitRange: ApiObject;
  private readonly terraform?: IEnvironment;
  private readonly labels = new Map<string, string>();

  /**
   * @throws InvalidInputError when the name is no DNS label, a bound of the quota is wrong, or Terraform is to make it outside an
   * environment
   */
  public constructor(scope: Construct, id: string, props: NamespaceProps = {}) {
    super(scope, id);
    this.namespaceName = dnsLabel(this, 'name', props.name ?? id);
    if (/^kube-|^default$/.test(this.namespaceName)) {
      fail(this, 'name', 'must not be one of Kubernetes itself', this.namespaceName, 'choose another name');
    }
    this.podSecurity = props.podSecurity ?? PodSecurityLevel.RESTRICTED;
    if (props.terraformManaged ?? false) {
      this.terraform = environmentOf(this);
      this.terraform.requireNamespace(this.namespaceName, this.podSecurity);
    } else {
      this.resource = this.manifest();
    }
    for (const [key, value] of Object.entries(props.labels ?? {})) this.addLabel(key, value);
    this.resourceQuota = new k8s.KubeResourceQuota(this, 'Quota', {
      metadata: { name: 'tenant', namespace: this.namespaceName },
      spec: { hard: quotaBounds(this, props.quota ?? DEFAULT_QUOTA) },
    });
    this.limitRange = this.defaults(props.containerDefaults ?? {});
    this.isolate();
    this.withoutToken();
  }

  public get scraper(): NetworkPeer | undefined {
    return findEnvironment(this)?.scraper;
  }

  public addLabel(key: string, value: string): void {
    const before = this.labels.get(key);
    if (before === value) return;
    if (before !== undefined || key.startsWith(`${POD_SECURITY}/`)) {
      fail(this, 'addLabel', `must not change the label ${key}`, value, `leave it at ${before ?? this.podSecurity}`);
    }
    checkLabel(this, 'addLabel', key, value);
    this.labels.set(key, value);
    this.resource?.metadata.addLabel(key, value);
    this.terraform?.requireNamespace(this.namespaceName, this.podSecurity, { [key]: value });
  }

  private manifest(): ApiObject {
    return new k8s.KubeNamespace(this, 'Resource', {
      metadata: {
        name: this.namespaceName,
        labels: {
          [`${POD_SECURITY}/enforce`]: this.podSecurity,
          [`${POD_SECURITY}/audit`]: this.podSecurity,
          [`${POD_SECURITY}/warn`]: this.podSecurity,
        },
      },
    });
  }

  private defaults(defaults: ContainerDefaults): ApiObject {
    const cpu = cpuQuantity(this, 'containerDefaults.cpu', defaults.cpu ?? '100m');
    const memory = byteQuantity(this, 'containerDefaults.memory', defaults.memory ?? '128Mi');
    const limit = byteQuantity(this, 'containerDefaults.memoryLimit', defaults.memoryLimit ?? '512Mi');
    checkOrder(
      this,
      { prop: 'containerDefaults.memory', given: defaults.memory, value: memory },
      { prop: 'containerDefaults.memoryLimit', given: defaults.memoryLimit, value: limit },
    );
    return new k8s.KubeLimitRange(this, 'Limits', {
      metadata: { name: 'tenant', namespace: this.namespaceName },
      spec: {
        limits: [
          {
            type: 'Container',
            // no default CPU limit: it would reject a container that requests more and names no limit
            defaultRequest: { cpu: k8s.Quantity.fromString(cpu), memory: k8s.Quantity.fromString(memory) },
            default: { memory: k8s.Quantity.fromString(limit) },
          },
        ],
      },
    });
  }

  private isolate(): void {
    new k8s.KubeNetworkPolicy(this, 'DefaultDeny', {
      metadata: { name: 'default-deny', namespace: this.namespaceName },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    new k8s.KubeNetworkPolicy(this, 'AllowDns', {
      metadata: { name: 'allow-dns', namespace: this.namespaceName },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [DNS_EGRESS],
      },
    });
    // models and feature stores let the pods of their namespace in; whoever is let in must be let out
    new k8s.KubeNetworkPolicy(this, 'AllowModels', {
      metadata: { name: 'allow-models', namespace: this.namespaceName },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: { matchExpressions: [SERVES] } }] }],
      },
    });
  }

  /** Kubernetes makes the ServiceAccount `default` itself; applying it changes that one. */
  private withoutToken(): void {
    new k8s.KubeServiceAccount(this, 'DefaultServiceAccount', {
      metadata: { name: 'default', namespace: this.namespaceName },
      automountServiceAccountToken: false,
    });
  }
}

@checked('INamespace')
class ImportedNamespace extends Construct implements INamespace {
  public readonly namespaceName: string;

  public constructor(
    scope: Construct,
    id: string,
    name: string,
    private readonly labels: { [key: string]: string },
  ) {
    super(scope, id);
    this.namespaceName = dnsLabel(this, 'name', name);
    for (const [key, value] of Object.entries(labels)) checkLabel(this, 'labels', key, value);
    findEnvironment(this)?.importNamespace(name, labels);
  }

  public get scraper(): NetworkPeer | undefined {
    return findEnvironment(this)?.scraper;
  }

  /** The owner of the namespace decides about its labels; a manifest of the Namespace here would take it over. */
  public addLabel(key: string, value: string): void {
    if (this.labels[key] === value) return;
    const label = `${key}=${value}`;
    fail(
      this,
      'labels',
      `must have ${label}`,
      this.labels,
      `run 'kubectl label namespace ${this.namespaceName} ${label}', and say so in the labels of Namespace.fromName()`,
    );
  }
}
