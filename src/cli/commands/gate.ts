import * as fs from 'node:fs';
import * as path from 'node:path';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { fail } from '../../contracts/errors';
import { Tier } from '../../contracts/tier';
import { GateVerdict, gateVerdict } from '../../kinds/model-deployment/gate';
import { gateStatement } from '../../kinds/model-deployment/gate-statement';
import { boundsFor } from '../bounds';
import { Diagnostic } from '../diagnostic';
import { judgeFiles, PlatformDocument } from '../judge';
import { COMMAND_LINE, ExitCode, Terminal } from '../terminal';
import { readVulnerabilities } from '../vulnerabilities';
import { finish, ReportOptions } from './finish';

/** Options of `gate`. */
export interface GateOptions extends ReportOptions {
  readonly environment: Tier;
  readonly bounds?: string;
  readonly vulnerabilities?: string;
  readonly statement?: string;
}

/** Asks the policy gate about ModelDeployments. */
export async function gateCommand(
  files: readonly string[],
  options: GateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { environment, statement, format } = options;
  const target = statement === undefined ? undefined : path.resolve(terminal.folder, statement);
  // that of a manifest before is not taken for this one's, whatever happens
  if (target !== undefined) onFile(target, () => fs.rmSync(target, { force: true }));
  const policies = await boundsFor(environment, options.bounds, terminal);
  const vulnerabilities =
    options.vulnerabilities === undefined ? undefined : await readVulnerabilities(options.vulnerabilities, terminal);
  const now = new Date().toISOString();
  const allowed: { readonly manifest: unknown; readonly verdict: GateVerdict }[] = [];
  const report = await judgeFiles(files, terminal, (document) => {
    if (document.kind !== MODEL_DEPLOYMENT) return { skipped: 'the gate is asked about ModelDeployments' };
    const verdict = gateVerdict({ manifest: document.manifest, policies, now, vulnerabilities });
    allowed.push({ manifest: document.manifest, verdict });
    return { findings: verdictDiagnostics(document, verdict), policies: verdict.policies };
  });
  const ending = finish(report, { command: 'gate', format, environment }, terminal);
  if (target === undefined || ending !== ExitCode.KEPT) return ending;
  if (allowed.length !== 1) {
    const fix = 'ask for each manifest by itself, since a statement is about one image';
    fail(COMMAND_LINE, '--statement', 'must be of one manifest', `${allowed.length} manifests`, fix);
  }
  const [{ manifest, verdict }] = allowed;
  const text = `${JSON.stringify(gateStatement(manifest, environment, verdict), null, 2)}\n`;
  onFile(target, () => fs.writeFileSync(target, text));
  return ending;
}

function onFile(file: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    fail(COMMAND_LINE, '--statement', 'must be a file that can be written', file, reason);
  }
}

/** A verdict that does not allow has a finding, whatever the gate says. */
function verdictDiagnostics(document: PlatformDocument, { allowed, findings }: GateVerdict): Diagnostic[] {
  const diagnostics = findings.map(({ policy, field, message }) => ({
    ...document.placeOf(field),
    rule: policy,
    field: fieldText(field),
    message,
  }));
  if (allowed || diagnostics.length > 0) return diagnostics;
  return [
    { ...document.placeOf([]), rule: 'gate', field: '', message: 'the gate does not allow it and says no reason' },
  ];
}

/** `spec.dependencies[2].name`; keys with dots stand in brackets. */
function fieldText(field: readonly (string | number)[]): string {
  return field
    .map((step) => (typeof step === 'number' || !/^[\w-]+$/.test(step) ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
