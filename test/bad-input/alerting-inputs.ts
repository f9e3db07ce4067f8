import {
  AlertReceiver,
  DataPlatform,
  NeuralPlatform,
  RequestMetrics,
  ServiceDashboard,
  ServiceLevelObjectives,
  ServiceLevelObjectivesProps,
  ServiceWorkload,
  StandardTeam,
} from 'ml-platform-constructs';
import { AppFactory, BadInput, onAws, onKind, platformOn, platformWithChart } from './bad-input';

const PAGER = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });
const URL_OF_CHANNEL = 'https://hooks.slack.com/services/T0/B0/x';

function promise(newApp: AppFactory, props: Partial<ServiceLevelObjectivesProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  const service = new ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });
  new ServiceLevelObjectives(chart, 'objectives', { service, ...props });
}

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
  {
    what: 'a latency that no bucket can tell',
    given: 200,
    act: (newApp) => promise(newApp, { latencyMilliseconds: 200 }),
    message:
      '[local/team/objectives] latencyMilliseconds must be the bound of a bucket (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000), got 200: give one of these, or let the service count by a bucket there and say so: requestMetrics: RequestMetrics.histogram({ bucketsMilliseconds: [...] }).',
  },
  {
    what: 'a service that never fails',
    given: 100,
    act: (newApp) => promise(newApp, { availabilityPercent: 100 }),
    message:
      '[local/team/objectives] availabilityPercent must be between 90 and 99.999, got 100: give less: no failure at all cannot be promised.',
  },
  {
    what: 'a share of late answers without what is late',
    given: 99,
    act: (newApp) => promise(newApp, { latencyPercent: 99 }),
    message:
      '[local/team/objectives] latencyPercent must come with latencyMilliseconds, got 99: give how long requests take at most as well.',
  },
  {
    what: 'what routing adds, of a service that does not route',
    given: 100,
    act: (newApp) => promise(newApp, { routingOverheadMilliseconds: 100 }),
    message:
      '[local/team/objectives] routingOverheadMilliseconds must come with the metrics of a proxy, got 100: give requestMetrics: RequestMetrics.envoy(), or leave it out where the service does not route.',
  },
  {
    what: 'buckets that fall',
    given: [100, 50],
    act: () => RequestMetrics.histogram({ bucketsMilliseconds: [100, 50] }),
    message:
      '[RequestMetrics.histogram] bucketsMilliseconds must rise from above 0, got [100,50]: give the upper bounds of the buckets in milliseconds, the smallest first, without the infinite one.',
  },
  {
    what: 'a dashboard of no namespace',
    given: [],
    act: (newApp) => {
      const { chart } = platformWithChart(newApp);
      new ServiceDashboard(chart, 'services', { namespaces: [] });
    },
    message: '[local/team/services] namespaces must have at least one, got []: name the namespaces of the services.',
  },
];
