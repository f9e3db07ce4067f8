import { Made } from '../../kinds/operators/support';
import { describeTool } from '../describe-tool';
import { AlertExpectation, evaluate, Rules, Series } from '../ai-model/support';
import { runPromtool, whyNoPromtool } from '../promtool';

// the first run builds promtool

const RULES = new Made({ operators: ['ai-model', 'ai-zone'] }).one('PrometheusRule', 'operators')
  .spec as unknown as Rules;
const MODEL = 'CompositeController-nstarx-ai-model';

/** Hook servers that are there, and whose counters go up by so many a minute. */
function hooks(values = '0+0x120', outcome = 'ok', operators = ['ai-model', 'ai-zone']): Series[] {
  return operators.map((operator) => ({
    series: `nstarx_hook_requests_total{operator="${operator}",hook="sync",outcome="${outcome}",pod="operators-0"}`,
    values,
  }));
}

const adds = (values: string, name = MODEL): Series => ({ series: `workqueue_adds_total{name="${name}"}`, values });
const answered = (values: string, code = '200', hook = 'sync'): Series => ({
  series: `metacontroller_${hook}_requests_total{controller_name="nstarx-ai-model",code="${code}",method="post"}`,
  values,
});

/** Minutes at which the alert is on, with its labels, or off. */
async function expectAlert(
  alertname: string,
  series: Series[],
  times: { readonly [minute: number]: readonly { readonly [label: string]: string }[] },
): Promise<void> {
  const rules = {
    groups: RULES.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, annotations: undefined })),
    })),
  };
  const alerts: AlertExpectation[] = Object.entries(times).map(([minute, on]) => ({
    alertname,
    eval_time: `${minute}m`,
    // a sum over all hook servers has no namespace of its own
    exp_alerts: on.map((labels) => ({ exp_labels: { namespace: 'nstarx-system', ...labels } })),
  }));
  const { passed, output } = await evaluate(rules, series, [], alerts);
  expect([passed, passed ? '' : output]).toEqual([true, '']);
}

describeTool('the alerts of the operators', whyNoPromtool(), () => {
  test('Prometheus reads them', async () => {
    const { passed, output } = await runPromtool(['check', 'rules', 'rules.yml'], { 'rules.yml': RULES });
    expect(output).toContain('SUCCESS: 7 rules found');
    expect(passed).toBe(true);
  });

  test('a platform without objects is no fault; an operator without a hook server is one', async () => {
    await expectAlert('OperatorHooksAbsent', hooks(), { 30: [] });
    await expectAlert('OperatorHooksAbsent', hooks('0+0x120', 'ok', ['ai-zone']), {
      8: [],
      12: [{ severity: 'critical', operator: 'ai-model' }],
    });
  });

  test('errors are one of a hundred calls, and not less', async () => {
    const some = (errors: string): Series[] => [...hooks('0+100x60'), ...hooks(errors, 'error', ['ai-model'])];
    await expectAlert('OperatorHookErrors', some('0+2x60'), { 30: [{ severity: 'critical', operator: 'ai-model' }] });
    await expectAlert('OperatorHookErrors', some('0+0.5x60'), { 30: [] });
  });

  test('calls that no one answers are noticed, though no counter has them', async () => {
    // objects are looked at each five minutes
    const work = adds('0 0 0 0 0 1 1 1 1 1 2 2 2 2 2 3 3 3 3 3 4+0.2x60');
    await expectAlert('OperatorUnreachable', [work], { 10: [], 40: [{ severity: 'critical', name: MODEL }] });
    await expectAlert('OperatorUnreachable', [work, answered('0+0x80')], {
      40: [{ severity: 'critical', name: MODEL }],
    });
    await expectAlert('OperatorUnreachable', [work, answered('0+0.2x80')], { 40: [] });
    await expectAlert('OperatorUnreachable', [work, answered('0+0.2x80', '200', 'finalize')], { 40: [] });
    await expectAlert('OperatorUnreachable', [work, answered('0+5x80', '500')], {
      40: [{ severity: 'critical', name: MODEL }],
    });
    // nothing to do
    await expectAlert('OperatorUnreachable', [adds('3+0x80')], { 60: [] });
  });

  test('one call in a quarter of an hour that is refused is enough, and a single one at the installation is not', async () => {
    const on = { severity: 'warning', controller_name: 'nstarx-ai-model', code: '413' };
    const each16 = Array.from({ length: 90 }, (_, minute) => Math.floor(minute / 16)).join(' ');
    await expectAlert('OperatorRefuses', [answered(each16, '413')], { 20: [], 70: [on] });
    await expectAlert('OperatorRefuses', [answered('0 1+0x80', '413')], { 20: [], 40: [] });
    await expectAlert('OperatorRefuses', [answered('0+5x90', '500'), answered('0+5x90')], { 70: [] });
  });

  test('a controller that cannot start is noticed while attempts are 1000 seconds apart', async () => {
    const series = (values: string): Series => ({
      series: 'controller_runtime_reconcile_errors_total{controller="composite-metacontroller"}',
      values,
    });
    const each17 = Array.from({ length: 120 }, (_, minute) => 12 + Math.floor(minute / 17)).join(' ');
    const on = { severity: 'warning', controller: 'composite-metacontroller' };
    await expectAlert('OperatorNotStarted', [series(each17)], { 60: [on], 100: [on] });
    await expectAlert('OperatorNotStarted', [series('0 12+0x90')], { 15: [], 30: [] });
  });
});
