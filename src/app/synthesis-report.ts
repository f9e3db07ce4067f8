/** What a synthesis made for one environment. */
export interface EnvironmentReport {
  /** Name of the environment. */
  readonly environment: string;
  /** Name of its provider. */
  readonly provider: string;
  /** Its Terraform stacks, in the order in which they are applied. */
  readonly stacks: string[];
  /** Number of Terraform resources. */
  readonly resources: number;
  /** Number of Kubernetes objects. */
  readonly manifests: number;
  /** Seconds that rendering took. */
  readonly seconds: number;
  /** The command that comes next. */
  readonly nextStep: string;
}

/** What a synthesis made. */
export class SynthesisReport {
  public constructor(
    /** One entry per environment. */
    public readonly environments: EnvironmentReport[],
    /** Seconds that the whole synthesis took, checks included. */
    public readonly seconds: number,
  ) {}

  /** A table for people. */
  public toString(): string {
    const header = ['environment', 'provider', 'stacks', 'resources', 'manifests', 'seconds'];
    const rows = this.environments.map((one) => [
      one.environment,
      one.provider,
      String(one.stacks.length),
      String(one.resources),
      String(one.manifests),
      one.seconds.toFixed(2),
    ]);
    const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
    const line = (cells: string[]) =>
      cells
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ');
    return [
      line(header),
      ...rows.map(line),
      `in ${this.seconds.toFixed(2)} s, checks included`,
      '',
      'next:',
      ...this.environments.map((one) => `  ${one.environment}: ${one.nextStep}`),
    ].join('\n');
  }
}
