import fc from 'fast-check';
import { parse } from 'yaml';
import { DataPlatform, KindProvider, NeuralPlatform, PlatformApp, PlatformTesting, Team, Tier } from '../../src';
import { AI_ZONE } from '../../src/api/kinds/ai-zone';
import { CHILD, childName, ChildEnding, contentName, objectLabels } from '../../src/kinds/child-names';
import { OPERATOR_DEFINITIONS } from '../../src/kinds/operators/platform-operators';

const ENDINGS: readonly ChildEnding[] = Object.values(CHILD);

/** Names of objects as users choose them, and such as are made to meet the children of another. */
const name = fc.oneof(
  fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/),
  fc.tuple(fc.constantFrom('a', 'churn', 'b'.repeat(40)), fc.constantFrom(...ENDINGS)).map((parts) => parts.join('-')),
  fc
    .tuple(fc.constantFrom('c'.repeat(60), `${'d'.repeat(50)}-e`), fc.constantFrom(...ENDINGS))
    .map(([long, ending]) => childName(long, ending).slice(0, 63)),
);
const ending = fc.constantFrom(...ENDINGS);
const longest = fc.constantFrom(43, 50, 63);

test('no ending is the end of another one', () => {
  for (const one of ENDINGS) {
    expect(ENDINGS.filter((other) => other !== one && `-${other}`.endsWith(`-${one}`))).toEqual([]);
  }
});

test('different objects and purposes have different children, which are names of Services', () => {
  fc.assert(
    fc.property(name, ending, name, ending, longest, (first, one, second, other, most) => {
      const names = [childName(first, one, most), childName(second, other, most)];
      for (const child of names) {
        expect(child).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
        expect(child.length).toBeLessThanOrEqual(most);
      }
      expect(names[0] === names[1]).toBe(first === second && one === other);
    }),
    { numRuns: 2000 },
  );
});

test('what is called after its content has the name of no other child', () => {
  fc.assert(
    fc.property(name, ending, name, ending, fc.string(), (first, one, second, other, content) => {
      const made = contentName(first, one, [content]);
      expect(made).not.toBe(childName(second, other));
      expect(made.length).toBeLessThanOrEqual(63);
      expect(made === contentName(second, other, [content])).toBe(first === second && one === other);
      expect(made).not.toBe(contentName(first, one, [content, 'more']));
    }),
    { numRuns: 1000 },
  );
});

test('two operators never have a child of one kind and name, whatever their objects are called', () => {
  const known = OPERATOR_DEFINITIONS.filter(({ parent }) => parent !== AI_ZONE);
  fc.assert(
    fc.property(name, name, (first, second) => {
      for (const one of known) {
        for (const other of known) {
          if (one === other && first === second) continue;
          for (const [kind, names] of Object.entries(one.names(first))) {
            const theirs = other.names(second)[kind] ?? [];
            const own = engineNamesOf(one, kind, first);
            const shared = names.filter((child) => theirs.includes(child) && !own.includes(child));
            expect({ one: one.name, first, other: other.name, second, kind, shared }).toMatchObject({ shared: [] });
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** Those that an engine makes, which a model of KServe has the same way. */
function engineNamesOf(
  { engineNames = [] }: (typeof OPERATOR_DEFINITIONS)[number],
  kind: string,
  parent: string,
): string[] {
  return engineNames.filter((one) => one.kind === kind).map(({ nameOf }) => nameOf(parent));
}

test('no object of the platform in a namespace has the name of a child', () => {
  const app = new PlatformApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  new DataPlatform(environment, 'data-platform', { domain: 'ml.example.com' });
  const team = new Team(environment.addChart('team'), 'team');
  new NeuralPlatform(environment, 'neural', {
    engineNamespaces: [team.addNamespace('vision')],
  });
  const kinds = new Set(OPERATOR_DEFINITIONS.flatMap(({ children }) => children.map(({ kind }) => kind)));
  const taken = Object.entries(PlatformTesting.synth(app))
    .filter(([file]) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml') && !file.startsWith('stacks/'))
    .map(
      ([, text]) =>
        parse(text) as {
          readonly kind: string;
          readonly metadata: { readonly name: string; readonly namespace?: string };
        },
    )
    .filter(({ kind, metadata }) => kinds.has(kind) && metadata.namespace !== undefined)
    .filter(({ metadata }) => ENDINGS.some((one) => metadata.name.endsWith(`-${one}`)));
  expect(taken.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
});

test('labels say what it is, and have one of the platform that names the object', () => {
  expect(objectLabels('feature-store', 'shop', 'feature-server')).toEqual({
    'app.kubernetes.io/name': 'feature-store',
    'app.kubernetes.io/instance': 'shop',
    'app.kubernetes.io/component': 'feature-server',
    'app.kubernetes.io/part-of': 'ml-platform',
    'nstarx.io/feature-store': 'shop',
  });
});
