/**
 * The image of the hook server that belongs to this version of the library.
 *
 * A release adds the digest of the image that it has pushed (scripts/published-image.js); before that there is none to name.
 */
export const OPERATORS_IMAGE = 'ghcr.io/ml-platform-constructs/operators:0.1.0';
