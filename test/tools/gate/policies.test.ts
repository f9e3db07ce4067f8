import { inflateRawSync } from 'node:zlib';

import { GATE_WASM } from '../../../src/kinds/model-deployment/generated/gate-wasm';
import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { compiledPolicies, POLICIES } from './compiled-policies';
import { OPA, REGAL, runTool } from './tools';

/** The bounds are no data of the policies: each file of them stands for itself. */
const REGO = ['lib', 'gate', 'modelpolicies'];

describeTool('the policies', whyNoGo(), () => {
  test('every rule and every branch is tested, and every test passes', async () => {
    const passed = await runTool(OPA, ['test', ...REGO], POLICIES);
    expect(passed).toMatchObject({ status: 0, stderr: '' });
    const covered = await runTool(OPA, ['test', '--coverage', ...REGO], POLICIES);
    const { coverage, files } = JSON.parse(covered.stdout) as Coverage;
    const missing = Object.entries(files).flatMap(([file, { not_covered: lines = [] }]) =>
      lines.map(({ start, end }) => `${file}:${start.row}-${end.row}`),
    );
    expect(missing).toEqual([]);
    expect(coverage).toBe(100);
  });

  test('they compile strictly, and the linter finds nothing', async () => {
    expect(await runTool(OPA, ['check', '--strict', ...REGO], POLICIES)).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    const linted = await runTool(REGAL, ['lint', '--format', 'json', ...REGO], POLICIES);
    expect((JSON.parse(linted.stdout) as { readonly violations: unknown }).violations).toEqual([]);
    expect(linted.status).toBe(0);
  });

  test('what the package has of them is compiled of these', async () => {
    const packaged = inflateRawSync(Buffer.from(GATE_WASM, 'base64'));
    // `npm run policies` writes it
    expect(packaged.equals(await compiledPolicies())).toBe(true);
  });
});

/** What `opa test --coverage` says. */
interface Coverage {
  readonly coverage: number;
  readonly files: {
    readonly [file: string]: { readonly not_covered?: readonly { readonly start: Place; readonly end: Place }[] };
  };
}

interface Place {
  readonly row: number;
}
