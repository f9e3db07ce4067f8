import { asObjects, asTexts, at, JsonObject } from './json';
import {
  broken,
  by,
  containers,
  isSet,
  names,
  quoted,
  Rule,
  security,
  settersOf,
  wrongSeccomp,
} from './pod-security-rules';

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
export const RESTRICTED: { [rule: string]: Rule } = {
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
