/**
 * The image of the inference service that belongs to this version of the library; services/inference/Dockerfile builds it. The workflow of a
 * model appends the model to it.
 *
 * A release adds the digest of the image that it has pushed (scripts/published-image.js); before that there is none to name.
 */
export const INFERENCE_IMAGE = 'ghcr.io/ml-platform-constructs/inference:0.1.0';
