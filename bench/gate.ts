import { spawnSync } from 'child_process';
import { Tier } from '../src/contracts/tier';
import { gateVerdict, policiesOfTier } from '../src/kinds/model-deployment/gate';
import { POLICIES } from '../test/tools/gate/compiled-policies';
import { gateCases } from '../test/tools/gate/manifests';
import { OPA } from '../test/tools/gate/tools';
import { goTool, whyNoGo } from '../test/tools/go-tool';
import { alternate, seconds, show } from './measure';

/** So many times the manifests of a second that `opa eval` judges. */
const TARGET = 10;
const MANIFESTS = 400;
/** `opa eval` by itself, once for each manifest: it takes long. */
const FEW = 10;

/** The policy gate, against `opa eval` with the same policies, manifests and bounds. */
export async function benchGate(runs: number): Promise<void> {
  if (whyNoGo() !== undefined) {
    console.log(`policy gate: not measured, ${whyNoGo()}`);
    return;
  }
  const now = '2026-11-29T12:00:00Z';
  const bounds = policiesOfTier(Tier.PRODUCTION);
  const manifests = gateCases(now, MANIFESTS, 1).map(({ manifest }) => manifest);
  const opa = await goTool(OPA);
  const evaluate = (input: object, query: string): void => {
    const args = ['eval', '--data', 'lib', '--data', 'gate', '--stdin-input', query];
    const { status, stderr } = spawnSync(opa, args, {
      cwd: POLICIES,
      input: JSON.stringify(input),
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(String(stderr));
  };
  const ours = (): number =>
    MANIFESTS /
    seconds(() => {
      for (const manifest of manifests) gateVerdict({ manifest, policies: bounds, now });
    });
  const each = (): number =>
    FEW /
    seconds(() => {
      for (const manifest of manifests.slice(0, FEW)) evaluate({ manifest, bounds, now }, 'data.gate.verdict');
    });
  const cases = manifests.map((manifest) => ({ manifest, bounds, now }));
  const together = (): number =>
    MANIFESTS /
    seconds(() =>
      evaluate({ cases }, '[verdict | some one in input.cases; verdict := data.gate.verdict with input as one]'),
    );
  const perSecond = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} a second`;
  console.log('policy gate: manifests judged by the bounds of production');
  for (const [name, other] of [
    ['opa eval, a process for each', each],
    ['opa eval, all in one process and one query', together],
  ] as const) {
    const { a, b, ratio } = alternate(runs, ours, other);
    const times = `${ratio.median.toFixed(1)} times (${ratio.min.toFixed(1)} to ${ratio.max.toFixed(1)})`;
    console.log(`  gateVerdict ${show(a, perSecond)}; ${name} ${show(b, perSecond)}: ${times}, target ${TARGET}`);
  }
}

if (require.main === module) void benchGate(5);
