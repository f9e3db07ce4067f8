import { fail } from '../contracts/errors';
import { KnownVulnerability } from '../kinds/model-deployment/gate';
import { fieldsOf } from './documents';
import { readOption } from './inputs';
import { COMMAND_LINE, Terminal } from './terminal';

/**
 * The vulnerabilities in a report of Grype (`grype <image> -o json`).
 *
 * @throws InvalidInputError where the file is none: what cannot be read does not count as nothing found
 */
export async function readVulnerabilities(file: string, terminal: Terminal): Promise<KnownVulnerability[]> {
  const { text } = await readOption('--vulnerabilities', file, terminal);
  const { matches, descriptor } = fieldsOf(jsonOf(text, file));
  if (descriptor === undefined) refuse(file, 'it has no descriptor');
  if (!Array.isArray(matches)) refuse(file, 'it has no list of matches');
  return matches.map((match: unknown, index) => {
    const { vulnerability, artifact } = fieldsOf(match);
    const { id, severity, fix } = fieldsOf(vulnerability);
    const { name, version } = fieldsOf(artifact);
    const at = `matches[${index}]`;
    const { versions } = fieldsOf(fix);
    const fixedIn = (Array.isArray(versions) ? versions : []).find((one): one is string => typeof one === 'string');
    return {
      id: textOf(file, `${at}.vulnerability.id`, id),
      name: textOf(file, `${at}.artifact.name`, name),
      // a package of an image may have none
      version: version === undefined ? '' : textOf(file, `${at}.artifact.version`, version),
      severity: severityOf(file, `${at}.vulnerability.severity`, severity),
      ...(fixedIn === undefined ? {} : { fixedIn }),
    };
  });
}

const SEVERITIES: readonly string[] = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];

function severityOf(file: string, field: string, value: unknown): string {
  const severity = textOf(file, field, value).toLowerCase();
  return SEVERITIES.includes(severity) ? severity : refuse(file, `${field} is ${severity}`);
}

function textOf(file: string, field: string, value: unknown): string {
  return typeof value === 'string' ? value : refuse(file, `${field} is no text`);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(file, error instanceof Error ? error.message : String(error));
  }
}

function refuse(file: string, why: string): never {
  const rule = `must be a report of Grype, but ${why}`;
  fail(COMMAND_LINE, '--vulnerabilities', rule, file, "write it by 'grype <image> -o json'");
}
