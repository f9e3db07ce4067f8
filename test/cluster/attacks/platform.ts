import { parse } from 'yaml';
import {
  AIZone,
  AIZoneType,
  DataPlatform,
  KindProvider,
  NeuralPlatform,
  PlatformApp,
  PlatformTesting,
  Team,
  TenantPersonas,
  Tier,
} from '../../../src';
import type { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import type { KubernetesObject } from '../types';
import { FRAUD, VISION } from './attack';

/** What the platform under attack consists of: all as `NeuralPlatform` synthesizes it. */
export interface AttackedPlatform {
  readonly crds: readonly KubernetesObject[];
  /** Everything that the API server takes without a third party's controller. */
  readonly objects: readonly KubernetesObject[];
  readonly controllers: readonly KubernetesObject[];
  readonly settings: OperatorSettings;
}

/**
 * A platform with two tenants, `vision` and `fraud`, each with a namespace in which everything may run. Members of `vision` may use the
 * zone `training`, those of `fraud` no zone; nobody may use the zone `reserved`.
 */
export function attackedPlatform(): AttackedPlatform {
  const app = new PlatformApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
  new DataPlatform(environment, 'data-platform', { domain: 'ml.example.com' });
  const chart = environment.addChart('tenants-of-the-test');
  const team = new Team(chart, 'tenants');
  const namespaces = { vision: team.addNamespace(VISION), fraud: team.addNamespace(FRAUD) };
  const neural = new NeuralPlatform(environment, 'neural', {
    serviceMesh: true,
    engineNamespaces: [namespaces.vision, namespaces.fraud],
  });
  const { personas } = neural;
  new TenantPersonas(chart, VISION, { personas, namespaces: [namespaces.vision], dataScientistZones: ['training'] });
  new TenantPersonas(chart, FRAUD, { personas, namespaces: [namespaces.fraud] });
  new AIZone(chart, 'training', { type: AIZoneType.TRAINING });
  new AIZone(chart, 'reserved', { type: AIZoneType.TRAINING });
  const all = Object.entries(PlatformTesting.synth(app))
    .filter(([file]) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml') && !file.startsWith('stacks/'))
    .map(([, text]) => parse(text) as KubernetesObject);
  const isKind = (...kinds: string[]) => all.filter(({ kind }) => kinds.includes(kind));
  const [settings] = isKind('ConfigMap').filter(({ metadata }) => metadata.name === 'operators-settings');
  const { 'settings.json': text } = settings.data as { readonly 'settings.json': string };
  return {
    crds: isKind('CustomResourceDefinition'),
    controllers: isKind('CompositeController'),
    objects: all.filter(isServed),
    settings: JSON.parse(text) as OperatorSettings,
  };
}

/** Kinds that the API server has itself, and the platform's own; pods of the platform would only wait for a node. */
function isServed({ apiVersion, kind }: KubernetesObject): boolean {
  if (
    ['CustomResourceDefinition', 'CompositeController', 'Deployment', 'StatefulSet', 'Job', 'CronJob'].includes(kind)
  ) {
    return false;
  }
  return /^(v1|nstarx\.io\/.*|(networking|policy|(rbac\.authorization|admissionregistration|scheduling|storage)\.k8s\.io)\/v1|policy\/v1)$/.test(
    apiVersion,
  );
}
