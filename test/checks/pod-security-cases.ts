import { Json } from './graph';

/** A pod that meets `restricted`, with a change, and whether each standard admits it in Kubernetes 1.35. */
export interface PodSecurityCase {
  readonly name: string;
  readonly annotations?: { [key: string]: string };
  readonly spec: Json;
  readonly baseline: boolean;
  readonly restricted: boolean;
  /** Whether the API server refuses it anyway, since the pod is not valid. */
  readonly invalid?: boolean;
}

const SAFE_CONTAINER: Json = {
  name: 'main',
  image: 'example/app:1',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const SAFE_POD: Json = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

function pod(changes: { pod?: Json; security?: Json; container?: Json; containerSecurity?: Json } = {}): Json {
  return {
    securityContext: { ...SAFE_POD, ...changes.security },
    containers: [
      {
        ...SAFE_CONTAINER,
        ...changes.container,
        securityContext: { ...(SAFE_CONTAINER.securityContext as Json), ...changes.containerSecurity },
      },
    ],
    ...changes.pod,
  };
}

const REFUSED = { baseline: false, restricted: false };
const BASELINE_ONLY = { baseline: true, restricted: false };
const ADMITTED = { baseline: true, restricted: true };
const capabilities = (add: string[], drop = ['ALL']) => pod({ containerSecurity: { capabilities: { add, drop } } });
const volume = (source: Json) => pod({ pod: { volumes: [{ name: 'data', ...source }] } });
const probe = (handler: Json) => pod({ container: { livenessProbe: handler } });
const extra = (list: string, securityContext: Json | undefined) =>
  pod({ pod: { [list]: [{ name: 'extra', image: 'example/extra:1', securityContext }] } });

export const POD_SECURITY_CASES: PodSecurityCase[] = [
  { name: 'a safe pod', spec: pod(), ...ADMITTED },
  {
    name: 'an empty security context everywhere',
    spec: { containers: [{ name: 'main', image: 'a:1' }] },
    ...BASELINE_ONLY,
  },
  { name: 'hostNetwork', spec: pod({ pod: { hostNetwork: true } }), ...REFUSED },
  { name: 'hostPID', spec: pod({ pod: { hostPID: true } }), ...REFUSED },
  { name: 'hostIPC', spec: pod({ pod: { hostIPC: true } }), ...REFUSED },
  { name: 'hostNetwork false', spec: pod({ pod: { hostNetwork: false } }), ...ADMITTED },
  {
    name: 'privileged',
    spec: pod({ containerSecurity: { privileged: true, allowPrivilegeEscalation: undefined } }),
    ...REFUSED,
  },
  { name: 'privileged false', spec: pod({ containerSecurity: { privileged: false } }), ...ADMITTED },
  { name: 'no capability dropped', spec: capabilities([], []), ...BASELINE_ONLY },
  { name: 'single capabilities dropped', spec: capabilities([], ['NET_RAW']), ...BASELINE_ONLY },
  { name: 'lower-case all dropped', spec: capabilities([], ['all']), ...BASELINE_ONLY },
  { name: 'NET_BIND_SERVICE added', spec: capabilities(['NET_BIND_SERVICE']), ...ADMITTED },
  { name: 'CHOWN added', spec: capabilities(['CHOWN']), ...BASELINE_ONLY },
  { name: 'NET_RAW added', spec: capabilities(['NET_RAW']), ...REFUSED },
  { name: 'SYS_ADMIN added', spec: capabilities(['SYS_ADMIN']), ...REFUSED },
  { name: 'volume hostPath', spec: volume({ hostPath: { path: '/var' } }), ...REFUSED },
  { name: 'volume nfs', spec: volume({ nfs: { server: 'a', path: '/' } }), ...BASELINE_ONLY },
  {
    name: 'volume iscsi',
    spec: volume({ iscsi: { targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:a', lun: 0 } }),
    ...BASELINE_ONLY,
  },
  { name: 'volume emptyDir', spec: volume({ emptyDir: {} }), ...ADMITTED },
  { name: 'volume configMap', spec: volume({ configMap: { name: 'a' } }), ...ADMITTED },
  { name: 'volume secret', spec: volume({ secret: { secretName: 'a' } }), ...ADMITTED },
  { name: 'volume claim', spec: volume({ persistentVolumeClaim: { claimName: 'a' } }), ...ADMITTED },
  { name: 'volume projected', spec: volume({ projected: { sources: [] } }), ...ADMITTED },
  { name: 'volume csi', spec: volume({ csi: { driver: 'a.example' } }), ...ADMITTED },
  { name: 'volume downwardAPI', spec: volume({ downwardAPI: {} }), ...ADMITTED },
  { name: 'hostPort', spec: pod({ container: { ports: [{ containerPort: 8080, hostPort: 8080 }] } }), ...REFUSED },
  { name: 'hostPort 0', spec: pod({ container: { ports: [{ containerPort: 8080, hostPort: 0 }] } }), ...ADMITTED },
  {
    name: 'AppArmor Unconfined on the pod',
    spec: pod({ security: { appArmorProfile: { type: 'Unconfined' } } }),
    ...REFUSED,
  },
  {
    name: 'AppArmor Unconfined on a container',
    spec: pod({ containerSecurity: { appArmorProfile: { type: 'Unconfined' } } }),
    ...REFUSED,
  },
  {
    name: 'AppArmor RuntimeDefault',
    spec: pod({ security: { appArmorProfile: { type: 'RuntimeDefault' } } }),
    ...ADMITTED,
  },
  {
    name: 'AppArmor annotation unconfined',
    annotations: { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' },
    spec: pod(),
    ...REFUSED,
  },
  {
    name: 'AppArmor annotation runtime/default',
    annotations: { 'container.apparmor.security.beta.kubernetes.io/main': 'runtime/default' },
    spec: pod(),
    ...ADMITTED,
  },
  { name: 'SELinux foreign type', spec: pod({ security: { seLinuxOptions: { type: 'spc_t' } } }), ...REFUSED },
  { name: 'SELinux container_t', spec: pod({ security: { seLinuxOptions: { type: 'container_t' } } }), ...ADMITTED },
  {
    name: 'SELinux container_engine_t',
    spec: pod({ containerSecurity: { seLinuxOptions: { type: 'container_engine_t' } } }),
    ...ADMITTED,
  },
  { name: 'SELinux user', spec: pod({ containerSecurity: { seLinuxOptions: { user: 'system_u' } } }), ...REFUSED },
  { name: 'SELinux role', spec: pod({ security: { seLinuxOptions: { role: 'sysadm_r' } } }), ...REFUSED },
  { name: 'SELinux level', spec: pod({ security: { seLinuxOptions: { level: 's0:c1,c2' } } }), ...ADMITTED },
  {
    name: 'procMount Unmasked in a user namespace',
    spec: pod({ pod: { hostUsers: false }, containerSecurity: { procMount: 'Unmasked' } }),
    ...BASELINE_ONLY,
  },
  {
    name: 'procMount Unmasked',
    invalid: true,
    spec: pod({ containerSecurity: { procMount: 'Unmasked' } }),
    ...REFUSED,
  },
  { name: 'procMount Default', spec: pod({ containerSecurity: { procMount: 'Default' } }), ...ADMITTED },
  {
    name: 'seccomp Unconfined on the pod',
    spec: pod({ security: { seccompProfile: { type: 'Unconfined' } } }),
    ...REFUSED,
  },
  {
    name: 'seccomp Unconfined on a container',
    spec: pod({ containerSecurity: { seccompProfile: { type: 'Unconfined' } } }),
    ...REFUSED,
  },
  { name: 'seccomp nowhere', spec: pod({ security: { seccompProfile: undefined } }), ...BASELINE_ONLY },
  {
    name: 'seccomp on the container only',
    spec: pod({
      security: { seccompProfile: undefined },
      containerSecurity: { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } },
    }),
    ...ADMITTED,
  },
  {
    name: 'a forbidden sysctl',
    spec: pod({ security: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
    ...REFUSED,
  },
  {
    name: 'an allowed sysctl',
    spec: pod({ security: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '4096 87380 16777216' }] } }),
    ...ADMITTED,
  },
  {
    name: 'allowPrivilegeEscalation true',
    spec: pod({ containerSecurity: { allowPrivilegeEscalation: true } }),
    ...BASELINE_ONLY,
  },
  {
    name: 'allowPrivilegeEscalation not said',
    spec: pod({ containerSecurity: { allowPrivilegeEscalation: undefined } }),
    ...BASELINE_ONLY,
  },
  { name: 'runAsNonRoot false on the pod', spec: pod({ security: { runAsNonRoot: false } }), ...BASELINE_ONLY },
  {
    name: 'runAsNonRoot false on a container',
    spec: pod({ containerSecurity: { runAsNonRoot: false } }),
    ...BASELINE_ONLY,
  },
  { name: 'runAsNonRoot nowhere', spec: pod({ security: { runAsNonRoot: undefined } }), ...BASELINE_ONLY },
  {
    name: 'runAsNonRoot on the container only',
    spec: pod({ security: { runAsNonRoot: undefined }, containerSecurity: { runAsNonRoot: true } }),
    ...ADMITTED,
  },
  {
    name: 'runAsNonRoot false in a user namespace',
    spec: pod({ pod: { hostUsers: false }, security: { runAsNonRoot: false } }),
    ...ADMITTED,
  },
  { name: 'runAsUser 0 on the pod', spec: pod({ security: { runAsUser: 0 } }), ...BASELINE_ONLY },
  { name: 'runAsUser 0 on a container', spec: pod({ containerSecurity: { runAsUser: 0 } }), ...BASELINE_ONLY },
  {
    name: 'runAsUser 0 in a user namespace',
    spec: pod({ pod: { hostUsers: false }, security: { runAsUser: 0 } }),
    ...ADMITTED,
  },
  { name: 'runAsUser 1000', spec: pod({ security: { runAsUser: 1000 } }), ...ADMITTED },
  { name: 'a probe of another host', spec: probe({ httpGet: { path: '/', port: 80, host: '10.0.0.1' } }), ...REFUSED },
  { name: 'a TCP probe of another host', spec: probe({ tcpSocket: { port: 80, host: '10.0.0.1' } }), ...REFUSED },
  { name: 'a probe of the pod', spec: probe({ httpGet: { path: '/', port: 80 } }), ...ADMITTED },
  {
    name: 'a lifecycle handler with a host',
    spec: pod({ container: { lifecycle: { preStop: { httpGet: { path: '/', port: 80, host: '10.0.0.1' } } } } }),
    ...REFUSED,
  },
  { name: 'an unsafe init container', spec: extra('initContainers', undefined), ...BASELINE_ONLY },
  { name: 'a privileged init container', spec: extra('initContainers', { privileged: true }), ...REFUSED },
  { name: 'a safe init container', spec: extra('initContainers', SAFE_CONTAINER.securityContext as Json), ...ADMITTED },
  {
    name: 'Windows host process',
    spec: {
      os: { name: 'windows' },
      hostNetwork: true,
      securityContext: { runAsNonRoot: true, windowsOptions: { hostProcess: true } },
      containers: [{ name: 'main', image: 'a:1' }],
    },
    ...REFUSED,
  },
  {
    name: 'a Windows pod',
    spec: {
      os: { name: 'windows' },
      securityContext: { runAsNonRoot: true },
      containers: [{ name: 'main', image: 'a:1' }],
    },
    ...ADMITTED,
  },
];
