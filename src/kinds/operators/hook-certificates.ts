import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { INamespace } from '../../contracts/namespace';

/** Ten years: Metacontroller reads the authority and its certificate once, when a controller is made, and never again. */
const LONG = '87600h';
const PRIVATE_KEY = { algorithm: 'ECDSA', size: 256 };

/** Options of the certificates. */
export interface HookCertificatesProps {
  /** Namespace of the hook server. */
  readonly namespace: INamespace;
  /** DNS names of the hook servers. */
  readonly dnsNames: string[];
}

/**
 * The certificates of the hooks, from an authority that signs nothing else: the hook server's, which is renewed every two months,
 * and Metacontroller's, by which the hook server knows it.
 */
export class HookCertificates extends Construct {
  /** Secret with the hook server's certificate. */
  public readonly serverSecretName: string = 'operators-tls';
  /** Secret with Metacontroller's certificate and that of the authority. */
  public readonly clientSecretName: string = 'operators-client-tls';
  private readonly namespaceName: string;

  public constructor(scope: Construct, id: string, props: HookCertificatesProps) {
    super(scope, id);
    this.namespaceName = props.namespace.namespaceName;
    this.issuer('SelfSigned', 'operators-self-signed', { selfSigned: {} });
    this.certificate('Authority', 'operators-ca', 'operators-self-signed', {
      isCA: true,
      commonName: 'operators-ca',
      secretName: 'operators-ca',
      duration: LONG,
      // with another key, certificates from before its renewal would not be trusted by those that are from after it
      privateKey: { ...PRIVATE_KEY, rotationPolicy: 'Never' },
    });
    this.issuer('Resource', 'operators-ca', { ca: { secretName: 'operators-ca' } });
    this.certificate('Server', 'operators', 'operators-ca', {
      secretName: this.serverSecretName,
      dnsNames: props.dnsNames,
      usages: ['digital signature', 'key encipherment', 'server auth'],
      duration: '2160h',
      renewBefore: '720h',
    });
    this.certificate('Client', 'operators-client', 'operators-ca', {
      secretName: this.clientSecretName,
      commonName: 'metacontroller',
      usages: ['digital signature', 'key encipherment', 'client auth'],
      duration: LONG,
    });
  }

  private issuer(id: string, name: string, spec: { [key: string]: unknown }): void {
    new ApiObject(this, id, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Issuer',
      metadata: { name, namespace: this.namespaceName },
      spec,
    });
  }

  private certificate(id: string, name: string, issuer: string, spec: { [key: string]: unknown }): void {
    new ApiObject(this, id, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name, namespace: this.namespaceName },
      spec: {
        privateKey: { ...PRIVATE_KEY, rotationPolicy: 'Always' },
        ...spec,
        issuerRef: { group: 'cert-manager.io', kind: 'Issuer', name: issuer },
      },
    });
  }
}
