import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AIModelSpec, AIModelStorage } from '../../api/generated/ai-model';
import { NO_NODE_METADATA, renderSecretEnv } from '../../constructs/workloads/env';
import { stoppable } from '../../constructs/workloads/stoppable';
import { folderUrl } from '../../contracts/folders';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { programFiles } from '../../contracts/programs';
import { jobNetworkPolicy } from './network';
import { CHILD, contentName } from '../child-names';
import { jobLabels, Json, modelLabels } from './plan';
import { MODEL_DIRECTORY } from './runtimes';
import { AIModelSettings, AIModelStorageSettings, MODEL_IMAGES, settingsIn } from './settings';
import { inVariableOrder } from '../../contracts/variable-order';

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
 * The program of KServe's storage initializer.
 *
 * Source: https://github.com/kserve/kserve/blob/v0.20.0/python/storage-initializer.Dockerfile
 */
const INITIALIZER = '/storage-initializer/scripts/initializer-entrypoint';

/** Where `/tmp` is. */
export const TMP_MOUNT = { name: 'tmp', mountPath: '/tmp' };

const INIT_RESOURCES = { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '1Gi' } };

/**
 * How a model gets into the pods of its server. `pvc://` and `oci://` are mounted. Everything else is fetched before the server
 * starts.
 *
 * KServe would add such a container by itself. That one can write to its root file system, which zones refuse; it comes before any
 * that could compare a checksum; and it needs a controller that reads the Secrets of tenants. So the same program is a container of
 * ours, under KServe and without.
 */
