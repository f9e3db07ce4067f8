import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { CERT_MANAGER_NAMESPACE, certManager } from '../../components/cert-manager';
import { externalSecrets } from '../../components/external-secrets';
import { ComponentRegistry } from '../../contracts/component-registry';
import { Tier } from '../../contracts/tier';
import { AcmeIssuer, AcmeIssuerProps } from './acme-issuer';
import { pinnedImages, podSecurityLevels, readOnlyRootFilesystem } from './admission-policies';

const SELF_SIGNED = 'platform-self-signed';
const CA = 'platform-ca';

/** Options of the security baseline. */
export interface SecurityBaselineProps {
  /** How much the environment is worth protecting. From staging on, cert-manager and External Secrets run twice. */
  readonly tier: Tier;
  /**
   * An issuer of publicly trusted certificates.
   *
   * @default - none: certificates are signed by the platform's own authority
   */
  readonly acme?: AcmeIssuerProps;
  /**
   * Whether containers in the teams' namespaces must have a read-only root file system.
   *
   * @default false
   */
  readonly requireReadOnlyRootFilesystem?: boolean;
}

/**
 * What every environment has for its security:
 *
 * - External Secrets, which copies secrets from a store, and cert-manager.
 * - A certificate authority of the platform for TLS inside the cluster, as ClusterIssuer `platform-ca`.
 * - Admission policies for the teams' namespaces (those labelled `nstarx.io/team`): images are pinned; each namespace
 *   enforces a Pod Security level. What Pod Security refuses is not repeated.
 *
 * One per environment.
 */
export class SecurityBaseline extends Construct {
  /** Name of the ClusterIssuer for TLS inside the cluster. */
  public readonly internalIssuerName: string = CA;
  /**
   * Name of the ClusterIssuer for what browsers see: the ACME issuer where there is one, or else the internal one.
   */
  public readonly publicIssuerName: string;
  /** The ClusterIssuer for TLS inside the cluster. */
  public readonly internalIssuer: ApiObject;

  /** @throws InvalidInputError when the ACME issuer's address or domain is none */
  public constructor(scope: Construct, id: string, props: SecurityBaselineProps) {
    super(scope, id);
    const registry = ComponentRegistry.of(this);
    registry.require(externalSecrets());
    registry.require(certManager());
    if (props.tier === Tier.STAGING || props.tier === Tier.PRODUCTION) {
      registry.override('external-secrets', { values: twice(['webhook', 'certController']) });
      registry.override('cert-manager', { values: twice(['webhook', 'cainjector']) });
    }
    this.internalIssuer = this.authority();
    const acme = props.acme && new AcmeIssuer(this, props.acme.issuerName ?? 'letsencrypt', props.acme);
    this.publicIssuerName = acme?.issuerName ?? CA;
    pinnedImages(this);
    podSecurityLevels(this);
    if (props.requireReadOnlyRootFilesystem ?? false) readOnlyRootFilesystem(this);
  }

  /** A self-signed issuer signs the authority's certificate, with which everything else is signed. */
  private authority(): ApiObject {
    clusterIssuer(this, 'SelfSigned', SELF_SIGNED, { selfSigned: {} });
    new ApiObject(this, 'Authority', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      // a ClusterIssuer looks for its Secret in cert-manager's own namespace
      metadata: { name: CA, namespace: CERT_MANAGER_NAMESPACE },
      spec: {
        isCA: true,
        commonName: CA,
        secretName: CA,
        duration: '87600h0m0s',
        renewBefore: '8760h0m0s',
        privateKey: { algorithm: 'ECDSA', size: 384, rotationPolicy: 'Never' },
        issuerRef: { name: SELF_SIGNED, kind: 'ClusterIssuer', group: 'cert-manager.io' },
      },
    });
    return clusterIssuer(this, 'Resource', CA, { ca: { secretName: CA } });
  }
}

function clusterIssuer(scope: Construct, id: string, name: string, spec: { [key: string]: unknown }): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { name },
    spec,
  });
}

/** Two replicas with a budget, for the main part of a chart and for others. */
function twice(parts: string[]): { [key: string]: unknown } {
  const settings = { replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } };
  const values: { [key: string]: unknown } = { ...settings };
  for (const part of parts) values[part] = settings;
  return values;
}
