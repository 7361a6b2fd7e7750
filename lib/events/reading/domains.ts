/** A company's domain as people write it: with a scheme, `www.`, a path, an @ in front. */
import { decodeEntities } from '../../text/entities.ts';
import { cut, removeInvisible } from '../../text/visible.ts';
import { asciiDomain } from './addresses.ts';
import { isPublicMailboxProvider } from './public-mailboxes.ts';

export type ReadDomain = { domain: string } | { problem: string };

/** Longer than any company's web address. */
const MAX_LENGTH = 2_000;

/** The host in a text, without the text around it. */
function hostOf(text: string): string {
  const clean = removeInvisible(decodeEntities(cut(text, MAX_LENGTH))).trim();
  const withoutScheme = clean.replace(/^[a-z][a-z0-9+.-]{0,20}:\/\//i, '').replace(/^@/, '');
  const [host = ''] = withoutScheme.split(/[/?#\\]/, 1);
  return host
    .trim()
    .replace(/:\d{1,5}$/, '')
    .replace(/[.,;\u3002]{1,100}$/, '')
    .normalize('NFC');
}

/** A domain in comparison form (ASCII, lower case), or what is wrong, for the sender. */
export function readDomain(text: string): ReadDomain {
  const host = hostOf(text);
  if (host.includes('@')) return { problem: 'must be a domain, not an e-mail address' };
  if (host.includes('*')) return { problem: 'must be a domain without a wildcard, such as client.example' };
  const whole = asciiDomain(host);
  const bare = whole?.startsWith('www.') === true ? (asciiDomain(whole.slice(4)) ?? whole) : whole;
  // The last label of a name is never a number; four numbers are an IP address.
  if (bare === undefined || /\.\d+$/.test(bare))
    return { problem: 'must be a domain, such as client.example' };
  return { domain: bare };
}

/** The domain of one organisation; a public mailbox provider's does not count. */
export function readOwnDomain(text: string): ReadDomain {
  const read = readDomain(text);
  if ('domain' in read && isPublicMailboxProvider(read.domain)) {
    return { problem: `must not be a public mailbox provider's domain: ${read.domain} is one` };
  }
  return read;
}
