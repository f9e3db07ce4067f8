import { Tier } from '../../src/contracts/tier';
import { ModelPolicyConstraint } from '../../src/kinds/governance/model-policy-constraint';
import { mergedPolicies, policiesOfTier } from '../../src/kinds/model-deployment/gate';
import { ModelPolicies } from '../../src/kinds/model-deployment/settings';
import {
  OPERATOR_DEFINITIONS,
  PlatformOperators,
  PlatformOperatorsProps,
} from '../../src/kinds/operators/platform-operators';
import { AppFactory, BadInput, platformWithChart } from './bad-input';

const NAMES = OPERATOR_DEFINITIONS.map(({ name }) => name).join(', ');

/** What deploys the operators. */
export const OPERATOR_INPUTS: BadInput[] = [
  {
    what: 'an operator that is none',
    given: ['models'],
    act: (newApp) => operators(newApp, { operators: ['models'] }),
    message: `[local/team/operators] operators must name some of ${NAMES}, got ["models"]: name one of them, or leave it out for all.`,
  },
  {
    what: 'operators, but none of them',
    given: [],
    act: (newApp) => operators(newApp, { operators: [] }),
    message: `[local/team/operators] operators must name some of ${NAMES}, got []: name one of them, or leave it out for all.`,
  },
  {
    what: 'hook servers without pods',
    given: 0,
    act: (newApp) => operators(newApp, { replicas: 0 }),
    message:
      '[local/team/operators] replicas must be a whole number of at least 1, got 0: give the pods of each hook server.',
  },
  {
    what: 'a level of logs that is none',
    given: 'verbose',
    act: (newApp) => operators(newApp, { logLevel: 'verbose' }),
    message:
      '[local/team/operators] logLevel must be one of debug, info, warn, error, got "verbose": choose one of them.',
  },
  {
    what: 'an image of the hook server without a version',
    given: 'registry.example/operators',
    act: (newApp) => operators(newApp, { image: 'registry.example/operators' }),
    message:
      '[local/team/operators/operators] image must have a digest, or a tag other than latest, got "registry.example/operators": pin a version, such as \'registry.example/operators:1.2.3\'; otherwise two pods of one workload may run different code.',
  },
  {
    what: 'a Secret with the token of the hooks that can have no such name',
    given: 'Hook_Token',
    act: (newApp) => operators(newApp, { tokenSecretName: 'Hook_Token' }),
    message:
      '[local/team/operators] tokenSecretName must be a DNS label of at most 63 characters, got "Hook_Token": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'a group with its version',
    given: 'serving.kserve.io/v1beta1',
    act: (newApp) => operators(newApp, { apiGroups: ['serving.kserve.io/v1beta1'] }),
    message:
      '[local/team/operators] apiGroups must be names of groups without a version, got "serving.kserve.io/v1beta1": write it like \'serving.kserve.io\'.',
  },
  {
    what: 'a bound of a figure that there is none of',
    given: 'f1Score',
    act: (newApp) => constraint(newApp, { least: { f1Score: 0.8 } }),
    message:
      '[local/team/policies] policies.least.f1Score must be a figure of a ModelDeployment, got "f1Score": use accuracy, f1_score, precision, recall, auc_roc, latency_p95_ms, demographic_parity, equalized_odds, equal_opportunity, disparate_impact.',
  },
  {
    what: 'a difference of groups in per cent',
    given: 10,
    act: (newApp) => constraint(newApp, { fairness: 10 }),
    message:
      '[local/team/policies] policies.fairness must be between 0 and 1, got 10: give 0 where groups must be alike.',
  },
  {
    what: 'a severity in capitals',
    given: 'CRITICAL',
    act: (newApp) => constraint(newApp, { severity: 'CRITICAL' }),
    message: '[local/team/policies] policies.severity must be a severity, got "CRITICAL": use critical.',
  },
  {
    what: 'a range of versions on the list of libraries',
    given: 'torch>=2',
    act: (newApp) => constraint(newApp, { dependencies: ['numpy', 'torch>=2'] }),
    message:
      '[local/team/policies] policies.dependencies[1] must be a library, or one version of it, got "torch>=2": write xgboost or xgboost==2.1.4.',
  },
  {
    what: 'what Gatekeeper does not do',
    given: 'block',
    act: (newApp) => constraint(newApp, {}, 'block'),
    message:
      '[local/team/policies] enforcementAction must be one of deny, warn, dryrun, got "block": choose one of them.',
  },
];

function operators(newApp: AppFactory, props: Partial<PlatformOperatorsProps>): void {
  const { chart, platform } = platformWithChart(newApp);
  new PlatformOperators(chart, 'operators', {
    namespace: platform.teams.monitoring,
    image: 'registry.example/operators:1.2.3',
    apiGroups: [],
    settings: { scraper: { namespace: 'monitoring', podLabels: {} }, prometheusUrl: 'http://prometheus:9090' },
    ...props,
  });
}

function constraint(newApp: AppFactory, policies: ModelPolicies, enforcementAction?: string): void {
  new ModelPolicyConstraint(platformWithChart(newApp).chart, 'policies', {
    policies: mergedPolicies(policiesOfTier(Tier.PRODUCTION), policies),
    enforcementAction,
  });
}
