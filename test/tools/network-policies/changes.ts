import type { Change, Endpoint, Labels, Peer, Policy, Question, Rule, Selector } from './engine';

/** A change of a policy, and what it is. */
export interface Mutant {
  readonly name: string;
  readonly change: Change;
}

/** A port that no policy names. */
const NOBODYS_PORT = '4444';

/** What goes wrong with policies, one thing at a time: a policy, a rule, a peer, a port or a label that is lost. */
export function mutants(policies: readonly Policy[]): Mutant[] {
  return policies.flatMap((policy, at) => {
    const { namespace, name } = policy.metadata;
    const ports = portsOf(policy);
    const changed = (what: string, spec?: Policy['spec']): Mutant => ({
      name: `${namespace}/${name}: ${what}`,
      change: { policy: at, ...(spec ? { to: { ...policy, spec } } : {}), ports },
    });
    const { spec } = policy;
    return [
      changed('is lost'),
      ...narrowed(spec.podSelector).map(([what, podSelector]) => changed(`its pods ${what}`, { ...spec, podSelector })),
      ...typesOf(spec)
        .map((type) =>
          changed(`no longer for ${type}`, { ...spec, policyTypes: typesOf(spec).filter((one) => one !== type) }),
        )
        .filter(({ change }) => (change.to?.spec.policyTypes ?? []).length > 0),
      ...(['ingress', 'egress'] as const).flatMap((direction) =>
        listChanges(spec[direction] ?? [], ruleChanges).map(([what, rules]) =>
          changed(`${direction} ${what}`, { ...spec, policyTypes: typesOf(spec), [direction]: rules }),
        ),
      ),
    ];
  });
}

/** Pods that tell one policy from a changed one: with exactly the labels that a selector names, with all but one, and with none. */
export function witnesses({ policies, namespaces }: Question): Endpoint[] {
  const found = new Map<string, Endpoint>();
  const add = (namespace: string, labels: Labels, ports: Endpoint['ports'] = []): void => {
    const name = `${namespace} ${JSON.stringify(labels)}`;
    found.set(name, { name, namespace, labels, ports });
  };
  const addAll = (namespace: string, selector: Selector | undefined, ports?: Endpoint['ports']): void => {
    for (const labels of labelsOf(selector ?? {})) {
      add(namespace, labels, ports);
      for (const key of Object.keys(labels)) add(namespace, without(labels, key));
    }
  };
  for (const { metadata, spec } of policies) {
    const own = metadata.namespace ?? '';
    const named = portsByName(spec.ingress ?? []);
    addAll(own, spec.podSelector, named);
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const { podSelector, namespaceSelector } of [...(rule.from ?? []), ...(rule.to ?? [])]) {
        const inside = namespaceSelector
          ? namespaces.filter((one) => matches(namespaceSelector, one.metadata.labels ?? {}))
          : namespaces.filter((one) => one.metadata.name === own);
        addAll(own, podSelector);
        const some = inside.length > 3 ? inside.slice(0, 3) : inside;
        for (const { metadata: one } of some) addAll(one.name ?? '', podSelector);
        addAll('strangers', podSelector);
      }
    }
  }
  const blocks = policies.flatMap(({ spec }) =>
    [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(({ from = [], to = [] }) => [...from, ...to]),
  );
  const hasVersion6 = blocks.some(({ ipBlock }) => ipBlock?.cidr.includes(':'));
  const name = 'an address of version 6';
  return [...found.values(), ...(hasVersion6 ? [{ name, address: '2001:db8::10' }] : [])];
}

/**
 * Whether it follows from the policies that a change makes no difference: each connection that it takes away is let pass by what is left for the same
 * pods, and each that it adds is let pass already.
 */
