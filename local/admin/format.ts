/**
 * A result for people: names and values line by line, nested values are indented, and a list's elements are below each
 * other.
 */
export function format(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    return value.length === 0
      ? `${indent}none`
      : value.map((element) => format(element, indent)).join('\n\n');
  }
  if (typeof value !== 'object' || value === null) return `${indent}${String(value)}`;
  return Object.entries(value)
    .map(([name, inner]) => {
      const written = isPlain(inner) ? ` ${inline(inner)}` : `\n${format(inner, `${indent}  `)}`;
      return `${indent}${name}:${written}`;
    })
    .join('\n');
}

const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Object.keys(value).length === 0 ||
  (Array.isArray(value) && value.every((element) => typeof element !== 'object'));

function inline(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'object') return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
