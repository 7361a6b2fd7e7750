/**
 * The calls that a tenant's turns have made within the last hour, as stored in the turn record. Firefish is not called.
 */
import type { TenantId } from '../../ids.ts';
import { type CallsMade, callsIn } from '../../firefish/rate-limiter.ts';
import { openMemory, type TurnItem } from '../../turn/turn-record.ts';
import type { ConsoleServices } from '../services.ts';

export type { CallsMade } from '../../firefish/rate-limiter.ts';

export async function callsMade(
  services: Pick<ConsoleServices, 'cipher' | 'clock'>,
  tenantId: TenantId,
  turn: TurnItem | undefined,
): Promise<CallsMade[]> {
  if (turn === undefined) return [];
  const { memory } = await openMemory(services, tenantId, turn);
  return memory?.limits === undefined ? [] : callsIn(memory.limits, turn.savedAt);
}

/** How many of these calls left since then. */
export const callsSince = (runs: CallsMade['runs'], since: number): number =>
  runs.reduce((sum, [at, calls]) => (at >= since ? sum + calls : sum), 0);

/** @param places how many the window has; undefined if there is no such limit */
export const placesTaken = (runs: CallsMade['runs'], since: number, places = Infinity): number =>
  Math.min(callsSince(runs, since), places);
