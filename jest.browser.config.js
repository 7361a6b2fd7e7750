/** `npm run test:browser`: what needs a browser, and nothing else. */
import config from './jest.config.js';

export default {
  ...config,
  testMatch: ['**/*.browser.ts'],
  globalSetup: './tests/browser/need-chromium.ts',
  // Each file has a whole system and a browser of its own.
  maxWorkers: 1,
  testTimeout: 45_000,
};
