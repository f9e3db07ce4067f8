import { API_SERVER, type Actor, type Actors, DNS, HTTPS, METRICS, OUTSIDE } from '../../support/network-actors';
import type { KubernetesObject } from '../../cluster/types';
import { ask, type Endpoint, type Policy, type Question, type ServiceObject } from './engine';

/** A platform as a table says it: who is there, and who is to reach whom. */
export interface Expected {
  /** Pods by name. */
  readonly actors: Actors;
  /** Namespaces whose policies hold for all their pods: a pod of nobody reaches DNS and nothing else there. */
  readonly held: readonly string[];
  /** The other namespaces. */
  readonly open: readonly string[];
  /** What actors and pods of nobody (`somebody in <namespace>`) reach beside that. @default - nothing */
  readonly also?: Readonly<Record<string, readonly string[]>>;
  /** Addresses that no pod has, by name, beside the API server's, one of the Internet and that of the cloud's metadata. @default - none */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Services by source that it is to reach: `<namespace>/<name>:<port>`; all others reach none of these. @default - Services are not asked for */
  readonly services?: Readonly<Record<string, readonly string[]>>;
  /** Services that whoever may go out anywhere reaches too. @default - none */
  readonly openServices?: readonly string[];
}

/** Addresses that no pod has. The second is of a block that is kept for documentation. */
const ADDRESSES = {
  'control plane': '172.18.0.2',
  internet: '203.0.113.10',
  'metadata of the cloud': '169.254.169.254',
};

/** Ports that somebody is let go out on, and one that nobody has. */
const PORTS = ['80', '443', '6443', '9100', '10250', '4444'];

const KUBELET_PORTS = ['10250', '9100'];
const DNS_PORTS = ['53', '53/UDP'];

/** What an environment has, asked of the engine for the pods of a table. */
export function questionOf(objects: readonly KubernetesObject[], expected: Expected): Question {
  const { held, open, addresses } = expected;
  const named = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name ?? '');
  const outsiders = ['kube-system', 'strangers'];
  expect([...new Set(named)].sort()).toEqual([...held, ...open].filter((one) => !outsiders.includes(one)).sort());
  const labelled = new Map(
    [...named, ...outsiders].map((name) => {
      const own = objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name)?.metadata.labels;
      return [name, { metadata: { name, labels: { ...own, 'kubernetes.io/metadata.name': name } } }];
    }),
  );
  const all = everybody(expected);
  for (const { namespace } of Object.values(all)) {
    if (!labelled.has(namespace)) throw new Error(`no namespace ${namespace}`);
  }
  const ports = new Set([...PORTS, ...DNS_PORTS]);
  for (const one of Object.values(all)) {
    Object.values(portsOf(one)).forEach((port) => ports.add(`${port}`));
    // of addresses
    one.reaches.flatMap((target) => / (\d+)$/.exec(target)?.[1] ?? []).forEach((port) => ports.add(port));
  }
  return {
    namespaces: [...labelled.values()],
    policies: objects.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as Policy[],
    services: objects.filter(({ kind }) => kind === 'Service') as unknown as ServiceObject[],
    endpoints: [
      ...Object.entries(all).map(([name, one]): Endpoint => {
        const named = Object.entries(portsOf(one)).map(([port, containerPort]) => ({ name: port, containerPort }));
        return { name, namespace: one.namespace, labels: one.labels, ports: named };
      }),
      ...Object.entries({ ...ADDRESSES, ...addresses }).map(([name, address]) => ({ name, address })),
    ],
    ports: [...ports],
  };
}

/** Asks the engine who reaches whom, and compares it with the table, by source, target and port. */
export async function expectReach(objects: readonly KubernetesObject[], expected: Expected): Promise<void> {
  const question = questionOf(objects, expected);
  const { reached, services } = await ask(question);
  expect(differences(reached, expectedReach(expected, question.ports))).toEqual([]);
  const { services: byDocument, openServices = [] } = expected;
  if (!byDocument) return;
  const table = new Set([...Object.values(byDocument).flat(), ...openServices]);
  const asked = Object.entries(services).map(([source, targets]) => [source, targets.filter((one) => table.has(one))]);
  const all = everybody(expected);
  const wanted = Object.keys(services).map((source) => {
    // addresses are nobody
    const isOpen = !(source in all) || all[source].isOpen === true;
    return [source, [...(byDocument[source] ?? []), ...(isOpen ? openServices : [])].sort()];
  });
  expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(wanted));
}

