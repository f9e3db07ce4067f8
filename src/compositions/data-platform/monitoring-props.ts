/** Props of a DataPlatform that are about its monitoring; so has what makes its own DataPlatform (`PlatformFoundationProps`). */
export const MONITORING_PROPS = [
  'criticalAlertReceivers',
  'warningAlertReceivers',
  'watchdogReceiver',
  'metricsRetentionDays',
] as const;
