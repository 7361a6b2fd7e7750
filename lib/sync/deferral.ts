import { NotNowError, UnavailableError, UnknownOutcomeError } from '../firefish/errors.ts';
import { LostClaimError } from './claims.ts';
import type { SyncContext } from './context.ts';
import { LATE_MS } from './margins.ts';
import type { Deferral } from './outcome.ts';
import { BusyError } from './person-lease.ts';

/** A person whom another worker has is tried again after about this long. */
const BUSY_MS = 3_000;
/** A read that failed once is tried again after about this long; from then on the breaker decides. */
const UNAVAILABLE_MS = 5_000;

/** Until when the events wait because of this error; nothing where it is none to wait for. */
export function deferralFor(
  { clock, random, callTimeoutMs }: SyncContext,
  error: unknown,
): Deferral | undefined {
  const now = clock.now();
  const jitter = (milliseconds: number): number => now + milliseconds * (0.75 + random() / 2);
  if (error instanceof NotNowError) return { at: error.retryAt, reason: error.reason, tenantWide: true };
  if (error instanceof UnavailableError)
    return { at: jitter(UNAVAILABLE_MS), reason: 'outage', tenantWide: false };
  if (error instanceof UnknownOutcomeError) {
    return {
      at: Math.max(now, error.sentAt + callTimeoutMs + LATE_MS),
      reason: 'settling',
      tenantWide: false,
    };
  }
  if (error instanceof BusyError || error instanceof LostClaimError) {
    return { at: jitter(BUSY_MS), reason: 'busy', tenantWide: false };
  }
  return undefined;
}
