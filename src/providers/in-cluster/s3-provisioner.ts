import { Construct } from 'constructs';
import { SEAWEEDFS_IMAGE, SEAWEEDFS_POD_LABELS, SEAWEEDFS_PORTS, SEAWEEDFS_SERVICE } from '../../components/seaweedfs';
import { pods, tcp } from './backing-services';
import { Provisioner } from './provisioner';

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

/** Keeps buckets and identities as they are described. */
export class S3Provisioner extends Provisioner {
  public constructor(scope: Construct, id: string, props: S3ProvisionerProps) {
    const { master, masterGrpc, filer, filerGrpc } = SEAWEEDFS_PORTS;
    super(scope, id, {
      name: NAME,
      component: NAME,
      image: SEAWEEDFS_IMAGE,
      folder: '/etc/s3',
      script: { 'provision.sh': props.script },
      volumes: { identities: { name: 'identities', secret: { secretName: props.identitiesSecretName } } },
      egress: [{ to: [pods(SEAWEEDFS_POD_LABELS)], ports: tcp(master, masterGrpc, filer, filerGrpc) }],
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
