import { ApiObject } from 'cdk8s';
import { KindProvider, NeuralPlatform, NeuralPlatformProps } from '../../../src';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { temporaryApp } from '../../support/synth';

/** The settings that a NeuralPlatform on Kind hands to its operators, as they read them. */
export function composedSettings(props: NeuralPlatformProps = {}): OperatorSettings {
  const { app } = temporaryApp();
  const environment = app.environment('local', { provider: KindProvider.local() });
  const platform = new NeuralPlatform(environment, 'neural', { domain: 'ml.example.com', ...props });
  const [found] = platform.operators.node.findAll().flatMap((one) => {
    const json = ApiObject.isApiObject(one) && one.kind === 'ConfigMap' ? (one.toJson() as ConfigMap) : undefined;
    return json?.data?.['settings.json'] ?? [];
  });
  return JSON.parse(found) as OperatorSettings;
}

interface ConfigMap {
  readonly data?: { readonly [key: string]: string };
}
