import { App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { parseQuantity } from '../../../src/contracts/quantity';
import { sparkAmounts, SparkLanguage, sparkMemory } from '../../../src/constructs/engines/engine-pods';

const scope = new Chart(new App(), 'chart');
const amounts = (cpu?: string | number, memory?: string | number) =>
  sparkAmounts(scope, 'resources.driver', { cpu, memory });
const MIB = 2 ** 20;

test.each([
  // figures of Spark's own rule: the heap is the memory divided by 1.4, but 384 MiB are left at least
  ['8Gi', '5851m', '2341m'],
  ['16Gi', '11702m', '4682m'],
  ['2Gi', '1462m', '586m'],
  ['1Gi', '640m', '384m'],
  ['896Mi', '512m', '384m'],
  ['8G', '5449m', '2180m'],
  ['8589934592', '5851m', '2341m'],
  [8_589_934_592, '5851m', '2341m'],
])('%s of memory are a heap of %s and %s for the rest', (memory, heap, overhead) => {
  expect(amounts(1, memory)).toMatchObject({ memory: heap, memoryOverhead: overhead });
});

test.each([
  ['11Gi', '10240m', '1024m'],
  ['2Gi', '1664m', '384m'],
  ['896Mi', '512m', '384m'],
])('%s of memory without Python are a heap of %s and %s for the rest', (memory, heap, overhead) => {
  expect(sparkMemory(scope, 'memory', memory, SparkLanguage.JVM)).toEqual({ memory: heap, memoryOverhead: overhead });
});

test.each([
  ['2', 2, '2'],
  [2, 2, '2'],
  ['500m', 1, '500m'],
  ['2500m', 3, '2500m'],
  ['2.5', 3, '2500m'],
  ['1000m', 1, '1'],
  [undefined, 1, '1'],
])('%s of CPU are %d tasks at a time and a request of %s', (cpu, cores, coreRequest) => {
  expect(amounts(cpu)).toMatchObject({ cores, coreRequest });
});

test('too little memory is refused with the field', () => {
  expect(() => amounts(1, '512Mi')).toThrow('resources.driver.memory must be at least 896Mi for Spark');
  expect(() => amounts('0.5m')).toThrow('resources.driver.cpu must be a Kubernetes quantity of at least 1m');
});

const memory = fc.oneof(
  fc.integer({ min: 896, max: 4_000_000 }).map((amount) => `${amount}Mi`),
  fc.integer({ min: 1, max: 4000 }).map((amount) => `${amount}Gi`),
  fc.integer({ min: 1, max: 4000 }).map((amount) => `${amount}G`),
  fc.integer({ min: 896 * MIB, max: Number.MAX_SAFE_INTEGER }).map(String),
  fc.double({ min: 1, max: 500, noNaN: true }).map((amount) => `${amount.toFixed(3)}Gi`),
);

test('heap and overhead are together the memory of the spec, to a mebibyte, and Spark starts with them', () => {
  fc.assert(
    fc.property(memory, (text) => {
      const { memory: heap, memoryOverhead } = amounts(1, text);
      expect([heap, memoryOverhead].join()).toMatch(/^[0-9]+m,[0-9]+m$/);
      const rest = parseQuantity(text)! - (parseInt(heap) + parseInt(memoryOverhead)) * MIB;
      expect(rest).toBeGreaterThanOrEqual(0);
      expect(rest).toBeLessThan(MIB);
      expect(parseInt(heap)).toBeGreaterThanOrEqual(512);
      expect(parseInt(memoryOverhead)).toBeGreaterThanOrEqual(Math.max(384, 0.4 * parseInt(heap) - 1));
    }),
  );
});

test('a pod requests the CPU of the spec, and has a core for each task at least in part', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), fc.boolean(), (millis, decimal) => {
      const { cores, coreRequest } = amounts(decimal ? `${millis / 1000}` : `${millis}m`);
      expect(Math.round(parseQuantity(coreRequest)! * 1000)).toBe(millis);
      expect(cores).toBe(Math.max(1, Math.ceil(millis / 1000)));
    }),
  );
});
