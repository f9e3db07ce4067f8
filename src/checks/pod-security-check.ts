import { Finding, ICheck } from './check';
import { asObject, asObjects, asText, asTexts, at, JsonObject } from './json';
import { containersOf, ManifestGraph } from './manifest-graph';

/** A pod, as the rules look at it. */
interface Pod {
  readonly annotations: { [key: string]: string };
  readonly spec: JsonObject;
  readonly containers: JsonObject[];
  /** Minor version of the standard. */
  readonly version: number;
  readonly windows: boolean;
  /** Whether the pod has a user namespace of its own (`hostUsers: false`). */
  readonly userNamespace: boolean;
}

/** Looks at a pod and says what breaks the rule; undefined when nothing does. */
type Rule = (pod: Pod) => Breach | undefined;

/** What breaks a rule, and where. */
interface Breach {
  readonly reason: string;
  readonly detail: string;
}

/** A rule that a pod breaks. */
interface PodSecurityViolation extends Breach {
  /** The rule, by its name upstream. */
  readonly rule: string;
}

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const ENFORCE_VERSION = 'pod-security.kubernetes.io/enforce-version';

/**
 * Pods meet the Pod Security Standard that their namespace enforces, in the version that it names. A namespace without the
 * label enforces nothing; one that does not exist is another check's finding.
 */
export class PodSecurityCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const cluster = minorOf(graph.context.kubernetesVersion) ?? NEWEST_MINOR;
    return graph.podTemplates().flatMap(({ manifest, namespace, annotations, spec }) => {
      const labels = graph.labelsOfNamespace(namespace) ?? {};
      const level = labels[ENFORCE] as string | undefined;
      if (level === undefined || level === 'privileged') return [];
      const version = Math.min(minorOf(labels[ENFORCE_VERSION]) ?? cluster, cluster);
      // the API server takes an unknown level for restricted
      const violations = podSecurityViolations(level === 'baseline' ? level : 'restricted', version, annotations, spec);
      return violations.map(({ reason, detail }) => ({
        path: manifest.path,
        message: `${manifest.kind} ${manifest.name}: breaks Pod Security ${level}, which namespace ${namespace} enforces (${reason}); ${detail}`,
      }));
    });
  }
}

/** `v1.35` and `1.35` are 35; `latest` is undefined. */
function minorOf(version: string | undefined): number | undefined {
  const match = /^v?1\.(\d+)/.exec(version ?? '');
  return match ? Number(match[1]) : undefined;
}

/**
 * The newest version of the standards, rule by rule as k8s.io/pod-security-admission 0.35 has them. Versions before 1.19 count
 * as 1.19.
 */
export const NEWEST_MINOR = 35;

/**
 * The rules of a level that a pod breaks.
 *
 * @param minor minor version of the standard
 */
export function podSecurityViolations(
  level: 'baseline' | 'restricted',
  minor: number,
  annotations: { [key: string]: string },
  spec: JsonObject,
): PodSecurityViolation[] {
  const version = Math.min(Math.max(minor, 19), NEWEST_MINOR);
  const pod: Pod = {
    annotations,
    spec,
    containers: containersOf(spec),
    version,
    windows: version >= 25 && at(spec, 'os', 'name') === 'windows',
    userNamespace: version >= 35 && spec.hostUsers === false,
  };
  const rules = level === 'baseline' ? BASELINE : restrictedRules(version);
  return Object.entries(rules).flatMap(([rule, check]) => {
    const breach = check(pod);
    return breach ? [{ rule, ...breach }] : [];
  });
}

