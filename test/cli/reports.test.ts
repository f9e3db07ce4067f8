import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { SAMPLE, Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());

const WRONG = SAMPLE.replace('0.94', '"0.94"').replace('drift:', 'drit:');
const FILES = [
  place.write('models/é b.yaml', `${WRONG}---\napiVersion: v1\nkind: ConfigMap\n`),
  place.write('models/good.yaml', SAMPLE),
  place.write('models/broken.yaml', 'a: ['),
];

/** The standard's schema, whose draft writes the identifier without a dollar sign. */
function sarifProblems(sarif: unknown): unknown {
  const {
    id,
    $schema: _,
    ...schema
  } = jest.requireActual<{ id: string; $schema: string }>('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
  addFormats(ajv);
  const validate = ajv.compile({ $id: id, ...schema });
  return validate(sarif) ? [] : validate.errors;
}

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
    }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
          readonly region: object;
        };
      }[];
    }[];
  }[];
}

test.each([
  ['findings', ['validate', ...FILES], 1, 3],
  ['nothing found', ['validate', FILES[1]], 0, 0],
  ['findings of the gate', ['gate', '-e', 'production', ...FILES], 1, 1],
  ['a file that is not there', ['validate', 'none.yaml', ...FILES], 2, 3],
  ['what is piped in', ['validate', '-'], 1, 3],
])('SARIF with %s keeps to the schema of the standard', async (_, args, code, least) => {
  const outcome = await place.pipe(WRONG.replace('framework', 'framwork'), ...args, '--format', 'sarif');
  expect(outcome.code).toBe(code);
  const sarif = JSON.parse(outcome.stdout) as Sarif;
  expect(sarifProblems(sarif)).toEqual([]);
  const [run] = sarif.runs;
  expect(run.results.length).toBeGreaterThanOrEqual(least);
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
  expect(run.invocations[0].executionSuccessful).toBe(code !== 2);
});

test('the schema of the standard refuses what is no SARIF', () => {
  expect(sarifProblems({ version: '2.1.0', runs: [{ tool: {} }] })).not.toEqual([]);
  expect(sarifProblems({ version: '2.0.0', runs: [] })).not.toEqual([]);
});

test('code scanning finds a file by its path from the folder, and others by a URL', async () => {
  const outside = path.join(path.dirname(place.folder), 'elsewhere.yaml');
  const other = new Workplace();
  const far = path.join(other.folder, other.write('far.yaml', WRONG));
  const { stdout } = await place.run('validate', '-f', 'sarif', FILES[0], far);
  other.remove();
  const locations = (JSON.parse(stdout) as Sarif).runs[0].results.map(({ locations: [one] }) => one.physicalLocation);
  expect(locations[0]).toEqual({
    artifactLocation: { uri: 'models/%C3%A9%20b.yaml', uriBaseId: '%SRCROOT%' },
    region: { startLine: 9, startColumn: 5 },
  });
  expect(locations.at(-1)!.artifactLocation).toEqual({ uri: pathToFileURL(far).href });
  expect(outside).not.toBe(far);
});

test('JSON has what was found, what was skipped, and what could not be read', async () => {
  const { stdout } = await place.run('validate', '-f', 'json', ...FILES, 'none.yaml');
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'validate',
    passed: false,
    manifests: [
      { file: FILES[0], line: 1, column: 1, kind: 'ModelDeployment', name: 'fraud-detector-2-1-0', passed: false },
      { file: FILES[1], passed: true, findings: [] },
      { file: FILES[2], passed: false, findings: [{ rule: 'yaml', line: 1 }] },
    ],
    skipped: [{ file: FILES[0], line: 16 }],
    problems: [{ file: 'none.yaml' }],
  });
});

test('text has a line for each finding, as editors and CI read them', async () => {
  const { stdout, stderr } = await place.run('validate', ...FILES);
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^models\/[^:]+\.yaml:\d+:\d+: .+$/);
  expect(lines.at(-1)).toMatch(/^3 manifests asked, \d findings in 2$/);
  expect(stderr).toMatch(/^models\/é b\.yaml:16:1: v1 ConfigMap is skipped: .*\n$/);
});
