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

test('an instance type that is not known has no size', () => {
  expect(allocatableOf('x99.large')).toBeUndefined();
});
