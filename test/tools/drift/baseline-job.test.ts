import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { BaselineReading } from '../../../src/kinds/ai-model';
import { parseBaseline } from '../../../src/kinds/ai-model/drift-baseline';
import { DRIFT_BASELINE_PROGRAM } from '../../../src/kinds/ai-model/drift-baseline-source';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';

// the first run installs pyarrow

interface Expected {
  readonly [file: string]: { readonly rows: number; readonly features: { readonly [name: string]: Feature } };
}

interface Feature {
  readonly bounds: number[];
  readonly counts: number[];
}

describeTool('baseline job', whyNoPython(), () => {
  let python = '';
  let folder = '';
  let expected: Expected = {};

  beforeAll(async () => {
    python = await pythonWith('drift');
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drift-baseline-'));
    fs.writeFileSync(path.join(folder, 'job.py'), DRIFT_BASELINE_PROGRAM);
    const output = execFileSync(python, [path.join(__dirname, 'training_data.py'), folder], { encoding: 'utf8' });
    expected = JSON.parse(output) as Expected;
  });

  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  interface Run extends BaselineReading {
    readonly status: number | null;
    readonly text: string;
    readonly printed: string;
  }

  /** What the job leaves in its message. */
  function run(location: string, ...options: string[]): Run {
    const output = path.join(folder, 'message');
    fs.writeFileSync(output, '');
    const { status, stdout, stderr } = spawnSync(
      python,
      [path.join(folder, 'job.py'), location, '--output', output, ...options],
      { encoding: 'utf8' },
    );
    const text = fs.readFileSync(output, 'utf8');
    return { status, text, printed: stdout + stderr, ...parseBaseline(text) };
  }

  const at = (name: string): string => path.join(folder, name);

  test.each(['train.parquet', 'parts', 'train.csv', 'train.csv.gz', 'lines.json', 'list.json'])(
    '%s: rows, bounds and counts are those of numpy',
    (name) => {
      const { status, baseline } = run(at(name));
      expect(status).toBe(0);
      expect(baseline?.rows).toBe(expected[name].rows);
      const found = Object.fromEntries((baseline?.features ?? []).map(({ name: one, ...rest }) => [one, rest]));
      expect(found).toEqual(expected[name].features);
    },
  );

  test('a URL with file:// is read', () => {
    expect(run(`file://${at('train.parquet')}`).baseline?.rows).toBe(expected['train.parquet'].rows);
  });

  test('given bounds are kept, and only their features are read', () => {
    const { baseline } = run(at('train.parquet'), '--bounds', '{"age":[20,40.5],"flag":[0]}');
    const [age, flag] = baseline?.features ?? [];
    expect(baseline?.features).toHaveLength(2);
    expect([age.name, age.bounds, flag.name, flag.bounds]).toEqual(['age', [20, 40.5], 'flag', [0]]);
    expect(age.counts).toEqual(expected.given.features.age.counts);
  });

  test('the features that are asked for come in that order', () => {
    const { baseline } = run(at('train.parquet'), '--features', 'income,age', '--buckets', '4');
    expect(baseline?.features.map(({ name, bounds }) => [name, bounds.length])).toEqual([
      ['income', 3],
      ['age', 3],
    ]);
  });

  test('a fraction that comes late in a column of whole numbers is read', () => {
    const { baseline } = run(at('late.csv'), '--bounds', '{"a":[1]}');
    expect(baseline?.features[0].counts).toEqual([400_000, 1]);
  });

  test('more features than there is room for: buckets are joined, then features dropped, and their names said', () => {
    const { text, baseline, printed } = run(at('wide.parquet'));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(text)).toBeGreaterThan(3500);
    const kept = baseline?.features ?? [];
    expect(kept.length).toBeGreaterThan(40);
    for (const { bounds, counts } of kept) {
      expect(bounds).toHaveLength(4);
      expect(counts.reduce((sum, count) => sum + count)).toBe(1000);
    }
    const dropped = baseline?.dropped ?? [];
    expect(dropped[0]).toBe('feature_' + String(kept.length).padStart(3, '0'));
    expect(JSON.parse(text)).toMatchObject({ droppedCount: 120 - kept.length });
    expect(printed).toContain('feature_119');
  });

  test('features that fit with fewer buckets are all there', () => {
    const { text, baseline } = run(at('wide.parquet'), '--features', expected.some.features.names as unknown as string);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(baseline?.features).toHaveLength(50);
    expect(baseline?.dropped).toBeUndefined();
  });

  test('twice the same data, twice the same message', () => {
    expect(run(at('train.parquet')).text).toBe(run(at('train.parquet')).text);
  });

  test.each([
    ['nothing.parquet', [], 'there is nothing at the location of the baseline, or it may not be read'],
    ['words.csv', [], 'no column has numbers'],
    ['train.parquet', ['--features', 'age,nothing'], 'the data has no column nothing'],
    ['train.parquet', ['--features', 'name'], 'the column name has no numbers'],
    ['train.parquet', ['--bounds', '{"age":[2,1]}'], '--bounds of age must be 1 to 64 ascending numbers'],
    ['train.parquet', ['--bounds', '[1'], '--bounds must be JSON such as {"age": [18, 40]}'],
    ['train.parquet', ['--buckets', '1'], '--buckets must be between 2 and 65'],
    ['mixed', [], 'there are files of several formats: name one with --format'],
    ['empty', [], 'there is no file with the extension of a known format'],
  ])('%s %j: it ends with 1 and says why', (name, options, reason) => {
    expect(run(at(name), ...options)).toMatchObject({ status: 1, reason });
  });

  test('what goes wrong while reading shows neither data nor address', () => {
    const broken = run(at('broken.csv'), '--bounds', '{"a":[1]}');
    expect(broken.status).toBe(1);
    expect(broken.reason).toBe('ArrowInvalid while reading the training data');
    expect(broken.text + broken.printed).not.toContain('secret-name');
    const store = run('ftp://user:hidden@store.acme.example/train.csv');
    expect(store.status).toBe(1);
    expect(store.text + store.printed).not.toContain('hidden');
  });

  test('a folder and a file in S3 are read, and what is not there is said', () => {
    const locations = ['s3a://training/churn/parquet/', 's3://training/churn/csv/train.csv', 's3://training/nothing'];
    const script = path.join(__dirname, 's3_store.py');
    const output = execFileSync(python, [script, at('job.py'), folder, ...locations], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // the server has a line of its own
    const runs = JSON.parse(output.slice(output.indexOf('[{'))) as { status: number; text: string; printed: string }[];
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 1]);
    expect(runs.map(({ text }) => parseBaseline(text).baseline?.rows)).toEqual([
      expected['train.parquet'].rows,
      expected['train.csv'].rows,
      undefined,
    ]);
    expect(parseBaseline(runs[2].text).reason).toBe(
      'there is nothing at the location of the baseline, or it may not be read',
    );
    expect(runs.map(({ text, printed }) => text + printed).join()).not.toContain('hidden');
  });
});
