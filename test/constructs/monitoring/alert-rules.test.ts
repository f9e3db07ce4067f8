import { AlertRules, AlertSeverity } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Json, list, manifest, TestEnvironment, validationErrors } from '../tenancy/support';

function rules(): AlertRules {
  const chart = new TestEnvironment().chart();
  return new AlertRules(chart, 'model-api', { namespace: new Namespace(chart, 'ml') });
}

function rendered(one: AlertRules): Json[] {
  return list(manifest(one, 'PrometheusRule', 'model-api').spec.groups[0].rules);
}

test('an alert has its expression, duration, severity and summary', () => {
  const one = rules();
  one.add({
    name: 'QueueLong',
    expression: 'queue_length > 10',
    summary: 'The queue is long',
    severity: AlertSeverity.CRITICAL,
    forMinutes: 15,
    runbookUrl: 'https://runbooks.acme.example/queue',
  });
  expect(manifest(one, 'PrometheusRule', 'model-api')).toEqual({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'model-api', namespace: 'ml' },
    spec: {
      groups: [
        {
          name: 'ml.model-api',
          rules: [
            {
              alert: 'QueueLong',
              expr: 'queue_length > 10',
              for: '15m',
              labels: { severity: 'critical', namespace: '{{ or $labels.namespace "ml" }}' },
              annotations: { summary: 'The queue is long', runbook_url: 'https://runbooks.acme.example/queue' },
            },
          ],
        },
      ],
    },
  });
  expect(validationErrors(one)).toEqual([]);
});

test('a service has alerts for errors, duration and rate, about its own namespace', () => {
  const one = rules();
  one.forService('ModelApi', { selector: 'job="model-api"', errorRatio: 0.01, latencySeconds: 0.3, minimumRate: 0.5 });
  expect(rendered(one).map((alert) => [alert.alert, alert.expr])).toEqual([
    [
      'ModelApiErrors',
      'sum(rate(http_requests_total{namespace="ml",job="model-api",status=~"5.."}[5m])) / sum(rate(http_requests_total{namespace="ml",job="model-api"}[5m])) > 0.01',
    ],
    [
      'ModelApiSlow',
      'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{namespace="ml",job="model-api"}[5m]))) > 0.3',
    ],
    ['ModelApiTraffic', '(sum(rate(http_requests_total{namespace="ml",job="model-api"}[5m])) or vector(0)) < 0.5'],
  ]);
});

test('without a smallest rate there is no alert for it', () => {
  const one = rules();
  one.forService('ModelApi', { selector: 'job="model-api"' });
  expect(rendered(one).map((alert) => alert.alert)).toEqual(['ModelApiErrors', 'ModelApiSlow']);
});

test('rules without an alert are refused at synthesis', () => {
  expect(validationErrors(rules())).toEqual(['has no alert: call add() or forService(), or leave it out']);
});

test.each<[string, (one: AlertRules) => void, string]>([
  [
    'a name with a space',
    (one) => one.add({ name: 'queue long', expression: 'x', summary: '' }),
    '[test/chart/model-api] name must be in upper camel case, got "queue long": name it like \'HighErrorRatio\'.',
  ],
  [
    'no expression',
    (one) => one.add({ name: 'A', expression: ' ', summary: '' }),
    '[test/chart/model-api] expression must be PromQL, got " ": write what is to be true.',
  ],
  [
    'five percent as 5',
    (one) => one.forService('A', { selector: 'a="b"', errorRatio: 5 }),
    '[test/chart/model-api] errorRatio must be between 0 and 1, got 5: write 5 % as 0.05.',
  ],
  [
    'the same name twice',
    (one) => [1, 2].forEach(() => one.add({ name: 'A', expression: 'x', summary: '' })),
    '[test/chart/model-api] name must be unique in its rules, got "A": give it another name.',
  ],
])('refuses %s', (_, make, message) => {
  expect(() => make(rules())).toThrow(message);
});
