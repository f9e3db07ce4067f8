import { Chart } from 'cdk8s';
import {
  AlertReceiver,
  AwsProvider,
  AwsProviderProps,
  DataPlatform,
  DataPlatformProps,
  Environment,
  GpuModel,
  GpuPool,
  KindProvider,
  KindProviderProps,
  PlatformApp,
  PlatformAppProps,
  Tier,
} from 'ml-platform-constructs';

/** Makes an app that writes into a temporary folder. */
export type AppFactory = (props?: PlatformAppProps) => PlatformApp;

/** Something that a user gets wrong, and all that the platform says about it. */
export interface BadInput {
  /** What is wrong. */
  readonly what: string;
  /** What was given, as the message shows it; undefined when it is missing. */
  readonly given: unknown;
  /** Does it. */
  readonly act: (newApp: AppFactory) => unknown;
  /** The whole message. */
  readonly message: string;
}

/** An environment on Kind without a cluster. */
export function onKind(app: PlatformApp, props: KindProviderProps = {}, tier: Tier = Tier.LOCAL): Environment {
  return app.environment('local', { provider: KindProvider.local(props), tier });
}

/** A production environment on AWS without a cluster. */
export function onAws(app: PlatformApp, props: AwsProviderProps = {}, tier: Tier = Tier.PRODUCTION): Environment {
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012', ...props });
  return app.environment('production', { provider, tier });
}

const PAGER = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });

/** A data platform with two T4 GPUs; it is right as it is. */
export function platformOn(environment: Environment, props: Partial<DataPlatformProps> = {}): DataPlatform {
  return new DataPlatform(environment, 'platform', {
    domain: 'ml.acme.example',
    gpuPools: [GpuPool.of(GpuModel.T4, { max: 2 })],
    ...(environment.tier === Tier.PRODUCTION ? { criticalAlertReceivers: [PAGER] } : {}),
    ...props,
  });
}

/** A data platform on Kind, and a chart for what is to be added to it. */
export function platformWithChart(newApp: AppFactory): { app: PlatformApp; platform: DataPlatform; chart: Chart } {
  const app = newApp();
  const environment = onKind(app);
  const platform = platformOn(environment);
  return { app, platform, chart: environment.addChart('team') };
}
