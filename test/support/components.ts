import { chatDb } from '../../examples/chatdb/platform';
import { dataPlatform } from '../../examples/data-platform/platform';
import { neuralPlatform } from '../../examples/neural-platform/platform';
import { zeroTouch } from '../../examples/zero-touch/platform';
import {
  AwsProvider,
  Component,
  Components,
  DataPlatform,
  GpuModel,
  GpuPool,
  KindProvider,
  NeuralPlatform,
  NodeScaling,
  PlatformApp,
  Tier,
} from '../../src';
import { argoCd, argoCdApps } from '../../src/components';

/**
 * Every component as something installs it: in each environment of the examples and on each provider, by a program that
 * requires it alone, and for delivery by Argo CD. One that several install is there several times, with the values of each.
 */
export function installedComponents(): Component[] {
  const app = new PlatformApp();
  const account = '123456789012';
  const environments = [
    app.environment('local', { provider: KindProvider.local() }),
    app.environment('dev', { provider: AwsProvider.inRegion('eu-west-1', { account }) }),
    app.environment('staging', {
      provider: AwsProvider.inRegion('eu-west-1', { account, nodeScaling: NodeScaling.KARPENTER }),
    }),
  ];
  const gpuPools = [GpuPool.of(GpuModel.T4)];
  environments.forEach((one) => new DataPlatform(one, 'platform', { domain: 'ml.acme.example', gpuPools }));
  environments.forEach(
    (one) =>
      new NeuralPlatform(one, 'neural', {
        serviceMesh: true,
        selfServiceGroups: ['owners'],
        engines: { argoEvents: true },
      }),
  );
  const engine = argoCd(Tier.PRODUCTION);
  return [
    // first the one with another namespace for backing services than most
    ...[chatDb(), app, dataPlatform(), neuralPlatform(), zeroTouch()].flatMap((one) =>
      one.environments.flatMap((environment) => environment.components.sorted()),
    ),
    ...Object.values(Object.getOwnPropertyDescriptors(Components)).flatMap(({ value }) =>
      typeof value === 'function' ? withRequired((value as () => Component)()) : [],
    ),
    argoCd(Tier.DEVELOPMENT),
    engine,
    argoCdApps({}, engine),
  ];
}

function withRequired(component: Component): Component[] {
  return [component, ...component.requires.flatMap(withRequired)];
}
