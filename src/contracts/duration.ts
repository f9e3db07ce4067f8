const UNITS: { readonly [unit: string]: number } = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Seconds of a duration such as `90s`, `15m`, `1h30m`, `7d` or `50ms`, as the platform's kinds write them; their schema has checked
 * it. What is no duration has none.
 */
export function durationSeconds(text: string): number {
  const total = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit],
    0,
  );
  // 1.1s are 1100ms, whatever the sum of floating-point numbers is
  return Math.round(total * 1e6) / 1e6;
}

/** A human-readable duration, from the two largest units: `1d2h`, `15m32s`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  let rest = whole;
  for (const unit of ['d', 'h', 'm', 's']) {
    const amount = Math.floor(rest / UNITS[unit]);
    rest -= amount * UNITS[unit];
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.length > 0 ? parts.slice(0, 2).join('') : '0s';
}
