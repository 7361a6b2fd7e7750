/** Which values a field accepts, and how they are stored. */
import type { FieldType } from './fields.ts';
import { ADDRESS_PARTS, type SimValue } from './records.ts';

export const LEGAL_BASES = [
  'consent-request',
  'consent-provided',
  'legitimate-interest',
  'not-applicable-at-this-stage',
];

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';

const CHECKS: Record<FieldType, { wants: string; holds: (value: unknown) => boolean }> = {
  text: { wants: 'a string', holds: isText },
  boolean: { wants: 'true or false', holds: (value) => typeof value === 'boolean' },
  reference: { wants: 'the Ref of a company', holds: (value) => value === null || Number.isInteger(value) },
  address: { wants: 'an address', holds: (value) => value === null || isObject(value) },
  skills: {
    wants: 'a string or a list of strings',
    holds: (value) =>
      isText(value) || (Array.isArray(value) && value.every((skill) => typeof skill === 'string')),
  },
  'legal-basis': { wants: 'a legal basis', holds: isText },
};

function addressMistakes(name: string, parts: Record<string, unknown>): [string, string][] {
  return Object.entries(parts).flatMap(([part, value]): [string, string][] => {
    const path = `${name}.${part}`;
    if (!(ADDRESS_PARTS as readonly string[]).includes(part))
      return [[path, `${path} is not a known field.`]];
    return isText(value) ? [] : [[path, `${path} must be a string.`]];
  });
}

/** What is wrong with a value: the field's path and the message. */
export function mistakes(name: string, type: FieldType, value: unknown): [string, string][] {
  const { wants, holds } = CHECKS[type];
  if (!holds(value)) return [[name, `The field ${name} must be ${wants}.`]];
  return type === 'address' && isObject(value) ? addressMistakes(name, value) : [];
}

const unset = (text: unknown): string | null => (typeof text === 'string' && text !== '' ? text : null);

export const emptyAddress = (): Record<string, string | null> =>
  Object.fromEntries(ADDRESS_PARTS.map((part) => [part, null]));

const isAddress = (value: SimValue): value is Record<string, string | null> => isObject(value);

/** The value as it is stored: an empty text unsets the field, and only the sent parts of an address change. */
export function kept(type: FieldType, value: unknown, before: SimValue): SimValue {
  if (type === 'address') {
    if (!isObject(value)) return emptyAddress();
    const parts = Object.entries(value).map(([part, text]) => [part, unset(text)] as const);
    return { ...emptyAddress(), ...(isAddress(before) ? before : {}), ...Object.fromEntries(parts) };
  }
  // `mistakes` has refused every value of another type.
  return value === '' ? null : (value as SimValue);
}
