/** Jest on native ESM; swc strips the types, so the tests run what Node runs. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  setupFiles: ['<rootDir>/tests/support/environment.ts'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Jest leaves one core to itself, and so one worker on two cores: twice the time.
  maxWorkers: 2,
  // Only what hangs takes that long: a machine that is busy must not fail what is right.
  testTimeout: 60_000,
};
