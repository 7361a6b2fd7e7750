/** Custom API profiles and the tokens issued to them. */
import { SCOPES } from './scopes.ts';

export interface Profile {
  clientId: string;
  clientSecret: string;
  /** The scopes ticked; default all of them. */
  scopes?: readonly string[];
  /** Whose data it opens; by default an agency named like the client id. */
  agency?: string;
}

export interface StoredProfile {
  clientId: string;
  clientSecret: string;
  scopes: ReadonlySet<string>;
  agency: string;
}

export interface Token {
  profile: StoredProfile;
  scopes: ReadonlySet<string>;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Makes a profile for credentials never seen before, or not. */
export type ProfileOnFirstUse = (clientId: string, clientSecret: string) => Profile | undefined;

export class Profiles {
  readonly #profiles = new Map<string, StoredProfile>();
  readonly #tokens = new Map<string, Token>();
  readonly #removed = new Set<string>();
  readonly #onFirstUse: ProfileOnFirstUse | undefined;
  #issued = 0;

  constructor(onFirstUse?: ProfileOnFirstUse) {
    this.#onFirstUse = onFirstUse;
  }

  /** Adding a client id that is there edits it: the old secret and its tokens die at once. */
  add({ clientId, clientSecret, scopes = SCOPES, agency = clientId }: Profile): void {
    this.#profiles.set(clientId, { clientId, clientSecret, scopes: new Set(scopes), agency });
    this.#removed.delete(clientId);
  }

  remove(clientId: string): void {
    this.#profiles.delete(clientId);
    this.#removed.add(clientId);
  }

  find(clientId: string): StoredProfile | undefined {
    return this.#profiles.get(clientId);
  }

  /** The profile that these credentials open. What was removed never comes back by being used. */
  open(clientId: string, clientSecret: string): StoredProfile | undefined {
    if (!this.#profiles.has(clientId) && !this.#removed.has(clientId)) {
      const profile = this.#onFirstUse?.(clientId, clientSecret);
      if (profile !== undefined) this.add(profile);
    }
    const profile = this.#profiles.get(clientId);
    return profile?.clientSecret === clientSecret ? profile : undefined;
  }

  issue(profile: StoredProfile, scopes: ReadonlySet<string>, expiresAt: number): string {
    this.#issued += 1;
    // A token that outlives this process must not open what the next one gives to someone else.
    const token = `${encodeURIComponent(profile.clientId)}.${expiresAt}.${this.#issued}`;
    this.#tokens.set(token, { profile, scopes, expiresAt });
    return token;
  }

  /** The token, even one that no longer opens anything: a refused call has a caller, too. */
  token(text: string): Token | undefined {
    return this.#tokens.get(text);
  }

  isLive(token: Token, now: number): boolean {
    return now < token.expiresAt && this.#profiles.get(token.profile.clientId) === token.profile;
  }
}
