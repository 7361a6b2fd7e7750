/** `npm run test:browser`: what needs a browser, and nothing else. */
import config from './jest.config.js';

export default {
  ...config,
  testMatch: ['**/*.browser.ts'],
  globalSetup: './tests/browser/global-setup.ts',
  globalTeardown: './tests/browser/global-teardown.ts',
  // They share a system and a browser.
  maxWorkers: 1,
  testTimeout: 45_000,
};
