import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { METACONTROLLER_NAMESPACE, METACONTROLLER_POD_LABELS } from '../../contracts/metacontroller';
import { INamespace } from '../../contracts/namespace';
import { Probe, ServiceWorkload, Volume } from '../../constructs/workloads';

/** Port of the hook servers. */
export const HOOK_PORT = 8443;

/** Label that all hook servers' Services have. */
export const HOOK_SERVER_LABELS: { readonly [key: string]: string } = { 'nstarx.io/component': 'operator-hooks' };

/** Options of a hook server. */
export interface HookServerWorkloadProps {
  readonly namespace: INamespace;
  /** Name of the workload. */
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
  /** Names of the operators that it answers for. */
  readonly operators: readonly string[];
  /** ConfigMap with the settings. */
  readonly settingsName: string;
  /** Secret with its certificate and the authority's. */
  readonly tlsSecretName: string;
  /** Secret with the bearer token. */
  readonly tokenSecretName?: string;
  readonly logLevel: string;
  readonly priorityClassName?: string;
}

/** A hook server: no account's token, no permission, no way out but DNS; only Metacontroller and Prometheus get in. */
export function hookServerWorkload(scope: Construct, id: string, props: HookServerWorkloadProps): ServiceWorkload {
  const probe = (path: string, failureThreshold: number) => Probe.http(path, { tls: true, failureThreshold });
  const { scraper } = props.namespace;
  return new ServiceWorkload(scope, id, {
    namespace: props.namespace,
    name: props.name,
    image: props.image,
    component: 'operator',
    labels: { ...HOOK_SERVER_LABELS },
    port: HOOK_PORT,
    servicePort: HOOK_PORT,
    replicas: props.replicas,
    cpu: '100m',
    memory: '256Mi',
    // a zone sees every model of the platform: 20 calls with 4000 models each, at once, took 500 MiB
    memoryLimit: '1Gi',
    priorityClassName: props.priorityClassName,
    env: {
      PORT: String(HOOK_PORT),
      OPERATORS: props.operators.join(','),
      SETTINGS_FILE: '/etc/operators/settings.json',
      TLS_FOLDER: '/etc/operators-tls',
      CLIENT_CERTIFICATES: 'true',
      LOG_LEVEL: props.logLevel,
      // what is beyond the heap needs memory too
      NODE_OPTIONS: '--max-old-space-size=640',
      ...(props.tokenSecretName === undefined ? {} : { TOKEN_FILE: '/etc/operators-token/token' }),
    },
    volumes: [
      Volume.configMap(props.settingsName, '/etc/operators'),
      Volume.secret(props.tlsSecretName, '/etc/operators-tls'),
      ...(props.tokenSecretName === undefined ? [] : [Volume.secret(props.tokenSecretName, '/etc/operators-token')]),
    ],
    tmpSize: '16Mi',
    // the user of the image (operators/Dockerfile): no node knows it
    runAsUser: 65532,
    startupProbe: probe('/healthz', 30),
    livenessProbe: probe('/healthz', 3),
    readinessProbe: probe('/readyz', 2),
    ingress: [
      { namespace: METACONTROLLER_NAMESPACE, podLabels: { ...METACONTROLLER_POD_LABELS } },
      // the metrics are on the same port
      ...(scraper ? [scraper] : []),
    ],
    // the process itself waits until callers have noticed
    preStopSeconds: 0,
  });
}

/** Ten years: Metacontroller reads the authority and its certificate once, when a controller is made, and never again. */
const LONG = '87600h';
const PRIVATE_KEY = { algorithm: 'ECDSA', size: 256 };

/** Options of the certificates. */
export interface HookCertificatesProps {
  /** Namespace of the hook server. */
  readonly namespace: INamespace;
  /** DNS names of the hook servers. */
  readonly dnsNames: string[];
  /**
   * What the names of the certificates and Secrets begin with.
   *
   * @default 'operators'
   */
  readonly name?: string;
}

/**
 * The certificates of the hooks, from an authority that signs nothing else: the hook server's, which is renewed every two months,
 * and Metacontroller's, by which the hook server knows it.
 */
export class HookCertificates extends Construct {
  /** Secret with the hook server's certificate. */
  public readonly serverSecretName: string;
  /** Secret with Metacontroller's certificate and that of the authority. */
  public readonly clientSecretName: string;
  private readonly namespaceName: string;

  public constructor(scope: Construct, id: string, props: HookCertificatesProps) {
    super(scope, id);
    const { name = 'operators' } = props;
    const authority = `${name}-ca`;
    this.serverSecretName = `${name}-tls`;
    this.clientSecretName = `${name}-client-tls`;
    this.namespaceName = props.namespace.namespaceName;
    this.issuer('SelfSigned', `${name}-self-signed`, { selfSigned: {} });
    this.certificate('Authority', authority, `${name}-self-signed`, {
      isCA: true,
      commonName: authority,
      secretName: authority,
      duration: LONG,
      // with another key, certificates from before its renewal would not be trusted by those that are from after it
      privateKey: { ...PRIVATE_KEY, rotationPolicy: 'Never' },
    });
    this.issuer('Resource', authority, { ca: { secretName: authority } });
    this.certificate('Server', name, authority, {
      secretName: this.serverSecretName,
      dnsNames: props.dnsNames,
      usages: ['digital signature', 'key encipherment', 'server auth'],
      duration: '2160h',
      renewBefore: '720h',
    });
    this.certificate('Client', `${name}-client`, authority, {
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
