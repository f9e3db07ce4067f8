/** Where a mistake is that a user makes in the arguments. */
export const COMMAND_LINE = 'command line';

/** What the command line has of the process that it runs in. */
export interface Terminal {
  /** The folder that paths are relative to. */
  readonly folder: string;
  /** What is piped in. */
  readonly input: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };
  /** Prints what was asked for. */
  readonly print: (text: string) => void;
  /** Prints what is about the run itself. */
  readonly warn: (text: string) => void;
}

/** How a run ends. */
export enum ExitCode {
  /** Every manifest keeps what was asked of it. */
  KEPT = 0,
  /** There are findings. */
  FINDINGS = 1,
  /** It could not be asked: wrong arguments, or files that cannot be read. */
  CANNOT_RUN = 2,
}
