import { KubernetesObject } from '../runtime/protocol';

/**
 * When the spec of an object was written last, as far as its managers tell. What was accepted then does not become old by being served.
 *
 * @param now for an object whose managers are not known
 */
export function specTime({ metadata }: KubernetesObject, now: string): string {
  const times = (metadata.managedFields ?? []).flatMap(({ time, fieldsV1 = {} }) =>
    time !== undefined && 'f:spec' in fieldsV1 ? time : [],
  );
  return times.length === 0 ? now : times.reduce((one, other) => (one > other ? one : other));
}
