import { AlertReceiver, AlertRouting, AlertRoutingProps, Monitoring } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Tier } from '../../../src/contracts';
import { manifest, manifests, TestCluster, TestEnvironment } from '../tenancy/support';

const PAGER = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });
const CHANNEL = AlertReceiver.slack({ channel: '#ml', urlSecretName: 'slack' });
const MAIL = AlertReceiver.email({
  to: ['a@acme.example', 'b@acme.example'],
  from: 'alerts@acme.example',
  smarthost: 'smtp.acme.example:587',
  username: 'alerts',
  passwordSecretName: 'smtp',
});
const SWITCH = AlertReceiver.webhook({ urlSecretName: 'dead-mans-switch', port: 8443 });

function make(props: Partial<AlertRoutingProps> = {}, receiverCidrs?: string[]) {
  const environment = new TestEnvironment(Tier.PRODUCTION);
  new TestCluster(environment);
  const chart = environment.chart();
  const monitoring = new Monitoring(chart, 'monitoring', { receiverCidrs });
  const routing = new AlertRouting(chart, 'routing', { criticalReceivers: [PAGER, CHANNEL], ...props });
  return { chart, monitoring, routing };
}

test('alerts go by severity; those of teams with a routing of their own go there only', () => {
  const { chart, routing } = make({ warningReceivers: [MAIL], watchdogReceiver: SWITCH });
  const namespace = new Namespace(chart, 'vision');
  const team = new AlertRouting(chart, 'vision-alerts', { namespace, criticalReceivers: [CHANNEL] });
  const { metadata, spec } = manifest(routing, 'AlertmanagerConfig', 'alert-routing');
  expect(metadata.namespace).toBe('data-platform-monitoring');
  expect(spec.route).toEqual({
    receiver: 'warning',
    groupBy: ['namespace', 'alertname'],
    groupWait: '30s',
    groupInterval: '5m',
    repeatInterval: '24h',
    routes: [
      {
        matchers: [{ name: 'alertname', value: 'Watchdog', matchType: '=' }],
        receiver: 'watchdog',
        groupWait: '0s',
        groupInterval: '5m',
        repeatInterval: '290s',
      },
      { matchers: [{ name: 'severity', value: 'info|none', matchType: '=~' }], receiver: 'no-one' },
      { matchers: [{ name: 'namespace', value: 'vision', matchType: '=~' }], receiver: 'no-one' },
      {
        matchers: [{ name: 'severity', value: 'critical', matchType: '=' }],
        receiver: 'critical',
        repeatInterval: '4h',
      },
    ],
  });
  const ofTeam = manifest(team, 'AlertmanagerConfig', 'alert-routing');
  expect(ofTeam.metadata.namespace).toBe('vision');
  expect(ofTeam.spec.route.routes).toHaveLength(2);
  // without receivers of warnings, those of critical alerts are told
  expect(ofTeam.spec.receivers).toMatchObject([
    { name: 'critical', slackConfigs: [{ channel: '#ml' }] },
    { name: 'warning', slackConfigs: [{ channel: '#ml' }] },
    { name: 'no-one' },
  ]);
});

test('receivers name their secrets, and are told when an alert is over; a dead man is not', () => {
  const { spec } = manifest(
    make({ warningReceivers: [MAIL], watchdogReceiver: SWITCH }).routing,
    'AlertmanagerConfig',
    'alert-routing',
  );
  expect(spec.receivers).toMatchObject([
    {
      name: 'critical',
      pagerdutyConfigs: [{ sendResolved: true, routingKey: { name: 'pagerduty', key: 'routing-key' } }],
      slackConfigs: [{ sendResolved: true, apiURL: { name: 'slack', key: 'url' }, channel: '#ml' }],
    },
    {
      name: 'warning',
      emailConfigs: [
        {
          sendResolved: true,
          to: 'a@acme.example, b@acme.example',
          smarthost: 'smtp.acme.example:587',
          requireTLS: true,
          authUsername: 'alerts',
          authPassword: { name: 'smtp', key: 'password' },
        },
      ],
    },
    {
      name: 'watchdog',
      webhookConfigs: [{ sendResolved: false, urlSecret: { name: 'dead-mans-switch', key: 'url' } }],
    },
    { name: 'no-one' },
  ]);
});

