/** SQL's LIKE with the pattern `%text%`, not case-sensitive; `%` and `_` in the text act as wildcards. */

const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

function wildcardPattern(text: string): RegExp {
  const source = text
    .replaceAll(SPECIAL, String.raw`\$&`)
    .replaceAll(/%+/g, '.*')
    .replaceAll('_', '.');
  return new RegExp(source, 'su');
}

export function like(text: string, { wildcards = true } = {}): (value: string) => boolean {
  const folded = text.toLowerCase();
  if (!wildcards || !/[%_]/.test(folded)) return (value) => value.toLowerCase().includes(folded);
  const pattern = wildcardPattern(folded);
  return (value) => pattern.test(value.toLowerCase());
}
