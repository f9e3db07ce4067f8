import { MODEL_DEPLOYMENT } from '../../src/api/kinds/model-deployment';
import { apiVersionOf } from '../../src/api/schema/schema';
import { Tier } from '../../src/contracts/tier';
import { GateStatement } from '../../src/kinds/model-deployment/attestation';
import { gateVerdict, policiesOfTier } from '../../src/kinds/model-deployment/gate';
import { placesIn, reportOf, SAMPLE, Workplace } from './support';

let place: Workplace;
beforeEach(() => (place = new Workplace()));
afterEach(() => place.remove());

test('the sample of the document, as it is printed', async () => {
  expect(SAMPLE).not.toContain('metadata');
  const { code, stdout, stderr } = await place.run(
    'gate',
    place.write('m.yaml', SAMPLE),
    '--environment',
    'development',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^m\.yaml:1:1: ModelDeployment fraud-detector-2-1-0 keeps .*accuracy, .*drift/);
  expect(stdout).toMatch(/\n1 manifest asked for development, nothing found\n$/);
});

test('a finding stands at its field, or at the nearest one around it', async () => {
  const text = SAMPLE.replace('0.90', '0.70')
    .replace('score: 0.05', 'method: kolmogorov-smirnov')
    .replace('accuracy: 0.94', 'auc_roc: 0.9');
  const outcome = await place.run('gate', place.write('m.yaml', text), '-e', 'local', '--format', 'json');
  expect(outcome.code).toBe(1);
  const lines = text.split('\n');
  const line = (key: string): number => lines.findIndex((one) => one.includes(`${key}:`)) + 1;
  expect(placesIn(outcome)).toEqual([
    `m.yaml:${line('metrics')}:3 spec.metrics.accuracy accuracy`,
    `m.yaml:${line('f1_score')}:5 spec.metrics.f1_score f1-score`,
    `m.yaml:${line('drift')}:3 spec.drift.score drift`,
  ]);
});

test.each(Object.values(Tier))('the command line says in %s what the gate says', async (tier) => {
  const text = SAMPLE.replace('0.94', '0.5').replace('0.05', '0.5');
  const manifest = reportOf(await place.run('gate', place.write('m.yaml', text), '-e', tier, '-f', 'json'))
    .manifests[0];
  const spec = {
    model: { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' },
    metrics: { accuracy: 0.5, f1_score: 0.9 },
    fairness: { demographic_parity: 0.02 },
    drift: { score: 0.5 },
  };
  const verdict = gateVerdict({
    manifest: { apiVersion: apiVersionOf(MODEL_DEPLOYMENT), kind: MODEL_DEPLOYMENT.kind, spec },
    policies: policiesOfTier(tier),
    now: new Date().toISOString(),
  });
  expect(manifest.policies).toEqual(verdict.policies.map(({ name, passed }) => ({ name, passed })));
  expect(manifest.findings.map(({ message }) => message).sort()).toEqual(
    verdict.findings.map(({ message }) => message).sort(),
  );
  expect(manifest.passed).toBe(false);
});

test('manifests of other kinds are skipped, and are not enough', async () => {
  const model = 'apiVersion: nstarx.io/v1alpha1\nkind: AIModel\nmetadata: { name: a }\n';
  const other = place.write('model.yaml', model);
  const { code, stderr } = await place.run('gate', other, '-e', 'local');
  expect(code).toBe(2);
  expect(stderr).toMatch(/model\.yaml:1:1: AIModel a is skipped: the gate is asked about ModelDeployments/);
  expect((await place.run('gate', other, place.write('m.yaml', SAMPLE), '-e', 'local')).code).toBe(0);
});

describe('bounds of a file', () => {
  test.each([
    ['as YAML', 'least: { accuracy: 0.95 }\n'],
    ['as JSON', '{ "least": { "accuracy": 0.95 } }'],
  ])('come in place of those of the environment, %s', async (_, text) => {
    const args = ['gate', place.write('m.yaml', SAMPLE), '-e', 'local', '--bounds', place.write('bounds', text)];
    const { code, stdout } = await place.run(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/accuracy.*0\.95.*0\.94/) as string });
    // the others are as they were
    place.write('m.yaml', SAMPLE.replace('0.90', '0.70'));
    expect((await place.run(...args)).stdout).toMatch(/f1_score.*0\.8.*0\.7/);
  });

  test.each([
    ['a bound that there is none of', 'leest: { accuracy: 0.5 }', /leest.*(write|pass|use|remove).*least/],
    ['a figure that there is none of', 'least: { acuracy: 0.5 }', /least\.acuracy/],
    ['a text for a number', 'drift: "0.5"', /drift must be a number/],
    ['a bound that none can keep', 'drift: 0', /drift must be above 0/],
    ['a list', '[]', /must be a file with bounds/],
    ['nothing', '', /must be a file of YAML or JSON/],
    ['no YAML', '{', /must be a file of YAML or JSON/],
    ['a bound twice', 'drift: 0.1\ndrift: 0.9', /must be a file of YAML or JSON/],
    ['NaN', 'drift: .nan', /bounds\.yaml:1:8.*no number/],
  ])('with %s are refused', async (_, text, message) => {
    const args = ['gate', place.write('m.yaml', SAMPLE), '-e', 'local', '--bounds', place.write('bounds.yaml', text)];
    const { code, stdout, stderr } = await place.run(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string });
  });

  test('that are not there are named', async () => {
    const { code, stderr } = await place.run('gate', place.write('m.yaml', SAMPLE), '-e', 'local', '-b', 'none.yaml');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/--bounds.*none\.yaml/) as string });
  });
});

