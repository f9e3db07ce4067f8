import { Diagnostic, findingsIn, JudgedDocument, Report } from '../diagnostic';
import { RunDescription } from './run';

/** A report as a person reads it: a line for each finding, as compilers have it, and what was asked of what has none. */
export function textReport(report: Report, { environment }: RunDescription): string {
  const lines = report.documents.flatMap((document) =>
    document.findings.length > 0 ? document.findings.map(findingLine) : [keptLine(document)],
  );
  if (report.documents.length > 0) lines.push(summary(report, environment));
  return lines.map((line) => `${line}\n`).join('');
}

function findingLine({ file, line, column, rule, message }: Diagnostic): string {
  return `${printable(file)}:${line}:${column}: ${printable(message)} [${rule}]`;
}

function keptLine({ file, line, column, title, policies }: JudgedDocument): string {
  const kept = policies ? `keeps ${policies.map(({ name }) => name).join(', ')}` : 'is valid';
  return `${printable(file)}:${line}:${column}: ${printable(title)} ${kept}`;
}

function summary(report: Report, environment: string | undefined): string {
  const { length: found } = findingsIn(report);
  const { length: asked } = report.documents;
  const where = environment === undefined ? '' : ` for ${environment}`;
  if (found === 0) return `${counted(asked, 'manifest')} asked${where}, nothing found`;
  const refused = report.documents.filter(({ findings }) => findings.length > 0).length;
  return `${counted(asked, 'manifest')} asked${where}, ${counted(found, 'finding')} in ${refused}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A text of a manifest neither moves the cursor nor begins a line that looks like another finding. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return '\\n';
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
