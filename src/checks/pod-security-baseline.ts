import { asObject, asObjects, asText, asTexts, at, JsonObject } from './json';
import {
  allowedProfile,
  broken,
  by,
  isSet,
  names,
  procMount,
  quoted,
  Rule,
  security,
  settersOf,
  wrongSeccomp,
} from './pod-security-rules';

const CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
const SYSCTLS: { [name: string]: number } = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};
const SELINUX_TYPES: { [type: string]: number } = {
  container_t: 0,
  container_init_t: 0,
  container_kvm_t: 0,
  container_engine_t: 31,
};
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** The rules of the standard `baseline`, by their names upstream. */
export const BASELINE: { [rule: string]: Rule } = {
  hostNamespaces: ({ spec }) => {
    const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true);
    if (shared.length === 0) return undefined;
    return { reason: 'host namespaces', detail: `pod must not set ${shared.map((key) => `${key}=true`).join(', ')}` };
  },
  privileged: (pod) =>
    broken(
      'privileged',
      pod.containers.filter((one) => security(one, 'privileged') === true),
      'must not set securityContext.privileged=true',
    ),
  capabilities_baseline: (pod) => {
    const foreign = (one: JsonObject): string[] =>
      asTexts(at(one, 'securityContext', 'capabilities', 'add')).filter((name) => !CAPABILITIES.has(name));
    const bad = pod.containers.filter((one) => foreign(one).length > 0);
    return broken(
      'non-default capabilities',
      bad,
      `must not include ${quoted(bad.flatMap(foreign))} in securityContext.capabilities.add`,
    );
  },
  hostPathVolumes: ({ spec }) => {
    const bad = asObjects(spec.volumes).filter((volume) => isSet(volume.hostPath));
    if (bad.length === 0) return undefined;
    return { reason: 'hostPath volumes', detail: `pod must not have the volumes ${quoted(names(bad))}` };
  },
  hostPorts: (pod) => {
    const ports = (one: JsonObject): unknown[] =>
      asObjects(one.ports)
        .map((port) => port.hostPort)
        .filter((port) => isSet(port) && port !== 0);
    const bad = pod.containers.filter((one) => ports(one).length > 0);
    return broken('hostPort', bad, `must not use the hostPorts ${bad.flatMap(ports).join(', ')}`);
  },
  appArmorProfile: (pod) => {
    const wrong = (owner: JsonObject): boolean =>
      isSet(security(owner, 'appArmorProfile')) &&
      !allowedProfile(at(owner, 'securityContext', 'appArmorProfile', 'type'));
    const annotations = Object.entries(pod.annotations).filter(
      ([key, value]) =>
        key.startsWith(APPARMOR_ANNOTATION) &&
        !(value === '' || value === 'runtime/default' || value.startsWith('localhost/')),
    );
    const setters = settersOf(pod, wrong, annotations.length > 0 ? ['annotations'] : []);
    return by(
      setters,
      'forbidden AppArmor profile',
      'must not set another AppArmor profile type than "RuntimeDefault" or "Localhost"',
    );
  },
  seLinuxOptions: (pod) => {
    const wrong = (owner: JsonObject): boolean => {
      const { type, user, role } = asObject(security(owner, 'seLinuxOptions'));
      const name = asText(type);
      const typeAllowed = name === undefined || (SELINUX_TYPES[name] ?? Infinity) <= pod.version;
      return !typeAllowed || asText(user) !== undefined || asText(role) !== undefined;
    };
    const setters = settersOf(pod, wrong);
    return by(setters, 'seLinuxOptions', 'must not set user, role or a foreign type in securityContext.seLinuxOptions');
  },
  procMount: (pod) => (pod.userNamespace ? undefined : procMount(pod)),
  seccompProfile_baseline: (pod) => {
    const setters = settersOf(pod, wrongSeccomp);
    return by(
      setters,
      'seccompProfile',
      'must not set another securityContext.seccompProfile.type than "RuntimeDefault" or "Localhost"',
    );
  },
  sysctls: ({ spec, version }) => {
    const forbidden = names(asObjects(at(spec, 'securityContext', 'sysctls'))).filter(
      (name) => (SYSCTLS[name] ?? Infinity) > version,
    );
    if (forbidden.length === 0) return undefined;
    return { reason: 'forbidden sysctls', detail: `pod must not set ${quoted(forbidden)}` };
  },
  windowsHostProcess: (pod) => {
    const setters = settersOf(pod, (owner) => at(owner, 'securityContext', 'windowsOptions', 'hostProcess') === true);
    return by(setters, 'hostProcess', 'must not set securityContext.windowsOptions.hostProcess=true');
  },
  hostProbesAndHostLifecycle: (pod) => {
    if (pod.version < 34) return undefined;
    const handlers = [
      ['livenessProbe'],
      ['readinessProbe'],
      ['startupProbe'],
      ['lifecycle', 'postStart'],
      ['lifecycle', 'preStop'],
    ];
    const hosts = (one: JsonObject): string[] =>
      handlers
        .flatMap((path) => [at(one, ...path, 'httpGet', 'host'), at(one, ...path, 'tcpSocket', 'host')])
        .map(asText)
        .filter((host) => host !== undefined);
    const bad = pod.containers.filter((one) => hosts(one).length > 0);
    return broken(
      'probe or lifecycle host',
      bad,
      `must not set the host ${quoted(bad.flatMap(hosts))} in a probe or lifecycle handler`,
    );
  },
};
