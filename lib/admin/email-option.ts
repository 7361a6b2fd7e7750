import * as z from 'zod';
import { readAddress } from '../events/addresses.ts';

const CONTROL = /\p{Cc}/u;

/** An e-mail address as a person types it; its normalised form comes out. */
export const emailOption = z.string().transform((text, context) => {
  // What stands around it was copied along; a control character inside is no part of what a person means.
  const address = CONTROL.test(text.trim()) ? undefined : readAddress(text);
  if (address !== undefined) return address;
  context.addIssue('must be an e-mail address');
  return z.NEVER;
});
