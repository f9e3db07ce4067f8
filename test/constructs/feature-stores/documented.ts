import {
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
  OfflineStorage,
  OnlineStorage,
} from '../../../src/api/generated';

/** The documented sample. */
export const DOCUMENTED: FeatureStoreSpec = {
  description: 'Customer behavioral and demographic features',
  owner: 'data-science-team',
  features: [
    {
      name: 'customer_lifetime_value',
      type: FeatureValueType.FLOAT,
      description: 'Predicted customer lifetime value',
      source: {
        type: FeatureSourceType.BATCH,
        query: `SELECT customer_id, 
       SUM(order_value) * retention_multiplier as ltv
FROM orders 
JOIN customer_metrics USING (customer_id)
GROUP BY customer_id
`,
      },
    },
    {
      name: 'purchase_frequency',
      type: FeatureValueType.FLOAT,
      description: 'Average days between purchases',
      source: {
        type: FeatureSourceType.STREAMING,
        topic: 'customer-events',
        transformation: `def calculate_frequency(events):
  return events.groupby('customer_id').agg(
    lambda x: x['timestamp'].diff().mean()
  )
`,
      },
    },
    {
      name: 'churn_probability',
      type: FeatureValueType.FLOAT,
      description: 'Probability of customer churn',
      source: { type: FeatureSourceType.MODEL, modelRef: { name: 'churn-predictor', version: '2.1' } },
    },
  ],
  serving: {
    online: { enabled: true, storage: OnlineStorage.REDIS, ttl: 3600 },
    offline: { enabled: true, storage: OfflineStorage.PARQUET, path: 's3://features/customer/' },
  },
  versioning: { enabled: true, retentionDays: 90 },
};
