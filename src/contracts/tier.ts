import { checkedEnum } from './checked';

/**
 * How much an environment is worth protecting. Every default that differs between a laptop and production is derived
 * from it, and each of them can be overridden by the prop that documents it.
 */
export enum Tier {
  /** A disposable cluster on one machine: one replica, no backups, nothing protected from deletion. */
  LOCAL = 'local',
  /** Shared, but cheap to lose: one NAT gateway, one database instance, a day of backups. */
  DEVELOPMENT = 'development',
  /** Production's shape at a smaller size. */
  STAGING = 'staging',
  /** Several zones everywhere, deletion protection, a month of backups. */
  PRODUCTION = 'production',
}
checkedEnum('Tier', Tier);

/** Whether what runs in such an environment has to survive the loss of a pod: staging is tried out as production will be. */
export function isHighlyAvailable(tier: Tier): boolean {
  return tier === Tier.STAGING || tier === Tier.PRODUCTION;
}
