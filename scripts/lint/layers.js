/**
 * The layers of src/ from the top, each with the ones below it that it may import. docs/decisions/0002-import-rules.md says why.
 *
 * A new folder in src/ needs an entry here, in the list of README.md and in the table of CONTRIBUTING.md, in the same order:
 * test/lint/import-rules.test.ts and test/docs/layers.test.ts fail without.
 */
const LAYERS = {
  cli: { imports: ['kinds', 'api', 'contracts'] },
  compositions: {
    imports: ['app', 'providers', 'kinds', 'constructs', 'api', 'checks', 'components', 'contracts'],
    terraform: true,
  },
  testing: { imports: ['app', 'checks', 'contracts'] },
  app: { imports: ['checks', 'components', 'contracts'], terraform: true },
  providers: { imports: ['components', 'contracts'], terraform: true },
  kinds: { imports: ['constructs', 'api', 'components', 'contracts'] },
  constructs: { imports: ['api', 'components', 'contracts'] },
  api: { imports: ['components', 'contracts'] },
  checks: { imports: ['contracts'] },
  components: { imports: ['contracts'] },
  contracts: { imports: [] },
};

/** What to do instead, for the imports that are common; the others get the general advice. */
const ADVICE = {
  'providers>constructs': 'a contract in src/contracts is what both can see',
  'constructs>providers': 'ask for a contract such as ICluster, IDatabase or IObjectStore in the props',
  'constructs>app': 'take an IEnvironment from src/contracts',
  'constructs>kinds': 'the platform layer knows no kinds; move what is about one kind to src/kinds',
  'kinds>providers': 'ask for a contract such as ICluster, IDatabase or IObjectStore in the props',
  'kinds>app': 'take an IEnvironment from src/contracts',
  'providers>app': 'take an IEnvironment from src/contracts',
  'cli>app': 'the command line starts without Terraform; what it needs belongs in src/kinds or src/contracts',
  'cli>compositions': 'the command line starts without Terraform; what it needs belongs in src/kinds or src/contracts',
  'checks>app': 'a check sees the ManifestGraph only',
};

const TERRAFORM_ADVICE =
  'must not know Terraform: publish the value with IEnvironment.publishValue(), or move the code to src/providers (a resource) or src/compositions (a whole system).';

const PROVIDER_BARREL = {
  regex: '^@cdktf/provider-[^/]+(/lib|/lib/index)?$',
  message:
    'The barrel of a provider package takes seconds and hundreds of megabytes to load: import the resource by its own path, such as @cdktf/provider-aws/lib/vpc.',
};

const OPERATORS = { mayImport: ['kinds', 'constructs', 'api', 'contracts'] };

/** Folders below a layer's own; the import rules count the `..` of an import, so they need to know. */
const DEEPEST = 4;

/** ESLint configurations that hold each layer to what it may import. */
function importRules() {
  return Object.keys(LAYERS).flatMap((layer) =>
    Array.from({ length: DEEPEST + 1 }, (_, depth) => ({
      files: [`src/${layer}/${'*/'.repeat(depth)}*.ts`],
      rules: { 'no-restricted-imports': ['error', { patterns: restrictedImports(layer, depth) }] },
    })),
  );
}

/** Patterns for `no-restricted-imports` in files that stand some folders deep in a layer. */
function restrictedImports(layer, depth) {
  const { imports, terraform } = LAYERS[layer];
  const src = `^(\\./)?${'\\.\\./'.repeat(depth)}\\.\\.`;
  const forbidden = Object.keys(LAYERS).filter((other) => other !== layer && !imports.includes(other));
  return [
    ...forbidden.map((other) => ({
      regex: `${src}/${other}(/|$)`,
      message: `src/${layer} must not import src/${other}: ${ADVICE[`${layer}>${other}`] ?? general(imports)}.`,
    })),
    {
      regex: `${src}(/?|/index)$|^(\\.\\./)+(src|lib)(/|$)|^ml-platform-constructs(/|$)`,
      message: 'The library must not import its own entry point: import the file that declares the name.',
    },
    terraform ? PROVIDER_BARREL : { regex: '^(cdktf|@cdktf/.*)$', message: `src/${layer} ${TERRAFORM_ADVICE}` },
  ];
}

function general(imports) {
  return imports.length > 0
    ? `it may import ${imports.join(', ')}; move what is shared down into one of these`
    : 'it is the bottom layer; move what is shared into it';
}

/** Patterns for the operators, whose image has no Terraform code in it. */
function operatorImports() {
  const forbidden = Object.keys(LAYERS).filter((layer) => !OPERATORS.mayImport.includes(layer));
  return [
    {
      regex: `(^|/)(src|lib)/(${forbidden.join('|')})(/|$)`,
      message: `Operators may import src/${OPERATORS.mayImport.join(', src/')} only: their image has no Terraform code in it.`,
    },
    {
      regex: '^ml-platform-constructs$',
      message: `The whole library loads cdktf: import a folder of it (${OPERATORS.mayImport.join(', ')}).`,
    },
    { regex: '^(cdktf|@cdktf/.*)$', message: 'Operators must not know Terraform: their image has none of it.' },
  ];
}

module.exports = { DEEPEST, LAYERS, OPERATORS, PROVIDER_BARREL, importRules, operatorImports };
