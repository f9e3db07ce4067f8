import { PLATFORM_GROUP } from '../../contracts/names';
import { choice, flag, integer, list, rule, struct, text, time } from '../schema/builders';
import {
  column,
  cron,
  duration,
  identifier,
  image,
  name,
  phase,
  readyColumn,
  secretRef,
  serviceAccountName,
  status,
  version,
} from '../schema/fragments';
import { location } from '../schema/locations';
import { topicName } from '../schema/texts';
import { KindDefinition } from '../schema/schema';

const VALUE_TYPES = [
  'float',
  'double',
  'int',
  'int32',
  'int64',
  'string',
  'bool',
  'bytes',
  'timestamp',
  'float-list',
  'int-list',
  'string-list',
];

const entity = struct(
  'FeatureEntity',
  'Something that features are known about.',
  {
    name: identifier('Name of the entity.'),
    joinKey: identifier('Column that identifies it.', { absent: 'the name of the entity with `_id`' }),
    type: choice('EntityKeyType', 'Type of the column.', ['string', 'int32', 'int64'], { default: 'string' }),
    description: text('What it is.', { maxLength: 1024, absent: 'none' }),
  },
  { required: ['name'] },
);

const source = struct(
  'FeatureSource',
  'How the values are computed.',
  {
    type: choice('FeatureSourceType', 'Kind of computation.', ['batch', 'streaming', 'model', 'request']),
    query: text('batch: query that yields the entity and the value.', {
      minLength: 1,
      maxLength: 16384,
      absent: 'none',
    }),
    schedule: cron('batch: when it is computed.', { absent: 'daily at midnight' }),
    topic: topicName('streaming: topic of the events.', { absent: 'none' }),
    transformation: text(
      'streaming, request: body of the job in Python; runs in a Pod of the tenant, never in the operator.',
      {
        minLength: 1,
        maxLength: 65536,
        absent: 'the value of the event as it is',
      },
    ),
    modelRef: struct(
      'ModelReference',
      'model: model whose answer is the value.',
      {
        name: name('AIModel in the same namespace.'),
        version: version('Version of the model.', { absent: 'the one that is served' }),
      },
      { required: ['name'] },
    ),
    timestampField: identifier('Column with the time of the event.', { default: 'event_timestamp' }),
    image: image('Container image of the job.', { absent: 'the image of the platform for the type' }),
  },
  {
    required: ['type'],
    rules: [
      rule("(self.type == 'batch') == has(self.query)", 'must have a query with type batch, and with no other type'),
      rule(
        "(self.type == 'streaming') == has(self.topic)",
        'must have a topic with type streaming, and with no other type',
      ),
      rule(
        "(self.type == 'model') == has(self.modelRef)",
        'must have a modelRef with type model, and with no other type',
      ),
      rule("self.type != 'request' || has(self.transformation)", 'must have a transformation with type request'),
      rule(
        "!has(self.schedule) || self.type in ['batch', 'model']",
        'must not have a schedule: only batch and model are computed on one',
      ),
    ],
  },
);

const feature = struct(
  'FeatureDefinition',
  'A value that is known about an entity.',
  {
    name: identifier('Name of the feature.'),
    type: choice('FeatureValueType', 'Type of the value. It cannot change.', VALUE_TYPES, {
      rules: [
        rule(
          'self == oldSelf',
          'cannot change, because stored values have the old type: add a feature with another name',
        ),
      ],
    }),
    description: text('What it is.', { maxLength: 1024, absent: 'none' }),
    entity: identifier('Entity that it is known about.', { absent: 'the first of `entities`' }),
    source,
    maxAge: duration('Age from which a value is stale.', { absent: 'values do not become stale' }),
  },
  { required: ['name', 'type', 'source'] },
);

const serving = struct('FeatureServing', 'Where values are kept for whom.', {
  online: struct(
    'OnlineStore',
    'Latest values, for models that answer.',
    {
      enabled: flag('Whether there is one.', { default: true }),
      storage: choice('OnlineStorage', 'Kind of store.', ['redis', 'valkey', 'dynamodb', 'postgres', 'cassandra'], {
        default: 'redis',
      }),
      secretRef: secretRef('Secret with the address and credentials of the store.'),
      ttl: integer('Seconds after which a value is dropped; 0 keeps it.', { default: 0, min: 0, max: 31536000 }),
    },
    { absent: 'none' },
  ),
  offline: struct(
    'OfflineStore',
    'Every value with its time, for training.',
    {
      enabled: flag('Whether there is one.', { default: true }),
      storage: choice(
        'OfflineStorage',
        'How values are written.',
        ['parquet', 'delta', 'postgres', 'redshift', 'snowflake', 'bigquery'],
        {
          default: 'parquet',
        },
      ),
      path: location('Folder of the files.', ['s3', 's3a', 'gs'], { absent: 'none' }),
    },
    {
      absent: 'none',
      rules: [
        rule(
          "!self.enabled || !(self.storage in ['parquet', 'delta']) || has(self.path)",
          'must say where the files are: set path for parquet and delta',
        ),
      ],
    },
  ),
});

