import { fold } from './tidy.ts';

/**
 * What makes two company names one: trimming, case folding and collapsed spaces, nothing more. "Acme Ltd"
 * and "Acme Limited" stay two companies, since merging two clients that only look alike is the worse error.
 */
export const normaliseCompanyName = (name: string): string => fold(name);
