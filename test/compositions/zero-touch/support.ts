import { App, Chart } from 'cdk8s';
import { DeployedFramework, ModelDeployment, ModelDeploymentProps } from '../../../src/api';
import { PlatformApp } from '../../../src/app';
import { Environment } from '../../../src/app/environment';
import { DataPlatform, NeuralPlatform, ZeroTouch } from '../../../src/compositions';
import { InferenceNamespace } from '../../../src/compositions/zero-touch/inference-namespace';
import { AlertReceiver } from '../../../src/constructs/monitoring';
import { GpuModel, GpuPool, INamespace, Tier } from '../../../src/contracts';
import { ModelDeploymentObjects } from '../../../src/kinds/model-deployment/model-deployment-objects';
import { ServedSpec } from '../../../src/kinds/model-deployment/plan';
import { modelDeploymentSettings } from '../../../src/kinds/operators/kind-settings';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { AwsProvider } from '../../../src/providers/aws';
import { KindProvider } from '../../../src/providers/kind';
import { manifest, text } from '../../constructs/tenancy/support';
import { Json } from '../../kinds/model-deployment/support';

const ON = {
  kind: () => KindProvider.local({ workersPerPool: 10 }),
  aws: () => AwsProvider.inRegion('eu-west-1', { account: '123456789012' }),
};

export type Cloud = keyof typeof ON;

export interface Platform {
  readonly app: PlatformApp;
  readonly environment: Environment;
  readonly data: DataPlatform;
  readonly inference: InferenceNamespace;
  /** Where ModelDeployments are added. */
  readonly chart: Chart;
}

/** A platform with the namespace that models are served in, and one T4 at most, on a node that comes when it is asked for. */
export function platform(cloud: Cloud, tier: Tier, gpus = 1): Platform {
  const app = new PlatformApp();
  const environment = app.environment('test', { provider: ON[cloud](), tier });
  const data = new DataPlatform(environment, 'data', {
    domain: 'ml.acme.example',
    gpuPools: [GpuPool.of(GpuModel.T4, { instanceType: 'g4dn.xlarge', max: gpus })],
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
  });
  const { gateway, artifactBucket: models } = data;
  const inference = new InferenceNamespace(environment.addChart('inference'), 'inference', { gateway, models });
  new NeuralPlatform(environment, 'neural', { engines: { flink: false } });
  return { app, environment, data, inference, chart: environment.addChart('models') };
}

/** A platform for zero-touch deployment. */
export interface ZeroTouchPlatform {
  readonly app: PlatformApp;
  readonly environment: Environment;
  readonly zeroTouch: ZeroTouch;
  /** Where ModelDeployments are added. */
  readonly chart: Chart;
}

/** Who signs models on it. */
export const SIGNER = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main',
};

/** What a user of the composition gets. */
export function zeroTouchOn(cloud: Cloud, tier: Tier): ZeroTouchPlatform {
  const app = new PlatformApp();
  const environment = app.environment('test', { provider: ON[cloud](), tier });
  const zeroTouch = new ZeroTouch(environment, 'zero-touch', {
    domain: 'ml.acme.example',
    signers: [SIGNER],
    breakGlassGroup: 'acme:ml-on-call',
    criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })],
  });
  return { app, environment, zeroTouch, chart: environment.addChart('models') };
}

/** A ModelDeployment that keeps the gate of every tier. */
export function add(
  chart: Chart,
  id: string,
  { namespace }: { readonly namespace: INamespace },
  more: Partial<ModelDeploymentProps>,
) {
  return new ModelDeployment(chart, id, {
    namespace,
    model: {
      name: 'fraud-detector',
      version: '2.1.0',
      framework: DeployedFramework.PYTORCH,
      owner: 'payments-ml',
      card: 'MODEL_CARD.md',
    },
    metrics: { accuracy: 0.94, f1Score: 0.9 },
    fairness: { demographicParity: 0.02 },
    drift: { score: 0.05, measuredAt: '2026-11-28T09:00:00Z' },
    dependencies: [{ name: 'torch', version: '2.9.1' }],
    ...more,
  });
}

/** What the operators of the platform are told. */
export function settingsOf({ environment }: Pick<Platform, 'environment'>): OperatorSettings {
  const config = manifest(environment, 'ConfigMap', 'operators-settings', 'nstarx-system');
  return JSON.parse(text(config.data['settings.json'])) as OperatorSettings;
}

/** What the operator makes of a spec, with the settings that it has on the platform. */
export function childrenOf(of: Pick<Platform, 'environment'>, spec: ServedSpec, namespace = 'ml-inference'): Json[] {
  const platformSettings = settingsOf(of);
  const chart = new Chart(new App(), 'children', { disableResourceNameHashes: true });
  new ModelDeploymentObjects(chart, 'deployment', {
    name: 'fraud',
    namespace,
    spec,
    image: spec.serving?.image ?? '',
    settings: modelDeploymentSettings(platformSettings),
    scraper: platformSettings.scraper,
    gateway: platformSettings.gateway,
  });
  return chart.toJson() as Json[];
}
