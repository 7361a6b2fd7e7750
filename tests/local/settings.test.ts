import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../local/stack/settings.ts';
import { StartError } from '../../local/start-error.ts';

describe('settings of npm start', () => {
  test('have defaults: port 4000, data in memory, everything embedded, Firefish’s own limits', () => {
    const settings = readSettings({});

    expect(settings).toMatchObject({
      port: 4000,
      dataDirectory: undefined,
      endpoints: { sqs: undefined, dynamoDb: undefined, lambda: undefined },
      firefishUrl: undefined,
      logLevel: 'WARN',
    });
    expect(settings.firefish.FIREFISH_RATE_LIMITS).toEqual([
      { calls: 10, windowMs: 1000 },
      { calls: 200, windowMs: 60_000 },
      { calls: 3000, windowMs: 3_600_000 },
    ]);
  });

  test('treat an empty variable as unset', () => {
    const settings = readSettings({ PORT: '', DATA_DIR: '', FIREFISH_API_URL: '', AWS_ENDPOINT_URL_SQS: '' });

    expect(settings.port).toBe(4000);
    expect(settings.dataDirectory).toBeUndefined();
    expect(settings.endpoints.sqs).toBeUndefined();
    expect(settings.firefishUrl).toBeUndefined();
  });

  test.each([
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '4e3'],
    ['AWS_ENDPOINT_URL_SQS', 'localhost:4566'],
    ['AWS_ENDPOINT_URL_DYNAMODB', 'ftp://localhost'],
    ['AWS_ENDPOINT_URL_LAMBDA', 'here'],
    ['FIREFISH_API_URL', 'api.firefishsoftware.com'],
    ['FIREFISH_API_URL', 'http://firefish.example'],
    ['FIREFISH_RATE_LIMITS', 'ten a second'],
    ['FIREFISH_TOKEN_LIMITS', '10/1d'],
    ['FIREFISH_TIMEOUT_MS', 'soon'],
    ['LOG_LEVEL', 'LOUD'],
  ])('refuse a malformed %s (%s) by its name, in one line', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(StartError);
    expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^${name}: [^\n]+$`));
  });
});
