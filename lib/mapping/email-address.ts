import { fold } from './tidy.ts';

/** RFC 5321's bounds: 64 before the @, 254 in all. Letters of any script, since addresses may be international. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"]{1,64}@(?:[\p{L}\p{M}\p{N}-]{1,63}\.)+[\p{L}\p{M}\p{N}-]{2,63}$/u;
const MAX_LENGTH = 254;

/** The form that identifies an address: trimmed, case folded. `undefined` for what is no address. */
export function normaliseEmail(text: string): string | undefined {
  const address = fold(text);
  return address.length <= MAX_LENGTH && ADDRESS.test(address) ? address : undefined;
}

/** What stands behind the last @ of a normalised address. */
export const emailDomain = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** The addresses among these texts, normalised, each once, in their order: the first is the primary one. */
export function emailAddressesOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map(normaliseEmail).filter((address) => address !== undefined))];
}
