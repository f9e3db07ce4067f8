import { HOST_PATTERN, PLATFORM_GROUP } from '../../contracts/names';
import { choice, flag, integer, list, number, rule, struct, text, time } from '../schema/builders';
import { column, duration, fraction, name, phase, readyColumn, status, version } from '../schema/fragments';
import { headerName, metricName, urlPath } from '../schema/texts';
import { KindDefinition } from '../schema/schema';

const variant = struct(
  'ABTestVariant',
  'One of the models that are compared.',
  {
    name: name('Name of the variant.'),
    modelRef: struct(
      'ModelReference',
      'Model that answers.',
      {
        name: name('AIModel in the same namespace.'),
        version: version('Version of the model.', { absent: 'the one that is served' }),
      },
      { required: ['name'] },
    ),
    weight: integer('Percentage of the requests that it gets.', { min: 0, max: 100 }),
    control: flag('The others are compared with this one.', { default: false }),
  },
  { required: ['name', 'modelRef', 'weight'] },
);

const metric = struct(
  'ABTestMetric',
  'The figure that decides.',
  {
    name: metricName('Name of the metric; it has the label `variant`.'),
    type: choice(
      'ABTestMetricType',
      'What is compared: the share of successes, the mean, or a percentile of a histogram.',
      ['ratio', 'mean', 'percentile'],
      {
        default: 'ratio',
      },
    ),
    percentile: number('percentile: which one.', { min: 0, max: 100, above: true, absent: 'none' }),
    goal: choice('ABTestGoal', 'Which direction is better.', ['maximize', 'minimize']),
    minimumEffect: number('Relative difference below which variants count as equal.', { default: 0, min: 0, max: 1 }),
  },
  {
    required: ['name', 'goal'],
    rules: [
      rule(
        "(self.type == 'percentile') == has(self.percentile)",
        'must have a percentile with type percentile, and with no other type',
      ),
    ],
  },
);

