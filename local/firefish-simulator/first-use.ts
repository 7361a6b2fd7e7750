/** Profiles that exist without being created first, for people who try the system by hand. */
import type { Profile } from './credentials/profiles.ts';

/** The profile that exists from the start. */
export const DEMO_PROFILE: Profile = { clientId: 'ff-demo', clientSecret: 'ff-demo-secret' };

/** Any client id `ff-…` with the secret `<clientId>-secret`, with its own agency. */
export const profileOnFirstUse = (clientId: string, clientSecret: string): Profile | undefined =>
  clientId.startsWith('ff-') && clientSecret === `${clientId}-secret`
    ? { clientId, clientSecret }
    : undefined;
