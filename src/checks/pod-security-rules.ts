import { asText, at, JsonObject } from './json';

/** A pod, as the rules look at it. */
export interface Pod {
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
export type Rule = (pod: Pod) => Breach | undefined;

/** What breaks a rule, and where. */
export interface Breach {
  readonly reason: string;
  readonly detail: string;
}

/** Whether a profile type is one that seccomp and AppArmor may have. */
export const allowedProfile = (type: unknown): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** procMount must be the default; in baseline with an exception, in restricted without. */
export const procMount: Rule = (pod) => {
  const bad = pod.containers.filter((one) => !['Default', undefined].includes(asText(security(one, 'procMount'))));
  const values = bad.map((one) => String(security(one, 'procMount')));
  return broken('procMount', bad, `must not set securityContext.procMount to ${quoted(values)}`);
};

export function wrongSeccomp(owner: JsonObject): boolean {
  const profile = security(owner, 'seccompProfile');
  return isSet(profile) && !allowedProfile(at(profile, 'type'));
}

/** Who breaks a rule that holds for pods and containers; undefined when nobody does. */
export function settersOf(pod: Pod, wrong: (owner: JsonObject) => boolean, others: string[] = []): string | undefined {
  const bad = pod.containers.filter(wrong);
  const setters = [...(wrong(pod.spec) ? ['pod'] : []), ...(bad.length > 0 ? [containers(bad)] : []), ...others];
  return setters.length > 0 ? setters.join(' and ') : undefined;
}

export function by(setters: string | undefined, reason: string, rule: string): Breach | undefined {
  return setters === undefined ? undefined : { reason, detail: `${setters} ${rule}` };
}

export function broken(reason: string, bad: JsonObject[], rule: string, prefix = ''): Breach | undefined {
  return bad.length > 0 ? { reason, detail: `${prefix}${containers(bad)} ${rule}` } : undefined;
}

export function security(owner: JsonObject, key: string): unknown {
  return at(owner, 'securityContext', key);
}

export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function names(objects: JsonObject[]): string[] {
  return objects.map((one) => String(one.name));
}

export function containers(bad: JsonObject[]): string {
  return `${bad.length === 1 ? 'container' : 'containers'} ${quoted(names(bad))}`;
}

export function quoted(texts: string[]): string {
  return [...new Set(texts)].map((text) => `"${text}"`).join(', ');
}
