import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { apiVersionOf } from '../../api/schema/schema';
import { Tier } from '../../contracts/tier';
import { GateFinding, GateVerdict, gateVerdict, policiesOfTier } from '../../kinds/model-deployment/gate';
import { ModelPolicies } from '../../kinds/model-deployment/settings';

/** A policy of the gate. */
export interface ExplainedPolicy {
  readonly policy: string;
  readonly description: string;
  /** The bounds of each environment that asks for it. */
  readonly environments: { readonly [tier: string]: { readonly [bound: string]: unknown } };
  /** What a manifest is told that has nothing of it: field, bound and fix, for each environment that tells it. */
  readonly messages: { readonly [tier: string]: readonly string[] };
}

/** What policies that are no bounds of a figure are about, with the bounds that they have. */
const ABOUT: {
  readonly [policy: string]: { readonly text: string; readonly bounds: readonly (keyof ModelPolicies)[] };
} = {
  bounds: { text: 'The gate has bounds to ask, and a clock.', bounds: [] },
  manifest: { text: 'The manifest is a ModelDeployment with a model and its figures, each of its type.', bounds: [] },
  fairness: {
    text: 'Groups of persons were compared, and what the model says of them differs little.',
    bounds: ['fairness', 'leastDisparateImpact', 'mostDisparateImpact', 'protectedAttributes'],
  },
  drift: {
    text: 'The data of today was compared with that of the training, and is near to it.',
    bounds: ['drift', 'driftMethod', 'driftMaxAgeDays'],
  },
  dependencies: {
    text: 'The libraries of the service are listed with their versions, and allowed.',
    bounds: ['dependencies'],
  },
  vulnerabilities: {
    text: 'No package has a known vulnerability of this severity or a worse one, where something was scanned.',
    bounds: ['severity', 'dependencySeverity'],
  },
  image: { text: 'The image, where there is one, is named by its digest.', bounds: ['imageDigest'] },
  owner: { text: 'Somebody answers for the model: spec.model.owner.', bounds: ['owner'] },
  card: { text: 'The model has a model card: spec.model.card.', bounds: ['card'] },
};

/** Where nothing is said, every policy says what it wants. */
const NOTHING = { apiVersion: apiVersionOf(MODEL_DEPLOYMENT), kind: MODEL_DEPLOYMENT.kind, spec: {} };

/** What the gate says in an environment of a manifest that says nothing. */
function saidOfNothing(tier: Tier): GateVerdict {
  return gateVerdict({ manifest: NOTHING, policies: policiesOfTier(tier), now: new Date().toISOString() });
}

/** What the gate asks about a field, or fields below it, by environments. */
export function policiesOfField(path: readonly string[]): { readonly [tier: string]: readonly GateFinding[] } {
  const entries = Object.values(Tier).map((tier) => {
    const about = saidOfNothing(tier).findings.filter(({ field }) => path.every((step, at) => field[at] === step));
    return [tier, path.length === 0 ? [] : about] as const;
  });
  return Object.fromEntries(entries.filter(([, findings]) => findings.length > 0));
}

/** Every policy of the gate, in its order. */
export function explainPolicies(): ExplainedPolicy[] {
  const verdicts = Object.values(Tier).map((tier) => ({
    tier,
    bounds: policiesOfTier(tier),
    verdict: saidOfNothing(tier),
  }));
  const names = [...new Set(verdicts.flatMap(({ verdict }) => verdict.policies.map(({ name }) => name)))];
  return names.map((policy) => {
    const asking = verdicts.filter(({ verdict }) => verdict.policies.some(({ name }) => name === policy));
    return {
      policy,
      description: ABOUT[policy]?.text ?? aboutFigure(policy),
      environments: Object.fromEntries(asking.map(({ tier, bounds }) => [tier, boundsOf(policy, bounds)])),
      messages: Object.fromEntries(
        asking
          .map(({ tier, verdict }) => [tier, messagesOf(policy, verdict)] as const)
          .filter(([, messages]) => messages.length > 0),
      ),
    };
  });
}

function messagesOf(policy: string, { findings }: GateVerdict): string[] {
  return findings.filter((finding) => finding.policy === policy).map(({ message }) => message);
}

/** Figures are written with underscores in a manifest. */
function figureOf(policy: string): string {
  return policy.replaceAll('-', '_');
}

function aboutFigure(policy: string): string {
  const figure = figureOf(policy);
  for (const part of ['metrics', 'fairness']) {
    const field = MODEL_DEPLOYMENT.spec.properties?.[part]?.properties?.[figure];
    if (field) return `spec.${part}.${figure} is within its bound. ${field.description ?? ''}`;
  }
  return '';
}

function boundsOf(policy: string, bounds: ModelPolicies): { readonly [bound: string]: unknown } {
  const figure = figureOf(policy);
  const entries: [string, unknown][] = [
    ['at least', bounds.least?.[figure]],
    ['at most', bounds.most?.[figure]],
    ...(ABOUT[policy]?.bounds ?? []).map((name): [string, unknown] => [name, bounds[name]]),
  ];
  return Object.fromEntries(entries.filter(([, bound]) => bound !== undefined));
}
