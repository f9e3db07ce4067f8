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
        const some = inside.length > 3 ? inside.slice(0, 3) : inside;
        for (const { metadata: one } of some) addAll(one.name ?? '', podSelector);
        addAll('strangers', podSelector);
      }
    }
  }
  return [...found.values()];
}

/** Why a change that changes nothing is no fault: the same is said elsewhere. */
export function isSaidElsewhere({ change }: Mutant, policies: readonly Policy[]): boolean {
  const before = policies[change.policy];
  const rules = (policy: Policy, direction: 'ingress' | 'egress'): readonly Rule[] => policy.spec[direction] ?? [];
  const others = policies.filter(
    (one, at) => at !== change.policy && one.metadata.namespace === before.metadata.namespace,
  );
  const covers = (one: Policy): boolean =>
    isEmpty(one.spec.podSelector) || same(one.spec.podSelector, before.spec.podSelector);
  return (['ingress', 'egress'] as const).every((direction) => {
    const type = direction === 'ingress' ? 'Ingress' : 'Egress';
    const kept = change.to ? rules(change.to, direction) : [];
    const lost = rules(before, direction).filter((rule) => !kept.some((one) => same(one, rule)));
    const isHeld =
      !typesOf(before.spec).includes(type) ||
      (change.to && typesOf(change.to.spec).includes(type)) ||
      others.some((one) => covers(one) && typesOf(one.spec).includes(type));
    const isNarrower = kept.every((rule) => rules(before, direction).some((one) => same(one, rule)));
    return (
      isHeld &&
      isNarrower &&
      lost.every((rule) => {
        return others.some(
          (one) =>
            covers(one) && typesOf(one.spec).includes(type) && rules(one, direction).some((other) => same(other, rule)),
        );
      })
    );
  });
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

function isEmpty({ matchLabels = {}, matchExpressions = [] }: Selector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function without(labels: Labels, key: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([other]) => other !== key));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
