import { allocatableOf } from '../../../src/providers/aws/instance-sizes';

const MIB = 2 ** 20;

// by hand: memory less 7.5 %, less 255 MiB and 11 MiB for each pod, less 100 MiB of eviction threshold
test.each([
  ['t3.medium', 1.93, 3246],
  ['g4dn.xlarge', 3.92, 14_481],
  ['m7i.2xlarge', 7.91, 29_317],
])('%s has %d cores and %d MiB for pods', (instanceType, cpu, memory) => {
  const allocatable = allocatableOf(instanceType);
  expect(allocatable?.cpu).toBeCloseTo(cpu, 3);
  expect((allocatable?.memory ?? 0) / MIB).toBe(memory);
});

// by hand: (interfaces × (addresses - 1)) prefixes of 16 addresses, at most 110, or 250 from 30 vCPUs on
test.each([
  ['t3.nano', 34],
  ['t3.medium', 110],
  ['m7i.8xlarge', 250],
  ['m7i.metal-24xl', 250],
  // no Nitro, no prefixes
  ['p3.2xlarge', 58],
  ['m4.large', 20],
])('%s takes %d pods', (instanceType, pods) => {
  expect(allocatableOf(instanceType)?.pods).toBe(pods);
});

test('an instance type that is not known has no size', () => {
  expect(allocatableOf('x99.large')).toBeUndefined();
});
