import type { RateLimit } from '../config.ts';
import { stretch, type Window } from './windows.ts';

/**
 * The token endpoint's windows, longer by two seconds for clocks that differ and one for requests that take
 * their time. Tokens are few (thirty an hour), so that this costs nothing that counts.
 */
const MARGIN_MS = 3000;

export const tokenWindows = (limits: readonly RateLimit[]): Window[] => stretch(limits, () => MARGIN_MS);
