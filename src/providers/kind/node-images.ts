/**
 * The node images that were built for kind v0.31.0, the version in tehcyx/kind v0.11.0, by minor version of Kubernetes
 * (https://github.com/kubernetes-sigs/kind/releases/tag/v0.31.0). The digest matters: tags are built anew for later
 * versions of kind, in formats that this one may not know.
 */
const NODE_IMAGES: { [version: string]: string } = {
  '1.33': 'kindest/node:v1.33.7@sha256:d26ef333bdb2cbe9862a0f7c3803ecc7b4303d8cea8e814b481b09949d353040',
  '1.34': 'kindest/node:v1.34.3@sha256:08497ee19eace7b4b5348db5c6a1591d7752b164530a36f855cb0f2bdcbadd48',
  '1.35': 'kindest/node:v1.35.0@sha256:452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f',
};

/** Minor versions of Kubernetes for which there is a node image, oldest first. */
export const KIND_KUBERNETES_VERSIONS = Object.keys(NODE_IMAGES);

/** The newest of them. */
export const DEFAULT_KIND_KUBERNETES_VERSION = KIND_KUBERNETES_VERSIONS[KIND_KUBERNETES_VERSIONS.length - 1];

/** The node image of a minor version, if there is one. */
export function nodeImageFor(kubernetesVersion: string): string | undefined {
  return NODE_IMAGES[kubernetesVersion];
}
