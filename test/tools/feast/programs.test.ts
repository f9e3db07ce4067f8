import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { FeatureMetric, FeatureStoreSpec } from '../../../src/api/generated';
import { DOCUMENTED } from '../../kinds/feature-store/documented';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';
import { writePods } from './pods';

const run = promisify(execFile);

describeTool('the programs of a feature store', whyNoPython(), () => {
  let result: { readonly [name: string]: unknown };

  beforeAll(async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feast-programs-'));
    try {
      const [lifetime, ...others] = DOCUMENTED.features;
      const spec: FeatureStoreSpec = {
        ...DOCUMENTED,
        features: [{ ...lifetime, maxAge: '1d' }, ...others],
        serving: { ...DOCUMENTED.serving, offline: { path: `file://${folder}/values` } },
        monitoring: { metrics: [FeatureMetric.FEATURE_COVERAGE, FeatureMetric.FEATURE_DRIFT] },
      };
      const { programs } = writePods(folder, spec, {
        streamImage: 'example.com/flink:1',
        bootstrapServers: 'kafka:9092',
      });
      const model = fs.readdirSync(programs).find((file) => /^model-.*\.json$/.test(file)) ?? '';
      const { stdout } = await run(
        await pythonWith('feast'),
        [path.join(__dirname, 'run_programs.py'), programs, folder, model],
        {
          maxBuffer: 64 * 1024 * 1024,
        },
      );
      result = JSON.parse(stdout) as typeof result;
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  test('stream: the documented transformation gives the average number of days between purchases', () => {
    const row = (purchase_frequency: number, event_timestamp: string) => ({
      entity_id: 'a',
      purchase_frequency,
      event_timestamp,
    });
    expect(result.stream).toEqual([null, row(1, '2024-01-02T00:00:00+00:00'), row(1.5, '2024-01-04T00:00:00+00:00')]);
    expect(result.newest).toEqual([row(1.5, '2024-01-04T00:00:00+00:00')]);
  });

  test('stream: the history is bounded, times of the future are now, an event without an entity is refused', () => {
    expect(result.history).toBe(5);
    expect(result.plain).toMatchObject({ entity_id: '7', purchase_frequency: 2.5 });
    const { event_timestamp: time } = result.plain as { event_timestamp: string };
    expect(new Date(time).getUTCFullYear()).toBeLessThan(2999);
    expect(result.keyless).toBe('no field entity_id');
    expect(result.types).toEqual([null, 7, [1, 2], false, '2024-01-01T00:00:00+00:00']);
  });

  test('metrics: coverage counts entities with a fresh value, and grows with what is computed later', () => {
    // all are older than a day; then two of four are fresh; a day later none is
    expect(result.coverage).toEqual([0, 0.5, 0]);
    expect(result.updated).toEqual([-172_800, -3600]);
    expect(result.failures).toBe(0);
  });

  test('metrics: the population stability index is the one that its formula gives', () => {
    const [category, same, half, moved] = result.index as number[];
    expect(category).toBeCloseTo(0.4 * Math.log(0.9 / 0.5) - 0.4 * Math.log(0.1 / 0.5), 9);
    expect(same).toBe(0);
    // five bins hold 20 % instead of 10 %, five hold nothing
    expect(half).toBeCloseTo(5 * 0.1 * Math.log(2) + 5 * (0.0001 - 0.1) * Math.log(0.0001 / 0.1), 6);
    expect(moved).toBeCloseTo(2 * (1 - 0.0001) * Math.log(1 / 0.0001), 6);
    expect(result.drift).toBeGreaterThan(0.2);
  });

  test('models: asked by named inputs for every entity, again while busy; the last column is the value', () => {
    const { asked, error, output } = result.model as { asked: unknown[]; error: string; output: string };
    expect(error).toBe('');
    expect(output).toBe('computed churn_probability: 4 entities');
    expect(asked).toEqual([
      '/infer',
      { customer_lifetime_value: [100, 2, 3, 4], purchase_frequency: [1.5, null, null, null] },
    ]);
    expect(result.predictions).toEqual({ a: 0, b: 0.1, c: 0.2, d: 0.3 });
  });

  test('last words: what is stored, what failed and why, in no more than the kubelet takes', () => {
    expect(result.stored).toEqual({
      bytes: true,
      partitions: 2,
      recent: true,
      nothing: { bytes: 0, partitions: 0, newest: null },
    });
    expect(result.word).toEqual({
      format: 1,
      failed: { v: 'ValueError: no' },
      offline: { bytes: 1, partitions: 1 },
      lastUpdate: 9,
      updated: { v: 7, w: 9 },
    });
    const [updates, failures] = (result.long as string[]).map((text) => {
      expect(text.length).toBeLessThanOrEqual(4096);
      return JSON.parse(text) as {
        failed?: object;
        updated: Record<string, number>;
        others: number;
        lastUpdate: number;
      };
    });
    // the oldest are named, since they may be stale
    const named = Object.values(updates.updated);
    expect(named).toEqual(named.map((_, index) => index));
    expect(updates).toMatchObject({ failed: {}, others: named.length, lastUpdate: 199 });
    expect(failures).not.toHaveProperty('failed');
  });
});
