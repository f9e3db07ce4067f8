import { parseAllDocuments } from 'yaml';
import { Tier } from '../../src';
import { GateFinding, gateVerdict, policiesOfTier } from '../../src/kinds/model-deployment/gate';
import { blocks, pages, Snippet } from './pages';

interface Example {
  readonly spec?: {
    readonly model?: object;
    readonly metrics?: object;
    readonly drift?: { readonly measuredAt?: string };
  };
}

/** Whose example is the document's, which has no more than development asks for. */
const DEVELOPMENT = 'docs/command-line.md';

/** The examples of ModelDeployments in a block, some of which have their spec only. */
function examplesIn({ code }: Snippet): Example[] {
  return parseAllDocuments(code)
    .filter(({ errors }) => errors.length === 0)
    .map((document) => document.toJS() as Example | null)
    .filter((one): one is Example => one?.spec?.model !== undefined && one.spec.metrics !== undefined);
}

const examples = pages()
  .flatMap((page) => blocks(page, 'yaml'))
  .flatMap((block) =>
    examplesIn(block).map((example) => [`${block.page}:${block.line}`, block.page, example] as const),
  );

test('there are some', () => {
  expect(examples.map(([, page]) => page)).toEqual(
    expect.arrayContaining([DEVELOPMENT, 'docs/api/model-deployment.md', 'docs/operators/model-deployment.md']),
  );
});

test.each(examples)(
  'who copies the ModelDeployment at %s has one that the policy gate lets pass',
  (_, page, { spec }) => {
    const tier = page === DEVELOPMENT ? Tier.DEVELOPMENT : Tier.PRODUCTION;
    const manifest = { apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment', spec };
    const now = spec?.drift?.measuredAt ?? '2026-11-28T09:00:00Z';
    const { findings } = gateVerdict({ manifest, policies: policiesOfTier(tier), now });
    expect(findings).toEqual<GateFinding[]>([]);
  },
);
