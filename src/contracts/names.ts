import { IConstruct } from 'constructs';
import { fail } from './errors';

/** The API group of the platform's own kinds, and the prefix of its labels and annotations. */
export const PLATFORM_GROUP = 'nstarx.io';

/** The label of nodes that names their pool. */
export const NODE_POOL_LABEL = `${PLATFORM_GROUP}/node-pool`;

/** The label of nodes with GPUs that names their model, as NVIDIA's GPU feature discovery sets it. */
export const GPU_PRODUCT_LABEL = 'nvidia.com/gpu.product';

/** Namespace of the platform's own objects, such as the ConfigMap `platform-values`. */
export const PLATFORM_NAMESPACE = 'platform-system';

/** Namespace of the backing services of an environment that names no other. */
export const BACKING_SERVICES_NAMESPACE = 'backing-services';

/** Namespace of Envoy Gateway and of the proxies that it runs. */
export const ENVOY_GATEWAY_NAMESPACE = 'envoy-gateway-system';

/** Labels that Envoy Gateway gives its proxies. */
export const ENVOY_PROXY_LABELS = { 'app.kubernetes.io/name': 'envoy', 'app.kubernetes.io/component': 'proxy' };

/** Node port on which the gateway takes HTTP where there is no load balancer. */
export const GATEWAY_HTTP_NODE_PORT = 30080;

/** Node port on which the gateway takes HTTPS where there is no load balancer. */
export const GATEWAY_HTTPS_NODE_PORT = 30443;

/*
 * Grammars of names, as regular expressions that JavaScript and CEL (RE2) read. Schemas of the kinds, constructs, providers and checks use these.
 */

/** A DNS label (RFC 1123); at most 63 characters where it stands alone. */
const DNS_PART = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

/** A name such as those of Services and namespaces. */
export const DNS_LABEL_PATTERN = `^${DNS_PART}$`;

/** A name as most objects may have it; at most 253 characters. Its parts may be longer than those of a host. */
export const DNS_SUBDOMAIN_PATTERN = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$';

/** A host of one part or more; at most 253 characters. */
export const HOST_PATTERN = `^${DNS_PART}(\\.${DNS_PART})*$`;

/** A host of two parts or more; at most 253 characters. */
export const DOMAIN_PATTERN = `^(${DNS_PART}\\.)+${DNS_PART}$`;

const LABEL_NAME = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';

/** The key of a label, with or without a domain; at most 317 characters. */
export const LABEL_KEY_PATTERN = `^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?${LABEL_NAME}$`;

/** The value of a label. */
export const LABEL_VALUE_PATTERN = `^(${LABEL_NAME})?$`;

/**
 * Refuses a name that is no DNS label (RFC 1123).
 *
 * @returns the name
 */
export function dnsLabel(where: IConstruct | string, prop: string, name: string, maxLength = 63): string {
  if (name.length > maxLength || !new RegExp(DNS_LABEL_PATTERN).test(name)) {
    fail(
      where,
      prop,
      `must be a DNS label of at most ${maxLength} characters`,
      name,
      'use lower-case letters, digits and hyphens, starting and ending with a letter or digit',
    );
  }
  return name;
}

/**
 * Domains whose labels say something to the platform, to Kubernetes or to what is installed: which services a namespace reaches, whose
 * credentials it gets, how strict its Pod Security is, which webhooks pass it by. Users give none of them.
 */
const RESERVED_DOMAINS = [
  PLATFORM_GROUP,
  'mlifecycle.io',
  'kubernetes.io',
  'k8s.io',
  'x-k8s.io',
  'k8s.aws',
  'istio.io',
  'clastix.io',
  'projectcapsule.dev',
  'argoproj.io',
  'cert-manager.io',
  'gatekeeper.sh',
  'kubeflow.org',
  'kserve.io',
  'kyverno.io',
  'sigstore.dev',
];

/** Labels without a domain by which webhooks of Istio and KServe choose namespaces. */
const RESERVED_NAMES = ['control-plane', 'istio-injection'];

/** Keys of labels that users may not give to a namespace, as a regular expression that both JavaScript and CEL (RE2) read. */
export const RESERVED_LABELS = `^(([a-z0-9.-]*\\.)?(${RESERVED_DOMAINS.join('|').replace(/\./g, '\\.')})/.*|${RESERVED_NAMES.join('|')})$`;

