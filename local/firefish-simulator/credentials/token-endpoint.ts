/** `POST /authorization/token`: OAuth 2.0 client credentials, and its own limits. */
import type { RateLimit } from '../../../lib/config.ts';
import { json, Refused, tooMany } from '../answers.ts';
import type { Profiles, StoredProfile } from './profiles.ts';
import type { Quirks } from '../quirks.ts';
import { SlidingWindows } from '../sliding-windows.ts';

export const TOKEN_ENDPOINT = 'POST /authorization/token';

const TOKEN_SECONDS = 599;
const SHORT_TOKEN_SECONDS = 60;

const oauthError = (status: number, error: string, description?: string): Refused =>
  new Refused(status, { error, ...(description !== undefined && { error_description: description }) });

export class TokenEndpoint {
  readonly #profiles: Profiles;
  readonly #quirks: Quirks;
  // Addresses and client ids are limited separately: equal texts must not share a count.
  readonly #byAddress: SlidingWindows;
  readonly #byClient: SlidingWindows;
  #refusedScopes = 0;

  constructor(profiles: Profiles, limits: readonly RateLimit[], quirks: Quirks) {
    this.#profiles = profiles;
    this.#quirks = quirks;
    this.#byAddress = new SlidingWindows(limits);
    this.#byClient = new SlidingWindows(limits);
  }

  /** @param asDate the form of `Retry-After` */
  answer(form: URLSearchParams, from: string, now: number, asDate: () => boolean): Response {
    const clientId = form.get('client_id') ?? '';
    this.#admit(clientId, from, now, asDate);
    if (form.get('grant_type') !== 'client_credentials') throw oauthError(400, 'unsupported_grant_type');
    const profile = this.#profiles.open(clientId, form.get('client_secret') ?? '');
    if (profile === undefined) throw oauthError(401, 'invalid_client');
    const scopes = this.#scopes(profile, form.get('scope') ?? '');
    const seconds = this.#quirks.shortTokens ? SHORT_TOKEN_SECONDS : TOKEN_SECONDS;
    const token = this.#profiles.issue(profile, scopes, now + seconds * 1000);
    return json({ access_token: token, token_type: 'bearer', expires_in: seconds }, 200, {
      'cache-control': 'no-store',
    });
  }

  #admit(clientId: string, from: string, now: number, asDate: () => boolean): void {
    const opensAt = Math.max(this.#byAddress.opensAt(from, now), this.#byClient.opensAt(clientId, now));
    const permitted = opensAt <= now;
    if (permitted) {
      this.#byAddress.count(from, now);
      this.#byClient.count(clientId, now);
    }
    if (!permitted) throw tooMany(opensAt, now, asDate());
  }

  #scopes(profile: StoredProfile, text: string): ReadonlySet<string> {
    const asked = text.split(' ').filter((scope) => scope !== '');
    const refused = asked.filter((scope) => !profile.scopes.has(scope));
    if (this.#quirks.unknownScopesIgnored) {
      return new Set(asked.filter((scope) => profile.scopes.has(scope)));
    }
    if (asked.length > 0 && refused.length === 0) return new Set(asked);
    // "Naming it or not": in turn, so that nobody relies on the name.
    this.#refusedScopes += 1;
    const named = this.#refusedScopes % 2 === 1 && refused.length > 0;
    throw oauthError(400, 'invalid_scope', named ? `Unknown scope: ${refused.join(' ')}` : undefined);
  }
}
