import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { FeatureDefinition, FeatureSourceType, FeatureStoreSpec, FeatureValueType } from '../../../src/api/generated';
import { DOCUMENTED } from '../../kinds/feature-store/support';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';
import { writePods } from './pods';

const run = promisify(execFile);

interface Stored {
  readonly types: { readonly [column: string]: string };
  readonly rows: string[][];
  readonly future: number;
}

interface Computed {
  readonly runs: { readonly failure: string | null; readonly output: string[] }[];
  readonly views: { readonly [name: string]: Stored };
}

function batch(name: string, type: FeatureValueType, query: string): FeatureDefinition {
  return { name, type, source: { type: FeatureSourceType.BATCH, query } };
}

async function computed(features: FeatureDefinition[]): Promise<Computed> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feast-batch-'));
  try {
    const spec: FeatureStoreSpec = { features, serving: { online: {}, offline: { path: `file://${folder}/values` } } };
    const { programs } = writePods(folder, spec, {
      lake: `file://${folder}/lake`,
      lakeOf: { 'feature-stores': `file://${folder}/lake` },
    });
    const job = fs.readdirSync(programs).find((file) => /^batch-.*\.json$/.test(file)) ?? '';
    const { stdout } = await run(
      await pythonWith('feature-jobs'),
      [path.join(__dirname, 'compute_batch.py'), folder, programs, path.join(programs, job)],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return JSON.parse(stdout) as Computed;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describeTool('batch features on Spark', whyNoPython(), () => {
  test('the documented query, columns by name, subqueries; a failing query leaves the others be', async () => {
    const result = await computed([
      DOCUMENTED.features[0],
      batch(
        'orders',
        FeatureValueType.INT,
        `WITH big AS (SELECT * FROM orders WHERE order_value > (SELECT min(order_value) FROM orders))
         SELECT count(*) AS orders, customer_id AS entity_id, timestamp'2999-01-01' AS event_timestamp FROM big GROUP BY customer_id`,
      ),
      batch('wrong', FeatureValueType.FLOAT, 'SELECT entity_id, a, b FROM missing'),
      batch('ambiguous', FeatureValueType.FLOAT, 'SELECT customer_id, order_value, 1 AS other FROM orders'),
      batch(
        'tags',
        FeatureValueType.STRING_LIST,
        `SELECT customer_id, collect_set('x') AS tags FROM orders GROUP BY 1`,
      ),
    ]);

    const [first] = result.runs;
    expect(first.failure).toBe('not computed: wrong, ambiguous');
    expect(first.output).toEqual(
      expect.arrayContaining(['computed customer_lifetime_value', 'computed orders', 'computed tags']),
    );
    // two runs, each appended
    const a = ['a', '30.0'];
    const b = ['b', '21.0'];
    expect(result.views.customer_lifetime_value.rows).toEqual([a, a, b, b]);
    expect(result.views.customer_lifetime_value.types).toMatchObject({
      entity_id: 'string',
      customer_lifetime_value: 'float',
      event_timestamp: 'timestamp',
      created_timestamp: 'timestamp',
    });
    expect(result.views.orders.rows).toEqual([
      ['a', '2'],
      ['a', '2'],
      ['b', '1'],
      ['b', '1'],
    ]);
    expect(result.views.orders.future).toBe(0);
    expect(result.views.tags.rows[0]).toEqual(['a', "['x']"]);
    expect(Object.keys(result.views).sort()).toEqual(['customer_lifetime_value', 'orders', 'tags']);
  });
});
