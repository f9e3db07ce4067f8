import { diagnosticsOf, judgeFiles } from '../judge';
import { manifestFindings } from '../metadata';
import { ExitCode, Terminal } from '../terminal';
import { finish, ReportOptions } from './finish';

/** Asks manifests whether the API server would take them. */
export async function validateCommand(
  files: readonly string[],
  options: ReportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const report = await judgeFiles(files, terminal, (document) => ({
    findings: diagnosticsOf(document, manifestFindings(document.kind, document.value)),
  }));
  return finish(report, { command: 'validate', ...options }, terminal);
}
