import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { METACONTROLLER_NAMESPACE, METACONTROLLER_POD_LABELS } from '../../components/metacontroller';
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
    minReplicas: props.replicas,
    cpu: '100m',
    memory: '256Mi',
    // a zone sees every model of the platform: 20 calls with 4000 models each, at once, took 500 MiB
    memoryLimit: '1Gi',
    priorityClassName: props.priorityClassName,
    variables: {
      PORT: String(HOOK_PORT),
      OPERATORS: props.operators.join(','),
      SETTINGS_FILE: '/etc/operators/settings.json',
      TLS_FOLDER: '/etc/operators-tls',
      CLIENT_CERTIFICATES: 'true',
      LOG_LEVEL: props.logLevel,
      // what is beyond the heap needs room too
      NODE_OPTIONS: '--max-old-space-size=640',
      ...(props.tokenSecretName === undefined ? {} : { TOKEN_FILE: '/etc/operators-token/token' }),
    },
    volumes: [
      Volume.configMap(props.settingsName, '/etc/operators'),
      Volume.secret(props.tlsSecretName, '/etc/operators-tls'),
      ...(props.tokenSecretName === undefined ? [] : [Volume.secret(props.tokenSecretName, '/etc/operators-token')]),
    ],
    tmpSize: '16Mi',
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

/** Has Prometheus scrape all hook servers of a namespace. */
export function hookServerMonitor(
  scope: Construct,
  id: string,
  namespaceName: string,
  caSecretName: string,
  serverName: string,
): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'operators', namespace: namespaceName },
    spec: {
      selector: { matchLabels: { ...HOOK_SERVER_LABELS } },
      endpoints: [
        {
          port: 'http',
          path: '/metrics',
          interval: '30s',
          scheme: 'https',
          tlsConfig: { ca: { secret: { name: caSecretName, key: 'ca.crt' } }, serverName },
        },
      ],
    },
  });
}
