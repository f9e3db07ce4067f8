import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { EntityKeyType, FeatureSourceType, FeatureStoreSpec, FeatureValueType } from '../../../src/api/generated';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';
import { writePods } from './pods';

const run = promisify(execFile);
const QUERY = 'SELECT customer_id, orders, revenue, event_timestamp FROM totals';

function shop(folder: string): FeatureStoreSpec {
  return {
    entities: [{ name: 'customer', type: EntityKeyType.INT64 }],
    features: [
      { name: 'orders', type: FeatureValueType.INT64, source: { type: FeatureSourceType.BATCH, query: QUERY } },
      { name: 'revenue', type: FeatureValueType.DOUBLE, source: { type: FeatureSourceType.BATCH, query: QUERY } },
      { name: 'clicks', type: FeatureValueType.FLOAT, source: { type: FeatureSourceType.STREAMING, topic: 'clicks' } },
      {
        name: 'share',
        type: FeatureValueType.DOUBLE,
        source: {
          type: FeatureSourceType.REQUEST,
          transformation: 'def share(revenue, amount: float):\n    return amount / revenue if revenue else 0.0\n',
        },
      },
    ],
    serving: { online: {}, offline: { path: `file://${folder}/values` } },
  };
}

describeTool('a feature store of files, with Feast', whyNoPython(), () => {
  test('what was computed is read back from the online store, late rows too, and is served', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feast-read-back-'));
    try {
      const python = await pythonWith('feature-jobs');
      const pods = writePods(folder, shop(folder), {
        streamImage: 'example.com/flink:1',
        bootstrapServers: 'kafka:9092',
      });
      const server = [
        'serve',
        '--host',
        '127.0.0.1',
        '--port',
        '6566',
        '--metrics',
        '--workers',
        '1',
        '--registry_ttl_sec',
        '60',
      ];
      const { stdout } = await run(
        python,
        [path.join(__dirname, 'read_back.py'), pods.repository, pods.programs, JSON.stringify(server)],
        { env: { ...process.env, PYTHONPATH: pods.repository }, maxBuffer: 64 * 1024 * 1024 },
      );
      const result = JSON.parse(stdout) as { [step: string]: unknown };

      expect(result.nothing).toEqual(['materialized orders: 0 entities']);
      expect(result.first).toEqual(['materialized orders: 2 entities']);
      expect(result.afterFirst).toMatchObject({
        customer_id: [1, 2, 3],
        orders: [4, 7, null],
        revenue: [44, 70, null],
      });
      expect(result.again).toEqual(['materialized orders: 0 entities']);
      expect(result.second).toEqual(['materialized orders: 1 entities']);
      expect(result.afterSecond).toMatchObject({ orders: [4, 7, 9], revenue: [44, 70, 90] });
      // 22 of the request by 44 of the store
      expect(result.served).toMatchObject({ customer_id: 1, orders: 4, revenue: 44, clicks: 1.5, share: 0.5 });
      expect(result.metrics).toBe(true);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
