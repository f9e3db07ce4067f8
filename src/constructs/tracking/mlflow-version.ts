/** Version of MLflow, of the server as of the clients in the stages of workflows. */
const MLFLOW_VERSION = '3.15.1';

/** Image with MLflow's client. It has no driver of a database, and no client of an object store. */
export const MLFLOW_CLIENT_IMAGE = `ghcr.io/mlflow/mlflow:v${MLFLOW_VERSION}`;

/**
 * Image with the server and what it needs of PostgreSQL, S3 and Prometheus.
 *
 * Source: https://github.com/mlflow/mlflow/blob/v3.15.1/docker/README.md
 */
export const MLFLOW_SERVER_IMAGE = `${MLFLOW_CLIENT_IMAGE}-full`;
