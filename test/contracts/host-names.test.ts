import fc from 'fast-check';
import { defaultHost, noDefaultHost } from '../../src/contracts/host-names';
import { NamespaceHosts } from '../../src/constructs/gateway/host-policies';
import { violation } from '../../src/api/schema/cel';

const DOMAIN = 'ml.example.com';

/** DNS labels that are mostly hyphens, so that names and namespaces meet in every way. */
const label = fc.stringMatching(/^[ab]([ab-]{0,6}[ab])?$/);

test('no two objects of a kind have the same host', () => {
  fc.assert(
    fc.property(label, label, label, label, (name, namespace, otherName, otherNamespace) => {
      fc.pre(noDefaultHost(name, namespace) === undefined && noDefaultHost(otherName, otherNamespace) === undefined);
      fc.pre(name !== otherName || namespace !== otherNamespace);
      expect(defaultHost('test', name, namespace, DOMAIN)).not.toBe(
        defaultHost('test', otherName, otherNamespace, DOMAIN),
      );
    }),
    { numRuns: 5000 },
  );
});

test('a default host is one label that DNS takes, of the namespace alone', () => {
  const hosts = new NamespaceHosts(DOMAIN);
  fc.assert(
    fc.property(label, label, label, (name, namespace, other) => {
      fc.pre(noDefaultHost(name, namespace) === undefined && other !== namespace);
      const host = defaultHost('test', name, namespace, DOMAIN);
      expect(host.split('.')[0]).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(hosts.ownerOf(host)).toBe(namespace);
      expect(hosts.allows(other, host)).toBe(false);
    }),
  );
});

test.each([
  ['two hyphens', 'a--b', 'team', 'the name "a--b" is no DNS label without two hyphens in a row'],
  ['a dot', 'a.b', 'team', 'the name "a.b" is no DNS label'],
  ['what names in other scripts begin with', 'xn', 'team', '"xn--team" would be a name in another script'],
  ['more than a label holds', 'a'.repeat(52), 'b'.repeat(10), 'has more than 63 characters'],
])('a name with %s has no default host', (_, name, namespace, message) => {
  expect(() => defaultHost('test', name, namespace, DOMAIN)).toThrow(message);
});

test('synthesis and the API server allow a namespace the same hosts', () => {
  const hosts = new NamespaceHosts(DOMAIN);
  hosts.grant('a', `api.${DOMAIN}`);
  hosts.grant('b', 'www.example.org');
  const rule = {
    rule: hosts.celAllows('self.namespace', 'self.host'),
    message: 'refused',
  };
  const host = fc.oneof(
    fc.tuple(label, label).map(([name, namespace]) => `${name}--${namespace}.${DOMAIN}`),
    label.map((one) => `${one}.${DOMAIN}`),
    label.map((one) => `${one}.a--a.${DOMAIN}`),
    label.map((one) => `${one}--a.mlxexample.com`),
    fc.constantFrom(DOMAIN, `*.${DOMAIN}`, `*--a.${DOMAIN}`, `api.${DOMAIN}`, 'www.example.org', `xn--a.${DOMAIN}`, ''),
  );
  fc.assert(
    fc.property(label, host, (namespace, given) => {
      const value = { namespace, host: given };
      expect(violation(rule, { type: 'object' }, value) === undefined).toBe(hosts.allows(namespace, given));
    }),
    { numRuns: 3000 },
  );
});
