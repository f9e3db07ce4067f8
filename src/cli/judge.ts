import { KindDefinition } from '../api/schema/schema';
import { Finding } from '../api/schema/validate';
import { fail } from '../contracts/errors';
import { Diagnostic, JudgedDocument, Place, Report, ruleOf, SkippedDocument } from './diagnostic';
import { documentsOf, fieldsOf, ManifestDocument, stepsOf } from './documents';
import { filesOf, InputProblem, readInput } from './inputs';
import { identify } from './kinds';
import { named } from './metadata';
import { COMMAND_LINE, Terminal } from './terminal';

/** A document of a kind of the platform. */
export interface PlatformDocument extends ManifestDocument {
  readonly kind: KindDefinition;
  /** The manifest, with the name that is derived where it has none. */
  readonly manifest: unknown;
  /** `ModelDeployment fraud-detector-2-1-0`. */
  readonly title: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** What was found about a document, or why nothing is asked of its kind. */
export type Judgement = Pick<JudgedDocument, 'findings' | 'policies'> | { readonly skipped: string };

/** Asks a document of a kind of the platform. */
export type Judge = (document: PlatformDocument) => Judgement;

/** Reads the files that arguments name, and asks each manifest in them. */
export async function judgeFiles(args: readonly string[], terminal: Terminal, judge: Judge): Promise<Report> {
  const documents: JudgedDocument[] = [];
  const skipped: SkippedDocument[] = [];
  const problems: InputProblem[] = [];
  for (const file of filesOf(args, terminal)) {
    const input = typeof file === 'string' ? await readInput(file, terminal) : file;
    if ('message' in input) {
      problems.push(input);
      continue;
    }
    const objects = new Map<string, Place>();
    for (const document of documentsOf(input)) {
      const result = judged(document, judge, objects);
      if ('findings' in result) documents.push(result);
      else skipped.push(result);
    }
  }
  if (documents.length === 0 && problems.length === 0) {
    const file = args.join(' ');
    problems.push({ file, message: refusal(file) });
  }
  return { documents, skipped, problems };
}

/** Nobody takes it for kept that nothing was asked. */
function refusal(files: string): string {
  try {
    fail(COMMAND_LINE, 'files', 'must have a manifest to ask', files, 'see apiVersion and kind of what was skipped');
  } catch (error) {
    return (error as Error).message;
  }
}

function judged(
  document: ManifestDocument,
  judge: Judge,
  objects: Map<string, Place>,
): JudgedDocument | SkippedDocument {
  const { value, problems, file, line, column } = document;
  const place = { file, line, column };
  if (value === undefined) return { ...place, title: 'A document', findings: problems };
  const identified = identify(value);
  if ('other' in identified) {
    return { ...place, message: `${identified.other} is skipped: it is of no kind of the platform` };
  }
  if ('finding' in identified) {
    const { field, message } = identified.finding;
    const finding = { ...document.placeOf([field]), rule: 'kind', field, message: `${field}: ${message}` };
    return { ...place, title: 'A document', findings: [...problems, finding] };
  }
  const { kind } = identified;
  const manifest = named(kind, value);
  const { metadata } = fieldsOf(manifest);
  const name = textOf(fieldsOf(metadata).name);
  const namespace = textOf(fieldsOf(metadata).namespace);
  const title = name === undefined ? kind.kind : `${kind.kind} ${name}`;
  const judgement = judge({ ...document, kind, manifest, title, name, namespace });
  if ('skipped' in judgement) return { ...place, message: `${title} is skipped: ${judgement.skipped}` };
  const twice = duplicate(document, title, namespace, objects);
  const findings = [...problems, ...judgement.findings, ...(name === undefined ? [] : twice)];
  return { ...place, title, kind: kind.kind, name, namespace, ...judgement, findings: inOrder(findings) };
}

function duplicate(
  document: ManifestDocument,
  title: string,
  namespace: string | undefined,
  objects: Map<string, Place>,
): Diagnostic[] {
  const key = `${title} ${namespace ?? ''}`;
  const first = objects.get(key);
  const place = document.placeOf(['metadata', 'name']);
  objects.set(key, first ?? place);
  if (first === undefined) return [];
  const message = `metadata.name: ${title} is there already, in line ${first.line}: give it another name or version`;
  return [{ ...place, rule: 'duplicate-object', field: 'metadata.name', message }];
}

/** What the schema says of a document, with the places. */
export function diagnosticsOf(document: PlatformDocument, findings: readonly Finding[]): Diagnostic[] {
  return findings.map(({ field, message, reason }) => ({
    ...document.placeOf(stepsOf(document.value, field)),
    rule: field.startsWith('metadata') ? 'metadata' : ruleOf(reason),
    field,
    message: `${field === '' ? 'the object' : field}: ${message}`,
  }));
}

function inOrder(findings: readonly Diagnostic[]): Diagnostic[] {
  return [...findings].sort((one, other) => one.line - other.line || one.column - other.column);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