/** Several versions of a model that share the traffic until one has proved better. */
export const AB_TEST: KindDefinition = {
  group: PLATFORM_GROUP,
  version: 'v1alpha1',
  kind: 'ABTest',
  plural: 'abtests',
  shortNames: ['abt'],
  scope: 'Namespaced',
  description: 'Models that share the traffic of one address until a metric says which is better.',
  rules: [
    rule(
      'size(self.metadata.name) <= 52',
      'the name must have at most 52 characters: the names of its routes are made from it',
    ),
  ],
  spec: struct(
    'ABTestSpec',
    'Desired state.',
    {
      host: text(
        'Host name of the address: `<label>--<namespace>` below the domain of the platform, or one that the platform grants to the namespace.',
        {
          maxLength: 253,
          pattern: [HOST_PATTERN, 'must be a host name, such as "fraud.example.com"'],
          absent: '`<name>--<namespace>` below the domain of the platform',
        },
      ),
      path: urlPath('Prefix of the paths that are shared.', { default: '/' }),
      variants: list('The models that are compared.', variant, {
        minItems: 2,
        maxItems: 8,
        keys: ['name'],
        rules: [
          rule(
            'self.map(variant, variant.weight).sum() == 100',
            'must have weights that sum to 100: change the weight of a variant',
          ),
          rule(
            'self.exists_one(variant, variant.control)',
            'must have one control: set control to true on the variant that serves today, and on no other',
          ),
          rule(
            'self.all(one, self.exists_one(other, other.modelRef.name == one.modelRef.name && ' +
              '(has(other.modelRef.version) ? other.modelRef.version : "") == (has(one.modelRef.version) ? one.modelRef.version : "")))',
            'must compare different models: give each variant a model or version of its own',
          ),
        ],
      }),
      stickiness: struct(
        'ABTestStickiness',
        'Keep each user with one variant.',
        {
          type: choice('ABTestStickinessType', 'What tells users apart.', ['header', 'cookie'], { default: 'header' }),
          name: headerName('Name of the header or cookie.', { default: 'x-user-id' }),
        },
        { absent: 'each request is shared out anew' },
      ),
      metric,
      guardrails: list(
        'Figures that must not become worse; when one does, the control gets all traffic.',
        struct(
          'ABTestGuardrail',
          'A bound for a figure of each variant.',
          {
            name: metricName('Name of the metric.'),
            max: number('Greatest value.', { absent: 'none' }),
            min: number('Least value.', { absent: 'none' }),
          },
          { required: ['name'], rules: [rule('has(self.max) || has(self.min)', 'must have a bound: set max or min')] },
        ),
        { maxItems: 8, keys: ['name'] },
      ),
      significance: struct(
        'ABTestSignificance',
        'How sure a result must be.',
        {
          level: number('Level of significance: the accepted chance of a false difference.', {
            default: 0.05,
            min: 0,
            max: 0.5,
            above: true,
          }),
          power: fraction('Chance that a real difference is found.', { default: 0.8 }),
          minimumSamples: integer('Requests that each variant must have had.', { default: 1000, min: 1 }),
        },
        { default: {} },
      ),
      duration: duration('How long the test runs at most.', { default: '14d' }),
      promotion: struct(
        'ABTestPromotion',
        'What happens when the test ends.',
        {
          strategy: choice(
            'PromotionStrategy',
            'manual: the weights stay. automatic: the better variant gets all traffic.',
            ['manual', 'automatic'],
            { default: 'manual' },
          ),
          onInconclusive: choice(
            'InconclusiveAction',
            'automatic: what happens when no variant is better.',
            ['keep-weights', 'return-to-control'],
            {
              default: 'return-to-control',
            },
          ),
          steps: list(
            'automatic: percentages that the better variant passes through, ascending.',
            integer('Percentage.', { min: 1, max: 100 }),
            {
              maxItems: 10,
              absent: 'all at once',
              rules: [rule('self.isSorted()', 'must ascend: write the percentages from small to large')],
            },
          ),
          interval: duration('Time between two steps.', { default: '10m' }),
        },
        {
          default: {},
          rules: [
            rule(
              "!has(self.steps) || self.strategy == 'automatic'",
              'must not have steps: only strategy automatic takes them',
            ),
          ],
        },
      ),
      zone: name('AIZone in which older versions that lived in it run again; its author must be allowed to use it.', {
        absent: 'none: a version that lived in a zone is refused',
      }),
      suspend: flag('Give all traffic to the control.', { default: false }),
    },
    { required: ['variants', 'metric'] },
  ),
  status: status({
    phase: phase(['Pending', 'Running', 'Promoting', 'Completed', 'Inconclusive', 'Aborted', 'Suspended', 'Failed']),
    startTime: time('When traffic was first shared.'),
    endTime: time('When the test ended.'),
    winner: text('Variant that was better.', { maxLength: 63 }),
    pValue: number('Chance of the difference that was seen, if there were none.', { min: 0, max: 1 }),
    url: text('Address that is shared.', { maxLength: 1024 }),
    variants: list(
      'What was observed of each variant.',
      struct(
        '',
        'A variant.',
        {
          name: text('Name of the variant.', { maxLength: 63 }),
          weight: integer('Percentage of the requests that it gets now.', { min: 0, max: 100 }),
          samples: integer('Requests that it has had.', { min: 0 }),
          value: number('Its figure.'),
        },
        { required: ['name'] },
      ),
      { maxItems: 8, keys: ['name'] },
    ),
  }),
  columns: [
    column('Metric', 'string', '.spec.metric.name', 'The figure that decides.'),
    column('Phase', 'string', '.status.phase', 'The state as one word.'),
    column('Winner', 'string', '.status.winner', 'Variant that was better.'),
    readyColumn(),
    column('Started', 'date', '.status.startTime', 'When traffic was first shared.', 1),
  ],
  example: `\
variants:
  - { name: current, modelRef: { name: fraud-detector, version: "3.0" }, weight: 90, control: true }
  - { name: candidate, modelRef: { name: fraud-detector, version: "3.1" }, weight: 10 }
stickiness: { type: header, name: x-customer-id }
metric: { name: fraud_caught_total, type: ratio, goal: maximize, minimumEffect: 0.01 }
guardrails:
  - { name: inference_latency_p95_seconds, max: 0.25 }
duration: 7d
promotion: { strategy: automatic, steps: [25, 50, 100] }
`,
};
