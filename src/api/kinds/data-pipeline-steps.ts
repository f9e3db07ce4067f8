import { choice, fieldsByType, flag, integer, list, map, rule, struct, text } from '../schema/builders';
import { duration, identifier, image, name } from '../schema/fragments';
import { tableName } from '../schema/texts';

export const transformation = struct(
  'PipelineTransformation',
  'A step between source and sink.',
  {
    type: choice('TransformationType', 'What is done.', ['clean', 'enrich', 'filter', 'aggregate', 'sql', 'python']),
    config: struct('TransformationConfig', 'How it is done.', {
      removeNulls: flag('clean: drop rows with an empty column.', { absent: 'false' }),
      deduplication: flag('clean: keep one of equal rows.', { absent: 'false' }),
      columns: list('clean, filter: columns that are looked at or kept.', identifier('A column.'), {
        maxItems: 256,
        set: true,
        absent: 'all',
      }),
      lookupTable: tableName('enrich: table that is joined.', { absent: 'none' }),
      joinKey: identifier('enrich: column that both have.', { absent: 'none' }),
      condition: text('filter: condition in SQL that the kept rows fulfil.', {
        minLength: 1,
        maxLength: 4096,
        absent: 'none',
      }),
      groupBy: list('aggregate: columns that rows are grouped by.', identifier('A column.'), {
        maxItems: 32,
        set: true,
      }),
      aggregates: map(
        'aggregate: expression in SQL by the column that it makes.',
        text('Expression.', { minLength: 1, maxLength: 1024 }),
        {
          maxProperties: 64,
          rules: [
            rule(
              "self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_]*$'))",
              'must have names of columns: use letters, digits and underscores, starting with no digit',
            ),
          ],
        },
      ),
      query: text('sql: query over the table `input`.', { minLength: 1, maxLength: 16384, absent: 'none' }),
      script: text('python: body of the job; runs in a Pod of the tenant, never in the operator.', {
        minLength: 1,
        maxLength: 65536,
        absent: 'none',
      }),
      image: image('python: container image of the whole job.', { absent: 'the image of the engine' }),
    }),
  },
  {
    required: ['type', 'config'],
    rules: [
      rule(
        "self.type != 'enrich' || (has(self.config.lookupTable) && has(self.config.joinKey))",
        'must say what is joined: set config.lookupTable and config.joinKey',
      ),
      rule("self.type != 'filter' || has(self.config.condition)", 'must say which rows are kept: set config.condition'),
      rule(
        "self.type != 'aggregate' || has(self.config.aggregates)",
        'must say what is computed: set config.aggregates',
      ),
      rule("self.type != 'sql' || has(self.config.query)", 'must have a query: set config.query'),
      rule("self.type != 'python' || has(self.config.script)", 'must have code: set config.script'),
      ...fieldsByType({
        removeNulls: ['clean'],
        deduplication: ['clean'],
        columns: ['clean', 'filter'],
        lookupTable: ['enrich'],
        joinKey: ['enrich'],
        condition: ['filter'],
        groupBy: ['aggregate'],
        aggregates: ['aggregate'],
        query: ['sql'],
        script: ['python'],
        image: ['python'],
      }),
    ],
  },
);

export const qualityCheck = struct(
  'QualityCheck',
  'Something that must hold for the data that is written.',
  {
    name: name('Name of the check.'),
    type: choice('QualityCheckType', 'What is checked.', [
      'not-null',
      'unique',
      'range',
      'row-count',
      'freshness',
      'sql',
    ]),
    column: identifier('Column that is checked.', { absent: 'none' }),
    min: integer('range, row-count: least value.', { absent: 'none' }),
    max: integer('range, row-count: greatest value.', { absent: 'none' }),
    maxAge: duration('freshness: age of the newest row at most.', { absent: 'none' }),
    expression: text('sql: expression that is true when the data is good.', {
      minLength: 1,
      maxLength: 4096,
      absent: 'none',
    }),
    onFailure: choice('QualityAction', 'What a failure does.', ['fail', 'warn'], { default: 'fail' }),
  },
  {
    required: ['name', 'type'],
    rules: [
      rule(
        "!(self.type in ['not-null', 'unique', 'range', 'freshness']) || has(self.column)",
        'must say which column: set column',
      ),
      rule(
        "!(self.type in ['range', 'row-count']) || has(self.min) || has(self.max)",
        'must have a bound: set min or max',
      ),
      rule('!has(self.min) || !has(self.max) || self.min <= self.max', 'must not have min above max'),
      rule("self.type != 'freshness' || has(self.maxAge)", 'must say how old is too old: set maxAge'),
      rule("self.type != 'sql' || has(self.expression)", 'must have an expression: set expression'),
    ],
  },
);
