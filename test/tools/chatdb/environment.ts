/** Where the names of the cluster are on this machine: `host:port` of the cluster by `host:port` of the test. */
export type Places = ReadonlyMap<string, string>;

/** The environment with the places of the test in it: the only thing in which it differs from that of a pod, but for the port that is listened on. */
export function here(env: Readonly<Record<string, string>>, places: Places): Record<string, string> {
  const result = { ...env };
  for (const [there, place] of places) {
    const [host, port] = there.split(':');
    const [hostHere, portHere] = place.split(':');
    for (const [name, value] of Object.entries(env)) {
      if (value.endsWith(there)) result[name] = value.replace(there, place);
      const portName = name.replace(/_HOST$/, '_PORT');
      if (value === host && env[portName] === port) Object.assign(result, { [name]: hostHere, [portName]: portHere });
    }
  }
  return result;
}
