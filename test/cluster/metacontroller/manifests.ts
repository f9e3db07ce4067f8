import { ApiError } from '../client';
import type { Cluster } from '../cluster';
import { referenceTo, type KubernetesObject, type TypeReference } from '../types';
import { type Hook, specOf, type Webhook } from './composite-controller';
import type { HookEndpoint } from './engine';
import { Discovery } from './discovery';

const GROUP = 'metacontroller.k8s.io';
const KINDS = ['CompositeController', 'ControllerRevision', 'DecoratorController'];
const SECRET_NAMESPACE = 'engine-hooks';

/** CompositeControllers as they are stored in the cluster, with the defaults of their CRD. */
export interface InstalledControllers {
  readonly controllers: readonly KubernetesObject[];
  readonly parentTypes: readonly TypeReference[];
  /** Takes them away. */
  remove(): Promise<void>;
}

/**
 * Applies CompositeControllers with the local endpoint in place of the Service, and reads them back, so that a manifest
 * that the real CRD refuses is refused here.
 *
 * @throws ApiError where the API server refuses one, Error where Metacontroller's CRDs are not available.
 */
export async function installControllers(
  cluster: Cluster,
  manifests: readonly KubernetesObject[],
  endpoint: HookEndpoint,
  labels: Readonly<Record<string, string>>,
): Promise<InstalledControllers> {
  const missing = await cluster.installCrds(KINDS.map((kind) => ({ group: GROUP, kind })));
  if (missing.length > 0) {
    throw new Error(`the folder of CRDs has no ${missing.map(({ kind }) => kind).join(', ')}: set ML_PLATFORM_CRDS`);
  }
  const secret = endpoint.token === undefined ? undefined : await keepToken(cluster, endpoint.token);
  const local = manifests.map((manifest) => withEndpoint(manifest, endpoint, secret, labels));
  const results = await cluster.apply(local, { fieldManager: 'engine', force: true });
  const refused = results.find(({ ok }) => !ok);
  if (refused) {
    throw new ApiError(refused.code, refused.message);
  }
  const discovery = new Discovery(cluster.rest);
  const controllers = results.flatMap(({ object }) => object ?? []);
  return {
    controllers,
    parentTypes: await Promise.all(controllers.map((each) => discovery.resource(specOf(each).parentResource))),
    remove: async () => {
      await Promise.all(controllers.map((each) => cluster.delete(referenceTo(each))));
    },
  };
}

interface SecretKey {
  readonly name: string;
  readonly namespace: string;
  readonly key: string;
}

/** The manifest with the URL, CA and token of the endpoint; path, timeout, version and all else are as they were. */
function withEndpoint(
  manifest: KubernetesObject,
  endpoint: HookEndpoint,
  secret: SecretKey | undefined,
  labels: Readonly<Record<string, string>>,
): KubernetesObject {
  const { hooks = {} } = specOf(manifest);
  const local = Object.entries(hooks).map(([name, hook]) => [name, withUrl(hook, endpoint, secret)]);
  const { endpointConfigs: _configs, ...spec } = manifest.spec ?? {};
  return {
    ...manifest,
    metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, ...labels } },
    spec: { ...spec, hooks: Object.fromEntries(local) },
  };
}

function withUrl(hook: Hook, endpoint: HookEndpoint, secret?: SecretKey): Hook {
  if (!hook.webhook) {
    return hook;
  }
  const { url, path, service: _service, caBundle: _ca, authorization: _auth, ...rest } = hook.webhook;
  const { clientTLS: _tls, basicAuth: _basic, ...kept } = rest;
  const { pathname } = new URL(url ?? path ?? '/', 'http://hooks.invalid');
  const localUrl = `${endpoint.url.replace(/\/$/, '')}${pathname}`;
  if (endpoint.keepSecrets) return { ...hook, webhook: { ...hook.webhook, url: localUrl } };
  const webhook: Webhook = {
    ...kept,
    url: localUrl,
    ...(endpoint.ca === undefined ? {} : { caBundle: { inline: endpoint.ca } }),
    ...(secret === undefined ? {} : { authorization: { type: 'Bearer', secretRef: secret } }),
  };
  return { ...hook, webhook };
}

async function keepToken(cluster: Cluster, token: string): Promise<SecretKey> {
  const secret = { name: 'hook-token', namespace: SECRET_NAMESPACE };
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SECRET_NAMESPACE } },
    { apiVersion: 'v1', kind: 'Secret', metadata: secret, stringData: { token } },
  ]);
  return { ...secret, key: 'token' };
}
