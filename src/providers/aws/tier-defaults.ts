import { Tier } from '../../contracts/tier';

/** Whether an environment's data is protected: several zones, deletion protection, final snapshots. */
export function isProtected(tier: Tier): boolean {
  return tier === Tier.STAGING || tier === Tier.PRODUCTION;
}

/** One value per tier; a laptop's tier counts as development, since nothing in AWS is local. */
export function byTier<T>(tier: Tier, values: { development: T; staging: T; production: T }): T {
  if (tier === Tier.PRODUCTION) return values.production;
  return tier === Tier.STAGING ? values.staging : values.development;
}

/** Days that logs are kept. CloudWatch accepts certain numbers only. */
export function logRetentionDays(tier: Tier): number {
  return byTier(tier, { development: 7, staging: 30, production: 365 });
}
