export {
  AlertReceiver,
  EmailReceiverProps,
  PagerDutyReceiverProps,
  SlackReceiverProps,
  WebhookReceiverProps,
} from './alert-receiver';
export * from './alert-routing';
export * from './alert-rules';
export { Monitoring, MonitoringProps } from './monitoring';
export * from './workload-monitor';
