/** `npm run test:browser`: what needs a browser, and nothing else. */
import config from './jest.config.js';

export default {
  ...config,
  testMatch: ['**/*.browser.ts'],
  // One system and one browser for all files: each has its own agencies, people and faults.
  globalSetup: './tests/browser/global-setup.ts',
  globalTeardown: './tests/browser/global-teardown.ts',
};
