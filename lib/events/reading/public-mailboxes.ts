/** Domains at which anyone can have a mailbox: an opt-out of such a domain would affect strangers. */
import providers from 'email-providers/all.json' with { type: 'json' };

/** Providers that the list lacks. */
const FURTHER = [
  'fastmail.com',
  'tutanota.com',
  'tuta.com',
  'tuta.io',
  'posteo.de',
  'duck.com',
  'mailfence.com',
  'mail.de',
  'gmx.ch',
  'hispeed.ch',
  'hotmail.ie',
  'madasafish.com',
  'supanet.com',
  'uwclub.net',
  'ziggo.nl',
  'xs4all.nl',
  'iol.pt',
  'vp.pl',
];
/** Reserved for examples (RFC 2606). The list has them, although they have no mailboxes. */
const NO_PROVIDERS = new Set(['example.com', 'example.net', 'example.org']);

let known: ReadonlySet<string> | undefined;

/** @param domain in comparison form */
export function isPublicMailboxProvider(domain: string): boolean {
  known ??= new Set([...providers, ...FURTHER]);
  return known.has(domain) && !NO_PROVIDERS.has(domain);
}