/** Features, how they are computed and served. */
export const FEATURE_STORE: KindDefinition = {
  group: PLATFORM_GROUP,
  version: 'v1alpha1',
  kind: 'FeatureStore',
  plural: 'featurestores',
  shortNames: ['fst'],
  scope: 'Namespaced',
  description: 'Features of entities: how their values are computed, kept, served and watched.',
  rules: [
    rule(
      'size(self.metadata.name) <= 52',
      'the name must have at most 52 characters: the names of its jobs and Services are made from it',
    ),
  ],
  spec: struct(
    'FeatureStoreSpec',
    'Desired state.',
    {
      description: text('What the features are about.', { maxLength: 1024, absent: 'none' }),
      owner: text('Team or person who answers for it.', { minLength: 1, maxLength: 253, absent: 'none' }),
      entities: list('What features are known about.', entity, {
        maxItems: 16,
        keys: ['name'],
        absent: 'one entity `entity`, identified by the column `entity_id`',
      }),
      features: list('Features.', feature, { minItems: 1, maxItems: 200, keys: ['name'] }),
      serving: { ...serving, default: {} },
      versioning: struct(
        'FeatureVersioning',
        'Old definitions that are kept.',
        {
          enabled: flag('Whether they are.', { default: true }),
          retentionDays: integer('Days that they are kept.', { default: 90, min: 1, max: 3650 }),
        },
        { default: {} },
      ),
      monitoring: struct(
        'FeatureMonitoring',
        'What is watched.',
        {
          enabled: flag('Whether anything is.', { default: true }),
          metrics: list(
            'Figures that are computed.',
            choice('FeatureMetric', 'A figure.', [
              'feature_freshness',
              'feature_coverage',
              'feature_drift',
              'feature_staleness',
            ]),
            {
              maxItems: 8,
              set: true,
              absent: 'feature_freshness and feature_coverage',
            },
          ),
        },
        { default: {} },
      ),
      serviceAccountName: serviceAccountName('ServiceAccount of the jobs.', 'one without permissions'),
      suspend: flag('Compute nothing further; what is stored is served.', { default: false }),
    },
    {
      required: ['features'],
      rules: [
        rule(
          'self.features.all(feature, !has(feature.entity) || (has(self.entities) && self.entities.exists(known, known.name == feature.entity)))',
          'must be about entities that exist: add the entity to entities, or correct feature.entity',
          { fieldPath: '.features' },
        ),
      ],
    },
  ),
  status: status({
    phase: phase(['Pending', 'Provisioning', 'Serving', 'Degraded', 'Failed', 'Terminating']),
    lastUpdate: time('When a value was last written.'),
    features: struct('', 'Features by state.', {
      total: integer('All.', { min: 0 }),
      serving: integer('Those with fresh values.', { min: 0 }),
      failing: integer('Those whose computation failed.', { min: 0 }),
    }),
    storage: struct('', 'What is stored.', {
      online: struct('', 'In the online store.', {
        size: text('Human-readable size.', { maxLength: 32 }),
        keys: integer('Number of entities.', { min: 0 }),
      }),
      offline: struct('', 'In the offline store.', {
        size: text('Human-readable size.', { maxLength: 32 }),
        partitions: integer('Number of folders.', { min: 0 }),
      }),
    }),
  }),
  columns: [
    column('Features', 'integer', '.status.features.total', 'Number of features.'),
    column('Serving', 'integer', '.status.features.serving', 'Features with fresh values.'),
    column('Failing', 'integer', '.status.features.failing', 'Features whose computation failed.'),
    column('Phase', 'string', '.status.phase', 'The state as one word.'),
    readyColumn(),
    column('Owner', 'string', '.spec.owner', 'Who answers for it.', 1),
    column('Updated', 'date', '.status.lastUpdate', 'When a value was last written.', 1),
  ],
  example: `\
owner: growth-team
entities:
  - { name: customer, joinKey: customer_id, type: int64 }
features:
  - name: orders_30d
    type: int64
    entity: customer
    maxAge: 1d
    source:
      type: batch
      query: SELECT customer_id, count(*) AS orders_30d, now() AS event_timestamp FROM orders GROUP BY 1
serving:
  online: { storage: valkey, ttl: 86400 }
  offline: { path: s3://features/growth/ }
`,
};
