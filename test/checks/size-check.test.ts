import { SizeCheck } from '../../src/checks/size-check';
import { SIZES, tooLarge } from '../../src/contracts/sizes';
import { findings, Json } from './graph';

const text = (bytes: number): string => 'x'.repeat(bytes);
const base64 = (bytes: number): string => Buffer.alloc(bytes).toString('base64');
const object = (kind: string, content: Json, annotations: Json = {}): Json => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'team', annotations },
  ...content,
});

/** Objects whose sum is so many bytes. */
const SUMS: [string, number, (bytes: number) => Json][] = [
  [
    'a ConfigMap of two texts',
    SIZES.data.bytes,
    (bytes) => object('ConfigMap', { data: { a: text(10), b: text(bytes - 10) } }),
  ],
  [
    'letters of three bytes',
    SIZES.data.bytes,
    (bytes) => object('ConfigMap', { data: { a: '€', b: text(bytes - 3) } }),
  ],
  [
    'a ConfigMap of text and of bytes',
    SIZES.data.bytes,
    (bytes) => object('ConfigMap', { data: { a: text(10) }, binaryData: { b: base64(bytes - 10) } }),
  ],
  [
    'a Secret',
    SIZES.data.bytes,
    (bytes) => object('Secret', { data: { a: base64(10) }, stringData: { b: text(bytes - 10) } }),
  ],
  ['annotations', SIZES.annotations.bytes, (bytes) => object('Service', {}, { a: text(10), bb: text(bytes - 13) })],
];

test.each(SUMS)('%s is taken at the bound, and refused above it with the sum', (_what, bound, make) => {
  const found = (bytes: number): string[] => findings(new SizeCheck(), [make(bytes)]).map(({ message }) => message);
  expect(found(bound)).toEqual([]);
  expect(found(bound + 1)).toEqual([expect.stringContaining(`has ${bound + 1} bytes together, and `) as string]);
});

test('an object as a whole', () => {
  const small = JSON.stringify(findingsObject('')).length;
  const found = (bytes: number): string[] =>
    findings(new SizeCheck(), [findingsObject(text(bytes - small))]).map(({ message }) => message);
  expect(found(SIZES.object.bytes)).toEqual([]);
  expect(found(SIZES.object.bytes + 1)).toEqual([
    `Workflow a: it has ${SIZES.object.bytes + 1} bytes together, and an object in etcd takes ${SIZES.object.bytes}; divide it into several`,
  ]);
});

function findingsObject(script: string): Json {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'a', namespace: 'team' },
    spec: { script },
  };
}

test('a release of Helm', () => {
  expect(tooLarge('release a', SIZES.release.bytes, SIZES.release)).toBeUndefined();
  expect(tooLarge('release a', SIZES.release.bytes + 1, SIZES.release)).toMatch(
    /^release a has 1048577 bytes together, and the Secret in which Helm keeps a release takes 1048576; divide the chart/,
  );
});
