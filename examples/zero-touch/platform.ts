import {
  AlertReceiver,
  AwsProvider,
  Delivery,
  GpuModel,
  GpuPool,
  KindProvider,
  ModelDeliveryWorkflow,
  PlatformApp,
  PlatformAppProps,
  Tier,
  ZeroTouch,
} from 'ml-platform-constructs';

/** Zero-touch deployment on a laptop, in staging and in production, and the delivery that the repository of the models has. */
export function zeroTouch(props: PlatformAppProps = {}): PlatformApp {
  const app = new PlatformApp(props);
  // an example's number: with your own, Terraform refuses every other account
  const cloud = { account: '111122223333', stateBucket: 'acme-tf-state', publicAccessCidrs: ['203.0.113.0/24'] };

  const models = new ModelDeliveryWorkflow(app.kubernetes, 'model-repository', {
    repository: 'https://github.com/acme/models',
    imageRepository: 'ghcr.io/acme/models',
    // an example's digest: that of the inference service's release, or of an image of your own
    baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
    environments: [
      {
        name: 'staging',
        tier: Tier.STAGING,
        modelUrl: 'https://{name}--ml-inference.staging.ml.acme.example',
      },
      {
        name: 'production',
        tier: Tier.PRODUCTION,
        modelUrl: 'https://{name}--ml-inference.ml.acme.example',
      },
    ],
    slackWebhookSecretName: 'SLACK_WEBHOOK_URL',
  });
  // Argo CD applies the platform from this repository, and what the workflow delivers from that of the models
  const gitops = (environment: string) =>
    Delivery.argoCd({
      repository: 'https://github.com/acme/zero-touch.git',
      applications: [models.application(environment)],
    });

  const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  // what you build yourself nobody has signed
  new ZeroTouch(local, 'zero-touch', { domain: 'ml.localhost.example' });

  const staging = app.environment('staging', {
    provider: AwsProvider.inRegion('eu-west-1', { ...cloud, vpcCidr: '10.1.0.0/16' }),
    tier: Tier.STAGING,
    delivery: gitops('staging'),
  });
  new ZeroTouch(staging, 'zero-touch', { domain: 'staging.ml.acme.example', signers: [models.signer] });

  const production = app.environment('production', {
    provider: AwsProvider.inRegion('eu-west-1', { ...cloud, vpcCidr: '10.2.0.0/16' }),
    tier: Tier.PRODUCTION,
    delivery: gitops('production'),
  });
  new ZeroTouch(production, 'zero-touch', {
    domain: 'ml.acme.example',
    // g4dn.xlarge, from no nodes on
    gpuPools: [GpuPool.of(GpuModel.T4, { min: 0, max: 4 })],
    signers: [models.signer],
    breakGlassGroup: 'acme:ml-on-call',
    // their secrets are Secrets in data-platform-monitoring, which External Secrets makes from a vault
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
    warningAlertReceivers: [AlertReceiver.slack({ channel: '#ml-platform', urlSecretName: 'slack' })],
    watchdogReceiver: AlertReceiver.webhook({ urlSecretName: 'dead-mans-switch' }),
  });
  return app;
}
