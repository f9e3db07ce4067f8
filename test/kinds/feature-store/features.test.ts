import { EntityKeyType, FeatureStoreSpec, OfflineStorage, OnlineStorage } from '../../../src/api/generated';
import { DOCUMENTED, items, SETTINGS } from './support';

const [BATCH, STREAM, MODEL] = DOCUMENTED.features;

test.each([
  ['no folder', { features: [BATCH] }, /serving\.offline\.path must say where values are kept/],
  ['HDFS', { features: [BATCH], serving: { offline: { path: 'hdfs://a/' } } }, /must be in S3 or Google Cloud Storage/],
  [
    'names of two cases',
    { features: [BATCH, { ...BATCH, name: 'Customer_Lifetime_Value' }], serving: DOCUMENTED.serving },
    /differ in more than case/,
  ],
  [
    'the join key',
    { features: [{ ...BATCH, name: 'entity_id' }], serving: DOCUMENTED.serving },
    /must differ from the column entity_id/,
  ],
  [
    'the creation time',
    { features: [{ ...BATCH, name: 'created_timestamp' }], serving: DOCUMENTED.serving },
    /must differ from the column created_timestamp/,
  ],
  [
    'a model without inputs',
    { features: [MODEL], serving: DOCUMENTED.serving },
    /must have other stored features of its entity/,
  ],
  [
    'a stream without an online store',
    { features: [STREAM], serving: { offline: DOCUMENTED.serving?.offline } },
    /serving\.online must be there/,
  ],
  [
    'a stream into a database',
    { features: [STREAM], serving: { online: {}, offline: { storage: OfflineStorage.POSTGRES } } },
    /must be parquet or delta/,
  ],
  [
    'PostgreSQL without a Secret',
    { features: [BATCH], serving: { ...DOCUMENTED.serving, online: { storage: OnlineStorage.POSTGRES } } },
    /secretRef must name a Secret/,
  ],
  [
    'too much text',
    {
      features: [BATCH],
      serving: DOCUMENTED.serving,
      entities: Array.from({ length: 1000 }, (_, i) => ({
        name: `e${i}`,
        type: EntityKeyType.INT32,
        description: 'x'.repeat(1024),
      })),
    },
    /must fit into a ConfigMap/,
  ],
] as [string, FeatureStoreSpec, RegExp][])('refused: %s', (_, spec, message) => {
  const settings = { ...SETTINGS, offlineSecretName: 'db', registryPath: 's3://features/registry.db' };
  expect(() => items({ spec, settings })).toThrow(message);
});
