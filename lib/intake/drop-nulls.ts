/**
 * `null` means "not said", like absence: it is taken out at every depth. A list that held nothing else is "not
 * said" as well, since an empty list would mean "cleared". Nesting must have been bounded before.
 */
export function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    const said = value.map(dropNulls).filter((element) => element !== null && element !== undefined);
    return said.length === 0 && value.length > 0 ? undefined : said;
  }
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries makes own properties of every name, `__proto__` too.
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, dropNulls(inner)] as const)
      .filter(([, inner]) => inner !== null && inner !== undefined),
  );
}
