const shared = {
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // tests and examples say 'ml-platform-constructs', as a user does
  moduleNameMapper: { '^ml-platform-constructs$': '<rootDir>/src' },
  // the package and what is made of it are no modules of this project
  modulePathIgnorePatterns: ['<rootDir>/(lib|dist|dist-jsii|cdktf.out)/'],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
  globalSetup: '<rootDir>/test/temporary-folder.ts',
};

module.exports = {
  // many tests wait for something: a core that keeps the command itself waiting is a core lost
  maxWorkers: '100%',
  reporters: ['default', '<rootDir>/test/support/slowest-reporter.cjs', '<rootDir>/test/support/not-run-reporter.cjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/(cluster|node|package|tools)/'],
    },
    {
      ...shared,
      displayName: 'package',
      testMatch: ['<rootDir>/test/package/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'tools',
      testMatch: ['<rootDir>/test/tools/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
      globalSetup: '<rootDir>/test/cluster/global-setup.ts',
      globalTeardown: '<rootDir>/test/cluster/global-teardown.ts',
    },
    {
      ...shared,
      displayName: 'node',
      testMatch: ['<rootDir>/test/node/**/*.test.ts'],
      globalSetup: '<rootDir>/test/node/global-setup.ts',
      globalTeardown: '<rootDir>/test/node/global-teardown.ts',
    },
  ],
};
