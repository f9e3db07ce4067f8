/** The names that an operator takes of a ModelDeployment: those of Services. */
const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The name of a ModelDeployment whose manifest has none: `<model>-<version>` as a DNS label, such as `fraud-detector-2-1-0`.
 *
 * @returns undefined where that is no name of a Service: it begins with a digit, or is longer than 63 characters
 */
export function deploymentName(model: string, version: string): string | undefined {
  const name = `${model}-${version}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return NAME.test(name) ? name : undefined;
}
