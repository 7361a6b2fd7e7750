import * as z from 'zod';
import { readAddress } from '../../events/reading/addresses.ts';

const CONTROL = /\p{Cc}/u;

/** Reads an e-mail address as a person types it; returns its normalised form. */
export const emailOption = z.string().transform((text, context) => {
  // Text around the address was copied by mistake. A control character inside makes the address invalid.
  const address = CONTROL.test(text.trim()) ? undefined : readAddress(text);
  if (address !== undefined) return address;
  context.addIssue('must be an e-mail address');
  return z.NEVER;
});
