import { randomBytes } from 'node:crypto';
import { Problems, Revision } from '../../../operators/src/runtime/operator';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { checkSizes } from '../../../operators/src/runtime/sizes';

function configMap(name: string, text: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text } };
}

function problemsOf(objects: readonly KubernetesObject[], packed?: string): string {
  const revision: Revision<object> = { name: 'r', number: 1, version: '', spec: {}, objects, packed };
  const problems = new Problems();
  checkSizes(revision, problems);
  return problems.toString();
}

test('an object that is too large is refused with its size and the bound', () => {
  expect(problemsOf([configMap('small', 'x'), configMap('large', 'x'.repeat(1_000_000))])).toBe(
    'spec must mean objects of at most 1000000 bytes, got 1000085 in ConfigMap large: shorten it, or divide it',
  );
});

test('objects that fit, and are too many for the revision that keeps them, are refused with their sum', () => {
  const noise = (): string => randomBytes(400_000).toString('hex');
  const objects = [configMap('a', noise()), configMap('b', noise()), configMap('c', noise())];
  expect(problemsOf(objects)).toMatch(
    /^spec must mean objects of at most 1000000 bytes, got \d{7} in all of them together, compressed, with the spec: shorten it/,
  );
  expect(problemsOf(objects.slice(0, 1))).toBe('');
});

test('what repeats itself may be more, since it is compressed', () => {
  expect(problemsOf(['a', 'b', 'c'].map((name) => configMap(name, 'x'.repeat(900_000))))).toBe('');
});

test('what is stored was small enough', () => {
  expect(problemsOf([configMap('large', 'x'.repeat(1_000_000))], 'H4sI')).toBe('');
});
