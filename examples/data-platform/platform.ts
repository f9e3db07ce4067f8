import {
  AlertReceiver,
  AwsProvider,
  DataPlatform,
  DataPlatformProps,
  Delivery,
  Environment,
  GpuModel,
  GpuPool,
  KindProvider,
  PlatformApp,
  PlatformAppProps,
  Tier,
} from 'ml-platform-constructs';
import { addTeamWorkloads } from './team-workloads';

/** Four environments of one platform: a laptop, and three clusters in the cloud. */
export function dataPlatform(props: PlatformAppProps = {}): PlatformApp {
  const app = new PlatformApp(props);
  // an example's number: with your own, Terraform refuses every other account
  const cloud = { account: '111122223333', stateBucket: 'acme-tf-state', publicAccessCidrs: ['203.0.113.0/24'] };
  const gitops = { repository: 'https://github.com/acme/ml-platform.git' };
  const ireland = (vpcCidr: string) => AwsProvider.inRegion('eu-west-1', { ...cloud, vpcCidr });
  const tags = { 'cost-center': 'ml-platform' };

  const local = app.environment('local', {
    provider: KindProvider.local(),
    tier: Tier.LOCAL,
    delivery: Delivery.terraform(),
  });
  const dev = app.environment('dev', {
    provider: ireland('10.0.0.0/16'),
    tier: Tier.DEVELOPMENT,
    delivery: Delivery.argoCd(gitops),
    tags,
  });
  const staging = app.environment('staging', {
    provider: ireland('10.1.0.0/16'),
    tier: Tier.STAGING,
    delivery: Delivery.argoCd(gitops),
    tags,
  });
  const production = app.environment('production', {
    provider: ireland('10.2.0.0/16'),
    tier: Tier.PRODUCTION,
    delivery: Delivery.argoCd(gitops),
    tags,
  });

  addPlatform(local, { domain: 'ml.localhost.example', gpuPools: [GpuPool.of(GpuModel.T4, { max: 1 })] });
  const fewGpus = [GpuPool.of(GpuModel.T4, { max: 2, spot: true })];
  addPlatform(dev, { domain: 'dev.ml.acme.example', gpuPools: fewGpus });
  addPlatform(staging, { domain: 'staging.ml.acme.example', gpuPools: fewGpus });
  addPlatform(production, {
    domain: 'ml.acme.example',
    gpuPools: [
      GpuPool.of(GpuModel.T4, { max: 4, spot: true }),
      GpuPool.of(GpuModel.A100_40GB, { max: 8 }),
      GpuPool.of(GpuModel.V100_16GB, { max: 4 }),
    ],
    // their secrets are Secrets in data-platform-monitoring, which External Secrets makes from a vault
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
    warningAlertReceivers: [AlertReceiver.slack({ channel: '#ml-platform', urlSecretName: 'slack' })],
    watchdogReceiver: AlertReceiver.webhook({ urlSecretName: 'dead-mans-switch' }),
  });
  return app;
}

function addPlatform(environment: Environment, props: DataPlatformProps): void {
  const platform = new DataPlatform(environment, 'data-platform', props);
  addTeamWorkloads(environment, platform, '1.4.2');
}
