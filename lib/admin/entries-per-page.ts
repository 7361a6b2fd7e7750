/**
 * The maximum number of entries on a page of a list. A page with fewer is the last one. The longest entries have 3 kB
 * each.
 */
export const ENTRIES_PER_PAGE = 1_000;
