import {
  AlertReceiver,
  AwsProvider,
  DataPlatform,
  Delivery,
  Environment,
  GpuModel,
  GpuPool,
  KindProvider,
  NeuralPlatform,
  NeuralPlatformProps,
  PlatformApp,
  PlatformAppProps,
  Tier,
} from 'ml-platform-constructs';
import { addFraudDetection } from './fraud-detection';

/** The neural platform on a laptop, on a cluster of its own, and beside a data platform. */
export function neuralPlatform(props: PlatformAppProps = {}): PlatformApp {
  const app = new PlatformApp(props);
  // an example's number: with your own, Terraform refuses every other account
  const cloud = { account: '111122223333', stateBucket: 'acme-tf-state', publicAccessCidrs: ['203.0.113.0/24'] };
  const gitops = Delivery.argoCd({ repository: 'https://github.com/acme/neural-platform.git' });

  const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  addPlatform(local, { domain: 'ml.localhost.example', gpuPools: [GpuPool.of(GpuModel.T4, { max: 1 })] });

  const staging = app.environment('staging', {
    provider: AwsProvider.inRegion('eu-west-1', { ...cloud, vpcCidr: '10.1.0.0/16' }),
    tier: Tier.STAGING,
    delivery: gitops,
  });
  new DataPlatform(staging, 'data-platform', {
    domain: 'staging.ml.acme.example',
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 2, spot: true })],
  });
  addPlatform(staging, {});

  const production = app.environment('production', {
    // few regions have both GPUs
    provider: AwsProvider.inRegion('us-west-2', { ...cloud, vpcCidr: '10.2.0.0/16' }),
    tier: Tier.PRODUCTION,
    delivery: gitops,
  });
  addPlatform(production, {
    domain: 'ml.acme.example',
    gpuPools: [GpuPool.of(GpuModel.A100_80GB, { max: 8 }), GpuPool.of(GpuModel.V100_32GB, { max: 4 })],
    objectives: { latencySeconds: 0.25 },
    // their secrets are Secrets in data-platform-monitoring, which External Secrets makes from a vault
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
    warningAlertReceivers: [AlertReceiver.slack({ channel: '#ml-platform', urlSecretName: 'slack' })],
    watchdogReceiver: AlertReceiver.webhook({ urlSecretName: 'dead-mans-switch' }),
    metricsRetentionDays: 60,
    selfServiceGroups: ['acme-corp-owners'],
    serviceMesh: true,
  });
  return app;
}

function addPlatform(environment: Environment, props: NeuralPlatformProps): void {
  const platform = new NeuralPlatform(environment, 'neural', props);
  const acme = platform.tenants.addTenant('acme-corp', {
    labels: { 'acme.example/plan': 'enterprise', 'acme.example/billing-id': 'acme-12345' },
    selfServiceGroup: props.selfServiceGroups?.[0],
  });
  acme.addTenant('acme-research', { quota: { cpu: '64', memory: '256Gi', gpus: 4 } });
  addFraudDetection(environment, platform);
}
