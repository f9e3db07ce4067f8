/**
 * Annotation by which a member of the break-glass group has a ModelDeployment served past the policies: a ticket and the reason, as
 * `INC-4711: the registry with the signatures is down`. The two others belong to it.
 */
export const BREAK_GLASS = 'mlifecycle.io/break-glass';

/** When it ends: RFC 3339 in UTC, such as `2026-11-30T04:00:00Z`. */
export const BREAK_GLASS_UNTIL = `${BREAK_GLASS}-until`;

/** The user who has set it, as the API server knows them. */
export const BREAK_GLASS_BY = `${BREAK_GLASS}-by`;

/** Hours that it may be ahead of now. One that ends later does not count. */
export const BREAK_GLASS_HOURS = 24;

/** A ticket and a reason, as a regular expression that JavaScript, CEL and Rego (RE2) read. */
export const BREAK_GLASS_REASON = '^[A-Za-z0-9][A-Za-z0-9._/#-]{1,62}: .{10,256}$';

/** A time in UTC, in whole seconds; likewise. */
export const BREAK_GLASS_TIME = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$';

/** A grant that counts. */
export interface BreakGlass {
  /** Ticket and reason. */
  readonly reason: string;
  /** When it ends, RFC 3339. */
  readonly until: string;
  /** Who has set it. */
  readonly by: string;
}

/**
 * The grant of a ModelDeployment by its annotations, where it has one that counts: it is whole, has not ended, and ends within
 * `BREAK_GLASS_HOURS`. Only the API server knows who set it, so that it counts for objects that are in a cluster and for no file.
 *
 * @param now RFC 3339
 */
export function breakGlassOf(
  annotations: { readonly [key: string]: string } | undefined,
  now: string,
): BreakGlass | undefined {
  const reason = annotations?.[BREAK_GLASS];
  const until = annotations?.[BREAK_GLASS_UNTIL];
  const by = annotations?.[BREAK_GLASS_BY];
  if (reason === undefined || until === undefined || by === undefined || by === '') return undefined;
  if (!new RegExp(BREAK_GLASS_REASON).test(reason) || !new RegExp(BREAK_GLASS_TIME).test(until)) return undefined;
  const left = Date.parse(until) - Date.parse(now);
  return left > 0 && left <= BREAK_GLASS_HOURS * 3_600_000 ? { reason, until, by } : undefined;
}
