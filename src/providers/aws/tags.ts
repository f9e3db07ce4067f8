import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';

/** What AWS and what runs in the cluster write themselves. */
const RESERVED = [
  'aws:',
  'eks:',
  'eks.amazonaws.com/',
  'kubernetes.io/',
  'k8s.io/',
  'karpenter.sh/',
  'karpenter.k8s.aws/',
  'elbv2.k8s.aws/',
  'ingress.k8s.aws/',
  'service.k8s.aws/',
  'ebs.csi.aws.com/',
];
const RESERVED_KEYS = ['name', 'kubernetescluster', 'csivolumename', 'csivolumesnapshotname'];

/**
 * Tags of a user on one resource. AWS allows 50, and on some resources ten are needed: `Name`, two of the environment, and
 * those of EKS, Karpenter, the volume driver or the load balancer controller.
 */
const MOST_TAGS = 40;

/**
 * Refuses tags that AWS or a controller in the cluster does not accept. The bounds are the narrowest of all services that
 * get them: EC2 has keys of at most 127 characters, keys of IAM differ not in case alone, and the controllers take tags
 * as `key=value` with commas between.
 */
export function checkedTags(where: IConstruct | string, tags: { [key: string]: string }): { [key: string]: string } {
  for (const [key, value] of Object.entries(tags)) {
    const given = { [key]: value };
    if (key.length < 1 || key.length > 127 || value.length > 256) {
      fail(where, 'tags', 'must have keys of 1 to 127 characters and values of at most 256', given, 'shorten it');
    }
    if (!/^[\p{L}\p{N} _.:/+@-]+$/u.test(key) || !/^[\p{L}\p{N} _.:/=+@-]*$/u.test(value)) {
      fail(
        where,
        'tags',
        'must be of letters, digits, spaces and _ . : / + - @ (values of = too)',
        given,
        'leave other characters out; not every service of AWS accepts them',
      );
    }
    if (key.trim() !== key || value.trim() !== value) {
      fail(where, 'tags', 'must not start or end with a space', given, 'leave the space out');
    }
    // the chart of the load balancer controller writes --default-tags without quotes, and this would make a map of it in YAML
    if (/: /.test(`${key}=${value}`) || value.endsWith(':')) {
      fail(
        where,
        'tags',
        'must not have a colon before a space or at the end',
        given,
        'leave the space or the colon out; the load balancer controller could not be installed',
      );
    }
    const lower = key.toLowerCase();
    if (RESERVED_KEYS.includes(lower) || RESERVED.some((prefix) => isBelow(lower, prefix)) || /^aws:/i.test(value)) {
      fail(
        where,
        'tags',
        'must not be one that AWS, Kubernetes or the platform sets itself',
        given,
        'rename it; reserved are Name and keys such as aws:, eks:, kubernetes.io/',
      );
    }
  }
  refuseTwins(where, Object.keys(tags));
  if (Object.keys(tags).length > MOST_TAGS) {
    fail(
      where,
      'tags',
      `must be at most ${MOST_TAGS}, those of the provider and the environment together`,
      Object.keys(tags).length,
      'leave some out; AWS allows 50 for a resource, and the others are needed by what makes it',
    );
  }
  return { ...tags };
}

/** `node.kubernetes.io/x` belongs to `kubernetes.io/`, as does `kubernetes.io/x`. */
function isBelow(key: string, prefix: string): boolean {
  return key.startsWith(prefix) || (prefix.endsWith('/') && key.split('/')[0].endsWith(`.${prefix.slice(0, -1)}`));
}

/** Keys of IAM are the same when they differ in case only. */
function refuseTwins(where: IConstruct | string, keys: string[]): void {
  const twin = keys.find((key, at) => keys.slice(0, at).some((other) => other.toLowerCase() === key.toLowerCase()));
  if (twin !== undefined) {
    fail(where, 'tags', 'must have keys that differ not only in case', twin, 'leave one of them out');
  }
}
