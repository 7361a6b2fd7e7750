import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defaultProvider } from '../../../lib/aws/lambda-credentials.ts';

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

describe('the credentials of a deployed function', () => {
  let before: (string | undefined)[];
  const clear = () => {
    for (const name of NAMES) Reflect.deleteProperty(process.env, name);
  };
  beforeEach(() => {
    before = NAMES.map((name) => process.env[name]);
    clear();
  });
  afterEach(() => {
    clear();
    NAMES.forEach((name, index) => {
      if (before[index] !== undefined) process.env[name] = before[index];
    });
  });

  it('are those of its role, as Lambda sets them', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'ASIA';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    process.env.AWS_SESSION_TOKEN = 'session';
    await expect(defaultProvider()()).resolves.toEqual({
      accessKeyId: 'ASIA',
      secretAccessKey: 'secret',
      sessionToken: 'session',
    });
  });

  it('do not need a session token', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'AKIA';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    await expect(defaultProvider()()).resolves.toEqual({ accessKeyId: 'AKIA', secretAccessKey: 'secret' });
  });

  it('cause an error if they are missing', async () => {
    await expect(defaultProvider()()).rejects.toThrow('AWS_ACCESS_KEY_ID');
  });
});
