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

/** Namespace in which backing services run on clusters that have no managed ones. */
export const BACKING_SERVICES_NAMESPACE = 'backing-services';

/** Namespace of Envoy Gateway and of the proxies that it runs. */
export const ENVOY_GATEWAY_NAMESPACE = 'envoy-gateway-system';

/** Labels that Envoy Gateway gives its proxies. */
export const ENVOY_PROXY_LABELS = { 'app.kubernetes.io/name': 'envoy', 'app.kubernetes.io/component': 'proxy' };

/** Node port on which the gateway takes HTTP where there is no load balancer. */
export const GATEWAY_HTTP_NODE_PORT = 30080;

/** Node port on which the gateway takes HTTPS where there is no load balancer. */
export const GATEWAY_HTTPS_NODE_PORT = 30443;

/**
 * Refuses a name that is no DNS label (RFC 1123).
 *
 * @returns the name
 */
export function dnsLabel(where: IConstruct | string, prop: string, name: string, maxLength = 63): string {
  if (name.length > maxLength || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
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

/** What YAML 1.1, which Helm reads, takes for a boolean, nothing, a number or a date. */
const NO_TEXT = /^(true|false|yes|no|on|off|y|n|null|\d+(e-?\d+)?|0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d{4}-\d{1,2}-\d{1,2})$/;

/**
 * Refuses a name that would be no text where a chart prints it without quotes, as the name of an object for one.
 *
 * @returns the name
 */
export function textInYaml(where: IConstruct | string, prop: string, name: string): string {
  if (NO_TEXT.test(name)) {
    fail(
      where,
      prop,
      'must be a name that YAML reads as text',
      name,
      `use another, such as '${prop.slice(0, 3)}-${name}'; charts print it without quotes`,
    );
  }
  return name;
}

/** `ml-artifacts` as `ML_ARTIFACTS`, the prefix of environment variables. */
export function upperSnakeCase(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/** Refuses a label that Kubernetes would refuse. */
export function checkLabel(where: IConstruct | string, prop: string, key: string, value: string): void {
  const name = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
  if (!new RegExp(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?${name}$`).test(key)) {
    fail(where, prop, 'must have valid label keys', key, "write it like 'team' or 'example.com/team'");
  }
  if (!new RegExp(`^(${name})?$`).test(value)) {
    fail(
      where,
      prop,
      'must have label values of at most 63 characters',
      value,
      'use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit',
    );
  }
}
