import { Capture, Match, PlatformTemplate } from '../../src/testing';
import { exampleApp, messageOf } from './support';

const template = PlatformTemplate.fromApp(exampleApp(), 'production');

const POLICY = { spec: { policyTypes: ['Ingress', 'Egress'] } };

test.each([
  ['objects may have further keys', 'NetworkPolicy', POLICY],
  ['objectLike()', 'NetworkPolicy', Match.objectLike(POLICY)],
  [
    'objectLike() inside of objectEquals()',
    'NetworkPolicy',
    { spec: Match.objectEquals({ podSelector: Match.objectLike({}), policyTypes: Match.anyValue() }) },
  ],
  [
    'objectEquals()',
    'NetworkPolicy',
    { spec: Match.objectEquals({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }) },
  ],
  ['exact()', 'NetworkPolicy', { spec: Match.exact({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }) }],
  ['arrayWith()', 'NetworkPolicy', { spec: { policyTypes: Match.arrayWith(['Egress']) } }],
  ['arrayWith() nothing', 'NetworkPolicy', { spec: { policyTypes: Match.arrayWith([]) } }],
  [
    'arrayEquals()',
    'NetworkPolicy',
    { spec: { policyTypes: Match.arrayEquals(['Ingress', Match.stringLikeRegexp('gress')]) } },
  ],
  ['absent()', 'NetworkPolicy', { spec: { ingress: Match.absent() } }],
  ['anyValue(), also false', 'PriorityClass', { globalDefault: Match.anyValue(), value: 1000 }],
  ['not()', 'PriorityClass', { value: Match.not(10) }],
  ['not(), without a value', 'PriorityClass', { description: Match.not('x') }],
  ['not() of a part', 'PriorityClass', Match.not({ value: 10 })],
  ['stringLikeRegexp()', 'PriorityClass', { metadata: { name: Match.stringLikeRegexp('^h.gh$') } }],
  [
    'serializedJson()',
    'PriorityClass',
    { metadata: { annotations: { policy: Match.serializedJson({ max: [1, 2] }) } } },
  ],
  [
    'serializedYaml()',
    'ConfigMap',
    { data: { 'config.yaml': Match.serializedYaml({ ports: Match.arrayWith([81]) }) } },
  ],
  ['a capture with a pattern', 'PriorityClass', { value: new Capture(Match.not(10)) }],
])('%s matches', (_what, kind, pattern) => {
  expect(() => template.hasObject(kind, pattern)).not.toThrow();
});

/** What the only candidate misses. */
function mismatches(kind: string, pattern: unknown): string[] {
  const [, ...lines] = messageOf(() => template.hasObject(kind, pattern)).split('\n  ');
  return lines.map((line) => line.trim()).slice(1);
}

