import { Construct } from 'constructs';
import { Access, IObjectStore, ObjectStoreProps, ServiceBinding } from '../../contracts/backing-service';
import { ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { BACKING_SERVICES_NAMESPACE, upperSnakeCase } from '../../contracts/names';
import { SEAWEEDFS_POD_LABELS, SEAWEEDFS_PORTS } from '../../components/seaweedfs';
import { BackingServices } from './backing-services';
import { usesLabel } from './objects';
import { S3Gateway, S3_CREDENTIALS_SECRET } from './s3-gateway';

/**
 * A bucket of SeaweedFS in the cluster.
 *
 * Access is per namespace: all workloads of a namespace share one identity, since whoever may start a pod there can read
 * its Secret anyway. It can do with each bucket what its most powerful workload may, and nothing with any other. Clients
 * must address buckets by path, as Python's does with an endpoint of its own; others have a setting `forcePathStyle`.
 *
 * A bucket that is taken out of the program stays, with its objects. Former versions are kept without a time limit.
 */
export class InClusterObjectStore extends Construct implements IObjectStore {
  public readonly serviceName: string;
  public readonly bucketName: string;
  /** What the S3 API answers; SeaweedFS has no regions. */
  public readonly region = 'us-east-1';
  private readonly gateway: S3Gateway;

  public constructor(environment: IEnvironment, name: string, cluster: ICluster, props: ObjectStoreProps) {
    super(BackingServices.ofEnvironment(environment), name);
    this.serviceName = name;
    this.bucketName = props.bucketName ?? `${environment.environmentName}-${name}`;
    this.gateway = S3Gateway.of(environment, cluster);
    this.check(props);
    this.gateway.addBucket({
      serviceName: name,
      bucketName: this.bucketName,
      versioned: props.versioned ?? true,
      expirationDays: props.expirationDays,
    });
  }

  public bind(identity: IWorkloadIdentity, access: Access): ServiceBinding {
    this.gateway.grant(identity.namespace, this.bucketName, access);
    const secret = (name: string, key: string) => ({ name, secretName: S3_CREDENTIALS_SECRET, key, optional: false });
    return {
      variables: {
        [`${upperSnakeCase(this.serviceName)}_BUCKET`]: this.bucketName,
        AWS_REGION: this.region,
        AWS_ENDPOINT_URL_S3: this.gateway.endpoint,
      },
      secretVariables: [
        secret('AWS_ACCESS_KEY_ID', 'access-key-id'),
        secret('AWS_SECRET_ACCESS_KEY', 'secret-access-key'),
      ],
      egress: [
        { namespace: BACKING_SERVICES_NAMESPACE, podLabels: { ...SEAWEEDFS_POD_LABELS }, ports: [SEAWEEDFS_PORTS.s3] },
      ],
      namespaceLabels: usesLabel(this.serviceName),
    };
  }

  private check(props: ObjectStoreProps): void {
    if (
      !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(this.bucketName) ||
      /\.\.|^\d+\.\d+\.\d+\.\d+$/.test(this.bucketName)
    ) {
      fail(
        this,
        'bucketName',
        'must be a name of an S3 bucket',
        this.bucketName,
        'use 3 to 63 lower-case letters, digits, dots and hyphens',
      );
    }
    for (const prop of ['expirationDays', 'noncurrentVersionExpirationDays'] as const) {
      const days = props[prop];
      if (days !== undefined && (!Number.isInteger(days) || days < 1)) {
        fail(this, prop, 'must be a whole number of at least 1', days, 'give days, or leave it out to keep objects');
      }
    }
  }
}
