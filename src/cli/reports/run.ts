/** What is said of a run beside what was found. */
export interface RunDescription {
  /** `validate` or `gate`. */
  readonly command: string;
  /** The environment whose bounds were asked. @default - no bounds were asked */
  readonly environment?: string;
  /** Version of the package. */
  readonly version: string;
  /** The folder that paths are relative to. */
  readonly folder: string;
}