export function isProvenEqual({ change }: Mutant, policies: readonly Policy[]): boolean {
  const before = policies[change.policy];
  const pods = conditionsOf(before.spec.podSelector);
  if (change.to && !same(change.to.spec.podSelector, before.spec.podSelector)) return false;
  const others = policies.filter(({ metadata, spec }, at) => {
    const isNear = at !== change.policy && metadata.namespace === before.metadata.namespace;
    return isNear && conditionsOf(spec.podSelector).every((one) => pods.includes(one));
  });
  return (['ingress', 'egress'] as const).every((direction) => {
    const holding = others.filter((one) => holds(one, direction));
    const was = holds(before, direction);
    const is = change.to !== undefined && holds(change.to, direction);
    if (was !== is && holding.length === 0) return false;
    const said = holding.flatMap((one) => connectionsOf(one, direction));
    const lost = was ? connectionsOf(before, direction) : [];
    const left = change.to && is ? connectionsOf(change.to, direction) : [];
    return isWithin(lost, [...left, ...said]) && isWithin(left, [...lost, ...said]);
  });
}

/** With whom a rule lets pods connect, on one port. Whatever is not there, is not asked for. */
interface Connections {
  /** Conditions on the namespace and the pod, or a block of addresses. */
  readonly namespace?: readonly string[];
  readonly pod?: readonly string[];
  readonly block?: string;
  readonly port?: string;
}

function connectionsOf({ metadata, spec }: Policy, direction: 'ingress' | 'egress'): Connections[] {
  const own = [`kubernetes.io/metadata.name=${metadata.namespace}`];
  return (spec[direction] ?? []).flatMap(({ from, to, ports = [] }) => {
    const peers = (from ?? to ?? []).map(({ ipBlock, namespaceSelector, podSelector }): Connections => {
      if (ipBlock) return { block: JSON.stringify(ipBlock) };
      const namespace = namespaceSelector ? conditionsOf(namespaceSelector) : own;
      return { namespace, pod: conditionsOf(podSelector ?? {}) };
    });
    const named = ports.map(({ protocol = 'TCP', ...port }) => ({ port: JSON.stringify({ ...port, protocol }) }));
    return (peers.length > 0 ? peers : [{}]).flatMap((peer) =>
      (named.length > 0 ? named : [{}]).map((port) => ({ ...peer, ...port })),
    );
  });
}

/** All addresses, which those of pods are among; they have version 4 in the engine. */
const ALL_OF_VERSION_4 = JSON.stringify({ cidr: '0.0.0.0/0' });
const ALL_OF_VERSION_6 = JSON.stringify({ cidr: '::/0' });

/** Everybody is who has an address of one version or the other. */
function byVersion(one: Connections): Connections[] {
  if (one.namespace !== undefined || one.block !== undefined) return [one];
  return [ALL_OF_VERSION_4, ALL_OF_VERSION_6].map((block) => ({ ...one, block }));
}

function isWithin(some: readonly Connections[], all: readonly Connections[]): boolean {
  return some.flatMap(byVersion).every((one) =>
    all.some(({ namespace, pod, block, port }) => {
      if (port !== undefined && port !== one.port) return false;
      if (block === ALL_OF_VERSION_4) return one.block === undefined || /\d\.\d/.test(one.block);
      if (block !== undefined) return block === one.block;
      if (namespace === undefined || pod === undefined) return true;
      const { namespace: narrower, pod: fewer } = one;
      if (narrower === undefined || fewer === undefined) return false;
      return namespace.every((each) => narrower.includes(each)) && pod.every((each) => fewer.includes(each));
    }),
  );
}

function holds({ spec }: Policy, direction: 'ingress' | 'egress'): boolean {
  return typesOf(spec).includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

function conditionsOf({ matchLabels = {}, matchExpressions = [] }: Selector): string[] {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...labels, ...matchExpressions.map((one) => JSON.stringify(one))];
}

type Named<T> = readonly [string, T];

/** Changes of a list: of one of its members, or one of them is lost. */
function listChanges<T>(list: readonly T[], of: (one: T) => readonly Named<T>[]): Named<readonly T[]>[] {
  return list.flatMap((one, at) => {
    const replaced = (other: readonly T[]): readonly T[] => [...list.slice(0, at), ...other, ...list.slice(at + 1)];
    const lost: Named<readonly T[]> = [`${at} is lost`, replaced([])];
    return [lost, ...of(one).map(([what, other]): Named<readonly T[]> => [`${at} ${what}`, replaced([other])])];
  });
}

