import { lookup } from '../../contracts/lookup';
import { findingsIn, Report } from '../diagnostic';
import { REPORTERS } from '../reports/reports';
import { RunDescription } from '../reports/run';
import { printable } from '../reports/text';
import { ExitCode, Terminal } from '../terminal';
import { VERSION } from '../version';

/** Options of commands that report. */
export interface ReportOptions {
  /** `text`, `json` or `sarif`. */
  readonly format: string;
}

type Run = ReportOptions & Omit<RunDescription, 'version' | 'folder'>;

/** Prints a report. What is about the run itself goes to standard error, so that the report can be piped on. */
export function finish(report: Report, { format, ...run }: Run, terminal: Terminal): ExitCode {
  const reporter = lookup(REPORTERS, format) ?? REPORTERS.text;
  terminal.print(reporter(report, { ...run, version: VERSION, folder: terminal.folder }));
  return endOf(report, terminal);
}

/** Says what was skipped and what could not be read, and how the run ends. */
export function endOf({ skipped, problems, ...report }: Report, terminal: Terminal): ExitCode {
  for (const { file, line, column, message } of skipped) {
    terminal.warn(`${printable(file)}:${line}:${column}: ${printable(message)}\n`);
  }
  for (const { message } of problems) terminal.warn(`${printable(message)}\n`);
  if (problems.length > 0) return ExitCode.CANNOT_RUN;
  return findingsIn({ skipped, problems, ...report }).length > 0 ? ExitCode.FINDINGS : ExitCode.KEPT;
}
