/** A bound of what is stored together, and what to do above it. */
export interface SizeBound {
  /** Greatest number of bytes. */
  readonly bytes: number;
  /** What has the bound. */
  readonly of: string;
  readonly fix: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Bounds of sums.
 *
 * Sources: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/apis/core/validation/validation.go (ConfigMap, Secret),
 * https://github.com/kubernetes/apimachinery/blob/v0.35.0/pkg/api/validation/objectmeta.go (annotations),
 * https://etcd.io/docs/v3.6/dev-guide/limit/, https://helm.sh/docs/topics/advanced/#storage-backends
 */
export const SIZES = {
  data: { bytes: MIB, of: 'a ConfigMap or a Secret', fix: 'divide it, or keep the content in an image or a bucket' },
  annotations: { bytes: 256 * KIB, of: 'all annotations of an object', fix: 'keep the text in a ConfigMap' },
  object: { bytes: 1.5 * MIB, of: 'an object in etcd', fix: 'divide it into several' },
  release: {
    bytes: MIB,
    of: 'the Secret in which Helm keeps a release',
    fix: 'divide the chart into several, by environment.addChart(), or deliver with Delivery.files() or Delivery.argoCd()',
  },
} as const satisfies { readonly [name: string]: SizeBound };

/** What is wrong with a sum, with the bound and the fix; undefined where it fits. */
export function tooLarge(what: string, sum: number, { bytes, of, fix }: SizeBound): string | undefined {
  if (sum <= bytes) return undefined;
  return `${what} has ${sum} bytes together, and ${of} takes ${bytes}; ${fix}`;
}
