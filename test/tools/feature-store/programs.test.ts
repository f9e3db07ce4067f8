import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { FeatureMetric, FeatureStoreSpec } from '../../../src/api/generated';
import { DOCUMENTED } from '../../kinds/feature-store/support';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';
import { writePods } from './pods';

const run = promisify(execFile);

/** The programs with the files that the construct writes; what they do with other files is asked by their own tests. */
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
        await pythonWith('feature-jobs'),
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

  test('metrics: coverage counts entities with a fresh value, and grows with what is computed later', () => {
    // all are older than a day; then two of four are fresh; a day later none is
    expect(result.coverage).toEqual([0, 0.5, 0]);
    expect(result.updated).toEqual([-172_800, -3600]);
    expect(result.failures).toBe(0);
  });

  test('metrics: what was computed on the last day has moved', () => {
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

  test('what is stored is found in the folders of the views', () => {
    expect(result.stored).toEqual({
      bytes: true,
      partitions: 2,
      recent: true,
      nothing: { bytes: 0, partitions: 0, newest: null },
    });
  });
});
