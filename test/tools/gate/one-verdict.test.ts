import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Chart, Testing } from 'cdk8s';

import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { OperatorError } from '../../../operators/src/runtime/operator-error';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { Tier } from '../../../src/contracts/tier';
import { ModelPolicyConstraint } from '../../../src/kinds/governance/model-policy-constraint';
import { GateFinding, gateVerdict, GateVerdict, policiesOfTier } from '../../../src/kinds/model-deployment/gate';
import { condition } from '../../operators/support/conditions';
import { syncRequest } from '../../operators/support/requests';
import { SETTINGS } from '../../operators/support/settings';
import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { POLICIES } from './compiled-policies';
import { GateCase, gateCases } from './manifests';
import { GATOR, OPA, runTool } from './tools';

/** A third of them is with a scan, which neither admission nor the operator has. */
const COUNT = 900;
const NOW = new Date().toISOString();

describeTool('one verdict everywhere', whyNoGo(), () => {
  const cases = gateCases(NOW, COUNT, 14);
  const byWasm = cases.map((one) => wasmVerdict(one));
  let folder: string;

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'one-verdict-'));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('the manifests are allowed and refused by every policy and in every environment', () => {
    for (const tier of Object.values(Tier)) {
      const allowed = cases.map((one, at) => one.tier === tier && byWasm[at].allowed);
      expect(allowed.filter(Boolean).length).toBeGreaterThan(5);
    }
    const broken = new Set(byWasm.flatMap(({ findings }) => findings.map(({ policy }) => policy)));
    expect([...broken].sort()).toEqual([
      ...['accuracy', 'card', 'dependencies', 'drift', 'f1-score', 'fairness', 'image', 'manifest', 'owner'],
      'vulnerabilities',
    ]);
  });

  test('the compiled policies say what opa eval says, word for word', async () => {
    const inputs = cases.map(({ tier, manifest, vulnerabilities }) => {
      const { apiVersion, kind, spec } = manifest;
      return { manifest: { apiVersion, kind, spec }, bounds: policiesOfTier(tier), now: NOW, vulnerabilities };
    });
    const file = path.join(folder, 'input.json');
    fs.writeFileSync(file, JSON.stringify({ cases: inputs }));
    const query = '[verdict | some one in input.cases; verdict := data.gate.verdict with input as one]';
    const ended = await runTool(OPA, ['eval', '-d', 'lib', '-d', 'gate', '-i', file, query], POLICIES);
    expect(ended.stderr).toBe('');
    const { result } = JSON.parse(ended.stdout) as {
      readonly result: readonly [{ readonly expressions: readonly [{ readonly value: readonly GateVerdict[] }] }];
    };
    expect(result[0].expressions[0].value).toHaveLength(COUNT);
    expect(result[0].expressions[0].value).toEqual(byWasm);
  });

  test('it says the same again, in another order', () => {
    const again = [...cases.entries()].reverse().map(([at, one]): [number, GateVerdict] => [at, wasmVerdict(one)]);
    expect(again.sort(([a], [b]) => a - b).map(([, verdict]) => verdict)).toEqual(byWasm);
  });

  test.each(Object.values(Tier))('Gatekeeper refuses what the compiled policies refuse, in %s', async (tier) => {
    // nothing is scanned at admission
    const ours = cases.filter((one) => one.tier === tier && one.vulnerabilities === undefined);
    const chart = new Chart(new App(), 'policies');
    new ModelPolicyConstraint(chart, 'policies', { policies: policiesOfTier(tier) });
    const objects = [...(Testing.synth(chart) as unknown[]), ...ours.map(({ manifest }) => manifest)];
    const file = path.join(folder, `${tier}.json`);
    fs.writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    const ended = await runTool(GATOR, ['test', '-f', file, '-o', 'json'], folder);
    expect(ended.stderr).toBe('');
    const results = (JSON.parse(ended.stdout) ?? []) as readonly GatorResult[];
    for (const one of ours) {
      const { name } = one.manifest.metadata as { readonly name: string };
      const said = results.filter(({ violatingObject }) => violatingObject.metadata.name === name);
      const expected = wasmVerdict(one).findings;
      expect([name, said.map(({ metadata }) => detail(metadata.details)).sort()]).toEqual([
        name,
        expected.map((finding) => detail(finding)).sort(),
      ]);
    }
    expect(ended.status).toBe(1);
  });

  test('the operator serves what the compiled policies allow, and nothing else', () => {
    const hooks = hooksOf(modelDeploymentOperator);
    let compared = 0;
    for (const one of cases) {
      if (one.vulnerabilities !== undefined || !isObject(one.manifest)) continue;
      const settings = { minReplicas: 1, maxReplicas: 2, cpu: '1', memory: '1Gi', policies: policiesOfTier(one.tier) };
      const metadata = { ...one.manifest.metadata, creationTimestamp: NOW };
      const request = syncRequest({ ...one.manifest, metadata });
      const { allowed } = gateVerdict({ manifest: one.manifest, policies: policiesOfTier(one.tier), now: NOW });
      try {
        const response = hooks.sync(request, { ...SETTINGS, modelDeployment: settings });
        const status = condition(response, 'GatePassed')?.status;
        expect([one.manifest, status]).toEqual([one.manifest, allowed ? 'True' : 'False']);
        if (!allowed) expect(response.children).toEqual([]);
        compared++;
      } catch (error) {
        // what the API server would have refused by the schema; it makes nothing then
        if (!(error instanceof OperatorError)) throw error;
        expect([one.manifest, allowed]).toEqual([one.manifest, false]);
      }
    }
    expect(compared).toBeGreaterThan(COUNT / 2);
  });
});

interface GatorResult {
  readonly msg: string;
  readonly metadata: { readonly details: GateFinding };
  readonly violatingObject: KubernetesObject;
}

function detail(finding: Pick<GateFinding, 'policy' | 'field'>): string {
  return `${finding.policy} ${finding.field.join('.')}`;
}

function wasmVerdict({ tier, manifest, vulnerabilities }: GateCase): GateVerdict {
  return gateVerdict({ manifest, policies: policiesOfTier(tier), now: NOW, vulnerabilities });
}

/** What the API server could have. */
function isObject(manifest: unknown): manifest is KubernetesObject {
  const { spec } = manifest as { readonly spec?: unknown };
  return typeof spec === 'object' && spec !== null;
}
