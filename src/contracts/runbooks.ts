const PAGE = 'https://github.com/ml-platform-constructs/ml-platform-constructs/blob/main/docs/runbooks.md';

/** URL of what to do about an alert of the library: its section of docs/runbooks.md. */
export function runbookUrl(alert: string): string {
  return `${PAGE}#${alert.toLowerCase()}`;
}