describe('what Grype found', () => {
  const grype = (matches: unknown): string => JSON.stringify({ matches, descriptor: { name: 'grype' } });

  test.each([
    ['no JSON', 'matches: []', /must be a report of Grype/],
    ['an empty file', '', /must be a report of Grype/],
    ['a report of another program', '{ "SchemaVersion": 2, "Results": [] }', /has no descriptor/],
    ['no list', grype(null), /no list of matches/],
    ['a match without an identifier', grype([{ vulnerability: {}, artifact: {} }]), /matches\[0\]\.vulnerability\.id/],
    [
      'a severity that is none',
      grype([{ vulnerability: { id: 'CVE-1', severity: 'Bad' }, artifact: { name: 'a', version: '1' } }]),
      /severity is bad/,
    ],
  ])('%s does not count as nothing found', async (_, text, message) => {
    const args = [
      'gate',
      place.write('m.yaml', SAMPLE),
      '-e',
      'local',
      '--vulnerabilities',
      place.write('v.json', text),
    ];
    const { code, stderr } = await place.run(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) as string });
  });

  test('a report without a match is kept', async () => {
    const args = [
      'gate',
      place.write('m.yaml', SAMPLE),
      '-e',
      'local',
      '--vulnerabilities',
      place.write('v.json', grype([])),
    ];
    expect((await place.run(...args)).code).toBe(0);
  });
});

describe('a statement', () => {
  const args = (...files: string[]): string[] => [
    'gate',
    ...files,
    '-e',
    'development',
    '--statement',
    'out/verdict.json',
  ];
  beforeEach(() => place.write('out/keep', ''));

  test('has what the gate saw', async () => {
    const text = SAMPLE.replace(
      'framework: pytorch',
      `framework: pytorch\n    artifact: { uri: s3://m/a, sha256: ${'a'.repeat(64)} }`,
    );
    const dependencies = '  dependencies: [{ name: torch, version: "2.9.0" }]\n';
    expect((await place.run(...args(place.write('m.yaml', text + dependencies)))).code).toBe(0);
    const statement = JSON.parse(place.read('out/verdict.json')) as GateStatement;
    expect(statement).toEqual({
      model: { name: 'fraud-detector', version: '2.1.0' },
      environment: 'development',
      allowed: true,
      policies: expect.arrayContaining([{ name: 'accuracy', passed: true }]) as object[],
      metrics: { accuracy: 0.94, f1_score: 0.9 },
      fairness: { demographic_parity: 0.02 },
      drift: { score: 0.05 },
      dependencies: [{ name: 'torch', version: '2.9.0' }],
      sha256: 'a'.repeat(64),
    });
  });

  test.each([
    ['a manifest that is not allowed', [SAMPLE.replace('0.94', '0.1')], 1],
    ['a manifest that cannot be read', ['a: ['], 1],
    ['two manifests', [SAMPLE, SAMPLE.replace('2.1.0', '2.2.0')], 2],
    ['a file that is not there', [], 2],
  ])('is not made of %s, and a former one is gone', async (_, texts, code) => {
    place.write('out/verdict.json', 'former');
    const files = texts.map((text, at) => place.write(`m${at}.yaml`, text));
    const outcome = await place.run(...args(...(files.length > 0 ? files : ['none.yaml'])));
    expect({ code: outcome.code, there: place.has('out/verdict.json') }).toEqual({ code, there: false });
  });

  test('that cannot be written ends the run', async () => {
    const file = place.write('m.yaml', SAMPLE);
    const { code, stderr } = await place.run('gate', file, '-e', 'local', '--statement', 'none/verdict.json');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/--statement must be a file that can be written/) as string,
    });
  });

  test('does not replace a folder', async () => {
    const { code } = await place.run('gate', place.write('m.yaml', SAMPLE), '-e', 'local', '--statement', 'out');
    expect({ code, kept: place.has('out/keep') }).toEqual({ code: 2, kept: true });
  });
});
