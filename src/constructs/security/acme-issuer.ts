import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ComponentRegistry } from '../../contracts/component-registry';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';

/** How the holder of a domain is proved to an ACME server. */
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
  readonly issuerName?: string;
  /**
   * URL of the server's directory.
   *
   * @default - that of Let's Encrypt
   */
  readonly server?: string;
}

/** A ClusterIssuer that gets publicly trusted certificates, from Let's Encrypt unless told otherwise. */
export class AcmeIssuer extends Construct {
  /** Name of the ClusterIssuer. */
  public readonly issuerName: string;
  /** The ClusterIssuer. */
  public readonly issuer: ApiObject;

  /** @throws InvalidInputError when the address or the domain is none */
  public constructor(scope: Construct, id: string, props: AcmeIssuerProps) {
    super(scope, id);
    if (!/^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(props.email)) {
      fail(this, 'email', 'must be an e-mail address', props.email, 'give one that people read');
    }
    if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(props.domain)) {
      fail(this, 'domain', 'must be a domain name', props.domain, "write it without a scheme, as 'ml.acme.example'");
    }
    const server = props.server ?? 'https://acme-v02.api.letsencrypt.org/directory';
    if (!server.startsWith('https://')) {
      fail(this, 'server', 'must be an https:// URL', server, "give the server's directory");
    }
    this.issuerName = dnsLabel(this, 'issuerName', props.issuerName ?? id);
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
