import { AlertReceiver, DataPlatform, NeuralPlatform, StandardTeam } from 'ml-platform-constructs';
import { BadInput, onAws, onKind, platformOn } from './bad-input';

const PAGER = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });
const URL_OF_CHANNEL = 'https://hooks.slack.com/services/T0/B0/x';

/** Who is told of alerts. What receivers refuse is in test/constructs/monitoring/alert-routing.test.ts. */
export const ALERTING_INPUTS: BadInput[] = [
  {
    what: 'production in which no one is told of alerts',
    given: 'sends no alert to anyone',
    act: (newApp) => {
      const app = newApp();
      new DataPlatform(onAws(app), 'platform', { domain: 'ml.acme.example' });
      app.synth();
    },
    message:
      '1 problem found, nothing was written:\n  [production/platform/monitoring/monitoring] sends no alert to anyone, in production; make an AlertRouting, give criticalAlertReceivers to the DataPlatform, or say in the values of kube-prometheus-stack who is told',
  },
  {
    what: 'the URL of a channel in place of the name of its Secret',
    given: `a text of ${URL_OF_CHANNEL.length} characters`,
    act: () => AlertReceiver.slack({ channel: '#ml', urlSecretName: URL_OF_CHANNEL }),
    message: `[AlertReceiver.slack] urlSecretName must be the name of a Secret, got "a text of ${URL_OF_CHANNEL.length} characters": give the name of a Secret that has it, such as one that an ExternalSecret makes.`,
  },
  {
    what: 'a webhook without https',
    given: 'http://alerts.acme.example',
    act: () => AlertReceiver.webhook({ url: 'http://alerts.acme.example' }),
    message:
      '[AlertReceiver.webhook] url must be a URL with https, got "http://alerts.acme.example": give one such as \'https://alerts.acme.example/hook\'.',
  },
  {
    what: 'a list without a receiver',
    given: [],
    act: (newApp) => platformOn(onKind(newApp()), { criticalAlertReceivers: [] }),
    message:
      '[local/platform/monitoring/alert-routing] criticalReceivers must have at least one receiver, got []: name who is told, or leave the routing out.',
  },
  {
    what: 'receivers of warnings alone',
    given: 'one receiver',
    act: (newApp) => platformOn(onKind(newApp()), { warningAlertReceivers: [PAGER] }),
    message:
      '[local/platform] warningAlertReceivers must come with criticalAlertReceivers, got "one receiver": give both.',
  },
  {
    what: 'receivers of warnings alone, of a team',
    given: 'one receiver',
    act: (newApp) => platformOn(onKind(newApp())).addTeam('vision', { warningAlertReceivers: [PAGER] }),
    message:
      '[local/platform] warningAlertReceivers must come with criticalAlertReceivers, got "one receiver": give both.',
  },
  {
    what: "a dead man's switch alone",
    given: 'it alone',
    act: (newApp) => platformOn(onKind(newApp()), { watchdogReceiver: PAGER }),
    message: '[local/platform] watchdogReceiver must come with criticalAlertReceivers, got "it alone": give both.',
  },
  {
    what: 'receivers without Alertmanager',
    given: 'it',
    act: (newApp) =>
      platformOn(onKind(newApp()), { standardTeams: [StandardTeam.ML], criticalAlertReceivers: [PAGER] }),
    message:
      '[local/platform] criticalAlertReceivers must not come with standardTeams without StandardTeam.MONITORING, got "it": leave it out, or add the team.',
  },
  {
    what: 'days of metrics without Prometheus',
    given: 'it',
    act: (newApp) => platformOn(onKind(newApp()), { standardTeams: [StandardTeam.ML], metricsRetentionDays: 7 }),
    message:
      '[local/platform] metricsRetentionDays must not come with standardTeams without StandardTeam.MONITORING, got "it": leave it out, or add the team.',
  },
  {
    what: 'receivers that are said to the wrong platform',
    given: 'it',
    act: (newApp) => {
      const environment = onKind(newApp());
      platformOn(environment);
      new NeuralPlatform(environment, 'neural', { criticalAlertReceivers: [PAGER] });
    },
    message:
      '[local/neural] criticalAlertReceivers must be said to the DataPlatform, which has the monitoring, got "it": give it there.',
  },
  {
    what: 'a negative price',
    given: -1,
    act: (newApp) => new NeuralPlatform(onKind(newApp()), 'neural', { domain: 'ml.acme.example', gpuHourPrice: -1 }),
    message:
      '[local/neural/observability/dashboards] gpuHourPrice must be at least 0, got -1: give what an hour costs.',
  },
];
