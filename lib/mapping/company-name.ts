import { fold } from './tidy.ts';

/**
 * What makes two company names one: trimming, case folding and collapsed spaces, nothing more. "Acme Ltd"
 * and "Acme Limited" stay two companies, since merging two clients that only look alike is the worse error.
 */
export const normaliseCompanyName = (name: string): string => fold(name);

/** What is kept of a name: the tenant's keyed hash of it. A company may be named after a person. */
export const companyNameHash = (hash: (value: string) => string, name: string): string =>
  hash(`company ${normaliseCompanyName(name)}`);
