import { Tier } from './tier';

/**
 * Type of the statement about an image that says what the policy gate said of its model's manifest, by the bounds of a tier.
 *
 * A type for each tier: an image that was delivered to staging and to production has a verdict of each, and whoever verifies it for production must not take
 * the one of staging, whose bounds may be wider. Kyverno keeps one statement of a type, whichever comes last.
 */
export function gateVerdictType(tier: Tier): string {
  return `https://mlifecycle.io/attestations/gate-verdict/v1/${tier}`;
}
