import { Construct } from 'constructs';
import { AIModelStorage } from '../../api/generated/ai-model';
import { contentHash } from '../../contracts/content-hash';
import { fail } from '../../contracts/errors';
import { NetworkPeer } from '../../contracts/network';
import { programFiles } from '../../contracts/programs';
import { secretEnvironment } from '../../constructs/workloads/secret-environment';
import { MODEL_DIRECTORY } from './model-runtimes';
import { MODEL_IMAGES, AIModelStorageSettings } from './ai-model-settings';

/** A piece of a pod, as JSON. */
export type Json = { readonly [field: string]: unknown };

/** What fetches a model into a pod. */
export interface ModelFetch {
  /** Containers that run before the server. */
  readonly initContainers: readonly Json[];
  /** The volume `model`. */
  readonly volume: Json;
  /** Where the server finds it. */
  readonly mount: Json;
}

/** Keeps a container from whatever Pod Security `restricted` and a read-only root forbid. */
export const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
} as const;

/**
 * How a model gets into the pods of its server. `pvc://` and `oci://` are mounted. Everything else is fetched before the server
 * starts.
 *
 * KServe would add such a container by itself. That one can write to its root file system, which zones refuse; it comes before any
 * that could compare a checksum; and it needs a controller that reads the Secrets of tenants. So the same program is a container of
 * ours, under KServe and without.
 *
 * @throws InvalidInputError when pods cannot reach the location
 */
export function fetchOf(scope: Construct, storage: AIModelStorage, settings: AIModelStorageSettings): ModelFetch {
  const { location, sha256 } = storage;
  const image = settings.initializerImage ?? MODEL_IMAGES.initializer;
  const mount = { name: 'model', mountPath: MODEL_DIRECTORY, readOnly: true };
  const check = sha256 === undefined ? [] : [checksumContainer(image, sha256)];
  const claim = /^pvc:\/\/([^/]+)\/?(.*?)\/?$/.exec(location);
  if (claim) {
    const [, claimName, subPath] = claim;
    checkClaim(scope, location, claimName);
    return {
      initContainers: check.map((container) => withMount(container, { ...mount, ...(subPath ? { subPath } : {}) })),
      volume: { name: 'model', persistentVolumeClaim: { claimName, readOnly: true } },
      mount: { ...mount, ...(subPath ? { subPath } : {}) },
    };
  }
  if (location.startsWith('oci://')) {
    return {
      initContainers: check.map((container) => withMount(container, mount)),
      // Kubernetes 1.35; before, behind the feature gate ImageVolume
      volume: { name: 'model', image: { reference: location.slice('oci://'.length), pullPolicy: 'IfNotPresent' } },
      mount,
    };
  }
  const uri = fetchedUri(scope, location);
  return {
    initContainers: [
      {
        // KServe looks for this name when it tells why a model does not load
        name: 'storage-initializer',
        image,
        imagePullPolicy: 'IfNotPresent',
        args: [uri, MODEL_DIRECTORY],
        ...environment(storage, settings),
        resources: INIT_RESOURCES,
        securityContext: RESTRICTED_CONTAINER,
        volumeMounts: [{ name: 'model', mountPath: MODEL_DIRECTORY }, TMP_MOUNT],
      },
      ...check.map((container) => withMount(container, mount)),
    ],
    volume: { name: 'model', emptyDir: {} },
    mount,
  };
}

function checkClaim(scope: Construct, location: string, claimName: string): void {
  if (claimName.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(claimName)) return;
  const mend = 'write pvc://<claim>/<folder>';
  fail(scope, 'storage.location', 'must name a PersistentVolumeClaim in the namespace of the model', location, mend);
}

/** Where `/tmp` is. */
export const TMP_MOUNT = { name: 'tmp', mountPath: '/tmp' };

const INIT_RESOURCES = { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '1Gi' } };

/** Environment of what reads from the store. */
export function environment(storage: AIModelStorage, settings: AIModelStorageSettings): Json {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region } = settings.variables ?? {};
  const variables = {
    // Hugging Face's cache, and whatever else wants a home
    HOME: '/tmp',
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }),
    ...(region === undefined ? {} : { AWS_DEFAULT_REGION: region }),
    ...settings.variables,
  };
  const plain = Object.entries(variables).map(([name, value]) => ({ name, value }));
  if (storage.secretRef) return { env: plain, envFrom: [{ secretRef: { name: storage.secretRef.name } }] };
  return { env: [...plain, ...secretEnvironment(settings.secretVariables)] };
}

/** Where pods that read from the store may connect to, beside DNS. */
export function storeEgress(settings: AIModelStorageSettings): NetworkPeer[] {
  return [...(settings.egress ?? [{ cidrs: ['0.0.0.0/0', '::/0'], ports: [443] }])];
}

/** A location as the storage initializer reads it. */
function fetchedUri(scope: Construct, location: string): string {
  if (location.startsWith('s3a://')) return `s3://${location.slice('s3a://'.length)}`;
  const azure = /^abfss?:\/\/([^@/]+)@([^./]+)\.dfs\.core\.windows\.net\/(.*)$/.exec(location);
  if (azure) return `https://${azure[2]}.blob.core.windows.net/${azure[1]}/${azure[3]}`;
  if (location.startsWith('file://') || location.startsWith('abfs')) {
    fail(
      scope,
      'storage.location',
      'must be a place that pods of the cluster can read',
      location,
      'use s3://, gs://, abfss://<container>@<account>.dfs.core.windows.net/, hdfs://, https://, hf://, pvc:// or oci://',
    );
  }
  return location;
}

function checksumContainer(image: string, sha256: string): Json {
  return {
    name: 'checksum',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['python3', '-c', programFiles('model-jobs')['model_checksum.py'], sha256],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: INIT_RESOURCES,
    securityContext: RESTRICTED_CONTAINER,
  };
}

function withMount(container: Json, mount: Json): Json {
  return { ...container, volumeMounts: [mount] };
}

/** A name of at most 63 characters for what belongs to a model and is made anew when its content changes. */
export function hashedName(model: string, role: string, ...content: readonly unknown[]): string {
  return `${model.slice(0, 51 - role.length).replace(/-+$/, '')}-${role}-${contentHash(model, ...content)}`;
}
