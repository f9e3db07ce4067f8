import { execFileSync } from 'node:child_process';
import * as path from 'node:path';

import { describeTool } from '../describe-tool';
import { promtool, whyNoPromtool } from '../promtool';
import { pythonWith, whyNoPython } from '../python';
import { evaluate, featureSeries, MODEL_LABELS, rulesOf } from './support';

// the first run builds promtool and installs SciPy

const PAIRS = 64;

interface Pair {
  readonly name: string;
  readonly bounds: number[];
  readonly baseline: number[];
  readonly observed: number[];
  readonly figures: { readonly [method: string]: number };
}

const METHODS = ['kolmogorov-smirnov', 'population-stability-index', 'jensen-shannon'];

// what SciPy says is given to promtool as a series
const DIFFERENCE = 'abs(model_feature:drift:score - on (feature, method) group_left () scipy)';

describeTool('drift rules against SciPy', whyNoPromtool() ?? whyNoPython(), () => {
  let pairs: Pair[] = [];

  beforeAll(async () => {
    await promtool();
    const python = await pythonWith('model-jobs');
    const output = execFileSync(python, [path.join(__dirname, 'figures.py'), String(PAIRS), '20260721'], {
      encoding: 'utf8',
    });
    pairs = JSON.parse(output) as Pair[];
  });

  function rules() {
    const features = pairs.map(({ name, bounds, baseline }) => ({ name, bounds, counts: baseline }));
    return rulesOf({ drift: { baseline: { rows: 1, features }, minimumObservations: 1, windowSeconds: 300 } });
  }

  // two replicas, of which one has two thirds of the requests
  const series = () =>
    pairs.flatMap(({ name, bounds, observed }) => [
      ...featureSeries(name, bounds, observed, (count) => `0+${2 * count}x10`),
      ...featureSeries(name, bounds, observed, (count) => `7+${count}x10`, 'pod="churn-1"'),
    ]);

  const figures = (change = 0) =>
    pairs.flatMap(({ name, figures: of }) =>
      METHODS.map((method) => ({
        series: `scipy{feature="${name}",method="${method}"}`,
        values: `${of[method] + change}+0x10`,
      })),
    );

  test('each measure of each pair of histograms is what SciPy says', async () => {
    const result = await evaluate(
      rules(),
      [...series(), ...figures()],
      [
        // first those that differ, which a failure then shows
        { expr: `${DIFFERENCE} > 1e-9`, eval_time: '10m', exp_samples: [] },
        {
          expr: `count by (method) (${DIFFERENCE} <= 1e-9)`,
          eval_time: '10m',
          exp_samples: METHODS.map((method) => ({ labels: `{method="${method}"}`, value: PAIRS })),
        },
      ],
    );
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  });

  test('a difference of a millionth is seen', async () => {
    const result = await evaluate(
      rules(),
      [...series(), ...figures(1e-6)],
      [{ expr: `${DIFFERENCE} > 1e-9`, eval_time: '10m', exp_samples: [] }],
    );
    expect(result.output).toContain('FAILED');
    expect(result.passed).toBe(false);
  });

  test('the greatest over the features is recorded for each measure', async () => {
    const greatest = METHODS.map((method) => ({
      series: `scipy_max{method="${method}"}`,
      values: `${Math.max(...pairs.map(({ figures: of }) => of[method]))}+0x10`,
    }));
    const result = await evaluate(
      rules(),
      [...series(), ...greatest],
      [
        {
          expr: 'abs(model:drift:max - on (method) group_left () scipy_max) < bool 1e-9',
          eval_time: '10m',
          exp_samples: METHODS.map((method) => ({ labels: `{${MODEL_LABELS},method="${method}"}`, value: 1 })),
        },
      ],
    );
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  });

  test('the shares of the buckets add up to 1, and there are as many as buckets', async () => {
    const result = await evaluate(rules(), series(), [
      {
        expr: 'count(abs(sum by (feature) (model_feature:observed:share) - 1) < 1e-12)',
        eval_time: '10m',
        exp_samples: [{ labels: '{}', value: PAIRS }],
      },
      {
        expr: 'count(abs(sum by (feature) (model_feature:baseline:share) - 1) < 1e-12)',
        eval_time: '10m',
        exp_samples: [{ labels: '{}', value: PAIRS }],
      },
      {
        expr: 'count(model_feature:observed:share)',
        eval_time: '10m',
        exp_samples: [{ labels: '{}', value: pairs.reduce((sum, { bounds }) => sum + bounds.length + 1, 0) }],
      },
    ]);
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  });
});
