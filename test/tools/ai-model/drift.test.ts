import { DriftMethod } from '../../../src/api/generated/shared';
import { describeTool } from '../describe-tool';
import { promtool, runPromtool, whyNoPromtool } from '../promtool';
import { AlertExpectation, evaluate, featureSeries, MODEL_LABELS, Rules, rulesOf, Series } from './support';

// the first run builds promtool

const AGE = { name: 'age', bounds: [20, 40, 60], counts: [100, 400, 400, 100] };
const FLAG = { name: 'flag', bounds: [0], counts: [700, 300] };
const BASELINE = { rows: 1000, features: [AGE, FLAG] };
const DRIFTED = [0, 0, 100, 900];

/** Requests as in training; 1,000 a minute from the start. */
const usual = (until: number): Series[] =>
  featureSeries('age', AGE.bounds, AGE.counts, (count) => `0+${count}x${until}`);

/** Requests as in training for some minutes, then drifted for some, then as in training again. */
function spell(from: number, to: number, until: number, drifted = DRIFTED): Series[] {
  let index = -1;
  return featureSeries('age', AGE.bounds, AGE.counts, (count) => {
    index++;
    const other = drifted.slice(0, index + 1).reduce((sum, one) => sum + one, 0);
    const turn = from * count;
    const back = turn + (to - from) * other;
    return `0+${count}x${from} ${turn + other}+${other}x${to - from - 1} ${back + count}+${count}x${until - to - 1}`;
  });
}

const flags = (until: number): Series[] =>
  featureSeries('flag', FLAG.bounds, FLAG.counts, (count) => `0+${count}x${until}`);

const drift = { baseline: BASELINE, windowSeconds: 600, forMinutes: 15 };

/** Minutes at which the alert is expected to be on or off. */
function alertTimes(
  alertname: string,
  on: { readonly [minute: number]: boolean },
  labels: object = {},
): AlertExpectation[] {
  return Object.entries(on).map(([minute, fires]) => ({
    alertname,
    eval_time: `${minute}m`,
    exp_alerts: fires ? [{ exp_labels: { severity: 'warning', ...LABELS, ...labels } }] : [],
  }));
}

const LABELS = { namespace: 'ml', model_name: 'churn', model_version: '1.4.0' };
const PSI = { method: 'population-stability-index' };

async function expectAlerts(rules: Rules, series: Series[], alerts: AlertExpectation[]): Promise<void> {
  const result = await evaluate(withoutAnnotations(rules), series, [], alerts);
  expect(result.output).not.toContain('FAILED');
  expect(result.passed).toBe(true);
}

/** promtool compares annotations too; one test does that, the others are about when. */
function withoutAnnotations(rules: Rules): Rules {
  return {
    groups: rules.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, annotations: undefined })),
    })),
  };
}

async function expectValues(rules: Rules, series: Series[], expr: string, at: string, values: number[]): Promise<void> {
  const exp_samples = values.map((value) => ({ labels: '{}', value }));
  const result = await evaluate(rules, series, [{ expr, eval_time: at, exp_samples }]);
  expect(result.output).not.toContain('FAILED');
  expect(result.passed).toBe(true);
}

