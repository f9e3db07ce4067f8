import { DataPipelineSettings } from '../../../src/kinds/data-pipeline/settings';
import { DATABASE, LAKE, objects } from './support';

const spec = { source: DATABASE, sink: LAKE };
const topic = { type: 'kafka', config: { topic: 'orders' } };
const collection = {
  type: 'database',
  config: { driver: 'mongodb', connection: { secretRef: { name: 'db' } }, table: 'orders' },
};

test.each<[string, object, DataPipelineSettings, string]>([
  ['a name that no run can have', spec, {}, ''],
  ['Spark where there is none', spec, { spark: false }, 'engine must be one that the platform has, got "spark"'],
  ['a feature store as source', { ...spec, source: { type: 'featurestore', config: {} } }, {}, 'source.type must be'],
  ['a feature store as sink', { ...spec, sink: { type: 'featurestore', config: {} } }, {}, 'sink.type must be'],
  ['a topic without a schedule', { ...spec, source: topic }, { bootstrapServers: 'k:9092' }, 'schedule must be given'],
  [
    'a topic without brokers',
    { ...spec, source: topic, schedule: '0 * * * *' },
    {},
    'source.config.bootstrapServers must be given',
  ],
  ['a sink without brokers', { ...spec, sink: topic }, {}, 'sink.config.options must have the brokers'],
  [
    'a topic that is overwritten',
    { ...spec, sink: { type: 'kafka', config: { topic: 'a', mode: 'overwrite' } } },
    { bootstrapServers: 'k:9092' },
    'sink.config.mode must be append or upsert',
  ],
  [
    'a step that is an image',
    { ...spec, transformations: [{ type: 'custom', config: { image: 'a:1' } }] },
    {},
    'transformations[0].type must be a step that the job of Spark does itself',
  ],
  [
    'steps with two images',
    {
      ...spec,
      transformations: ['a:1', 'b:1'].map((image) => ({ type: 'python', config: { script: 'df = df', image } })),
    },
    {},
    'transformations[1].config.image must be a:1',
  ],
  [
    'a table that is looked up nowhere',
    { ...spec, source: LAKE, transformations: [{ type: 'enrich', config: { lookupTable: 't', joinKey: 'k' } }] },
    {},
    'transformations[0].config.lookupTable must be a table that is found',
  ],
  [
    'a file of one pod',
    { ...spec, sink: { type: 'datalake', config: { path: 'file:///data' } } },
    {},
    'sink.config.path must be a place that every pod of the job reaches',
  ],
  [
    'a store for which there is no connector',
    { ...spec, sink: { type: 'datalake', config: { path: 'gs://lake/orders' } } },
    {},
    'sink.config.path must be something that the image of Spark has a connector for',
  ],
  [
    'increments into a sink that cannot remember the last one',
    {
      ...spec,
      source: {
        type: 'database',
        config: { ...DATABASE.config, table: undefined, query: 'SELECT 1 WHERE a > :last_run' },
      },
      sink: collection,
    },
    {},
    'sink.type must be a store that keeps what the next run begins with',
  ],
  [
    'a schedule that is none',
    { ...spec, schedule: '0 25 * * *' },
    {},
    'schedule must have five fields within their bounds, but hour',
  ],
  ['a zone that is not there', { ...spec, zone: 'lab' }, {}, 'zone must be the name of an AIZone that exists'],
  ['a time that is none', { ...spec, timeout: '0s' }, {}, 'timeout must be a duration of at least one second'],
  [
    'scripts that no ConfigMap takes',
    { ...spec, transformations: Array(16).fill({ type: 'python', config: { script: '#'.repeat(65_536) } }) },
    {},
    'transformations must fit into a ConfigMap',
  ],
])('%s is refused with the field', (_what, given, settings, message) => {
  if (message === '') expect(() => objects(given, settings, 'orders.v1')).toThrow('name must be a DNS label');
  else expect(() => objects(given, settings)).toThrow(message);
});