/** The restricted rules replace some of the baseline ones. */
function restrictedRules(version: number): { [rule: string]: Rule } {
  const {
    capabilities_baseline: _capabilities,
    hostPathVolumes: _hostPath,
    procMount: baselineProcMount,
    seccompProfile_baseline: _seccomp,
    ...others
  } = BASELINE;
  return {
    ...others,
    ...(version >= 35 ? { procMount_restricted: procMount } : { procMount: baselineProcMount }),
    ...RESTRICTED,
  };
}

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
const BASELINE: { [rule: string]: Rule } = {
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

const RESTRICTED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** The rules that the standard `restricted` adds, by their names upstream. */
const RESTRICTED: { [rule: string]: Rule } = {
  restrictedVolumes: ({ spec }) => {
    const sources = (volume: JsonObject): string[] =>
      Object.keys(volume).filter((key) => key !== 'name' && isSet(volume[key]));
    // a volume without a source becomes an emptyDir
    const bad = asObjects(spec.volumes).filter(
      (volume) => sources(volume).length > 0 && !sources(volume).some((key) => RESTRICTED_VOLUMES.has(key)),
    );
    if (bad.length === 0) return undefined;
    return {
      reason: 'restricted volume types',
      detail: `pod must not have the volumes ${quoted(names(bad))} of type ${quoted(bad.flatMap(sources))}`,
    };
  },
  allowPrivilegeEscalation: (pod) =>
    pod.windows
      ? undefined
      : broken(
          'allowPrivilegeEscalation != false',
          pod.containers.filter((one) => security(one, 'allowPrivilegeEscalation') !== false),
          'must set securityContext.allowPrivilegeEscalation=false',
        ),
  capabilities_restricted: (pod) => {
    if (pod.windows) return undefined;
    const capabilities = (one: JsonObject, key: string): string[] =>
      asTexts(at(one, 'securityContext', 'capabilities', key));
    const keeping = pod.containers.filter((one) => !capabilities(one, 'drop').includes('ALL'));
    const foreign = (one: JsonObject): string[] =>
      capabilities(one, 'add').filter((name) => name !== 'NET_BIND_SERVICE');
    const adding = pod.containers.filter((one) => foreign(one).length > 0);
    const details = [
      ...(keeping.length > 0 ? [`${containers(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(adding.length > 0
        ? [
            `${containers(adding)} must not include ${quoted(adding.flatMap(foreign))} in securityContext.capabilities.add`,
          ]
        : []),
    ];
    return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
  },
  runAsNonRoot: (pod) => {
    if (pod.userNamespace) return undefined;
    const reason = 'runAsNonRoot != true';
    const setters = settersOf(pod, (owner) => security(owner, 'runAsNonRoot') === false);
    if (setters) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
    if (security(pod.spec, 'runAsNonRoot') === true) return undefined;
    const silent = pod.containers.filter((one) => !isSet(security(one, 'runAsNonRoot')));
    return broken(reason, silent, 'must set securityContext.runAsNonRoot=true', 'pod or ');
  },
  runAsUser: (pod) => {
    if (pod.userNamespace || pod.version < 23) return undefined;
    const setters = settersOf(pod, (owner) => security(owner, 'runAsUser') === 0);
    return by(setters, 'runAsUser=0', 'must not set securityContext.runAsUser=0');
  },
  seccompProfile_restricted: (pod) => {
    if (pod.windows) return undefined;
    const reason = 'seccompProfile';
    const allowed = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
    const setters = settersOf(pod, wrongSeccomp);
    if (setters) return { reason, detail: `${setters} must set ${allowed}` };
    if (isSet(security(pod.spec, 'seccompProfile'))) return undefined;
    const silent = pod.containers.filter((one) => !isSet(security(one, 'seccompProfile')));
    return broken(reason, silent, `must set ${allowed}`, 'pod or ');
  },
};

/** Whether a profile type is one that seccomp and AppArmor may have. */
const allowedProfile = (type: unknown): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** procMount must be the default; in baseline with an exception, in restricted without. */
const procMount: Rule = (pod) => {
  const bad = pod.containers.filter((one) => !['Default', undefined].includes(asText(security(one, 'procMount'))));
  const values = bad.map((one) => String(security(one, 'procMount')));
  return broken('procMount', bad, `must not set securityContext.procMount to ${quoted(values)}`);
};

function wrongSeccomp(owner: JsonObject): boolean {
  const profile = security(owner, 'seccompProfile');
  return isSet(profile) && !allowedProfile(at(profile, 'type'));
}

/** Who breaks a rule that holds for pods and containers; undefined when no one does. */
function settersOf(pod: Pod, wrong: (owner: JsonObject) => boolean, others: string[] = []): string | undefined {
  const bad = pod.containers.filter(wrong);
  const setters = [...(wrong(pod.spec) ? ['pod'] : []), ...(bad.length > 0 ? [containers(bad)] : []), ...others];
  return setters.length > 0 ? setters.join(' and ') : undefined;
}

function by(setters: string | undefined, reason: string, rule: string): Breach | undefined {
  return setters === undefined ? undefined : { reason, detail: `${setters} ${rule}` };
}

function broken(reason: string, bad: JsonObject[], rule: string, prefix = ''): Breach | undefined {
  return bad.length > 0 ? { reason, detail: `${prefix}${containers(bad)} ${rule}` } : undefined;
}

function security(owner: JsonObject, key: string): unknown {
  return at(owner, 'securityContext', key);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function names(objects: JsonObject[]): string[] {
  return objects.map((one) => String(one.name));
}

function containers(bad: JsonObject[]): string {
  return `${bad.length === 1 ? 'container' : 'containers'} ${quoted(names(bad))}`;
}

function quoted(texts: string[]): string {
  return [...new Set(texts)].map((text) => `"${text}"`).join(', ');
}
