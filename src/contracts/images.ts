/** Image of PostgreSQL's clients, which talk to servers of its version and of earlier ones. */
export const POSTGRES_IMAGE = 'docker.io/library/postgres:18.4';

/** The user `postgres` of that image. */
export const POSTGRES_IMAGE_USER = 999;

/** Image of the AWS CLI, which talks to every store with the S3 API. */
export const AWS_CLI_IMAGE = 'public.ecr.aws/aws-cli/aws-cli:2.36.44';
