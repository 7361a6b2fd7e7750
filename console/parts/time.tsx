/** Instants and spans in words, in the reader's own time zone. */
import type { JSX } from 'preact';

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** "06:15" today, else "24 Nov 2026, 06:15". */
export function timeWords(at: Date, now: Date, seconds = false): string {
  const time = (seconds ? SECONDS : TIME).format(at);
  return at.toDateString() === now.toDateString() ? time : `${DAY.format(at)}, ${time}`;
}

export const clockTime = (iso: string): string => TIME.format(new Date(iso));

export function When({ at, seconds = false }: { at: string; seconds?: boolean }): JSX.Element {
  const date = new Date(at);
  return (
    <time dateTime={at} title={FULL.format(date)}>
      {timeWords(date, new Date(), seconds)}
    </time>
  );
}

const NUMBER = new Intl.NumberFormat('en-GB');
export const number = (value: number): string => NUMBER.format(value);

/** "1 event", "2,000 events". */
export const count = (value: number, noun: string): string =>
  `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
