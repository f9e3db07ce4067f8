import { AlertRules } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { manifest, TestEnvironment } from '../../constructs/tenancy/support';
import { evaluate, Rules } from '../ai-model/support';
import { describeTool } from '../describe-tool';
import { whyNoPromtool } from '../promtool';

// the first run builds promtool

function rules(): Rules {
  const chart = new TestEnvironment().chart();
  const alerts = new AlertRules(chart, 'rules', { namespace: new Namespace(chart, 'vision') });
  alerts.add({ name: 'OfAll', expression: 'sum(errors) > 0', summary: 'a', forMinutes: 0 });
  alerts.add({ name: 'OfEach', expression: 'errors > 0', summary: 'a', forMinutes: 0 });
  return manifest(alerts, 'PrometheusRule', 'rules').spec as unknown as Rules;
}

describeTool('the namespace of an alert', whyNoPromtool(), () => {
  test('is that of the series, and where a sum has none, that of the rules', async () => {
    const series = [{ series: 'errors{namespace="shop"}', values: '1x10' }];
    const alert = (alertname: string, namespace: string) => ({
      alertname,
      eval_time: '5m',
      exp_alerts: [{ exp_labels: { severity: 'warning', namespace }, exp_annotations: { summary: 'a' } }],
    });
    const { passed, output } = await evaluate(rules(), series, [], [alert('OfAll', 'vision'), alert('OfEach', 'shop')]);
    expect([passed, passed ? '' : output]).toEqual([true, '']);
  });
});
