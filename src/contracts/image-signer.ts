/**
 * Who signs the images of models and what is said about them: the holder of a key, or a workflow that proves its identity to Sigstore
 * (keyless). One of the two.
 */
export interface ImageSigner {
  /**
   * PEM of the public key.
   *
   * @default - keyless
   */
  readonly publicKey?: string;
  /**
   * Issuer of the identity's tokens, such as `https://token.actions.githubusercontent.com`.
   *
   * @default - a key
   */
  readonly issuer?: string;
  /**
   * The identity: for GitHub Actions the workflow and its ref, such as
   * `https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main`.
   *
   * @default - a key
   */
  readonly subject?: string;
}
