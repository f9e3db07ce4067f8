import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { programFiles } from '../../../src/contracts/programs';
import { BaselineReading, parseBaseline } from '../../../src/kinds/ai-model/drift-baseline';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';

/** What the job leaves in its message is what the operator reads; what it finds is asked by the tests of the program. */
describeTool('message of the baseline job', whyNoPython(), () => {
  let python = '';
  let folder = '';

  beforeAll(async () => {
    python = await pythonWith('model-jobs');
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drift-baseline-'));
    fs.writeFileSync(path.join(folder, 'job.py'), programFiles('model-jobs')['drift_baseline.py']);
  });

  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function run(columns: Readonly<Record<string, readonly (number | string)[]>>, ...options: string[]): BaselineReading {
    const [data, output] = [path.join(folder, 'train.csv'), path.join(folder, 'message')];
    const names = Object.keys(columns);
    const rows = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
    fs.writeFileSync(data, [names.join(','), ...rows].join('\n'));
    spawnSync(python, [path.join(folder, 'job.py'), data, '--output', output, ...options]);
    return parseBaseline(fs.readFileSync(output, 'utf8'));
  }

  const hundred = (value: (row: number) => number): number[] => Array.from({ length: 100 }, (_, row) => value(row));

  test('rows, bounds and counts are read', () => {
    const { baseline, reason } = run(
      { age: hundred((row) => row), income: hundred((row) => row / 8) },
      '--buckets',
      '4',
    );
    expect(reason).toBeUndefined();
    expect(baseline).toEqual({
      rows: 100,
      features: [
        { name: 'age', bounds: [24.8, 49.5, 74.2], counts: [25, 25, 25, 25] },
        { name: 'income', bounds: [3.09, 6.19, 9.28], counts: [25, 25, 25, 25] },
      ],
    });
  });

  test('the names of features that do not fit are read', () => {
    const wide = Array.from({ length: 120 }, (_, at) => [`feature_${at}`, hundred((row) => (row * (at + 7)) / 97)]);
    const { baseline } = run(Object.fromEntries(wide) as Record<string, number[]>);
    const kept = baseline?.features.length ?? 0;
    expect(kept).toBeGreaterThan(40);
    expect(baseline?.dropped?.[0]).toBe(`feature_${kept}`);
  });

  test('why there is no baseline is read', () => {
    expect(run({ name: ['ann', 'bob'] })).toMatchObject({ reason: 'no column has numbers' });
  });
});
