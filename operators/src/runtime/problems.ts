/** Something in a spec that the API server accepts and the operator cannot do. */
export interface Problem {
  /** Path of the field: `spec.serving.zone`. */
  readonly field: string;
  /** What must hold, what was found and what to do. */
  readonly message: string;
}

/** What is wrong with a spec. */
export class Problems {
  private readonly found: Problem[] = [];

  public add(field: string, message: string): void {
    this.found.push({ field, message });
  }

  public addAll({ found }: Problems): void {
    this.found.push(...found);
  }

  public get isEmpty(): boolean {
    return this.found.length === 0;
  }

  public get all(): readonly Problem[] {
    return this.found;
  }

  /** All problems in a sentence each. */
  public toString(): string {
    return this.found.map(({ field, message }) => `${field} ${message}`).join('; ');
  }
}
