import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { Access, SecretVariable, ServiceBinding } from '../../contracts/backing-service';
import { IWorkloadIdentity } from '../../contracts/identity';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { egressTo, ruleSide, tcpPorts } from '../tenancy/network-rules';
import { ServiceUse } from '../workloads/service-use';
import { Engine } from './engine';

/** Options of an engine's account. */
export interface EngineAccountProps {
  /** The engine. */
  readonly engine: Engine;
  /** The namespace that its pods run in. */
  readonly namespace: INamespace;
  /**
   * The backing services that its pods use, with the permissions of the ServiceAccount. Environment variables are not set:
   * whoever writes the pods does that.
   *
   * @default - none
   */
  readonly uses?: ServiceUse[];
  /**
   * Where its pods may connect to, beside DNS, each other, the API server and the services in `uses`.
   *
   * @default - nowhere
   */
  readonly egress?: NetworkPeer[];
}

/**
 * What an engine's pods need in a namespace that denies everything by default: a ServiceAccount, its Role, and network policies
 * with which they reach each other, the API server and the bound services. The engine's operator may call them.
 *
 * One per engine and namespace.
 */
export class EngineAccount extends Construct {
  /** The ServiceAccount's namespace and name. */
  public readonly identity: IWorkloadIdentity;
  /** The ServiceAccount. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy. */
  public readonly networkPolicy: ApiObject;
  /** Environment variables of pods that use the bound services. */
  public readonly variables: { readonly [name: string]: string };
  /** Environment variables of such pods from Secrets of the namespace. */
  public readonly secretVariables: SecretVariable[];
  /** Where such pods connect to. */
  public readonly egress: NetworkPeer[];

  public constructor(scope: Construct, id: string, props: EngineAccountProps) {
    super(scope, id);
    const { engine, namespace } = props;
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
    const bindings = this.bind(props);
    this.variables = Object.assign({}, ...bindings.map(({ variables }) => variables)) as { [name: string]: string };
    this.secretVariables = bindings.flatMap(({ secretVariables }) => secretVariables);
    this.egress = [...(props.egress ?? []), ...bindings.flatMap((binding) => binding.egress)];
    this.networkPolicy = new k8s.KubeNetworkPolicy(this, 'NetworkPolicy', {
      metadata: { ...metadata, name: `engine-${engine.accountName}` },
      spec: this.policy(engine, this.egress),
    });
  }

  private bind(props: EngineAccountProps): ServiceBinding[] {
    return (props.uses ?? []).map(({ service, access }) => {
      const binding = service.bind(this.identity, access ?? Access.READ);
      for (const [key, value] of Object.entries(binding.namespaceLabels)) props.namespace.addLabel(key, value);
      return binding;
    });
  }

  private policy(engine: Engine, egress: NetworkPeer[]): k8s.NetworkPolicySpec {
    const pods = engine._podSelector();
    return {
      podSelector: pods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: pods }, ...ruleSide({ namespace: engine.operatorNamespace })] }],
      egress: [
        { to: [{ podSelector: pods }] },
        // the API server has no pods to name
        ...(engine.rules.length > 0 ? [{ ports: tcpPorts([443, 6443]) }] : []),
        ...egress.map(egressTo),
      ],
    };
  }
}
