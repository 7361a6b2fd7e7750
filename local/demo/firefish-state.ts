/** Firefish's records for the demo: plain rows, with Firefish's field names. */
import { domainToASCII } from 'node:url';
import type { Kind } from './samples.ts';

export type Row = { Ref: number } & Record<string, unknown>;

export interface FirefishState {
  candidates: Row[];
  contacts: Row[];
  companies: Row[];
  actions: Row[];
}

export const rowsOf = (state: FirefishState, kind: Kind): Row[] =>
  kind === 'candidate' ? state.candidates : state.contacts;

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const folded = (value: unknown): string =>
  text(value).normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();
/** A company's name as far as it makes a difference in the samples. */
export const foldedCompany = (name: unknown): string =>
  folded(
    text(name)
      .replaceAll('&', ' and ')
      .replace(/\bLimited\b|\bLtd\b\.?/gi, 'ltd'),
  );
/** Domains are compared in ASCII form. */
export function addressIn(value: unknown): string {
  const [local = '', domain] = folded(value).split('@');
  return domain === undefined ? '' : `${local}@${domainToASCII(domain)}`;
}
export const addressOf = (row: Row): string => addressIn(row.EmailAddress);
export const domainOf = (address: string): string => address.split('@').at(-1) ?? '';

/** The notes on a record, from the activity log. */
export const notesOn = (state: FirefishState, kind: Kind, ref: number): string[] =>
  state.actions
    .filter((action) => action[kind === 'candidate' ? 'CandidateRef' : 'ContactRef'] === ref)
    .map((action) => text(action.Note));
