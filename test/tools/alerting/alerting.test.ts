import { kubePrometheusStack } from '../../../src/components/kube-prometheus-stack';
import { AlertReceiver, AlertRouting, Monitoring } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Tier } from '../../../src/contracts';
import { manifest, TestCluster, TestEnvironment } from '../../constructs/tenancy/support';
import { until } from '../../support/waiting';
import { describeTool } from '../describe-tool';
import {
  Alertmanager,
  amtool,
  ConfigInput,
  configurationOf,
  FILE,
  Manifest,
  startAlertmanager,
  whyNoAlertmanager,
} from './alertmanager';
import { Message, Receivers, startReceivers } from './receivers';

const PLATFORM = 'data-platform-monitoring';
const TEAM = 'team-vision';

interface Ports {
  readonly https: number;
  readonly smtp: number;
}

/** What the library makes for a platform with a team that has receivers of its own, and the Secrets that a user makes. */
function input({ https, smtp }: Ports, secrets: Manifest[] = secretsOf(https)): ConfigInput {
  const environment = new TestEnvironment(Tier.PRODUCTION);
  new TestCluster(environment);
  const chart = environment.chart();
  new Monitoring(chart, 'monitoring');
  const pager = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });
  const channel = AlertReceiver.slack({ channel: '#ml', urlSecretName: 'slack' });
  const mail = AlertReceiver.email({
    to: ['a@acme.example', 'b@acme.example'],
    from: 'alerts@acme.example',
    smarthost: `localhost:${smtp}`,
    username: 'alerts',
    passwordSecretName: 'smtp',
  });
  const routings = [
    new AlertRouting(chart, 'routing', {
      criticalReceivers: [pager, channel],
      warningReceivers: [mail],
      watchdogReceiver: AlertReceiver.webhook({ urlSecretName: 'dead-mans-switch' }),
    }),
    new AlertRouting(chart, 'of-team', {
      namespace: new Namespace(chart, TEAM),
      criticalReceivers: [
        AlertReceiver.webhook({ url: `https://localhost:${https}/team/critical`, tokenSecretName: 'hook' }),
      ],
      warningReceivers: [AlertReceiver.webhook({ url: `https://localhost:${https}/team/warning` })],
    }),
  ];
  const { values } = environment.components.sorted().find(({ name }) => name === STACK.name) ?? STACK;
  const { config, alertmanagerSpec } = (values as { alertmanager: { config: object; alertmanagerSpec: object } })
    .alertmanager;
  return {
    // PagerDuty has one address, so that it is a setting of Alertmanager
    base: { ...config, global: { resolve_timeout: '5m', pagerduty_url: `https://localhost:${https}/pagerduty` } },
    spec: alertmanagerSpec,
    configs: routings.map((one) => manifest(one, 'AlertmanagerConfig', 'alert-routing') as unknown as Manifest),
    secrets,
  };
}

const STACK = kubePrometheusStack({
  retentionDays: 1,
  storageGiB: 1,
  storageClass: '',
  replicas: 1,
  memoryGiB: 1,
  controlPlaneMetrics: false,
});

function secretsOf(https: number): Manifest[] {
  const secret = (namespace: string, name: string, key: string, value: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { [key]: value },
  });
  return [
    secret(PLATFORM, 'pagerduty', 'routing-key', 'the-key'),
    secret(PLATFORM, 'slack', 'url', `https://localhost:${https}/slack`),
    secret(PLATFORM, 'smtp', 'password', 'the-password'),
    secret(PLATFORM, 'dead-mans-switch', 'url', `https://localhost:${https}/alive`),
    secret(TEAM, 'hook', 'token', 'the-token'),
  ];
}

const SOME: Ports = { https: 8443, smtp: 2525 };

