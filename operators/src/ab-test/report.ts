import { lookup } from '../../../src/contracts/lookup';
import { ABTestSpec } from '../../../src/api/generated/ab-test';
import { CHILD, childName } from '../../../src/kinds/child-names';
import { ConditionReport } from '../runtime/conditions';
import { Report, ReportContext } from '../runtime/operator';
import { figureOf } from './decision';
import { Progress } from './progress';

/** The state of a test, from its route and what was measured. */
export function report(context: ReportContext<ABTestSpec>, progress: Progress): Report {
  const { active, children, name, namespace, problems, preflight, spec } = context;
  const route = children.find('gateway.networking.k8s.io/v1', 'HTTPRoute', childName(name, CHILD.AB_TEST), namespace);
  if (!active || !route) {
    const failed = !problems.isEmpty;
    const message = failed ? problems.toString() : (preflight?.condition.message ?? 'The route is being made');
    const ready: ConditionReport = {
      type: 'Ready',
      status: false,
      reason: failed ? problems.reason : 'Pending',
      message,
    };
    return { phase: failed ? 'Failed' : 'Pending', fields: {}, conditions: [ready] };
  }
  const { decided, phase, startTime, weights, measured, why, failure, pValue } = progress;
  const refused = refusal(route.status?.parents);
  const [hostname] = (route.spec?.hostnames ?? []) as string[];
  return {
    phase,
    fields: {
      ...(startTime === undefined ? {} : { startTime }),
      ...(decided && progress.ended ? { endTime: decided.at } : {}),
      ...(decided?.winner === undefined ? {} : { winner: decided.winner }),
      ...(pValue === undefined ? {} : { pValue: Math.min(1, Math.max(0, pValue)) }),
      ...(hostname === undefined ? {} : { url: `https://${hostname}${spec.path ?? '/'}` }),
      variants: spec.variants.map((variant) => {
        const seen = lookup(measured, variant.name);
        const value = figureOf(seen);
        const samples = seen?.samples;
        return {
          name: variant.name,
          weight: lookup(weights, variant.name) ?? 0,
          ...(samples === undefined ? {} : { samples }),
          ...(value === undefined ? {} : { value }),
        };
      }),
    },
    conditions: [
      refused === undefined
        ? { type: 'Ready', status: true, reason: 'TrafficShared', message: `Requests to ${hostname} are shared out` }
        : {
            type: 'Ready',
            status: false,
            reason: 'RouteRefused',
            message: `The Gateway refuses the route: ${refused}`,
          },
      decided
        ? { type: 'Decided', status: true, reason: REASONS[decided.outcome], message: decided.why }
        : { type: 'Decided', status: false, reason: failure === undefined ? 'Measuring' : 'NotMeasured', message: why },
    ],
    // promotion and the end of the time come without an event
    ...(progress.ended ? {} : { resyncAfterSeconds: 60 }),
  };
}

const REASONS = { won: 'WinnerFound', aborted: 'GuardrailBroken', inconclusive: 'Inconclusive' } as const;

interface RouteParent {
  readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly message?: string }[];
}

/** Why a Gateway does not take a route; nothing while none has looked at it. */
function refusal(parents: unknown): string | undefined {
  for (const { conditions = [] } of Array.isArray(parents) ? (parents as RouteParent[]) : []) {
    const bad = conditions.find(
      ({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status === 'False',
    );
    if (bad) return bad.message ?? bad.type;
  }
  return undefined;
}
