/** What is attested of an image: the predicate of an in-toto statement of type `gateVerdictType(tier)`. */
export interface GateStatement {
  /** Name and version of the model, as in `spec.model`. */
  readonly model: { readonly name: string; readonly version: string };
  /** The environment whose bounds were asked. */
  readonly environment: string;
  /** Whether it may be served. Statements of what may not are not made. */
  readonly allowed: boolean;
  /** Each policy that was asked. */
  readonly policies: readonly { readonly name: string; readonly passed: boolean }[];
  /** `spec.metrics`, as the gate saw it. */
  readonly metrics: object;
  /** `spec.fairness`, as the gate saw it. */
  readonly fairness?: object;
  /** `spec.drift`, as the gate saw it. */
  readonly drift?: object;
  /** `spec.dependencies`, as the gate saw it. */
  readonly dependencies?: readonly object[];
  /** `spec.model.artifact.sha256`, as the gate saw it. */
  readonly sha256?: string;
}
