import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { IGrantable, SecretEnv, ServiceBinding } from '../../contracts/backing-service';
import { IWorkloadIdentity } from '../../contracts/identity';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { egressTo, ruleSide, tcpPorts } from '../tenancy/network-rules';
import { PodEnv } from '../workloads/env';
import { Engine } from './engine';

/** Options of an engine's account. */
export interface EngineAccountProps {
  /** The engine. */
  readonly engine: Engine;
  /** The namespace that its pods run in. */
  readonly namespace: INamespace;
  /**
   * Where its pods may connect to, beside DNS, each other, the API server and the services that it is granted.
   *
   * @default - nowhere
   */
  readonly egress?: NetworkPeer[];
}

/**
 * What an engine's pods need in a namespace that denies everything by default: a ServiceAccount, its Role, and network policies
 * with which they reach each other, the API server and the granted services. The engine's operator may call them.
 *
 * A grant to it (`store.grantReadWrite(account)`) gives its ServiceAccount the permissions and its pods the connections. It sets
 * no environment variables: whoever writes the pods puts `env` and `secretEnv` there.
 *
 * One per engine and namespace.
 */
export class EngineAccount extends Construct implements IGrantable {
  /** The ServiceAccount's namespace and name. */
  public readonly identity: IWorkloadIdentity;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy. */
  public readonly networkPolicy: ApiObject;
  private readonly namespace: INamespace;
  private readonly podEnv = new PodEnv(this);
  private readonly connections: NetworkPeer[];

  public constructor(scope: Construct, id: string, props: EngineAccountProps) {
    super(scope, id);
    const { engine, namespace } = props;
    this.namespace = namespace;
    this.connections = [...(props.egress ?? [])];
    this.identity = { namespace: namespace.namespaceName, serviceAccountName: engine.accountName };
    const metadata = {
      name: engine.accountName,
      namespace: namespace.namespaceName,
      labels: {
        'app.kubernetes.io/name': engine.accountName,
        'app.kubernetes.io/component': 'engine',
        'app.kubernetes.io/part-of': 'ml-platform',
      },
    };
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'Resource', {
      metadata,
      automountServiceAccountToken: engine.rules.length > 0,
    });
    if (engine.rules.length > 0) {
      new k8s.KubeRole(this, 'Role', { metadata, rules: engine.rules });
      new k8s.KubeRoleBinding(this, 'RoleBinding', {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: engine.accountName },
        subjects: [{ kind: 'ServiceAccount', name: engine.accountName, namespace: namespace.namespaceName }],
      });
    }
    this.networkPolicy = new k8s.KubeNetworkPolicy(this, 'NetworkPolicy', {
      metadata: { ...metadata, name: `engine-${engine.accountName}` },
      // services can be granted until synthesis
      spec: Lazy.any({ produce: () => this.policy(engine) }) as k8s.NetworkPolicySpec,
    });
  }

  /** Environment variables of pods that use the granted services. */
  public get env(): { [name: string]: string } {
    return this.podEnv.env;
  }

  /** Environment variables of such pods from Secrets of the namespace. */
  public get secretEnv(): SecretEnv[] {
    return this.podEnv.secretEnv;
  }

  /** Where such pods connect to. */
  public get egress(): NetworkPeer[] {
    return [...this.connections];
  }

  public addBinding(serviceName: string, binding: ServiceBinding): void {
    this.podEnv.add(serviceName, binding);
    this.connections.push(...binding.egress);
    Object.entries(binding.namespaceLabels).forEach(([key, value]) => this.namespace.addLabel(key, value));
  }

  private policy(engine: Engine): k8s.NetworkPolicySpec {
    const pods = engine._podSelector();
    return {
      podSelector: pods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: pods }, ...ruleSide({ namespace: engine.operatorNamespace })] }],
      egress: [
        { to: [{ podSelector: pods }] },
        // the API server has no pods to name
        ...(engine.rules.length > 0 ? [{ ports: tcpPorts([443, 6443]) }] : []),
        ...this.connections.map(egressTo),
      ],
    };
  }
}
