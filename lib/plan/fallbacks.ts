/** Optional values that Firefish has refused: the write is tried once more without them (rules 12 and 13). */
import type { RefusedError } from '../firefish/errors.ts';

export type Fallback = 'OwnerUserEmail' | 'Source' | 'CompanyRef';

/** How Firefish names them; in ModelState by the field, in a message in words. */
const NAMED: Record<Fallback, RegExp> = {
  OwnerUserEmail: /OwnerUserEmail|\bowner\b/i,
  Source: /\bsource\b/i,
  CompanyRef: /CompanyRef|\b(?:company|employer)\b/i,
};

/** Which of the fields that were sent the refusal names. */
export function refusedFields({ words }: RefusedError, sent: readonly string[]): Fallback[] {
  const fallbacks: Fallback[] = ['OwnerUserEmail', 'Source', 'CompanyRef'];
  return fallbacks.filter((field) => sent.includes(field) && NAMED[field].test(words));
}

export const OWNER_REFUSED = 'owner-refused: Firefish does not take this owner; created without one';
export const SOURCE_REFUSED =
  'source-refused: Firefish does not take this source; created with the setting defaultSource';
export const COMPANY_MISSING =
  'company-missing: Firefish has no company of this name, and createCompanies is off';
