import { Op, TerraformLocal, TerraformResourceLifecycle } from 'cdktf';
import { Construct } from 'constructs';
import { checkBucketName } from '../../contracts/service-names';
import { fail } from '../../contracts/errors';
import { IAwsEnvironment, shortHash } from './contract';
import { FirstValue } from './first-value';

/** The name of a bucket, and what keeps it from being changed by accident. */
export interface BucketName {
  readonly value: string;
  readonly lifecycle?: TerraformResourceLifecycle;
}

/**
 * The name that the user gave, or one made of the environment, the service and a hash. Bucket names are globally unique, so
 * the hash depends on a text that only this installation has.
 *
 * A bucket cannot be renamed: another name would be another, empty bucket. Where a name was not given, Terraform therefore
 * refuses one that is not the first.
 */
export function bucketNameOf(
  scope: Construct,
  aws: IAwsEnvironment,
  id: string,
  given: string | undefined,
): BucketName {
  if (given !== undefined) return { value: checkBucketName(scope, 'bucketName', given) };
  const seed =
    aws.settings.bucketNameSeed ??
    fail(
      scope,
      'bucketName',
      'must be given when the provider knows neither account nor stateBucket',
      undefined,
      'give it, or account or stateBucket to AwsProvider.inRegion(); names of buckets are globally unique',
    );
  const value = `${aws.name}-${id}-${shortHash([seed, aws.region, aws.name, id].join('/'))}`;
  checkBucketName(scope, 'bucketName', value);
  const first = new FirstValue(scope, 'first-name', value).value;
  return {
    value,
    lifecycle: {
      precondition: [
        {
          // by a local value, as HCL would have quotes within quotes
          condition: Op.eq(first, new TerraformLocal(scope, 'name', value).asString),
          errorMessage: `[${scope.node.path}] bucketName must not change from ${first} to ${value}, which would be an empty bucket: give bucketNameSeed of AwsProvider.inRegion() the former account or stateBucket, or bucketName: '${first}' to keep it; bucketName: '${value}' makes the new one.`,
        },
      ],
    },
  };
}
