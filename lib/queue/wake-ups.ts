/**
 * The message on the queue: "look at this tenant", and nothing else. A wake-up has no personal data. It can come twice,
 * late or never, and several at once do no harm.
 */
import type { TenantId } from '../ids.ts';
export interface WakeUp {
  tenantId: TenantId;
  /** Seconds until it is delivered, 0 to 900; default 0. */
  delaySeconds?: number;
}

export interface WakeUps {
  /** Returns the wake-ups that could not be sent. Never throws. */
  send(wakeUps: readonly WakeUp[]): Promise<WakeUp[]>;
}
