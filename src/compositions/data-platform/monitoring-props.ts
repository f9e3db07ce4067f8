/** Props of a DataPlatform that are about its monitoring; a NeuralPlatform has them too, where it makes its own DataPlatform. */
export const MONITORING_PROPS = [
  'criticalAlertReceivers',
  'warningAlertReceivers',
  'watchdogReceiver',
  'metricsRetentionDays',
] as const;
