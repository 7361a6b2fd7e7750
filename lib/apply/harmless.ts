import { ConflictedError, NotFoundError, NotNowError, RefusedError } from '../firefish/errors.ts';
import { TurnOverError } from '../turn-over-error.ts';

/** Errors after which it is certain that the call changed nothing. */
export const isHarmless = (error: unknown): boolean =>
  [RefusedError, ConflictedError, NotNowError, NotFoundError, TurnOverError].some(
    (one) => error instanceof one,
  );
