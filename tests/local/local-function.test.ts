import { describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { loadFunction, makeFunction } from '../../local/stack/local-function.ts';
import { StartError } from '../../local/start-error.ts';

const make = (handler: (event: unknown, context: Context) => unknown, timeoutMs = 1000) =>
  makeFunction({ name: 'sync', timeoutMs, memoryMb: 512 }, handler);

describe('a function that runs in this process', () => {
  test('gets its event and returns its answer as JSON', async () => {
    const at = new Date(0);
    const answer = await make((event) => ({ event, at, gone: undefined })).invoke({ at });

    expect(answer).toEqual({
      ok: true,
      payload: { event: { at: '1970-01-01T00:00:00.000Z' }, at: '1970-01-01T00:00:00.000Z' },
    });
    expect(await make(() => undefined).invoke({})).toEqual({ ok: true, payload: null });
  });

  test('gets a context with its name, its memory, its own id, and the time left', async () => {
    const contexts: Context[] = [];
    const remaining: number[] = [];
    const sync = make(async (_event, context) => {
      contexts.push(context);
      remaining.push(context.getRemainingTimeInMillis());
      await new Promise((resolve) => setTimeout(resolve, 30));
      remaining.push(context.getRemainingTimeInMillis());
    });
    await sync.invoke({});
    await sync.invoke({});

    expect(contexts[0]).toMatchObject({
      functionName: 'sync',
      memoryLimitInMB: '512',
      functionVersion: '$LATEST',
    });
    expect(contexts[0]!.awsRequestId).not.toBe(contexts[1]!.awsRequestId);
    expect(remaining[0]).toBeGreaterThan(900);
    expect(remaining[1]).toBeLessThan(remaining[0]!);
  });

  test.each([
    [
      'throws',
      (): unknown => {
        throw new RangeError('broken');
      },
    ],
    ['rejects', (): unknown => Promise.reject(new RangeError('broken'))],
  ])('that %s fails with its error’s type and message', async (_what, handler) => {
    expect(await make(handler).invoke({})).toMatchObject({
      ok: false,
      error: { errorType: 'RangeError', errorMessage: 'broken' },
    });
  });

  test('whose answer cannot be JSON fails', async () => {
    expect((await make(() => 10n).invoke({})).ok).toBe(false);
  });

  test('that takes longer than its timeout fails, and its late answer is ignored', async () => {
    expect(await make(() => new Promise(() => undefined), 30).invoke({})).toMatchObject({
      ok: false,
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('timed out after 0.03 seconds'),
      },
    });
  });

  test('that is asked to hurry has no time left, also in the current run', async () => {
    const sync = make(async (_event, context) => {
      const before = context.getRemainingTimeInMillis();
      sync.hurry();
      await Promise.resolve();
      return [before > 0, context.getRemainingTimeInMillis()];
    });

    expect(await sync.invoke({})).toEqual({ ok: true, payload: [true, 0] });
    expect(await sync.invoke({})).toEqual({ ok: true, payload: [false, 0] });
  });
});

test.each([
  ['is not there', 'nowhere.ts'],
  ['exports no handler', '../../temporary-directory.ts'],
])('a module that %s is reported with the function’s name', async (_what, file) => {
  const module = new URL(`fixture/functions/${file}`, import.meta.url);

  await expect(loadFunction({ name: 'sync', module, timeoutMs: 1, memoryMb: 1 })).rejects.toThrow(StartError);
  await expect(loadFunction({ name: 'sync', module, timeoutMs: 1, memoryMb: 1 })).rejects.toThrow(
    /^the function sync can't be loaded: /,
  );
});
