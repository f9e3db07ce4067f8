import { GeneralPool, GpuModel, GpuPool } from '../../src';

test('a general pool has one to three nodes and a label of its name', () => {
  const pool = GeneralPool.of('general');
  expect(pool).toMatchObject({ name: 'general', min: 1, max: 3, spot: false });
  expect(pool.labels).toEqual({ 'nstarx.io/node-pool': 'general' });
});

test('a GPU pool costs nothing while no pod asks for it', () => {
  expect(GpuPool.of(GpuModel.T4).min).toBe(0);
});

test.each([
  [GpuModel.T4, false, 'gpu-t4'],
  [GpuModel.T4, true, 'gpu-t4-spot'],
  [GpuModel.V100_32GB, false, 'gpu-v100-32gb'],
  [GpuModel.A100_80GB, true, 'gpu-a100-80gb-spot'],
])('the name of a pool comes from its model: %p spot=%p', (model, spot, name) => {
  expect(GpuPool.of(model, { spot }).name).toBe(name);
});

test('min above the default max raises it', () => {
  expect(GeneralPool.of('general', { min: 5 })).toMatchObject({ min: 5, max: 5 });
});

test('max below the default min lowers it', () => {
  expect(GeneralPool.of('general', { max: 1 })).toMatchObject({ min: 1, max: 1 });
});
