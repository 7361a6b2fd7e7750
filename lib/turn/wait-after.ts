/** Which errors of Firefish make one group wait, and until when. */
import { ConflictedError, FailedError, UnavailableError, UnknownOutcomeError } from '../firefish/errors.ts';
import { LATE_MS, UNAVAILABLE_PAUSE_MS } from '../times.ts';
import type { GroupResult, TurnContext } from './turn-context.ts';

type Waits = Extract<GroupResult, { kind: 'waits' }>;

/**
 * The wait of the group whose work ended with this error; undefined where it is no reason to wait. A wait of the whole
 * tenant (NotNowError) passes on to the turn, and so do errors of ours.
 */
export function waitAfter(
  { clock, random, callTimeoutMs }: Pick<TurnContext, 'clock' | 'random' | 'callTimeoutMs'>,
  error: unknown,
): Waits | undefined {
  const now = clock.now();
  const soon = now + UNAVAILABLE_PAUSE_MS * (0.75 + random() / 2);
  if (error instanceof UnknownOutcomeError) {
    return {
      kind: 'waits',
      until: Math.max(now, error.sentAt + callTimeoutMs + LATE_MS),
      reason: 'settling',
    };
  }
  if (error instanceof ConflictedError) return { kind: 'waits', until: soon, reason: 'conflict' };
  if (error instanceof UnavailableError || error instanceof FailedError) {
    return { kind: 'waits', until: soon, reason: 'outage' };
  }
  return undefined;
}
