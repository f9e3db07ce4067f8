import { PlatformApp } from '../../src/app';
import { Environment } from '../../src/app/environment';
import { DataPlatform, NeuralPlatform, NeuralPlatformProps, ZeroTouch } from '../../src/compositions';
import { Tier } from '../../src/contracts';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { AwsProvider } from '../../src/providers/aws';
import { KindProvider } from '../../src/providers/kind';
import { Json, manifest, manifests, text } from '../constructs/tenancy/support';

/** Domain of the platforms of the tests. */
export const DOMAIN = 'ml.example.com';

/**
 * The settings of the operators as a NeuralPlatform on Kind synthesizes them, in the ConfigMap that the hook server reads. Tests with a
 * cluster have no others, so that what they show is what a user gets.
 */
export function platformSettings(props: NeuralPlatformProps = {}): OperatorSettings {
  return settingsOf(onKind(), props);
}

/** The settings for a cluster that serves these groups only: without the kinds of the Gateway API, nothing is reached from outside. */
export function withGroups({ gateway, ...settings }: OperatorSettings, apiGroups: string[]): OperatorSettings {
  return { ...settings, apiGroups, ...(apiGroups.includes('gateway.networking.k8s.io') ? { gateway } : {}) };
}

/** All objects of such a platform, but those of third-party components and of Terraform. */
export function platformObjects(props: NeuralPlatformProps = {}): Json[] {
  return manifests(platformIn(onKind(), props));
}

/** Settings of platforms that together have every one that NeuralPlatform and ZeroTouch can make. */
export function allPlatformSettings(): OperatorSettings[] {
  const everything: NeuralPlatformProps = {
    serviceMesh: true,
    selfServiceGroups: ['platform-owners'],
    dataZones: ['training'],
    operators: {
      kafkaBootstrapServers: 'kafka.example.com:9092',
      mlflowUrl: 'https://mlflow.example.com',
      sparkImage: 'registry.example.com/spark:4.0.1',
      flinkImage: 'registry.example.com/pyflink:2.1.3',
      feastImage: 'registry.example.com/feast:0.56.0',
      openLineageUrl: 'https://lineage.example.com',
    },
  };
  return [onKind, onAws].flatMap((make) => [
    settingsOf(make(), {}),
    settingsOf(make(), everything),
    zeroTouchSettings(make()),
  ]);
}

/** Where the settings are that name none, as `aiModel.storage.env`; names of a map are not followed. */
export function keysOf(settings: object, above = ''): string[] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const path = above === '' ? key : `${above}.${key}`;
    const goesOn = typeof value === 'object' && value !== null && !Array.isArray(value) && !MAPS.test(path);
    return goesOn ? [path, ...keysOf(value, path)] : [path];
  });
}

/** Settings whose keys are names of users or of others: variables, labels, namespaces. */
const MAPS =
  /(^|\.)(env|podLabels|serviceLabels|dataServices|lakeOf|sparkConf|trainingRuntimes|trainingImages|messageBus\.properties)$/;

function platformIn(environment: Environment, props: NeuralPlatformProps): Environment {
  new DataPlatform(environment, 'data-platform', { domain: DOMAIN });
  new NeuralPlatform(environment, 'neural', props);
  return environment;
}

function settingsOf(environment: Environment, props: NeuralPlatformProps): OperatorSettings {
  return settingsFrom(platformIn(environment, props));
}

function settingsFrom(environment: Environment): OperatorSettings {
  const { data } = manifest(environment, 'ConfigMap', 'operators-settings', 'nstarx-system');
  return JSON.parse(text(data['settings.json'])) as OperatorSettings;
}

/** The settings as a ZeroTouch with all its props synthesizes them. */
function zeroTouchSettings(environment: Environment): OperatorSettings {
  new ZeroTouch(environment, 'zero-touch', {
    domain: DOMAIN,
    signers: [{ issuer: 'https://issuer.example.com', subject: 'robot@example.com' }],
    registrySecretName: 'registry-login',
  });
  return settingsFrom(environment);
}

function onKind(): Environment {
  return new PlatformApp().environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
}

function onAws(): Environment {
  const provider = AwsProvider.inRegion('eu-west-1', { account: '123456789012' });
  return new PlatformApp().environment('cloud', { provider, tier: Tier.PRODUCTION });
}
