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
