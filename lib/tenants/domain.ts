import { isIP } from 'node:net';

const MAX_INPUT = 2_000;
const MAX_HOST = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The host that a person means by their Firefish address, for comparison: without scheme, user, port, path, case and
 * trailing dot; international names as punycode, as browsers have them: a letter of another alphabet makes another
 * name, while a full-width letter or an ideographic full stop counts as the plain one. The host is never called.
 * Returns `undefined` if no host name can be read from, or if the address carries a user
 * (`https://acme.example@other.example`), which an agency's own address never has.
 */
export function normaliseDomain(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_INPUT) return undefined;
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(trimmed) ?? [
    '',
    'https',
    trimmed,
  ];
  if (!/^https?$/i.test(scheme)) return undefined;
  const [authority = ''] = rest.split(/[/?#]/);
  // Refused: a user, encoded characters, what parsers read differently, and invisible characters.
  if (authority === '' || /[@%\\\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(authority))
    return undefined;
  let host: string;
  try {
    host = new URL(`https://${authority}`).hostname;
  } catch {
    return undefined;
  }
  return isHostName(host.replace(/\.$/, '')) ? host.replace(/\.$/, '') : undefined;
}

function isHostName(host: string): boolean {
  const labels = host.split('.');
  return (
    host.length <= MAX_HOST &&
    isIP(host) === 0 &&
    labels.length > 1 &&
    labels.every((label) => LABEL.test(label))
  );
}
