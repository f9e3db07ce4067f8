import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { lookup } from '../../contracts/lookup';
import { Diagnostic, findingsIn, Report, RULES } from '../diagnostic';
import { RunDescription } from './run';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** A report for code scanning, as SARIF 2.1.0. */
export function sarifReport(report: Report, { command, environment, version, folder }: RunDescription): string {
  const findings = findingsIn(report);
  const rules = rulesOf(report);
  const { problems, skipped } = report;
  const run = {
    tool: {
      driver: {
        name: 'ml-platform',
        version,
        informationUri: 'https://github.com/ml-platform-constructs/ml-platform-constructs',
        rules: rules.map((id) => ({
          id,
          shortDescription: { text: lookup(RULES, id) ?? `The policy ${id} of the gate` },
        })),
      },
    },
    automationDetails: { id: `ml-platform/${command}${environment === undefined ? '' : `/${environment}`}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: problems.length === 0,
        toolExecutionNotifications: [
          ...problems.map(({ message }) => ({ level: 'error', message: { text: message } })),
          ...skipped.map((place) => ({
            level: 'note',
            message: { text: place.message },
            locations: [{ physicalLocation: physicalLocation(place, folder) }],
          })),
        ],
      },
    ],
    results: findings.map((finding) => ({
      ruleId: finding.rule,
      ruleIndex: rules.indexOf(finding.rule),
      level: 'error',
      message: { text: finding.message },
      locations: [
        {
          physicalLocation: physicalLocation(finding, folder),
          ...(finding.field === ''
            ? {}
            : { logicalLocations: [{ fullyQualifiedName: finding.field, kind: 'member' }] }),
        },
      ],
    })),
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

/** What was asked, whether or not it was kept. */
function rulesOf(report: Report): string[] {
  const asked = report.documents.flatMap(({ policies = [] }) => policies.map(({ name }) => name));
  return [...new Set([...Object.keys(RULES), ...asked, ...findingsIn(report).map(({ rule }) => rule)])];
}

type Located = Pick<Diagnostic, 'file' | 'line' | 'column'>;

function physicalLocation({ file, line, column }: Located, folder: string): object {
  return { artifactLocation: artifactLocation(file, folder), region: { startLine: line, startColumn: column } };
}

/** Code scanning knows files by their paths in the repository; what is outside of the folder has a whole URL. */
function artifactLocation(file: string, folder: string): object {
  const whole = path.resolve(folder, file);
  const relative = path.relative(folder, whole);
  if (relative.startsWith('..') || path.isAbsolute(relative)) return { uri: pathToFileURL(whole).href };
  return { uri: relative.split(path.sep).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
