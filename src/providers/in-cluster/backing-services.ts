import { ApiObject, Chart, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { IConstruct } from 'constructs';
import { externalSecrets } from '../../components/external-secrets';
import { PodSecurityLevel } from '../../contracts/component';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { findEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { backingServicesNamespaceOf, usesLabel } from '../backing-service';

/** Names of this namespace's own objects; those of the S3 API start with `s3` or `seaweedfs`. */
const RESERVED_NAME = /^(default-deny|allow-dns|(s3|seaweedfs)(-.*)?)$/;

const PASSWORD_GENERATOR = 'passwords';

/** The label that keeps an object from being deleted. */
export const DELETION_PROTECTION_LABEL = `${PLATFORM_GROUP}/deletion-protection`;

/** Ports of the API server: of its Service, and of the server itself, which is what some network plugins see. */
const API_SERVER_PORTS = [443, 6443];

/**
 * The manifests of one environment's backing services, in a namespace of their own: nothing may connect there but what a policy
 * names.
 */
export class BackingServices extends Chart {
  /** The backing services of an environment; made when they are first asked for. */
  public static ofEnvironment(environment: IEnvironment): BackingServices {
    return BackingServices.made.get(environment) ?? new BackingServices(environment);
  }

  private static readonly made = new WeakMap<IEnvironment, BackingServices>();

  private readonly namespaceName: string;
  private readonly names = new Set<string>();
  private protection?: ApiObject;
  private generator?: ApiObject;

  private constructor(environment: IEnvironment) {
    super(environment, 'backing-services', { disableResourceNameHashes: true });
    BackingServices.made.set(environment, this);
    this.namespaceName = environment.backingServicesNamespace;
    environment.requireNamespace(this.namespaceName, PodSecurityLevel.RESTRICTED);
    ComponentRegistry.of(environment).require(externalSecrets());
    new k8s.KubeNetworkPolicy(this, 'DefaultDeny', {
      metadata: metadata(this, 'default-deny', 'network'),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    new k8s.KubeNetworkPolicy(this, 'AllowDns', {
      metadata: metadata(this, 'allow-dns', 'network'),
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [podsIn('kube-system', { 'k8s-app': 'kube-dns' })],
            ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: k8s.IntOrString.fromNumber(53) })),
          },
        ],
      },
    });
  }

  /**
   * Refuses a name of a database or cache that something else in the namespace has.
   *
   * @param name the name, under which Service, network policy and credentials will be
   * @param suffixes what is appended to the name for further Services
   */
  public reserveName(name: string, suffixes: string[] = []): void {
    const names = [name, ...suffixes.map((suffix) => `${name}${suffix}`)];
    if (names.some((one) => RESERVED_NAME.test(one) || this.names.has(one))) {
      fail(
        this,
        'name',
        'must not be one that other objects of the namespace have',
        name,
        'choose another; s3…, seaweedfs…, default-deny, allow-dns and the Services of other databases are taken',
      );
    }
    names.forEach((one) => this.names.add(one));
  }

  /** What an ExternalSecret gets a generated `password` of 40 letters and digits from. */
  public generatedPassword(): { [key: string]: unknown } {
    this.generator ??= new ApiObject(this, 'Passwords', {
      apiVersion: 'generators.external-secrets.io/v1alpha1',
      kind: 'Password',
      metadata: metadata(this, PASSWORD_GENERATOR, 'credentials'),
      spec: { length: 40, digits: 10, symbols: 0, noUpper: false, allowRepeat: true },
    });
    const { apiVersion, kind, name } = this.generator;
    return { sourceRef: { generatorRef: { apiVersion, kind, name } } };
  }

  /** Has the API server refuse the deletion of databases that carry the label `nstarx.io/deletion-protection`. */
  public protectDatabases(): void {
    if (this.protection) return;
    // it is of the cluster, in which another environment may have its namespace
    const name = `${this.namespaceName}-deletion-protection`;
    this.protection = new ApiObject(this, 'DeletionProtection', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels: labels('deletion-protection') },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['postgresql.cnpg.io'], apiVersions: ['*'], operations: ['DELETE'], resources: ['clusters'] },
          ],
        },
        validations: [
          {
            expression: `!has(oldObject.metadata.labels) || !('${DELETION_PROTECTION_LABEL}' in oldObject.metadata.labels) || oldObject.metadata.labels['${DELETION_PROTECTION_LABEL}'] != 'true'`,
            message: `the database is protected: remove the label ${DELETION_PROTECTION_LABEL} first (deletionProtection: false)`,
            reason: 'Forbidden',
          },
        ],
      },
    });
    new ApiObject(this, 'DeletionProtectionBinding', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels: labels('deletion-protection') },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': this.namespaceName } },
        },
      },
    });
  }
}

/**
 * Metadata of an object in the namespace of the backing services.
 *
 * @param scope a construct of the environment
 */
export function metadata(
  scope: IConstruct,
  name: string,
  component: string,
): { name: string; namespace: string; labels: { [key: string]: string } } {
  return { name, namespace: backingServicesNamespaceOf(scope), labels: labels(component) };
}

/** Labels of every object that belongs to the backing services. */
export function labels(component: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': component,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'backing-services',
  };
}

/** A value that is not known before the manifests are written. */
export function lazily<T>(produce: () => T): T {
  return Lazy.any({ produce }) as T;
}

/** TCP ports of a network policy. */
export function tcp(...ports: number[]): k8s.NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) }));
}

/** Pods in the same namespace. */
export function pods(matchLabels: { [key: string]: string }): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels } };
}

/** Pods in another namespace. */
export function podsIn(namespace: string, matchLabels?: { [key: string]: string }): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels },
  };
}

/** All pods of the namespaces that use a service. */
export function usersOf(serviceName: string): k8s.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: usesLabel(serviceName) } };
}

/** Lets what scrapes the environment reach ports; no rule where nothing does. Not known before the manifests are written. */
export function scrapedOn(scope: IConstruct, ...ports: number[]): k8s.NetworkPolicyIngressRule[] {
  const scraper = findEnvironment(scope)?.scraper;
  if (scraper?.namespace === undefined) return [];
  return [{ from: [podsIn(scraper.namespace, scraper.podLabels)], ports: tcp(...ports) }];
}

/** Egress to the API server, whose address is not known when manifests are written. */
export function apiServerEgress(): k8s.NetworkPolicyEgressRule {
  return { ports: tcp(...API_SERVER_PORTS) };
}