function ruleChanges(rule: Rule): Named<Rule>[] {
  const side = rule.from ? 'from' : 'to';
  const peers = rule[side] ?? [];
  const ports = rule.ports ?? [];
  return [
    ...(peers.length > 0 ? [['is for everybody', { ...rule, [side]: [] }] as const] : []),
    ...(ports.length > 0 ? [['is for every port', { ...rule, ports: [] }] as const] : []),
    ...listChanges(peers, peerChanges)
      .filter(([, list]) => list.length > 0)
      .map(([what, list]): Named<Rule> => [`${side} ${what}`, { ...rule, [side]: list }]),
    ...listChanges(ports, () => [])
      .filter(([, list]) => list.length > 0)
      .map(([what, list]): Named<Rule> => [`port ${what}`, { ...rule, ports: list }]),
  ];
}

function peerChanges(peer: Peer): Named<Peer>[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  return [
    ...(podSelector && namespaceSelector ? [['is any pod', { namespaceSelector }] as const] : []),
    ...(podSelector && namespaceSelector ? [['is in its own namespace', { podSelector }] as const] : []),
    ...narrowed(podSelector).map(([what, one]): Named<Peer> => [`pods ${what}`, { ...peer, podSelector: one }]),
    ...narrowed(namespaceSelector).map(([what, one]): Named<Peer> => [
      `namespaces ${what}`,
      { ...peer, namespaceSelector: one },
    ]),
    ...(ipBlock?.except ?? []).map((one): Named<Peer> => [
      `without the exception ${one}`,
      { ipBlock: { ...ipBlock, cidr: ipBlock?.cidr ?? '', except: ipBlock?.except?.filter((other) => other !== one) } },
    ]),
  ];
}

/** A selector with one condition or value fewer. */
function narrowed(selector: Selector | undefined): Named<Selector>[] {
  if (!selector) return [];
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return [
    ...Object.keys(matchLabels).map((key): Named<Selector> => [
      `without ${key}`,
      { ...selector, matchLabels: without(matchLabels, key) },
    ]),
    ...matchExpressions.flatMap((one, at): Named<Selector>[] => {
      const others = [...matchExpressions.slice(0, at), ...matchExpressions.slice(at + 1)];
      const fewer = (one.values ?? []).length < 2 ? [] : (one.values ?? []);
      return [
        [`without ${one.key}`, { ...selector, matchExpressions: others }],
        ...fewer.map((value): Named<Selector> => {
          const values = fewer.filter((other) => other !== value);
          return [`without ${one.key}=${value}`, { ...selector, matchExpressions: [...others, { ...one, values }] }];
        }),
      ];
    }),
  ];
}

/** Labels that a selector selects: one choice for each value of its expressions. */
function labelsOf({ matchLabels = {}, matchExpressions = [] }: Selector): Labels[] {
  return matchExpressions.reduce<Labels[]>(
    (all, { key, operator, values = [] }) => {
      if (operator === 'In') return all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
      return operator === 'Exists' ? all.map((one) => ({ ...one, [key]: 'true' })) : all;
    },
    [{ ...matchLabels }],
  );
}

function portsOf({ spec }: Policy): string[] {
  const named = (spec.ingress ?? []).concat(spec.egress ?? []).flatMap(({ ports = [] }) => ports);
  const numbers = named.map(({ port, protocol = 'TCP' }) => {
    const number = typeof port === 'string' ? NAMED_PORT : (port ?? 1);
    return protocol === 'TCP' ? `${number}` : `${number}/${protocol}`;
  });
  return [...new Set([...numbers, NOBODYS_PORT])];
}

/** Where witnesses listen on ports that policies name. */
const NAMED_PORT = 7777;

function portsByName(rules: readonly Rule[]): Endpoint['ports'] {
  const names = rules
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ port }) => (typeof port === 'string' ? [port] : []));
  return [...new Set(names)].map((name) => ({ name, containerPort: NAMED_PORT }));
}

function typesOf({ policyTypes, egress }: Policy['spec']): readonly string[] {
  return policyTypes ?? (egress ? ['Ingress', 'Egress'] : ['Ingress']);
}

function matches({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function without(labels: Labels, key: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([other]) => other !== key));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
