import * as z from 'zod';
import { readAddress } from '../events/addresses.ts';

/** An e-mail address as a person types it; its normalised form comes out. */
export const emailOption = z.string().transform((text, context) => {
  const address = readAddress(text);
  if (address !== undefined) return address;
  context.addIssue('must be an e-mail address');
  return z.NEVER;
});
