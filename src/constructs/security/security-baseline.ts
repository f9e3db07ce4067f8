import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { CERT_MANAGER_NAMESPACE, certManager } from '../../components/cert-manager';
import { externalSecrets } from '../../components/external-secrets';
import { checked } from '../../contracts/checked';
import { ComponentRegistry } from '../../contracts/component-registry';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel, domainName } from '../../contracts/names';
import { pinnedImages, podSecurityLevels, readOnlyRootFilesystem } from './admission-policies';
import { serverUrl } from '../../contracts/server-url';

const SELF_SIGNED = 'platform-self-signed';
const CA = 'platform-ca';

/** Options of the security baseline. */
export interface SecurityBaselineProps {
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
 * - External Secrets, which copies secrets from a store, and cert-manager. Both run twice from staging on.
 * - A certificate authority of the platform for TLS inside the cluster, as ClusterIssuer `platform-ca`.
 * - Admission policies for the teams' namespaces (those labelled `nstarx.io/team`): images are pinned; each namespace
 *   enforces a Pod Security level. What Pod Security refuses is not repeated.
 *
 * One per environment.
 *
 * @example
 * const security = new SecurityBaseline(chart, 'security', { requireReadOnlyRootFilesystem: true });
 * const issuerName = security.publicIssuerName;
 */
@checked('SecurityBaseline')
export class SecurityBaseline extends Construct {
  /** Name of the ClusterIssuer for TLS inside the cluster. */
  public readonly internalIssuerName: string = CA;
  /**
   * Name of the ClusterIssuer for what browsers see: the ACME issuer where there is one, or else the internal one.
   */
  public readonly publicIssuerName: string;
  /** The ClusterIssuer for TLS inside the cluster. */
  public readonly internalIssuer: ApiObject;

  /** @throws InvalidInputError when the ACME issuer's address or domain is none, or the scope is in no environment */
  public constructor(scope: Construct, id: string, props: SecurityBaselineProps = {}) {
    onePerEnvironment(scope, id, 'SecurityBaseline');
    super(scope, id);
    const registry = ComponentRegistry.of(this);
    registry.require(externalSecrets());
    registry.require(certManager());
    this.internalIssuer = this.authority();
    const acme = props.acme && new AcmeIssuer(this, props.acme.name ?? 'letsencrypt', props.acme);
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

/**
 * How the holder of a domain is proved to an ACME server.
 *
 * @example
 * const challenge = AcmeChallenge.route53('eu-west-1', 'Z0123456789ABCDEFGHIJ');
 */
@checked('AcmeChallenge')
export class AcmeChallenge {
  /**
   * By a file that a route of a Gateway serves over HTTP. The internet must reach the Gateway on port 80. Wildcards are not
   * possible. The Gateway API's CRDs must be in the cluster.
   */
  public static gateway(namespace: string, name: string): AcmeChallenge {
    dnsLabel('AcmeChallenge.gateway', 'namespace', namespace);
    dnsLabel('AcmeChallenge.gateway', 'name', name);
    return new AcmeChallenge(
      { http01: { gatewayHTTPRoute: { parentRefs: [{ name, namespace, kind: 'Gateway' }] } } },
      true,
    );
  }

  /**
   * By a record in Route 53, with the permissions of cert-manager's ServiceAccount. Wildcards are possible.
   *
   * @param region an AWS region, which the API wants although Route 53 has none
   * @param hostedZoneId the zone; found by the domain when left out
   */
  public static route53(region: string, hostedZoneId?: string): AcmeChallenge {
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
      fail('AcmeChallenge.route53', 'region', 'must be an AWS region', region, "give one such as 'eu-west-1'");
    }
    return new AcmeChallenge(
      { dns01: { route53: { region, ...(hostedZoneId ? { hostedZoneID: hostedZoneId } : {}) } } },
      false,
    );
  }

  private constructor(
    private readonly solver: { [key: string]: unknown },
    private readonly gatewayApi: boolean,
  ) {}

  /**
   * The solver of an issuer.
   *
   * @internal
   */
  public _solver(): { [key: string]: unknown } {
    return this.solver;
  }

  /**
   * Whether cert-manager must know the Gateway API.
   *
   * @internal
   */
  public _needsGatewayApi(): boolean {
    return this.gatewayApi;
  }
}

/** Options of an ACME issuer. */
export interface AcmeIssuerProps {
  /** Address that the server writes to before a certificate expires. */
  readonly email: string;
  /** The domain that certificates are issued for, and the names below it. */
  readonly domain: string;
  /** How it is proved that the domain is ours. */
  readonly challenge: AcmeChallenge;
  /**
   * Name of the ClusterIssuer.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * URL of the server's directory.
   *
   * @default - that of Let's Encrypt
   */
  readonly server?: string;
}

/**
 * A ClusterIssuer that gets publicly trusted certificates, from Let's Encrypt by default.
 *
 * @example
 * new AcmeIssuer(chart, 'letsencrypt-staging', {
 *   email: 'platform@acme.example',
 *   domain: 'ml.acme.example',
 *   challenge: AcmeChallenge.route53('eu-west-1'),
 *   server: 'https://acme-staging-v02.api.letsencrypt.org/directory',
 * });
 */
@checked('AcmeIssuer')
export class AcmeIssuer extends Construct {
  /** Name of the ClusterIssuer. */
  public readonly issuerName: string;
  /** The ClusterIssuer. */
  public readonly issuer: ApiObject;

  /** @throws InvalidInputError when the address or the domain is none */
  public constructor(scope: Construct, id: string, props: AcmeIssuerProps) {
    super(scope, id);
    if (!/^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(props.email)) {
      fail(this, 'email', 'must be an e-mail address', props.email, 'give one that someone reads');
    }
    domainName(this, 'domain', props.domain);
    const server = props.server ?? 'https://acme-v02.api.letsencrypt.org/directory';
    serverUrl(this, 'server', server, 'https://acme-v02.api.letsencrypt.org/directory');
    if (!server.startsWith('https://')) {
      fail(this, 'server', 'must be an https:// URL', server, "give the server's directory");
    }
    this.issuerName = dnsLabel(this, 'name', props.name ?? id);
    if (props.challenge._needsGatewayApi()) {
      ComponentRegistry.of(this).override('cert-manager', {
        values: {
          config: {
            apiVersion: 'controller.config.cert-manager.io/v1alpha1',
            kind: 'ControllerConfiguration',
            gatewayAPI: { enabled: true },
          },
        },
      });
    }
    this.issuer = new ApiObject(this, 'Resource', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name: this.issuerName },
      spec: {
        acme: {
          email: props.email,
          server,
          privateKeySecretRef: { name: `${this.issuerName}-account-key` },
          solvers: [{ selector: { dnsZones: [props.domain] }, ...props.challenge._solver() }],
        },
      },
    });
  }
}