test.each<[string, string, unknown, string[]]>([
  ['another value', 'PriorityClass', { value: 10 }, ['value: expected 10, got 1000']],
  ['another type', 'PriorityClass', { value: '1000' }, ['value: expected "1000", got 1000']],
  ['no value', 'PriorityClass', { valeu: 1000 }, ['valeu: expected 1000, got nothing; did you mean value?']],
  ['no object', 'PriorityClass', { value: { a: 1 } }, ['value: expected {"a":1}, got 1000']],
  ['no array', 'PriorityClass', { value: ['a'] }, ['value: expected ["a"], got 1000']],
  [
    'a missing object',
    'NetworkPolicy',
    { spec: { ingress: [{ from: Match.anyValue() }] } },
    ['spec.ingress: expected [{"from":Match.anyValue()}], got nothing'],
  ],
  [
    'a key with a slash',
    'NetworkPolicy',
    { metadata: { labels: { 'a.io/b': 'c' } } },
    ['metadata.labels["a.io/b"]: expected "c", got nothing'],
  ],
  [
    'a key with a dot',
    'ConfigMap',
    { metadata: { name: 'flags' }, data: { 'config.yaml': 'x' } },
    ['data["config.yaml"]: expected "x", got "level: info\\nports: [80, 81]\\n"'],
  ],
  [
    'several',
    'PriorityClass',
    { value: 1, globalDefault: true },
    ['value: expected 1, got 1000', 'globalDefault: expected true, got false'],
  ],
  [
    'a shorter array',
    'NetworkPolicy',
    { spec: { policyTypes: ['Ingress'] } },
    ['spec.policyTypes: expected 1 element, got 2: ["Ingress","Egress"]'],
  ],
  [
    'another order',
    'NetworkPolicy',
    { spec: { policyTypes: ['Egress', 'Ingress'] } },
    ['spec.policyTypes[0]: expected "Egress", got "Ingress"', 'spec.policyTypes[1]: expected "Ingress", got "Egress"'],
  ],
  [
    'objectEquals()',
    'NetworkPolicy',
    { spec: Match.objectEquals({ podSelector: {} }) },
    ['spec.policyTypes: expected nothing, got ["Ingress","Egress"]'],
  ],
  [
    'exact()',
    'NetworkPolicy',
    { spec: Match.exact({ podSelector: { a: 'b' }, policyTypes: ['Ingress', 'Egress'] }) },
    ['spec.podSelector.a: expected "b", got nothing'],
  ],
  [
    'arrayWith()',
    'NetworkPolicy',
    { spec: { policyTypes: Match.arrayWith(['Both']) } },
    ['spec.policyTypes: expected an element "Both", got ["Ingress","Egress"]'],
  ],
  [
    'arrayWith() in another order',
    'NetworkPolicy',
    { spec: { policyTypes: Match.arrayWith(['Egress', 'Ingress']) } },
    ['spec.policyTypes: expected "Ingress" after the elements before it in the pattern, got it at [0]'],
  ],
  [
    'arrayWith(), no array',
    'PriorityClass',
    { value: Match.arrayWith(['x']) },
    ['value: expected Match.arrayWith(["x"]), got 1000'],
  ],
  [
    'arrayEquals()',
    'NetworkPolicy',
    { spec: { policyTypes: Match.arrayEquals(['Egress']) } },
    ['spec.policyTypes: expected 1 element, got 2: ["Ingress","Egress"]'],
  ],
  ['absent()', 'PriorityClass', { value: Match.absent() }, ['value: expected nothing, got 1000']],
  ['anyValue()', 'PriorityClass', { description: Match.anyValue() }, ['description: expected any value, got nothing']],
  ['not()', 'PriorityClass', { value: Match.not(1000) }, ['value: expected anything but 1000, got 1000']],
  [
    'stringLikeRegexp()',
    'PriorityClass',
    { metadata: { name: Match.stringLikeRegexp('^low$') } },
    ['metadata.name: expected a string like /^low$/, got "high"'],
  ],
  [
    'stringLikeRegexp(), no string',
    'PriorityClass',
    { value: Match.stringLikeRegexp('1') },
    ['value: expected a string like /1/, got 1000'],
  ],
  [
    'serializedJson()',
    'PriorityClass',
    { metadata: { annotations: { policy: Match.serializedJson({ who: 'me' }) } } },
    ['metadata.annotations.policy(JSON).who: expected "me", got "all"'],
  ],
  [
    'serializedJson(), no JSON',
    'PriorityClass',
    { metadata: { name: Match.serializedJson({ who: 'me' }) } },
    ['metadata.name: expected a string of JSON, got "high"'],
  ],
  [
    'serializedYaml()',
    'ConfigMap',
    { metadata: { name: 'flags' }, data: { 'config.yaml': Match.serializedYaml({ level: 'debug' }) } },
    ['data["config.yaml"](YAML).level: expected "debug", got "info"'],
  ],
  [
    'a capture',
    'PriorityClass',
    { value: new Capture(10), description: new Capture() },
    ['value: expected 10, got 1000', 'description: expected any value, got nothing'],
  ],
])('%s does not match, and the message says why', (_what, kind, pattern, expected) => {
  expect(mismatches(kind, pattern)).toEqual(expected);
});

test('an element of which a part is right is the one that the message is about', () => {
  expect(mismatches('LimitRange', { spec: { limits: Match.arrayWith([{ type: 'Pod', max: { cpu: '8' } }]) } })).toEqual(
    ['spec.limits[1].max.cpu: expected "8", got "4"'],
  );
});

