import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { SEAWEEDFS_IMAGE, SEAWEEDFS_POD_LABELS, SEAWEEDFS_PORTS, SEAWEEDFS_SERVICE } from '../../components/seaweedfs';
import { labels, metadata, pods, tcp } from './backing-services';

/** A bucket as it is to be. */
export interface S3Bucket {
  /** Name of the service, from which the label of its users is made. */
  readonly serviceName: string;
  /** Name of the bucket. */
  readonly bucketName: string;
  /** Whether previous versions of objects are kept. */
  readonly versioned: boolean;
  /** Days after which objects are removed. */
  readonly expirationDays?: number;
}

/** Properties of S3Provisioner. */
export interface S3ProvisionerProps {
  /** Secret with the key `identities.json`. */
  readonly identitiesSecretName: string;
  /** The script that makes the buckets; may be lazy. */
  readonly script: string;
}

const NAME = 's3-provisioner';
const MASTER = `${SEAWEEDFS_SERVICE}:${SEAWEEDFS_PORTS.master}`;
const FILER = `${SEAWEEDFS_SERVICE}:${SEAWEEDFS_PORTS.filer}`;

/** Runs the script when it, or the identities, have changed, and every five minutes. */
const LOOP = `set -u
trap 'exit 0' TERM
applied=''
seconds=0
while true; do
  wanted=$(cat /etc/s3/script/* /etc/s3/identities/* | sha256sum)
  if [ "$wanted" != "$applied" ] || [ "$seconds" -ge 300 ]; then
    seconds=0
    if sh -e /etc/s3/script/provision.sh; then
      applied=$wanted
      touch /tmp/provisioned
    else
      applied=''
    fi
  fi
  sleep 5 &
  wait $!
  seconds=$((seconds + 5))
done
`;

/**
 * Keeps buckets and identities as they are described. A Deployment and not a Job: a Job could not be changed when a bucket
 * is added.
 */
export class S3Provisioner extends Construct {
  /** Labels of its pod. */
  public readonly podLabels: { [key: string]: string } = labels(NAME);

  public constructor(scope: Construct, id: string, props: S3ProvisionerProps) {
    super(scope, id);
    new k8s.KubeConfigMap(this, 'script', {
      metadata: metadata(NAME, NAME),
      data: { 'provision.sh': props.script },
    });
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadata(NAME, NAME),
      automountServiceAccountToken: false,
    });
    this.addDeployment(props.identitiesSecretName);
    const { master, masterGrpc, filer, filerGrpc } = SEAWEEDFS_PORTS;
    new k8s.KubeNetworkPolicy(this, 'network-policy', {
      metadata: metadata(NAME, NAME),
      spec: {
        podSelector: { matchLabels: this.podLabels },
        policyTypes: ['Egress'],
        egress: [{ to: [pods(SEAWEEDFS_POD_LABELS)], ports: tcp(master, masterGrpc, filer, filerGrpc) }],
      },
    });
  }

  private addDeployment(identitiesSecretName: string): void {
    new k8s.KubeDeployment(this, 'Resource', {
      metadata: metadata(NAME, NAME),
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: this.podLabels },
        template: {
          metadata: { labels: this.podLabels },
          spec: {
            serviceAccountName: NAME,
            automountServiceAccountToken: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 1000,
              runAsGroup: 1000,
              fsGroup: 1000,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name: 'provisioner',
                image: SEAWEEDFS_IMAGE,
                command: ['/bin/sh', '-c', LOOP],
                // ready when the buckets are there
                readinessProbe: { exec: { command: ['test', '-f', '/tmp/provisioned'] }, periodSeconds: 5 },
                resources: {
                  requests: { cpu: k8s.Quantity.fromString('10m'), memory: k8s.Quantity.fromString('64Mi') },
                  limits: { memory: k8s.Quantity.fromString('256Mi') },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
                volumeMounts: [
                  { name: 'script', mountPath: '/etc/s3/script', readOnly: true },
                  { name: 'identities', mountPath: '/etc/s3/identities', readOnly: true },
                  { name: 'tmp', mountPath: '/tmp' },
                ],
              },
            ],
            volumes: [
              { name: 'script', configMap: { name: NAME } },
              { name: 'identities', secret: { secretName: identitiesSecretName } },
              { name: 'tmp', emptyDir: {} },
            ],
          },
        },
      },
    });
  }
}

/** The script that makes buckets and replaces all identities. It can be run again at any time. */
export function provisionBuckets(buckets: S3Bucket[]): string {
  return [
    SCRIPT_HEAD,
    ...buckets.flatMap(bucketCommands),
    "run 's3.iam.import -file /etc/s3/identities/identities.json -apply'",
    '',
  ].join('\n');
}

const SCRIPT_HEAD = `# weed shell ends well whatever happened: its messages tell
run() {
  output=$(echo "$1" | timeout 60 weed shell -master=${MASTER} -filer=${FILER} 2>&1) || return 1
  if echo "$output" | grep -Eq '^(error|unknown command):'; then
    echo "$1: $output" >&2
    return 1
  fi
}
has_bucket() {
  run 's3.bucket.list' || exit 1
  echo "$output" | awk '{print $1}' | grep -Fxq "$1"
}
make_bucket() {
  has_bucket "$1" || run "s3.bucket.create -name $1"
  has_bucket "$1"
}`;

function bucketCommands(bucket: S3Bucket): string[] {
  const { bucketName, versioned, expirationDays } = bucket;
  const location = `fs.configure -locationPrefix=/buckets/${bucketName}/`;
  return [
    `make_bucket '${bucketName}'`,
    ...(versioned ? [`run 's3.bucket.versioning -name ${bucketName} -enable'`] : []),
    ...(expirationDays !== undefined ? [`run '${location} -ttl=${timeToLive(expirationDays)} -apply'`] : []),
  ];
}

/** A number of days in SeaweedFS's notation, whose numbers end at 255; rounded up. */
function timeToLive(days: number): string {
  if (days <= 255) return `${days}d`;
  if (days <= 255 * 7) return `${Math.ceil(days / 7)}w`;
  return `${Math.min(255, Math.ceil(days / 365))}y`;
}