describeTool('model alerts', whyNoPromtool(), () => {
  beforeAll(async () => {
    await promtool();
  });

  test.each([
    ['no drift', {}],
    ['drift', { drift, latencyP95Seconds: 0.05 }],
    ['adaptive threshold', { drift: { ...drift, adaptive: {} } }],
    ['adaptive threshold with a maximum', { drift: { ...drift, adaptive: { maximum: 0.9, deviations: 2.5 } } }],
    [
      'other labels',
      { modelName: 'a.b-c', modelVersion: 'v3_rc.1', runbookUrl: 'https://runbooks.acme.example/model' },
    ],
  ])('promtool takes the rules: %s', async (_, props) => {
    const result = await runPromtool(['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'], {
      'rules.yml': rulesOf(props),
    });
    expect(result.output).toContain('SUCCESS');
    expect(result.passed).toBe(true);
  });

  test('requests as in training have a drift of 0, and no alert comes', async () => {
    const rules = rulesOf({ drift });
    const series = [...usual(120), ...flags(120)];
    await expectValues(rules, series, 'max(model:drift:max) < bool 1e-12', '60m', [1]);
    await expectAlerts(rules, series, alertTimes('ModelDrift', { 15: false, 60: false, 119: false }));
  });

  test('drift is reported after its time, not before, and no longer when it is over', async () => {
    // from minute 61 each window has drifted requests; the index passes 0.3 at minute 62
    await expectAlerts(
      rulesOf({ drift }),
      [...spell(60, 120, 240), ...flags(240)],
      alertTimes('ModelDrift', { 59: false, 70: false, 76: false, 80: true, 119: true, 131: false, 200: false }, PSI),
    );
  });

  test('a shorter spell of drift is not reported', async () => {
    await expectAlerts(
      rulesOf({ drift: { ...drift, forMinutes: 30 } }),
      [...spell(60, 75, 240), ...flags(240)],
      alertTimes('ModelDrift', { 70: false, 80: false, 89: false, 95: false, 120: false }, PSI),
    );
  });

  test.each(Object.values(DriftMethod))('%s is compared with the threshold where it is the method', async (method) => {
    await expectAlerts(
      rulesOf({ drift: { ...drift, method, threshold: 0.2 } }),
      [...spell(60, 120, 240), ...flags(240)],
      alertTimes('ModelDrift', { 59: false, 100: true, 160: false }, { method }),
    );
  });

  test('the alert names what drifted', async () => {
    const result = await evaluate(
      rulesOf({ drift, runbookUrl: 'https://runbooks.acme.example/drift' }),
      [...spell(60, 120, 240), ...flags(240)],
      [],
      [
        {
          alertname: 'ModelDrift',
          eval_time: '100m',
          exp_alerts: [
            {
              exp_labels: { severity: 'warning', ...LABELS, ...PSI },
              exp_annotations: {
                summary:
                  'What model churn 1.4.0 in ml is asked is no longer what it was trained on: population stability index 6.18',
                description:
                  'Features that changed most: age (6.18) flag (0.00) over the last 10m. Look for a source that changed first (units, missing values, a new client). If the population did change, train again and give the new version its own baseline.',
                runbook_url: 'https://runbooks.acme.example/drift',
              },
            },
          ],
        },
      ],
    );
    expect(result.output).not.toContain('FAILED');
    expect(result.passed).toBe(true);
  });

  test('a counter that starts again at 0 is no drift', async () => {
    const restarted = featureSeries('age', AGE.bounds, AGE.counts, (count) => `0+${count}x60 ${count}+${count}x60`);
    const rules = rulesOf({ drift });
    await expectValues(rules, restarted, 'max(model:drift:max) < bool 1e-9', '65m', [1]);
    await expectValues(rules, restarted, 'count(model_feature:drift:score{feature="age"})', '65m', [3]);
  });

  test('without data there is no drift, no NaN and no alert', async () => {
    const rules = rulesOf({ drift });
    await expectValues(rules, [], 'count({__name__=~"model:drift:max|model_feature:drift:score"})', '60m', []);
    await expectAlerts(rules, [], alertTimes('ModelDrift', { 30: false, 60: false }));
  });

  test('requests that stop leave no drift behind', async () => {
    const rules = rulesOf({ drift });
    const stops = spell(20, 100, 110).map(({ series, values }) => ({
      series,
      values: `${values.split(' ').slice(0, 2).join(' ')} stale`,
    }));
    await expectAlerts(rules, stops, alertTimes('ModelDrift', { 60: true, 99: true, 115: false, 150: false }, PSI));
    // the same where the server stands there without a request
    const idle = featureSeries('age', AGE.bounds, DRIFTED, (count) => `0+${count}x60 ${60 * count}+0x60`);
    await expectValues(rules, idle, 'count(model:drift:max)', '50m', [3]);
    await expectValues(rules, idle, 'count(model:drift:max)', '80m', []);
  });

  test('a window with too few values is not compared', async () => {
    const rules = rulesOf({ drift: { ...drift, minimumObservations: 200 } });
    const of = (values: number) => featureSeries('age', AGE.bounds, [0, 0, 0, 1], (count) => `0+${count * values}x60`);
    await expectValues(rules, of(19), 'count(model:drift:max)', '50m', []);
    await expectValues(rules, of(21), 'count(model:drift:max)', '50m', [3]);
  });

  test('a server with other buckets is not compared, one with more is', async () => {
    const rules = rulesOf({ drift });
    const other = featureSeries('age', [20, 41, 60], AGE.counts, (count) => `0+${count}x60`);
    const more = featureSeries('age', [10, 20, 40, 50, 60], [50, 50, 400, 200, 200, 100], (count) => `0+${count}x60`);
    await expectValues(rules, other, 'count(model:drift:max)', '50m', []);
    await expectValues(rules, more, 'max(model:drift:max) < bool 1e-12', '50m', [1]);
  });

  test('bounds that the server writes as whole numbers are the same bounds', async () => {
    const whole = usual(60).map(({ series, values }) => ({
      series: series.replace(/le="(\d+)\.0"/, 'le="$1"'),
      values,
    }));
    expect(whole[0].series).toContain('le="20"');
    await expectValues(rulesOf({ drift }), whole, 'max(model:drift:max) < bool 1e-12', '50m', [1]);
  });

  test('another version of the model does not count', async () => {
    const old = spell(1, 59, 61).map(({ series, values }) => ({ series: series.replace('1.4.0', '1.3.0'), values }));
    await expectValues(rulesOf({ drift }), [...usual(60), ...old], 'max(model:drift:max) < bool 1e-12', '50m', [1]);
  });

  test('features that are asked for but not observed are reported after an hour', async () => {
    const requests = { series: `inference_requests_total{${MODEL_LABELS},pod="churn-0"}`, values: '0+100x180' };
    const rules = rulesOf({ drift });
    const alerts = alertTimes('ModelDriftNotMeasured', { 30: false, 60: false, 70: true, 170: true });
    await expectAlerts(rules, [requests, ...usual(180)], alerts);
    await expectAlerts(
      rules,
      [requests, ...usual(180), ...flags(180)],
      alertTimes('ModelDriftNotMeasured', { 70: false, 170: false }),
    );
    await expectAlerts(rules, usual(180), alertTimes('ModelDriftNotMeasured', { 70: false, 170: false }));
  });

  // a model whose requests swing: each hour half an hour of some drift, of which the index is about 0.6
  const swing = (hours: number, last: number[] = [150, 450, 300, 100]): Series[] => {
    let index = -1;
    return featureSeries('age', AGE.bounds, AGE.counts, (count) => {
      index++;
      const sum = (of: number[]): number => of.slice(0, index + 1).reduce((total, one) => total + one, 0);
      let at = 0;
      const parts = Array.from({ length: hours }, (_, hour) => {
        const other = hour === hours - 1 ? sum(last) : sum([30, 150, 400, 420]);
        const part = `${at + count}+${count}x29 ${at + 30 * count + other}+${other}x29`;
        at += 30 * (count + other);
        return part;
      });
      return parts.join(' ');
    });
  };

  const swinging = { ...drift, baseline: { rows: 1000, features: [AGE] }, forMinutes: 5 };

  test('the adaptive threshold is the fixed one until there is history, then mean and deviations', async () => {
    const rules = rulesOf({ drift: { ...swinging, adaptive: { historySeconds: 6 * 3600, deviations: 3 } } });
    const history = 'model:drift:max{method="population-stability-index"}[6h] offset 10m';
    await expectValues(rules, swing(8), 'max(model:drift:threshold)', '40m', [0.3]);
    await expectValues(
      rules,
      swing(8),
      `abs(max(model:drift:threshold) - max(avg_over_time(${history}) + 3 * stddev_over_time(${history}))) < bool 1e-9`,
      '400m',
      [1],
    );
    await expectValues(rules, swing(8), 'max(model:drift:threshold) > bool 0.8', '400m', [1]);
  });

  test('the adaptive threshold is silent on what is usual, the fixed one is not, and both see what is not usual', async () => {
    const adaptive = rulesOf({ drift: { ...swinging, adaptive: { historySeconds: 6 * 3600, deviations: 3 } } });
    const unusual = swing(8, [0, 0, 0, 1000]);
    await expectAlerts(
      rulesOf({ drift: swinging }),
      unusual,
      alertTimes('ModelDrift', { 350: true, 415: true, 475: true }, PSI),
    );
    await expectAlerts(adaptive, unusual, alertTimes('ModelDrift', { 350: false, 415: false, 475: true }, PSI));
  });

  test('the adaptive threshold stays between the fixed one and its maximum', async () => {
    const adaptive = { historySeconds: 6 * 3600, deviations: 3, maximum: 0.5 };
    await expectValues(
      rulesOf({ drift: { ...swinging, adaptive } }),
      swing(8),
      'max(model:drift:threshold)',
      '400m',
      [0.5],
    );
    await expectValues(
      rulesOf({ drift: { ...swinging, adaptive } }),
      usual(480),
      'max(model:drift:threshold)',
      '400m',
      [0.3],
    );
  });
});