test('Alertmanager may connect to the ports of its receivers, within the ranges that are given', () => {
  const egress = (cidrs?: string[]) =>
    manifest(
      make({ warningReceivers: [MAIL], watchdogReceiver: SWITCH }, cidrs).routing,
      'NetworkPolicy',
      'alert-receivers',
    ).spec.egress[0];
  const ports = [587, 8443].map((port) => ({ port, protocol: 'TCP' }));
  expect(egress()).toEqual({ ports });
  expect(egress(['192.0.2.0/24'])).toEqual({ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports });
  // 443 is permitted anyway
  expect(manifests(make().routing).map(({ kind }) => kind)).toEqual(['AlertmanagerConfig']);
});

const found = (tier: Tier, then: (monitoring: Monitoring, environment: TestEnvironment) => void = () => undefined) => {
  const environment = new TestEnvironment(tier);
  new TestCluster(environment);
  const monitoring = new Monitoring(environment.chart(), 'monitoring');
  then(monitoring, environment);
  return monitoring.node.validate();
};

test('production without a receiver is a finding, and any way to have one is none', () => {
  expect(found(Tier.PRODUCTION)).toEqual([
    'sends no alert to anyone, in production; make an AlertRouting, give criticalAlertReceivers to the DataPlatform, or say in the values of kube-prometheus-stack who is told',
  ]);
  expect(found(Tier.STAGING)).toEqual([]);
  expect(
    found(Tier.PRODUCTION, (_, environment) => {
      new AlertRouting(environment.chart('alerts'), 'routing', { criticalReceivers: [PAGER] });
    }),
  ).toEqual([]);
  expect(
    found(Tier.PRODUCTION, (_, environment) => {
      environment.components.override('kube-prometheus-stack', {
        values: { alertmanager: { alertmanagerSpec: { configSecret: 'ours' } } },
      });
    }),
  ).toEqual([]);
  // what a team is told, the platform is not
  expect(
    found(Tier.PRODUCTION, (_, environment) => {
      const chart = environment.chart('alerts');
      const namespace = new Namespace(chart, 'vision');
      new AlertRouting(chart, 'routing', { namespace, criticalReceivers: [PAGER] });
    }),
  ).toHaveLength(1);
});

test.each<[string, () => unknown, string]>([
  [
    'no receiver',
    () => make({ criticalReceivers: [] }),
    '[test/chart/routing] criticalReceivers must have at least one receiver, got []: name who is told, or leave the routing out.',
  ],
  [
    'the namespace of Alertmanager',
    () => {
      const { chart } = make();
      const namespace = Namespace.fromName(chart, 'Ours', 'data-platform-monitoring');
      new AlertRouting(chart, 'ours', { namespace, criticalReceivers: [PAGER] });
    },
    '[test/chart/ours] namespace must be that of a team, got "data-platform-monitoring": leave it out: what is said there holds for all namespaces.',
  ],
  [
    'a second one',
    () => new AlertRouting(make().chart, 'second', { criticalReceivers: [PAGER] }),
    '[test/chart/second] scope must be the only AlertRouting of the platform, got "test/chart/routing": give its props all receivers, and remove this.',
  ],
  [
    'the watchdog of a team',
    () => {
      const { chart } = make();
      const namespace = new Namespace(chart, 'vision');
      new AlertRouting(chart, 'v', { namespace, criticalReceivers: [PAGER], watchdogReceiver: SWITCH });
    },
    '[test/chart/v] watchdogReceiver must be left out with namespace, got "vision": give it to the routing without a namespace: the watchdog is an alert of no namespace.',
  ],
  [
    'to repeat what Alertmanager has forgotten',
    () => make({ warningRepeatHours: 168 }),
    '[test/chart/routing] warningRepeatHours must be a whole number between 1 and 120, got 168: give hours.',
  ],
  [
    'a label that is none',
    () => make({ groupBy: ['model-name'] }),
    '[test/chart/routing] groupBy must be names of labels, got "model-name": write them such as \'namespace\'.',
  ],
  [
    'minutes without a switch',
    () => make({ watchdogMinutes: 2 }),
    '[test/chart/routing] watchdogMinutes must come with watchdogReceiver, got 2: give both.',
  ],
])('refuses %s', (_, attempt, message) => {
  expect(attempt).toThrow(message);
});

const HOOK = 'https://hooks.slack.com/services/T00000000/B00000000/not-a-real-one';
const KEY = '0123456789abcdef0123456789abcdef';

