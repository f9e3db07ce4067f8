import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { describeTool } from '../describe-tool';
import { pythonWithLinters, whyNoPython } from '../python';
import { compare, exceptionsOf, Finding } from './exceptions';
import { writeOutputs } from './outputs';

const run = promisify(execFile);

interface Report {
  readonly check_type: string;
  readonly results: { readonly failed_checks: readonly Failed[] };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

interface Failed {
  readonly check_id: string;
  /** `Kind.namespace.name`, or `type.id`. */
  readonly resource: string;
  readonly file_path: string;
}

function findingOf({ check_id: rule, resource, file_path: file }: Failed): Finding {
  const [example, environment] = file.replace(/^\/|\.tf\.json$/g, '').split('/');
  const [kind, namespace, ...name] = resource.split('.');
  const object = file.endsWith('.tf.json') ? resource : [kind, namespace, name.join('.')].join('/');
  return { rule, object: `${example}/${environment} ${object}` };
}

// what it says of manifests and of Terraform, in one run: it takes seconds to start
describeTool('checkov', whyNoPython(), () => {
  const outputs = writeOutputs();
  let reports: readonly Report[];

  beforeAll(async () => {
    const python = await pythonWithLinters();
    const frameworks = ['--framework', 'kubernetes', 'terraform_json'];
    // no look at its makers' server, and what it found is no failure yet
    const options = ['--skip-download', '--soft-fail', '--compact', '--quiet', '--output', 'json'];
    const args = [path.join(path.dirname(python), 'checkov'), '--directory', outputs.folder, ...frameworks, ...options];
    const { stdout } = await run(python, args, { maxBuffer: 256 * 1024 * 1024 });
    reports = JSON.parse(stdout) as readonly Report[];
  });

  test('reads everything', () => {
    const passed = Object.fromEntries(reports.map(({ check_type: type, summary }) => [type, summary.passed]));
    expect(passed.kubernetes).toBeGreaterThan(5_000);
    expect(passed.terraform_json).toBeGreaterThan(1_500);
    expect(reports.map(({ summary }) => summary.parsing_errors)).toEqual([0, 0]);
  });

  test('finds nothing that is not argued', () => {
    const findings = reports.flatMap(({ results }) => results.failed_checks).map(findingOf);
    expect(compare(findings, exceptionsOf('checkov'))).toEqual({ findings: [], unused: [] });
  });
});