export function fetchOf(storage: AIModelStorage, settings: AIModelStorageSettings): ModelFetch {
  const { location, sha256 } = storage;
  const image = settings.initializerImage ?? MODEL_IMAGES.initializer;
  const mount = { name: 'model', mountPath: MODEL_DIRECTORY, readOnly: true };
  const check = sha256 === undefined ? [] : [checksumContainer(image, sha256)];
  const claim = /^pvc:\/\/([^/]+)\/?(.*?)\/?$/.exec(location);
  if (claim) {
    const [, claimName, subPath] = claim;
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
  return {
    initContainers: [
      {
        // KServe looks for this name when it tells why a model does not load
        name: 'storage-initializer',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: stoppable([INITIALIZER]),
        args: [fetchedUri(location) ?? location, MODEL_DIRECTORY],
        ...environment(storage, settings),
        // why it ends is then in the status of the model
        terminationMessagePolicy: 'FallbackToLogsOnError',
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

/** How names of files end that are a whole model by themselves. A version (`1.4.1`) has a dot too. */
const MODEL_FILE =
  /\.(joblib|pkl|pickle|cloudpickle|onnx|pt|pth|ptl|torchscript|mar|bin|safetensors|gguf|ggml|h5|hdf5|keras|pb|tflite|bst|ubj|json|model|txt|cbm|pmml|xml|plan|engine|mlmodel|npz|npy|zip|tar|tgz|gz|bz2|xz|zst)$/i;

/**
 * A location as the storage initializer reads it; undefined when pods cannot read it. Of S3 and Azure it fetches every key that begins like
 * the location: a folder has a slash at its end, so that `churn/1.4.1` is not `churn/1.4.10` too.
 */
export function fetchedUri(location: string): string | undefined {
  const byPrefix = (uri: string) => (MODEL_FILE.test(uri) ? uri : folderUrl(uri));
  if (/^s3a?:\/\//.test(location)) return byPrefix(location.replace(/^s3a/, 's3'));
  const azure = /^abfss?:\/\/([^@/]+)@([^./]+)\.dfs\.core\.windows\.net\/(.*)$/.exec(location);
  if (azure) return byPrefix(`https://${azure[2]}.blob.core.windows.net/${azure[1]}/${azure[3]}`);
  if (/^https:\/\/[^/]+\.blob\.core\.windows\.net\//.test(location)) return byPrefix(location);
  return location.startsWith('file://') || location.startsWith('abfs') ? undefined : location;
}

/** Environment of what reads from the store. */
export function environment(storage: AIModelStorage, settings: AIModelStorageSettings): Json {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region } = settings.env ?? {};
  const variables = {
    // Hugging Face's cache, and whatever else wants a home
    HOME: '/tmp',
    ...NO_NODE_METADATA,
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }),
    ...(region === undefined ? {} : { AWS_DEFAULT_REGION: region }),
    ...settings.env,
  };
  const plain = inVariableOrder(Object.entries(variables).map(([name, value]) => ({ name, value })));
  if (storage.secretRef) return { env: plain, envFrom: [{ secretRef: { name: storage.secretRef.name } }] };
  return { env: inVariableOrder([...plain, ...renderSecretEnv(settings.secretEnv)]) };
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

/** The value of the label `nstarx.io/component` of the pods that look for a model. */
export const ARTIFACT_CHECK = 'artifact-check';

/** Options of the check of a model's location. */
export interface ModelArtifactCheckProps {
  /** Name of the model. */
  readonly name: string;
  /** Namespace of the model. */
  readonly namespace: string;
  /** The model. */
  readonly spec: AIModelSpec;
  /**
   * The platform.
   *
   * @default - the defaults of the settings
   */
  readonly settings?: AIModelSettings;
}

/**
 * A Job that looks whether a model is where its spec says, with the permissions of its server. It ends with success when there is
 * something; until then its container starts again and again, every five minutes at last, so that an upload that comes late is
 * found. Its name changes with the location.
 */
export class ModelArtifactCheck extends Construct {
  /** Whether the location is one that can be looked at: `s3://`, `s3a://`, `gs://`, and `https://` outside Azure. */
  public static canCheck(location: string): boolean {
    return remoteOf(location) !== undefined;
  }

  /** Name of the Job. */
  public readonly jobName: string;

  public constructor(scope: Construct, id: string, props: ModelArtifactCheckProps) {
    super(scope, id);
    const { name, namespace, spec } = props;
    const settings = settingsIn(namespace, props.settings ?? {});
    const { location, secretRef } = spec.storage;
    const image = settings.storage?.checkImage ?? MODEL_IMAGES.check;
    const account = secretRef ? undefined : (spec.serving.serviceAccountName ?? settings.serviceAccountName);
    this.jobName = contentName(name, CHILD.MODEL_CHECK, [
      remoteOf(location) ?? location,
      secretRef?.name,
      account,
      image,
      settings.storage?.env,
    ]);
    const labels = modelLabels(name);
    const job = { component: ARTIFACT_CHECK, ending: CHILD.MODEL_CHECK };
    new ApiObject(this, 'NetworkPolicy', jobNetworkPolicy(name, namespace, job, settings) as never);
    const spread = environment(spec.storage, settings.storage ?? {});
    new ApiObject(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: this.jobName, namespace, labels },
      spec: {
        backoffLimit: 10_000,
        template: {
          metadata: {
            labels: { ...labels, ...jobLabels(name, ARTIFACT_CHECK) },
            annotations: RUN_TO_COMPLETION_ANNOTATIONS,
          },
          spec: {
            restartPolicy: 'OnFailure',
            terminationGracePeriodSeconds: 5,
            ...(account === undefined ? {} : { serviceAccountName: account }),
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'check',
                image,
                imagePullPolicy: 'IfNotPresent',
                command: ['/bin/sh', '-c', ARTIFACT_CHECK_SCRIPT],
                ...spread,
                env: [...(spread.env as Json[]), ...rcloneVariables(location, settings)],
                resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
                securityContext: RESTRICTED_CONTAINER,
                volumeMounts: [TMP_MOUNT],
              },
            ],
            volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
          },
        },
      },
    });
  }
}

/** Seconds after which the store is given up. */
const PATIENCE = 60;

/**
 * Ends with 0 when there is anything at the location, with 3 when there is nothing, with 4 when it cannot be looked at, and with 143
 * when it is told to stop. A shell that is the first process of a container heeds a signal only with a trap, and only while it waits.
 * Not every `tr` knows the classes of characters. By its exit code rclone says that a folder (3) or a file (4) is not there; its errors
 * always say "not found", of its configuration.
 * Source: https://rclone.org/docs/#exit-code
 */
export const ARTIFACT_CHECK_SCRIPT = `\
log="\${TERMINATION_LOG:-/dev/termination-log}" patience="\${PATIENCE:-${PATIENCE}}"
found="\${FOLDER:-/tmp}/found" error="\${FOLDER:-/tmp}/error" late="\${FOLDER:-/tmp}/late"
tell() { printf '%s' "$(printf '%s' "$1" | tr -dc ' -~' | cut -c 1-1024)" > "$log"; exit "$2"; }
why() { grep 'Failed to ' "$error" | tail -n 1 | grep . || tail -n 1 "$error"; }
trap 'kill "$rclone" 2> /dev/null; tell "it was stopped before the store answered" 143' TERM INT
rm -f "$late"
rclone lsf --max-depth 1 "$REMOTE" > "$found" 2> "$error" &
rclone=$!
( seconds=0
  while [ "$seconds" -lt "$patience" ]; do
    sleep 1
    kill -0 "$rclone" 2> /dev/null || exit 0
    seconds=$((seconds + 1))
  done
  : > "$late"
  kill -9 "$rclone" 2> /dev/null ) &
wait "$rclone"
status=$?
if [ "$status" -eq 0 ]; then
  [ -s "$found" ] && tell 'found' 0
  tell 'there is nothing' 3
fi
if [ -e "$late" ]; then
  tell "no answer within $patience seconds: see that the namespace may reach the store and has keys. $(why)" 4
fi
if [ "$status" -eq 3 ] || [ "$status" -eq 4 ]; then tell 'there is nothing' 3; fi
tell "$(why)" 4
`;

/** A location as rclone reads it. */
function remoteOf(location: string): string | undefined {
  // as it is fetched: what ends in a slash is no file
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.+)$/.exec(fetchedUri(location) ?? location) ?? [];
  if (scheme === 's3') return `:s3:${rest}`;
  if (scheme === 'gs') return `:gcs:${rest}`;
  const slash = rest?.indexOf('/') ?? -1;
  if ((scheme !== 'https' && scheme !== 'http') || slash < 1) return undefined;
  return /\.core\.windows\.net$|\.git$/.test(rest.slice(0, slash)) || rest.endsWith('.git')
    ? undefined
    : `:http:${rest.slice(slash + 1)}`;
}

function rcloneVariables(location: string, { storage }: AIModelSettings): Json[] {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region } = storage?.env ?? {};
  const http = /^https?:\/\/[^/]+/.exec(location)?.[0];
  const variables: { readonly [name: string]: string | undefined } = {
    REMOTE: remoteOf(location),
    RCLONE_CONFIG: '/tmp/rclone.conf',
    RCLONE_S3_ENV_AUTH: 'true',
    RCLONE_S3_PROVIDER: endpoint === undefined ? 'AWS' : 'Other',
    RCLONE_S3_ENDPOINT: endpoint,
    RCLONE_S3_REGION: region,
    RCLONE_GCS_ENV_AUTH: 'true',
    RCLONE_HTTP_URL: http,
    // its defaults add up to many minutes without a word
    RCLONE_CONTIMEOUT: '10s',
    RCLONE_TIMEOUT: '20s',
    RCLONE_RETRIES: '2',
    RCLONE_LOW_LEVEL_RETRIES: '2',
  };
  return Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value }));
}
