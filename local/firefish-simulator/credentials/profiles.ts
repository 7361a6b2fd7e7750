/** Custom API profiles and the tokens issued to them. */
import { SCOPES } from './scopes.ts';

export interface Profile {
  clientId: string;
  clientSecret: string;
  /** The scopes ticked; default all of them. */
  scopes?: readonly string[];
  /** The agency whose data it uses; by default one named like the client id. */
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

/** Creates a profile for unknown credentials, or returns undefined. */
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

  /** Adding an existing client id replaces it: the old secret and its tokens end at once. */
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

  /** The profile of these credentials. A removed profile is not created again by use. */
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
    // A token of an earlier process must not be valid for a profile of this one.
    const token = `${encodeURIComponent(profile.clientId)}.${expiresAt}.${this.#issued}`;
    this.#tokens.set(token, { profile, scopes, expiresAt });
    return token;
  }

  /** The token, even an expired one: a refused call has a caller, too. */
  token(text: string): Token | undefined {
    return this.#tokens.get(text);
  }

  isLive(token: Token, now: number): boolean {
    return now < token.expiresAt && this.#profiles.get(token.profile.clientId) === token.profile;
  }
}
