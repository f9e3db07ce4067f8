import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { describeTool } from '../describe-tool';
import { whyNoJava } from '../java';
import { pythonWith, whyNoPython } from '../python';
import { mount, objects, textsBelow } from './support';

const run = promisify(execFile);
const SCHEMA =
  "id BIGINT, customer_id STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND";
const SETTINGS = {
  flinkImage: 'registry.example.com/flink:2.1.0',
  bootstrapServers: 'kafka:9092',
  folder: 's3://platform/pipelines',
};

/** The ConfigMap of a pipeline on Flink itself; folders take the place of the topic and the bucket. */
describeTool('the job of a pipeline on Flink', whyNoPython() ?? whyNoJava(), () => {
  let folder: string;
  let python: string;

  beforeAll(async () => {
    python = await pythonWith('flink-runner');
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flink-'));
  });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  async function runJob(spec: object, events: readonly object[]): Promise<string> {
    const home = fs.mkdtempSync(path.join(folder, 'job-'));
    const { data } = objects({ engine: 'flink', ...spec }, SETTINGS).ConfigMap;
    mount(path.join(home, 'topic'), { 'events.json': events.map((event) => `${JSON.stringify(event)}\n`).join('') });
    const pipeline = JSON.parse(data['pipeline.json']) as {
      statements: string[];
      sinks: { options: Record<string, string> }[];
    };
    const local = `'connector' = 'filesystem', 'path' = 'file://${home}/topic', 'format' = 'json'`;
    pipeline.statements[0] = pipeline.statements[0].replace(/WITH \(.*\)$/, `WITH (${local})`);
    for (const { options } of pipeline.sinks) {
      if (options.path) options.path = options.path.replace('s3://lake', `file://${home}`);
      // Kafka's connector is no part of PyFlink
      if (options.connector === 'upsert-kafka') {
        for (const key of Object.keys(options)) delete options[key];
        options.connector = 'print';
      }
    }
    mount(home, { ...data, 'pipeline.json': JSON.stringify(pipeline) });
    const env = { ...process.env, PIPELINE_WAIT: '1' };
    await run(python, [path.join(home, 'main.py'), path.join(home, 'pipeline.json')], { env, timeout: 900_000 });
    return home;
  }

  const source = { type: 'kafka', config: { topic: 'orders', options: { schema: SCHEMA } } };

  test('rows are filtered, computed, partitioned by the time of the event, and those that break a check put aside', async () => {
    const home = await runJob(
      {
        source,
        transformations: [
          { type: 'filter', config: { condition: 'amount > 0' } },
          { type: 'clean', config: { removeNulls: true, columns: ['id'] } },
          {
            type: 'sql',
            config: { query: 'SELECT id, customer_id, amount * 2 AS amount, ts FROM input WHERE id <> 7' },
          },
        ],
        sink: {
          type: 'datalake',
          config: {
            path: 's3://lake/orders/',
            format: 'json',
            partitionBy: ['year', 'day'],
            options: { partitionTimeColumn: 'ts' },
          },
        },
        quality: [
          { name: 'has-customer', type: 'not-null', column: 'customer_id', onFailure: 'warn' },
          { name: 'small', type: 'range', column: 'amount', max: 100, onFailure: 'warn' },
          { name: 'known', type: 'sql', expression: "customer_id <> 'x'", onFailure: 'warn' },
        ],
      },
      [
        { id: 1, customer_id: 'a', amount: 5, ts: '2026-03-04 10:00:00' },
        { id: 2, customer_id: null, amount: 5, ts: '2026-03-04 10:00:01' },
        { id: 3, customer_id: 'c', amount: 90, ts: '2026-03-05 10:00:02' },
        { id: 4, customer_id: 'd', amount: -1, ts: '2026-03-05 10:00:03' },
        { id: null, customer_id: 'd', amount: 1, ts: '2026-03-05 10:00:04' },
        { id: 7, customer_id: 'd', amount: 1, ts: '2026-03-05 10:00:05' },
      ],
    );
    expect(fs.readdirSync(path.join(home, 'orders')).sort()).toEqual(['_quarantine', 'year=2026']);
    const rows = textsBelow(path.join(home, 'orders', 'year=2026', 'day=04'))
      .join('')
      .trim()
      .split('\n');
    expect(rows.map((row) => JSON.parse(row) as object)).toEqual([
      { id: 1, customer_id: 'a', amount: 10, ts: '2026-03-04 10:00:00' },
    ]);
    const aside = textsBelow(path.join(home, 'orders', '_quarantine'))
      .join('')
      .trim()
      .split('\n');
    const failed = aside.map((row) => JSON.parse(row) as { id: number; failed_checks: string });
    expect(failed.map(({ id, failed_checks }) => [id, failed_checks.trim()]).sort()).toEqual([
      // a check of SQL that is neither true nor false is broken
      [2, 'has-customer known'],
      [3, 'small'],
    ]);
  });

  test('columns have any names', async () => {
    const names = ['a.b', 'a`b', 'a, (b', "it's", 'select', 'größe'];
    const quoted = names.map((name) => `\`${name.replaceAll('`', '``')}\` INT`);
    const schema = ['id INT', 'tags MAP<STRING, ARRAY<INT>>', ...quoted, 'more AS id > 1', 'ts TIMESTAMP(3)'].join(
      ',\n',
    );
    const event = {
      id: 1,
      tags: { a: [1] },
      ...Object.fromEntries(names.map((name) => [name, 7])),
      ts: '2026-03-04 10:00:00',
    };
    const home = await runJob(
      {
        source: { type: 'kafka', config: { topic: 'orders', options: { schema } } },
        transformations: [{ type: 'clean', config: { removeNulls: true } }],
        sink: {
          type: 'datalake',
          config: {
            path: 's3://lake/orders/',
            format: 'json',
            partitionBy: ['day'],
            options: { partitionTimeColumn: 'ts' },
          },
        },
      },
      [event, { ...event, id: 2, 'a`b': null }],
    );
    const rows = textsBelow(path.join(home, 'orders')).join('').trim().split('\n');
    expect(rows.map((row) => JSON.parse(row) as object)).toEqual([{ ...event, more: false }]);
  });

  test('figures by key go to a table with that key', async () => {
    const home = await runJob(
      {
        source,
        transformations: [{ type: 'aggregate', config: { groupBy: ['id'], aggregates: { total: 'SUM(amount)' } } }],
        sink: { type: 'kafka', config: { topic: 'totals', mode: 'upsert', keys: ['id'] } },
      },
      [{ id: 1, customer_id: 'a', amount: 5, ts: '2026-03-04 10:00:00' }],
    );
    // it ended without an error: Flink takes the statement, and the types of the columns
    expect(fs.existsSync(path.join(home, 'pipeline.json'))).toBe(true);
  });
});