test.each<[string, () => unknown, string]>([
  [
    'the URL of a channel in place of its Secret',
    () => AlertReceiver.slack({ channel: '#ml', urlSecretName: HOOK }),
    `[AlertReceiver.slack] urlSecretName must be the name of a Secret, got "a text of ${HOOK.length} characters": give the name of a Secret that has it, such as one that an ExternalSecret makes.`,
  ],
  [
    'an integration key in place of its Secret',
    () => AlertReceiver.pagerDuty({ routingKeySecretName: KEY }),
    '[AlertReceiver.pagerDuty] routingKeySecretName must be the name of a Secret, got "a text of 32 characters": give the name of a Secret that has it, such as one that an ExternalSecret makes.',
  ],
  [
    'a secret as a key',
    () => AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty', routingKeySecretKey: 'a/b' }),
    '[AlertReceiver.pagerDuty] routingKeySecretKey must be a key of a Secret, got "a text of 3 characters": give the key below which the Secret has it.',
  ],
  [
    'a URL without https',
    () => AlertReceiver.webhook({ url: 'http://alerts.acme.example/hook' }),
    '[AlertReceiver.webhook] url must be a URL with https, got "http://alerts.acme.example": give one such as \'https://alerts.acme.example/hook\'.',
  ],
  [
    'a password in a URL',
    () => AlertReceiver.webhook({ url: 'https://alerts:hunter2@alerts.acme.example/hook' }),
    '[AlertReceiver.webhook] url must have no user, password, query or fragment, got "one of alerts.acme.example with them": give urlSecretName, of a Secret with the URL, or tokenSecretName, of one with the token alone.',
  ],
  [
    'a token in a URL',
    () => AlertReceiver.webhook({ url: 'https://alerts.acme.example/hook?token=hunter2' }),
    '[AlertReceiver.webhook] url must have no user, password, query or fragment, got "one of alerts.acme.example with them": give urlSecretName, of a Secret with the URL, or tokenSecretName, of one with the token alone.',
  ],
  [
    'two URLs',
    () => AlertReceiver.webhook({ url: 'https://alerts.acme.example', urlSecretName: 'hook' }),
    '[AlertReceiver.webhook] url must be given, or urlSecretName in its place, got "both": give one of them.',
  ],
  [
    'no URL',
    () => AlertReceiver.webhook({}),
    '[AlertReceiver.webhook] url must be given, or urlSecretName in its place, got nothing: give one of them.',
  ],
  [
    'a port beside a URL',
    () => AlertReceiver.webhook({ url: 'https://alerts.acme.example', port: 8443 }),
    '[AlertReceiver.webhook] port must come with urlSecretName, got 8443: write it into the url.',
  ],
  [
    'an address that is none',
    () => AlertReceiver.email({ to: ['on call'], from: 'a@acme.example', smarthost: 'smtp.acme.example:587' }),
    '[AlertReceiver.email] to must be an email address, got "on call": give one such as \'ml-on-call@acme.example\'.',
  ],
  [
    'a mail to no one',
    () => AlertReceiver.email({ to: [], from: 'a@acme.example', smarthost: 'smtp.acme.example:587' }),
    '[AlertReceiver.email] to must have at least one address, got []: name whom it goes to.',
  ],
  [
    'a mail server without a port',
    () => AlertReceiver.email({ to: ['a@acme.example'], from: 'a@acme.example', smarthost: 'smtp.acme.example' }),
    '[AlertReceiver.email] smarthost must be a host and a port, got "smtp.acme.example": write it such as \'smtp.acme.example:587\'.',
  ],
  [
    'a user without a password',
    () =>
      AlertReceiver.email({
        to: ['a@acme.example'],
        from: 'a@acme.example',
        smarthost: 'smtp.acme.example:587',
        username: 'alerts',
      }),
    '[AlertReceiver.email] username must come with passwordSecretName, got "username only": give both, or neither.',
  ],
  [
    'a channel without its sign',
    () => AlertReceiver.slack({ channel: 'ml alerts', urlSecretName: 'slack' }),
    '[AlertReceiver.slack] channel must be a channel, a user or an id, got "ml alerts": write it such as \'#ml-alerts\'.',
  ],
])('refuses %s', (_, attempt, message) => {
  expect(attempt).toThrow(message);
  try {
    attempt();
  } catch (error) {
    // what was given by mistake is in no log
    expect(String(error)).not.toMatch(/hunter2|not-a-real-one|0123456789abcdef/);
  }
});
