import { describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../../lib/config.ts';

const read = (url: string): string =>
  readConfig(['FIREFISH_API_URL'], { FIREFISH_API_URL: url }).FIREFISH_API_URL;

describe('the address of Firefish', () => {
  test.each([
    'https://api.firefishsoftware.com',
    'https://firefish.example:8443/base',
    'http://127.0.0.1:4001',
    'http://127.1.2.3',
    'http://localhost:4001',
    'http://[::1]:4001',
  ])('can be %s', (url) => {
    expect(read(url)).toBe(url);
  });

  test.each([
    'http://api.firefishsoftware.com',
    'http://10.0.0.5:4001',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evil.example#127.0.0.1',
    'http://user:127.0.0.1@evil.example',
    'ftp://127.0.0.1',
    'api.firefishsoftware.com',
  ])('must not be %s: secrets and personal data would be sent in plain text', (url) => {
    expect(() => read(url)).toThrow(ConfigError);
    expect(() => read(url)).toThrow(/^FIREFISH_API_URL: /);
  });
});
