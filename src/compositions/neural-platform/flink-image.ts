/**
 * The image of Flink with PyFlink, the connectors and the file systems that streams use; programs/flink-runner/Dockerfile builds it.
 *
 * A release adds the digest of the image that it has pushed (scripts/published-image.js); before that there is none to name.
 */
export const FLINK_IMAGE = 'ghcr.io/ml-platform-constructs/flink:0.1.0';
