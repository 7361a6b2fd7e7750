/** What other systems refuse: half a character, the character NUL, endless nesting. */

const MAX_DEPTH = 64;

interface Unstorable {
  path: string[];
  message: string;
}

export function findUnstorable(value: unknown, path: string[] = []): Unstorable[] {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return [{ path, message: 'must be well-formed Unicode (lone surrogate)' }];
    return value.includes('\0') ? [{ path, message: 'must not contain the character NUL' }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (path.length > MAX_DEPTH) return [{ path, message: 'must not be nested so deep' }];
  return Object.entries(value).flatMap(([step, inner]) => findUnstorable(inner, [...path, step]));
}
