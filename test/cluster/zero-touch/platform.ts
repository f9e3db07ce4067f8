import { KindProvider, PlatformApp, Tier, ZeroTouch } from '../../../src';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { manifests } from '../../constructs/tenancy/support';
import type { KubernetesObject } from '../types';

/** A synthesized platform: what its operators read, and what the namespace of the models has. */
export interface Platform {
  readonly settings: OperatorSettings;
  readonly objects: readonly KubernetesObject[];
}

/** What ZeroTouch makes for staging. */
export function zeroTouchPlatform(publicKey: string, mlflowUrl: string): Platform {
  const app = new PlatformApp({ args: [] });
  const staging = app.environment('staging', { provider: KindProvider.local(), tier: Tier.STAGING });
  new ZeroTouch(staging, 'zero-touch', { domain: 'ml.acme.example', signers: [{ publicKey }], mlflowUrl });
  const all = manifests(staging) as unknown as KubernetesObject[];
  const settings = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'operators-settings');
  const { data } = settings as unknown as { readonly data: { readonly [file: string]: string } };
  return {
    settings: JSON.parse(data['settings.json']) as OperatorSettings,
    objects: all.filter(isOfTheModels),
  };
}

const NAMESPACE = 'ml-inference';

/** The namespace and all that is in it, the priorities, and the admission policies about ModelDeployments. */
function isOfTheModels({ apiVersion, kind, metadata }: KubernetesObject): boolean {
  if (kind === 'PriorityClass' || kind === 'ClusterRole') return !apiVersion.includes('kyverno');
  if (kind === 'Namespace') return metadata.name === NAMESPACE;
  if (apiVersion === 'admissionregistration.k8s.io/v1')
    return (metadata.name ?? '').endsWith('modeldeployments.mlifecycle.io');
  return metadata.namespace === NAMESPACE && BUILT_IN.test(apiVersion);
}

const BUILT_IN = /^(v1|(apps|batch|policy|autoscaling)\/v\d|(networking|rbac\.authorization)\.k8s\.io\/v1)$/;
