/** When something happened: RFC 3339 in UTC with nine digits below the second. */

/** RFC 3339 in UTC, nanoseconds: `2026-11-23T10:15:30.120000000Z`. */
export type Instant = string & { readonly brand: 'Instant' };

export const OCCURRED_AT_FORMS =
  'must be an RFC 3339 date and time with a time zone, or Unix seconds or milliseconds';
const MAX_LENGTH = 64;
const FINE_DIGITS = 9;
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)t(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;
const UNIX = /^(\d{1,16})(?:\.(\d+))?$/;
/** From this number on it means milliseconds: as seconds it would be the year 5138. */
const FIRST_MILLISECONDS = 10 ** 11;
/** The last instant of year 9999, which is the last that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799;

/** @param fraction digits below the second; beyond nanoseconds they are cut off */
function toInstant(seconds: number, fraction: string): Instant | undefined {
  const date = new Date(seconds * 1000);
  // Years outside of 0 to 9999 (by a time zone) have another form.
  if (seconds > LAST_SECOND || date.getUTCFullYear() < 0) return undefined;
  const digits = fraction.slice(0, FINE_DIGITS).padEnd(FINE_DIGITS, '0');
  return `${date.toISOString().slice(0, 19)}.${digits}Z` as Instant;
}

function readRfc3339(text: string): Instant | undefined {
  const found = RFC_3339.exec(text);
  if (found === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = found;
  // A leap second is read as the last instant of the second before.
  const isLeap = second === '60';
  const local = `${year}-${month}-${day}T${hour}:${minute}:${isLeap ? '59' : second}`;
  const seconds = Date.parse(`${local}Z`) / 1000;
  // An invalid date (30 February, hour 24) is changed by the conversion.
  if (Number.isNaN(seconds) || !new Date(seconds * 1000).toISOString().startsWith(local)) return undefined;
  const [, , , , , , , , sign, hours = '0', minutes = '0'] = found;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === '-' ? -1 : 1);
  return toInstant(seconds - offset, isLeap ? '9'.repeat(FINE_DIGITS) : fraction);
}

function readUnix(text: string): Instant | undefined {
  const [, whole = '', fraction = ''] = UNIX.exec(text) ?? [];
  if (whole === '') return undefined;
  const value = Number(whole);
  if (value < FIRST_MILLISECONDS) return toInstant(value, fraction);
  return toInstant(Math.floor(value / 1000), `${whole.slice(-3)}${fraction}`);
}

/** Reads an instant as a sender writes it; `undefined` if it is invalid. */
export function readInstant(raw: unknown): Instant | undefined {
  if (typeof raw === 'number') {
    if (!Number.isFinite(raw) || raw < 0 || Object.is(raw, -0)) return undefined;
    // Numbers below a millionth are written with an exponent.
    return readUnix(raw < 1e-6 ? '0' : String(raw));
  }
  if (typeof raw !== 'string' || raw.length > MAX_LENGTH) return undefined;
  const text = raw.trim();
  return readRfc3339(text) ?? readUnix(text);
}

export const instantAt = (milliseconds: number): Instant =>
  `${new Date(milliseconds).toISOString().slice(0, -1)}000000Z` as Instant;

/** Epoch milliseconds. */
export const millisecondsOf = (instant: Instant): number => Date.parse(`${instant.slice(0, 23)}Z`);
