import { LocalBackend, S3Backend, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { checked } from '../contracts/checked';
import { fail } from '../contracts/errors';

/** Where Terraform keeps the state of an environment's stacks in S3. */
export interface S3StateProps {
  /** Name of a bucket that exists already; versioned, so that a previous state can be restored. */
  readonly bucket: string;
  /** Region of the bucket. */
  readonly region: string;
  /**
   * Folder in the bucket.
   *
   * @default - the states are at the top of the bucket
   */
  readonly keyPrefix?: string;
  /**
   * ARN of the KMS key that the state is encrypted with.
   *
   * @default - the bucket's own encryption
   */
  readonly kmsKeyId?: string;
}

/** Where Terraform keeps its state. Stacks that read each other's outputs use the same settings. */
@checked('StateBackend')
export abstract class StateBackend {
  /**
   * Files `terraform.<stack>.tfstate` in the folder that holds `cdktf.out`. The path is relative to the stack's folder, so
   * that the output does not depend on the machine; an output folder elsewhere than at `./cdktf.out` moves the state.
   */
  public static local(): StateBackend {
    return new LocalState();
  }

  /**
   * Objects `<keyPrefix>/<stack>.tfstate` in an S3 bucket, encrypted, and locked by S3 itself (`use_lockfile`; no DynamoDB
   * table). The stacks then refuse a Terraform before 1.11.
   *
   * @throws InvalidInputError when the bucket, region, prefix or key is malformed
   */
  public static s3(props: S3StateProps): StateBackend {
    return new S3State(props);
  }

  /** Gives a Terraform stack its backend. */
  public abstract configure(stack: Construct): void;
}

@checked('StateBackend')
class LocalState extends StateBackend {
  public configure(stack: Construct): void {
    new LocalBackend(stack, { path: `../../../terraform.${TerraformStack.of(stack).node.id}.tfstate` });
  }
}

@checked('StateBackend')
class S3State extends StateBackend {
  public constructor(private readonly props: S3StateProps) {
    super();
    const where = 'StateBackend.s3';
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(props.bucket)) {
      fail(
        where,
        'bucket',
        'must be a name of an S3 bucket',
        props.bucket,
        'use 3 to 63 lower-case letters, digits, dots and hyphens',
      );
    }
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(props.region)) {
      fail(where, 'region', 'must be an AWS region', props.region, 'give the region of the bucket, such as eu-west-1');
    }
    if (props.keyPrefix !== undefined && !/^[\w.-]+(\/[\w.-]+)*$/.test(props.keyPrefix)) {
      fail(
        where,
        'keyPrefix',
        'must be a folder without a leading or trailing slash',
        props.keyPrefix,
        'name it like platform/production',
      );
    }
    if (
      props.kmsKeyId !== undefined &&
      !/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/\S+$/.test(props.kmsKeyId)
    ) {
      fail(
        where,
        'kmsKeyId',
        'must be the ARN of a KMS key',
        props.kmsKeyId,
        'give it as arn:aws:kms:<region>:<account>:key/<id>',
      );
    }
  }

  public configure(stack: Construct): void {
    const name = TerraformStack.of(stack).node.id;
    const backend = new S3Backend(stack, {
      bucket: this.props.bucket,
      region: this.props.region,
      key: this.props.keyPrefix === undefined ? `${name}.tfstate` : `${this.props.keyPrefix}/${name}.tfstate`,
      encrypt: true,
      kmsKeyId: this.props.kmsKeyId,
    });
    // S3Backend does not know it; a stack that only reads the state of another one takes no lock
    backend.addOverride('use_lockfile', true);
  }
}
