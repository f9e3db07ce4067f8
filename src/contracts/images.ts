/**
 * Image of PostgreSQL's clients, which talk to servers of its version and of earlier ones. Docker builds its official images anew under the
 * same tag as long as they are current.
 *
 * Source: https://github.com/docker-library/repo-info/blob/master/repos/postgres/remote/18.4.md, July 16, 2026
 */
export const POSTGRES_IMAGE =
  'docker.io/library/postgres:18.4@sha256:3a82e1f56c8f0f5616a11103ac3d47e632c3938698946a7ad26da0df1334744a';

/** The user `postgres` of that image. */
export const POSTGRES_IMAGE_USER = 999;

/** Image of the AWS CLI, which talks to every store with the S3 API. */
export const AWS_CLI_IMAGE = 'public.ecr.aws/aws-cli/aws-cli:2.36.44';

/** Image with kubectl, as charts take it. */
export const KUBECTL_IMAGE = { registry: 'docker.io', repository: 'alpine/k8s', tag: '1.34.1' };
