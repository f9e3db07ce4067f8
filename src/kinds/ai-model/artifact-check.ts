import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AIModelSpec } from '../../api/generated/ai-model';
import { AIModelSettings, MODEL_IMAGES, settingsIn } from './ai-model-settings';
import { jobLabels, jobNetworkPolicy, objectLabels } from './model-jobs';
import { environment, hashedName, Json, RESTRICTED_CONTAINER, TMP_MOUNT } from './model-storage';

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

  /** The Job. */
  public readonly job: ApiObject;
  /** Name of the Job. */
  public readonly jobName: string;

  public constructor(scope: Construct, id: string, props: ModelArtifactCheckProps) {
    super(scope, id);
    const { name, namespace, spec } = props;
    const settings = settingsIn(namespace, props.settings ?? {});
    const { location, secretRef } = spec.storage;
    const image = settings.storage?.checkImage ?? MODEL_IMAGES.check;
    const account = secretRef ? undefined : (spec.serving.serviceAccountName ?? settings.serviceAccountName);
    this.jobName = hashedName(name, 'check', location, secretRef?.name, account, image, settings.storage?.variables);
    const labels = objectLabels(name);
    new ApiObject(this, 'NetworkPolicy', jobNetworkPolicy(name, namespace, ARTIFACT_CHECK, settings) as never);
    const spread = environment(spec.storage, settings.storage ?? {});
    this.job = new ApiObject(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: this.jobName, namespace, labels },
      spec: {
        backoffLimit: 10_000,
        template: {
          metadata: { labels: { ...labels, ...jobLabels(name, ARTIFACT_CHECK) } },
          spec: {
            restartPolicy: 'OnFailure',
            ...(account === undefined ? {} : { serviceAccountName: account }),
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'check',
                image,
                imagePullPolicy: 'IfNotPresent',
                command: ['/bin/sh', '-c', SCRIPT],
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

/** Ends with 0 when there is anything at the location, with 3 when there is nothing, with 4 when it cannot be looked at. */
const SCRIPT = `\
tell() { printf '%s' "$1" | tr -dc '[:print:]' | cut -c 1-1024 > /dev/termination-log; exit "$2"; }
if rclone lsf --max-depth 1 --retries 2 "$REMOTE" > /tmp/found 2> /tmp/error; then
  [ -s /tmp/found ] && tell 'found' 0
  tell 'there is nothing' 3
fi
if grep -qi 'not found' /tmp/error; then tell 'there is nothing' 3; fi
tell "$(tail -n 1 /tmp/error)" 4
`;

/** A location as rclone reads it. */
function remoteOf(location: string): string | undefined {
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.+)$/.exec(location) ?? [];
  if (scheme === 's3' || scheme === 's3a') return `:s3:${rest}`;
  if (scheme === 'gs') return `:gcs:${rest}`;
  const slash = rest?.indexOf('/') ?? -1;
  if ((scheme !== 'https' && scheme !== 'http') || slash < 1) return undefined;
  return /\.core\.windows\.net$|\.git$/.test(rest.slice(0, slash)) || rest.endsWith('.git')
    ? undefined
    : `:http:${rest.slice(slash + 1)}`;
}

function rcloneVariables(location: string, { storage }: AIModelSettings): Json[] {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region } = storage?.variables ?? {};
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
  };
  return Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value }));
}
