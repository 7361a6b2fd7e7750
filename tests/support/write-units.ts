/** The cost of writes in DynamoDB, by its documented formula, because dynalite does not count indexes. */
import type { Item } from '../../lib/store/table.ts';

const UNIT_BYTES = 1024;
const utf8 = new TextEncoder();

/** About the bytes that DynamoDB counts for a value: names and texts in UTF-8, numbers by their digits. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return utf8.encode(value).length;
  if (typeof value === 'number') return Math.ceil(String(value).replace(/[-.]/g, '').length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + sizeOf(one) + 1, 3);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).reduce((sum, [name, one]) => sum + sizeOf(name) + sizeOf(one) + 1, 3);
  }
  return 1;
}

/** The bytes of an item: attribute names and values. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + sizeOf(name) + sizeOf(value), 0);

/** The write units of one put or delete: the larger of the two items in kB, the old and the new one, and each changed index entry. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(...[before, after].map((item) => (item === undefined ? 0 : itemBytes(item))));
  const entry = (item: Item | undefined): string | undefined =>
    item?.indexPk === undefined ? undefined : `${item.indexPk} ${String(item.indexSk)}`;
  const [old, now] = [entry(before), entry(after)];
  const index =
    old === now ? (now === undefined ? 0 : 1) : [old, now].filter((one) => one !== undefined).length;
  return Math.max(1, Math.ceil(bytes / UNIT_BYTES)) + index;
}
