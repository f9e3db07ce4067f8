import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { ZonePlacement } from '../ai-zone/placement';

/** What a model has to know of the AIZone that it runs in. */
export interface ModelZone extends ZonePlacement {
  /**
   * Whether pods of the zone are in the mesh.
   *
   * @default false
   */
  readonly mesh?: boolean;
  /**
   * Namespace of the zone. A model in it is reached as the zone says; one elsewhere by the platform's Gateway.
   *
   * @default - that of the model
   */
  readonly namespace?: string;
  /**
   * The way in of the zone.
   *
   * @default - none: models in the namespace of the zone are not reached from outside
   */
  readonly route?: ModelZoneRoute;
}

/** The way into a zone. */
export interface ModelZoneRoute {
  /**
   * Domain below which models of the zone are served, as `<name>.<domain>`.
   *
   * @default - they are served as those of the platform's Gateway
   */
  readonly domain?: string;
  /** What an HTTPRoute has in `parentRefs`. */
  readonly parentRef: { readonly [key: string]: string };
  /** Whether connections are encrypted. */
  readonly tls: boolean;
}

/** Amounts by resource, as in a spec. Numbers are allowed as in Kubernetes. */
export type Amounts = { readonly [resource: string]: unknown };

/** What each replica requests of extended resources, such as `nvidia.com/gpu`. */
export function extendedResources(resources: { readonly requests?: Amounts; readonly limits?: Amounts }): {
  readonly [resource: string]: number;
} {
  const counts: { [resource: string]: number } = {};
  // the request of an extended resource is its limit
  for (const [resource, amount] of Object.entries({ ...resources.requests, ...resources.limits })) {
    if (resource.includes('/')) counts[resource] = Number(amountText(amount));
  }
  return counts;
}

/** An amount as it is written in YAML. The generated types have a class for it, JSON has text or a number. */
export function amountText(amount: unknown): string {
  return typeof amount === 'object' && amount !== null && 'value' in amount ? String(amount.value) : String(amount);
}

/**
 * Refuses a model that may grow above the zone's limit.
 *
 * @throws InvalidInputError when the replicas may request more of an extended resource than the zone has
 */
export function checkZoneLimits(
  scope: Construct,
  zone: ModelZone,
  perReplica: { readonly [resource: string]: number },
  replicas: { readonly prop: string; readonly count: number },
): void {
  for (const [resource, count] of Object.entries(perReplica)) {
    const limit = zone.limits?.[resource];
    const wanted = count * replicas.count;
    if (limit === undefined || wanted <= Number(limit)) continue;
    const most = count > 0 ? Math.floor(Number(limit) / count) : replicas.count;
    fail(
      scope,
      replicas.prop,
      `must not need more ${resource} than the ${limit} of zone ${zone.name}; ${replicas.count} replicas with ${count} each need ${wanted}`,
      replicas.count,
      most > 0
        ? `use at most ${most}, or raise the zone's limit`
        : "request fewer per replica, or raise the zone's limit",
    );
  }
}
