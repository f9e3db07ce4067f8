export {
  AlertReceiver,
  EmailReceiverProps,
  PagerDutyReceiverProps,
  SlackReceiverProps,
  WebhookReceiverProps,
} from './alert-receiver';
export * from './alert-routing';
export { Alert, AlertRules, AlertRulesProps, AlertSeverity, ServiceObjectives } from './alert-rules';
export { Monitoring, MonitoringProps } from './monitoring';
export { ServiceLevelOptions } from './objectives';
export * from './request-metrics';
export { ServiceDashboard, ServiceDashboardProps } from './service-dashboard';
export * from './service-level-objectives';
export * from './workload-monitor';