/** Whether a label is one that users may not give to a namespace. */
export function isReservedLabel(key: string): boolean {
  return new RegExp(RESERVED_LABELS).test(key);
}

/** What YAML 1.1, which Helm reads, takes for a boolean, nothing, a number or a date. */
const NO_TEXT =
  /^(true|false|yes|no|on|off|y|n|null|\d+(\.\d+)?(e-?\d+)?|0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d{4}-\d{1,2}-\d{1,2})$/;

/**
 * Refuses a name that would be no text where a chart prints it without quotes, as the name of an object for one.
 *
 * @param fix what to do about it
 * @returns the name
 */
export function textInYaml(
  where: IConstruct | string,
  prop: string,
  name: string,
  fix: string = `use another, such as '${prop.slice(0, 3)}-${name}'`,
): string {
  if (NO_TEXT.test(name)) {
    fail(where, prop, 'must be a name that YAML reads as text', name, `${fix}; charts print it without quotes`);
  }
  return name;
}

/**
 * Annotations of pods that run to their end and would begin again elsewhere: what removes nodes to save money, or to patch them, waits for them.
 * The first is Karpenter's, the second the Cluster Autoscaler's.
 */
export const RUN_TO_COMPLETION_ANNOTATIONS = {
  'karpenter.sh/do-not-disrupt': 'true',
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
};

/** `ml-artifacts` as `ML_ARTIFACTS`, the prefix of environment variables. */
export function upperSnakeCase(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/**
 * Refuses the name of an object that is no DNS subdomain.
 *
 * @param what what it names, such as 'a StorageClass'
 * @returns the name
 */
export function objectName(where: IConstruct | string, prop: string, what: string, name: string, fix: string): string {
  if (name.length > 253 || !new RegExp(DNS_SUBDOMAIN_PATTERN).test(name)) {
    fail(where, prop, `must be the name of ${what}`, name, fix);
  }
  return name;
}

/**
 * Refuses what is no host name of at least two labels.
 *
 * @param what what it is, such as 'domain name'
 * @returns the host
 */
export function domainName(
  where: IConstruct | string,
  prop: string,
  given: string,
  what: string = 'domain name',
  example: string = 'ml.example.com',
): string {
  if (given.length > 253 || !new RegExp(DOMAIN_PATTERN).test(given)) {
    const rule = `must be a ${what} of at least two labels`;
    fail(where, prop, rule, given, `use one like ${example}, without scheme, port or path`);
  }
  return given;
}

/** Refuses a label that Kubernetes would refuse. */
export function checkLabel(where: IConstruct | string, prop: string, key: string, value: string): void {
  if (!new RegExp(LABEL_KEY_PATTERN).test(key) || key.indexOf('/') > 253) {
    fail(where, prop, 'must have valid label keys', key, "write it like 'team' or 'example.com/team'");
  }
  if (!new RegExp(LABEL_VALUE_PATTERN).test(value)) {
    fail(
      where,
      prop,
      'must have label values of at most 63 characters',
      value,
      'use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit',
    );
  }
}

/**
 * Domains, with their subdomains, whose labels and taints on nodes belong to others: Kubernetes (what NodeRestriction forbids a kubelet, and what
 * EKS refuses), EKS, Karpenter, the feature discovery, and this platform.
 */
const RESERVED_NODE_DOMAINS = [
  'kubernetes.io',
  'k8s.io',
  'amazonaws.com',
  'karpenter.sh',
  'k8s.aws',
  'nvidia.com',
  PLATFORM_GROUP,
];

/** Refuses a label or taint of nodes that the cluster would refuse, or that something else sets. */
export function refuseReservedNodeLabel(where: IConstruct | string, prop: string, key: string): void {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const reserved = RESERVED_NODE_DOMAINS.find((one) => domain === one || domain.endsWith(`.${one}`));
  if (reserved === undefined) return;
  fail(
    where,
    prop,
    `must not be in the domain ${reserved}`,
    key,
    'use a domain of your own; these belong to Kubernetes, to what makes nodes, or to the platform',
  );
}
