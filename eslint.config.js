const comments = require('@eslint-community/eslint-plugin-eslint-comments/configs');
const eslint = require('@eslint/js');
const tseslint = require('typescript-eslint');
const { PROVIDER_BARREL, importRules, operatorImports } = require('./scripts/lint/layers');

/** The import rules read import and export statements; these are the other ways to name a module. */
const noHiddenImports = [
  'ImportExpression',
  'TSImportType',
  'TSImportEqualsDeclaration',
  'CallExpression[callee.name=require]',
].map((selector) => ({
  selector,
  message: 'Import at the top of the file, where the import rules and jsii can see it.',
}));

module.exports = tseslint.config(
  {
    ignores: [
      'node_modules/',
      'lib/',
      '**/dist/',
      'dist-jsii/',
      'cdktf.out/',
      'coverage/',
      '**/.venv/',
      '**/*.d.ts',
      '**/generated/',
      // a project of its own, compiled by the consumer test
      'test/package/consumer/',
      'test/package/operator/',
      'operators/package/lib/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  comments.recommended,
  {
    rules: {
      // a rule that is switched off is switched off for a reason, by name, and for as few lines as possible
      '@eslint-community/eslint-comments/require-description': 'error',
      '@eslint-community/eslint-comments/no-unlimited-disable': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // constructs are made for their effect on the tree
      'no-new': 'off',
      // jsii has no module-level functions, so factories are static members of classes
      '@typescript-eslint/no-extraneous-class': 'off',
      // numbers in messages and names are meant
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `return resolve()` and `items.forEach((item) => this.add(item))` confuse nobody
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
      // Lazy.any() and Token.asAny() are how a value that is not known yet is given
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // an IConstruct is given where a Construct is asked for: node.scope, node.root
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // FooProps extends BarProps {} keeps a name for what Foo may need later; [...text] is how code points are counted
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // an index signature without noUncheckedIndexedAccess says less than the code that checks knows
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/explicit-member-accessibility': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-syntax': ['error', ...noHiddenImports],
    },
  },
  ...importRules(),
  {
    files: ['operators/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: operatorImports() }] },
  },
  {
    files: ['{test,examples,bench,scripts}/**/*.ts', 'src/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [PROVIDER_BARREL] }] },
  },
  {
    // programs print
    files: ['examples/**', 'bench/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        __dirname: 'readonly',
        console: 'readonly',
        module: 'writable',
        process: 'readonly',
        require: 'readonly',
      },
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // JSON that is read back from YAML is looked into, and functions are async because their type says so
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