test.each<[string, () => unknown, string]>([
  [
    'absent() in an array',
    () => Match.arrayWith(['a', Match.absent()]),
    '[Match.arrayWith] pattern[1] must not be absent(), got "Match.absent()": give it as the value of a key that must not be there.',
  ],
  [
    'absent() in a plain array',
    () => template.hasObject('ConfigMap', { data: [Match.absent()] }),
    '[PlatformTemplate.hasObject] pattern.data[0] must not be absent(), got "Match.absent()": give it as the value of a key that must not be there.',
  ],
  [
    'absent() for the whole object',
    () => template.hasObject('ConfigMap', Match.absent()),
    '[PlatformTemplate.hasObject] pattern must not be absent(), got "Match.absent()": give it as the value of a key that must not be there.',
  ],
  [
    'absent() in not()',
    () => Match.not(Match.absent()),
    '[Match.not] pattern must not be absent(), got "Match.absent()": use Match.anyValue().',
  ],
  [
    'a matcher in exact()',
    () => Match.exact({ spec: [{ a: Match.anyValue() }] }),
    '[Match.exact] pattern.spec[0].a must be plain data, got "Match.anyValue()": use Match.objectEquals() or Match.arrayEquals(), in which matchers may stand.',
  ],
  [
    'no array',
    () => Match.arrayWith('a' as never),
    '[Match.arrayWith] pattern must be a list, got "a": write it in brackets.',
  ],
  [
    'no object',
    () => Match.objectLike(['a'] as never),
    '[Match.objectLike] pattern must be an object with a value for each key, got ["a"]: write it like { key: \'value\' }.',
  ],
  [
    'undefined',
    () => Match.objectLike({ a: { b: undefined } }),
    '[Match.objectLike] pattern.a.b must be given, got nothing: use Match.absent() for a key that must not be there, Match.anyValue() for any value.',
  ],
  [
    'no pattern',
    () => template.hasObject('ConfigMap', undefined),
    '[PlatformTemplate.hasObject] pattern must be given, got nothing: use Match.absent() for a key that must not be there, Match.anyValue() for any value.',
  ],
  [
    'a name instead of an object',
    () => template.hasObject('ConfigMap', 'flags'),
    '[PlatformTemplate.hasObject] pattern must be an object, got "flags": give what the whole one has, such as { metadata: { name: \'api\' } }.',
  ],
  [
    'a RegExp',
    () => Match.objectLike({ a: /x/ }),
    '[Match.objectLike] pattern.a must be plain data or a Match, got "a RegExp object": use Match.stringLikeRegexp().',
  ],
  [
    'a matcher of jest',
    () => Match.objectLike({ a: expect.any(String) as unknown }),
    '[Match.objectLike] pattern.a must be plain data or a Match, got "a Any object": use the values that JSON has, and Match.',
  ],
  [
    'a method that is not called',
    () => Match.objectLike({ a: Match.anyValue }),
    '[Match.objectLike] pattern.a must be plain data or a Match, got "a function": use the values that JSON has, and Match.',
  ],
  [
    'a token',
    () => Match.objectLike({ a: '${TfToken[TOKEN.1]}' }),
    '[Match.objectLike] pattern.a must not be a Terraform token, whose text is known at synthesis only, got "${TfToken[TOKEN.1]}": use Match.stringLikeRegexp(), for instance with the type of the resource that it refers to.',
  ],
  [
    'no regular expression',
    () => Match.stringLikeRegexp('a('),
    '[Match.stringLikeRegexp] pattern must be a regular expression, got "a(": Invalid regular expression: /a(/: Unterminated group.',
  ],
])('%s is refused', (_what, call, message) => {
  expect(messageOf(call)).toBe(message);
});

test('a capture keeps the value of each object that matches', () => {
  const name = new Capture();
  template.allObjects('ConfigMap', { metadata: { name } });
  expect(name.asString()).toBe('flags');
  expect(name.next()).toBe(true);
  expect(name.asString()).toBe('settings');
  expect(name.next()).toBe(false);
  expect(name.asString()).toBe('settings');
});

test('a capture keeps nothing of an object that does not match', () => {
  const name = new Capture();
  template.hasObject('ConfigMap', { metadata: { name }, data: Match.anyValue() });
  template.findObjects('ConfigMap', { metadata: { name, namespace: 'other' } });
  const values = [name.asString()];
  while (name.next()) values.push(name.asString());
  expect(values).toEqual(['flags', 'settings']);
});

test('a capture gives values by their type', () => {
  const [spec, types, value, globalDefault] = Array.from({ length: 4 }, () => new Capture());
  template.hasObject('PriorityClass', { value, globalDefault });
  template.hasObject('NetworkPolicy', { spec });
  template.hasObject('NetworkPolicy', { spec: { policyTypes: types } });
  expect(spec.asObject()).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  expect(types.asArray()).toEqual(['Ingress', 'Egress']);
  expect(value.asNumber()).toBe(1000);
  expect(globalDefault.asBoolean()).toBe(false);
  expect(messageOf(() => value.asString())).toBe(
    '[Capture] asString must be called where a string was captured, got 1000: call asNumber().',
  );
  expect(messageOf(() => types.asObject())).toBe(
    '[Capture] asObject must be called where an object was captured, got ["Ingress","Egress"]: call asArray().',
  );
});

test('a capture that no assertion has filled says so', () => {
  expect(messageOf(() => new Capture().asString())).toBe(
    '[Capture] asString must be called after an assertion that matched, got nothing: pass the capture in the pattern of hasObject() or hasResource() first.',
  );
});