/** The actors of a table, DNS, and a pod of nobody in each namespace. */
function everybody({ actors, held, open, also = {} }: Expected): Actors {
  const pod = (namespace: string): Actor => ({ namespace, labels: { app: 'somebody' }, reaches: [DNS] });
  const all: Actors = {
    ...actors,
    [DNS]: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, ports: { dns: 53 }, ...OPEN },
    ...Object.fromEntries(held.map((name) => [`somebody in ${name}`, pod(name)])),
    ...Object.fromEntries(open.map((name) => [`somebody in ${name}`, { ...pod(name), ...OPEN }])),
  };
  const others = Object.entries(also).map(([name, references]) => {
    if (!all[name]) throw new Error(`nobody is called ${name}`);
    return [name, { ...all[name], reaches: [...all[name].reaches, ...references] }] as const;
  });
  return { ...all, ...Object.fromEntries(others) };
}

const OPEN = { isOpen: true, reaches: [OUTSIDE] };

function portsOf({ ports = { http: 8080 } }: Actor): Readonly<Record<string, number>> {
  return ports;
}

function expectedReach(expected: Expected, ports: readonly string[]): Record<string, string[]> {
  const all = everybody(expected);
  const addresses = Object.keys({ ...ADDRESSES, ...expected.addresses });
  const opens = (target: string, port: string): boolean => {
    if (addresses.includes(target) || all[target].isOpen) return true;
    return (all[target].openPorts ?? []).some((one) => `${portsOf(all[target])[one]}` === port);
  };
  const openOn = (wanted: readonly string[]): string[] =>
    [...Object.keys(all), ...addresses].flatMap((target) =>
      wanted.filter((port) => opens(target, port)).map((port) => `${target}:${port}`),
    );
  const group: Readonly<Record<string, () => string[]>> = {
    [DNS]: () => DNS_PORTS.map((port) => `${DNS}:${port}`),
    [API_SERVER]: () => openOn(['443', '6443']),
    [HTTPS]: () => openOn(['443']),
    [OUTSIDE]: () => openOn(ports),
    [METRICS]: () => {
      const onPods = openOn(ports).filter((one) => !addresses.includes(one.slice(0, one.lastIndexOf(':'))));
      return [...onPods, ...openOn(KUBELET_PORTS)];
    },
  };
  const targets = (reference: string): string[] => {
    if (group[reference]) return group[reference]();
    const name = [...Object.keys(all), ...addresses]
      .sort((a, b) => b.length - a.length)
      .find((one) => reference === one || reference.startsWith(`${one} `));
    if (name === undefined) throw new Error(`nobody is called ${reference}`);
    const rest = reference.slice(name.length + 1);
    const own = addresses.includes(name) ? {} : portsOf(all[name]);
    if (rest === '*') return ports.map((port) => `${name}:${port}`);
    if (rest !== '') return [`${name}:${own[rest] ?? rest}`];
    return Object.values(own).map((port) => `${name}:${port}`);
  };
  const sources = Object.entries(all).map(([name, { reaches }]) => [name, reaches] as const);
  const outside = addresses.map((name) => [name, [OUTSIDE]] as const);
  return Object.fromEntries(
    [...sources, ...outside].map(([source, references]) => {
      const reached = new Set(references.flatMap(targets));
      const isAddress = addresses.includes(source);
      const others = [...reached].filter((one) => {
        const target = one.slice(0, one.lastIndexOf(':'));
        return target !== source && !(isAddress && addresses.includes(target));
      });
      return [source, others];
    }),
  );
}

/** What is not as expected, as a person reads it. */
function differences(
  reached: Readonly<Record<string, readonly string[]>>,
  expected: Readonly<Record<string, readonly string[]>>,
): string[] {
  return Object.keys({ ...reached, ...expected }).flatMap((source) => {
    const is = new Set(reached[source]);
    const ought = new Set(expected[source]);
    const more = [...is].filter((one) => !ought.has(one)).map((one) => `${source} reaches ${one}`);
    const less = [...ought].filter((one) => !is.has(one)).map((one) => `${source} does not reach ${one}`);
    return [...more, ...less];
  });
}