describeTool('alert routing', whyNoAlertmanager(), () => {
  test('what prometheus-operator makes of it, Alertmanager accepts', async () => {
    const { passed, output } = await amtool(await configurationOf(input(SOME)), 'check-config', FILE);
    expect([passed, passed ? '' : output]).toEqual([true, '']);
    expect(output).toContain(' - 2 inhibit rules\n - 8 receivers\n');
  });

  test('without one of its secrets, prometheus-operator takes nothing of a routing', async () => {
    const without = secretsOf(SOME.https).filter(({ metadata }) => metadata.name !== 'slack');
    await expect(configurationOf(input(SOME, without))).rejects.toThrow('slack');
  });

  test.each<[string, { [label: string]: string }, string[]]>([
    [
      'a critical alert',
      { alertname: 'A', severity: 'critical', namespace: 'kube-system' },
      [`${PLATFORM}/alert-routing/critical`],
    ],
    [
      'a warning',
      { alertname: 'A', severity: 'warning', namespace: 'ml-models' },
      [`${PLATFORM}/alert-routing/warning`],
    ],
    ['an alert of no namespace', { alertname: 'A', severity: 'critical' }, [`${PLATFORM}/alert-routing/critical`]],
    ['an alert of no severity', { alertname: 'A', namespace: 'ml-models' }, [`${PLATFORM}/alert-routing/warning`]],
    ['a severity of someone else', { alertname: 'A', severity: 'page' }, [`${PLATFORM}/alert-routing/warning`]],
    ['what is for information', { alertname: 'A', severity: 'info' }, [`${PLATFORM}/alert-routing/no-one`]],
    ['the watchdog', { alertname: 'Watchdog', severity: 'none' }, [`${PLATFORM}/alert-routing/watchdog`]],
    [
      'a critical alert of the team',
      { alertname: 'A', severity: 'critical', namespace: TEAM },
      [`${PLATFORM}/alert-routing/no-one`, `${TEAM}/alert-routing/critical`],
    ],
    [
      'a warning of the team',
      { alertname: 'A', severity: 'warning', namespace: TEAM },
      [`${PLATFORM}/alert-routing/no-one`, `${TEAM}/alert-routing/warning`],
    ],
    [
      'a namespace whose name begins as that of the team',
      { alertname: 'A', severity: 'critical', namespace: `${TEAM}-2` },
      [`${PLATFORM}/alert-routing/critical`],
    ],
  ])('%s goes where it should', async (_, labels, receivers) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { output } = await amtool(
      await configurationOf(input(SOME)),
      'config',
      'routes',
      'test',
      `--config.file=${FILE}`,
      ...pairs,
    );
    // the last one is the route of the chart, where no other is
    expect(output.trim().split(',').sort()).toEqual(receivers);
  });

  describe('through a running Alertmanager', () => {
    let receivers: Receivers;
    let alertmanager: Alertmanager;

    beforeAll(async () => {
      receivers = await startReceivers();
      const configuration = await configurationOf(input({ https: receivers.httpsPort, smtp: receivers.smtpPort }));
      // half a minute is waited for more alerts of the same kind, and five for news of them
      const quick = configuration
        .replace(/group_wait: .*/g, 'group_wait: 1s')
        .replace(/group_interval: .*/g, 'group_interval: 1s');
      alertmanager = await startAlertmanager(quick, receivers.certificate);
    }, 900_000);

    afterAll(async () => {
      await alertmanager.stop();
      await receivers.stop();
    });

    const alert = (alertname: string, severity: string, namespace: string, ends?: Date): object => ({
      labels: { alertname, severity, namespace },
      annotations: {
        summary: `Summary of ${alertname} <${severity}>`,
        runbook_url: `https://docs.example/${alertname}`,
      },
      startsAt: new Date(Date.now() - 60_000).toISOString(),
      ...(ends ? { endsAt: ends.toISOString() } : {}),
    });

    const about = (text: string): Message[] => receivers.messages.filter((message) => message.text.includes(text));
    const arrives = async (text: string, to: string): Promise<Message> => {
      await until(`${text} at ${to}`, 60_000, async () => about(text).some((message) => message.to === to));
      return about(text).find((message) => message.to === to) ?? { to, text: '' };
    };

    test('a critical alert of the platform pages and is in the channel, a warning is a mail', async () => {
      await alertmanager.post([
        alert('NodeGone', 'critical', 'kube-system'),
        alert('DiskFull', 'warning', 'kube-system'),
      ]);
      const page = JSON.parse((await arrives('NodeGone', '/pagerduty')).text) as { payload: object };
      expect(page).toMatchObject({
        routing_key: 'the-key',
        event_action: 'trigger',
        payload: {
          summary: '[FIRING:1] NodeGone (critical) in kube-system',
          severity: 'critical',
          group: 'kube-system',
          custom_details: { runbook: 'https://docs.example/NodeGone' },
        },
      });
      const channel = JSON.parse((await arrives('NodeGone', '/slack')).text) as object;
      expect(channel).toMatchObject({
        channel: '#ml',
        attachments: [
          {
            color: 'danger',
            text: '• Summary of NodeGone &lt;critical> (<https://docs.example/NodeGone|what to do>)\n',
          },
        ],
      });
      const mail = await arrives('DiskFull', 'smtp');
      expect(mail.credentials).toBe('\0alerts\0the-password');
      expect(mail.text).toMatch(/^Subject: \[FIRING:1\] DiskFull \(warning\) in kube-system$/m);
      expect(mail.text).toMatch(/^To: a@acme\.example, b@acme\.example$/m);
      expect(about('DiskFull').map(({ to }) => to)).toEqual(['smtp']);
    }, 120_000);

    test('an alert of the team goes to the team only, with its token', async () => {
      await alertmanager.post([alert('ModelDown', 'critical', TEAM), alert('ModelDrift', 'warning', TEAM)]);
      const page = await arrives('ModelDown', '/team/critical');
      expect(page.credentials).toBe('Bearer the-token');
      expect(JSON.parse(page.text)).toMatchObject({ status: 'firing', alerts: [{ labels: { namespace: TEAM } }] });
      await arrives('ModelDrift', '/team/warning');
      // what comes later was routed later
      await alertmanager.post([alert('Later', 'critical', 'kube-system')]);
      await arrives('Later', '/slack');
      expect(new Set([...about('ModelDown'), ...about('ModelDrift')].map(({ to }) => to))).toEqual(
        new Set(['/team/critical', '/team/warning']),
      );
    }, 120_000);

    test('a critical alert silences the warning of the same name and namespace, and no other', async () => {
      await alertmanager.post([
        alert('FeatureStale', 'critical', TEAM),
        alert('FeatureStale', 'warning', TEAM),
        alert('FeatureStale', 'warning', 'kube-system'),
      ]);
      await arrives('FeatureStale', '/team/critical');
      await arrives('FeatureStale', 'smtp');
      await alertmanager.post([alert('AfterStale', 'warning', TEAM)]);
      await arrives('AfterStale', '/team/warning');
      expect(about('FeatureStale').filter(({ to }) => to === '/team/warning')).toEqual([]);
    }, 120_000);

    test('it is said when an alert is over', async () => {
      await alertmanager.post([alert('Flaps', 'critical', TEAM)]);
      await arrives('Flaps', '/team/critical');
      await alertmanager.post([alert('Flaps', 'critical', TEAM, new Date())]);
      await until('the end of the alert', 60_000, async () =>
        about('Flaps').some(({ text }) => (JSON.parse(text) as { status: string }).status === 'resolved'),
      );
    }, 120_000);

    test('the watchdog is heard, and what is for information is not', async () => {
      await alertmanager.post([
        { labels: { alertname: 'Watchdog', severity: 'none' }, annotations: { summary: 'alive' } },
        alert('JustSo', 'info', 'kube-system'),
      ]);
      await arrives('Watchdog', '/alive');
      await alertmanager.post([alert('AfterInfo', 'critical', 'kube-system')]);
      await arrives('AfterInfo', '/slack');
      expect(about('JustSo')).toEqual([]);
    }, 120_000);
  });
});
