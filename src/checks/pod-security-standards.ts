import { at, JsonObject } from './json';
import { containersOf } from './pod-template';
import { BASELINE } from './pod-security-baseline';
import { RESTRICTED } from './pod-security-restricted';
import { Breach, Pod, procMount, Rule } from './pod-security-rules';

/** A rule that a pod breaks. */
export interface PodSecurityViolation extends Breach {
  /** The rule, by its name upstream. */
  readonly rule: string;
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
    const broken = check(pod);
    return broken ? [{ rule, ...broken }] : [];
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
