import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { anySpec } from '../../kinds/feature-store/any-spec';
import {
  EntityKeyType,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
  OfflineStorage,
  OnlineStorage,
} from '../../../src/api/generated';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';
import { repositoryOf, writeLocally } from './repositories';
import { DOCUMENTED } from '../../kinds/feature-store/support';

const run = promisify(execFile);

interface Applied {
  readonly error?: string;
  readonly entities: { name: string; joinKey: string; type: string; description: string }[];
  readonly views: {
    name: string;
    ttl: number;
    owner: string;
    description: string;
    push: string | null;
    features: { [name: string]: string };
    texts: { [name: string]: string };
  }[];
  readonly onRequest: { name: string; features: { [name: string]: string }; inputs: string[] }[];
  readonly services: { name: string; tags: { [key: string]: string }; description: string }[];
}

/** What Feast makes of specs. */
async function applied(specs: FeatureStoreSpec[]): Promise<Applied[]> {
  const python = await pythonWith('feature-jobs');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feast-repositories-'));
  try {
    const folders = specs.map((spec, index) => {
      const each = path.join(folder, `repository-${index}`);
      writeLocally(repositoryOf('customer-features', spec), each);
      return each;
    });
    const { stdout } = await run(python, [path.join(__dirname, 'apply_repositories.py'), ...folders], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout) as Applied[];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describeTool('the repository in Feast 0.66', whyNoPython(), () => {
  test('the documented sample: its three features are views of the default entity', async () => {
    const [result] = await applied([DOCUMENTED]);

    expect(result.error).toBeUndefined();
    expect(result.entities).toEqual([{ name: 'entity', joinKey: 'entity_id', type: 'STRING', description: '' }]);
    expect(result.views.map(({ name, features, push, ttl }) => ({ name, features, push, ttl }))).toEqual([
      { name: 'churn_probability', features: { churn_probability: 'Float32' }, push: null, ttl: 0 },
      { name: 'customer_lifetime_value', features: { customer_lifetime_value: 'Float32' }, push: null, ttl: 0 },
      {
        name: 'purchase_frequency',
        features: { purchase_frequency: 'Float32' },
        push: 'purchase_frequency_push',
        ttl: 0,
      },
    ]);
    expect(result.views[1]).toMatchObject({
      owner: 'data-science-team',
      description: 'Predicted customer lifetime value',
    });
    expect(result.services).toMatchObject([
      { name: 'customer-features', description: 'Customer behavioral and demographic features' },
    ]);
  });

  test('random specs with nasty text: plan and apply pass, and the text arrives as it was', async () => {
    const specs = fc.sample(anySpec, { numRuns: 12, seed: 20_240_115 });
    const results = await applied(specs);

    expect(results.map(({ error }) => error)).toEqual(specs.map(() => undefined));
    for (const [index, given] of specs.entries()) {
      const result = results[index];
      const texts = Object.assign({}, ...result.views.map((view) => view.texts)) as { [name: string]: string };
      for (const feature of given.features) {
        if (feature.source.type === FeatureSourceType.REQUEST) continue;
        expect([feature.name, texts[feature.name]]).toEqual([feature.name, feature.description]);
      }
      expect(result.services[0].description).toBe(given.description);
      expect(result.entities.map(({ description }) => description)).toEqual(
        given.entities?.map(({ description }) => description),
      );
      expect(result.onRequest).toHaveLength(
        given.features.filter(({ source }) => source.type === FeatureSourceType.REQUEST).length,
      );
    }
  });

  test('features of one query are one view; a request takes stored features and values of the request', async () => {
    const query = 'SELECT customer_id, orders, revenue, event_timestamp FROM totals';
    const [result] = await applied([
      {
        entities: [{ name: 'customer', type: EntityKeyType.INT64 }],
        features: [
          {
            name: 'orders',
            type: FeatureValueType.INT,
            maxAge: '1d',
            source: { type: FeatureSourceType.BATCH, query },
          },
          {
            name: 'revenue',
            type: FeatureValueType.DOUBLE,
            maxAge: '1d',
            source: { type: FeatureSourceType.BATCH, query },
          },
          {
            name: 'tags',
            type: FeatureValueType.STRING_LIST,
            maxAge: '2d',
            source: { type: FeatureSourceType.BATCH, query },
          },
          {
            name: 'share',
            type: FeatureValueType.DOUBLE,
            source: {
              type: FeatureSourceType.REQUEST,
              transformation:
                'FACTOR = 2\ndef helper(x):\n    return x * FACTOR\ndef share(revenue, amount: float):\n    return helper(amount) / revenue if revenue else 0.0\ndef later():\n    return 1\n',
            },
          },
        ],
        serving: {
          online: { storage: OnlineStorage.REDIS },
          offline: { storage: OfflineStorage.PARQUET, path: 's3://features/x' },
        },
      },
    ]);

    expect(result.error).toBeUndefined();
    expect(result.views.map(({ name, features, ttl }) => ({ name, features, ttl }))).toEqual([
      { name: 'orders', features: { orders: 'Int64', revenue: 'Float64' }, ttl: 86_400 },
      { name: 'tags', features: { tags: 'Array(String)' }, ttl: 172_800 },
    ]);
    expect(result.onRequest).toEqual([
      { name: 'share', features: { share: 'Float64' }, inputs: ['amount', 'orders', 'revenue'] },
    ]);
    expect(result.services.map(({ name }) => name).sort()).toEqual(['customer-features', 'customer-features-stored']);
  });
});
