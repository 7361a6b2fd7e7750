/** Signing out ends a person's tokens on the server: tokens that were issued before are no longer accepted. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { Problem } from '../../http/problem.ts';
import { json } from '../../http/response.ts';
import { signOutKey } from '../../store/keys.ts';
import { SIGN_OUT_KEPT_SECONDS, SIGN_OUT_MS } from '../../times.ts';
import { type Key, type Table, update } from '../../store/table.ts';
import { callerId, type Principal } from './principal.ts';
import { NOTHING, readInput } from '../read-input.ts';
import type { Endpoint } from '../router.ts';
import { readOptions } from '../run-act.ts';

const keyOf = (principal: Principal): Key =>
  signOutKey(createHash('sha256').update(callerId(principal)).digest('base64url'));

export class SignOuts {
  readonly #table: Table;
  readonly #clock: Clock;

  /** @param table the credentials table */
  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** A token that the provider dates later than our clock is also covered. */
  async note(principal: Principal): Promise<void> {
    const key = keyOf(principal);
    const now = Math.floor(this.#clock.now() / 1000);
    const at = Math.max(now, principal.issuedAt);
    await update(this.#table, key, (current) =>
      Number(current?.['signedOutAt'] ?? 0) >= at
        ? undefined
        : { ...key, signedOutAt: at, expiresAt: at + SIGN_OUT_KEPT_SECONDS },
    );
  }

  /** @throws Problem `unauthorized` if the person has signed out since the token was issued */
  async refuseOld(principal: Principal): Promise<void> {
    const signedOutAt = Number((await this.#table.get(keyOf(principal)))?.['signedOutAt'] ?? -1);
    if (principal.issuedAt > signedOutAt) return;
    throw new Problem('unauthorized', 'You have signed out: sign in to the console at /console.');
  }
}

export const signOut =
  ({ signOuts, clock }: { signOuts: SignOuts; clock: Clock }): Endpoint =>
  async (request) => {
    readInput(NOTHING, readOptions(request));
    await signOuts.note(request.principal);
    await clock.sleep(SIGN_OUT_MS);
    return json(200, {});
  };
