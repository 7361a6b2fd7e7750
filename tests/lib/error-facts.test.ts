import { describe, expect, test } from '@jest/globals';
import { errorFacts } from '../../lib/error-facts.ts';

describe('a log line about an error', () => {
  test('has its name and where it came from', () => {
    const { cause, stack } = errorFacts(new TypeError('x'));
    expect(cause).toBe('TypeError');
    expect(stack[0]).toContain('error-facts.test.ts');
  });

  test('never has its message, even one that looks like a stack', () => {
    const sent = 'canary\n    at canary (canary.ts:1:1)\n    at canary';
    const facts = [errorFacts(new Error(sent)), errorFacts(parseError(`{"a":\n    at canary}`))];
    const changed = new Error(sent);
    changed.message = 'other';
    facts.push(errorFacts(changed), errorFacts(sent));
    expect(JSON.stringify(facts)).not.toContain('canary');
  });
});

function parseError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
