/** How many entries a page of a list has at most; one with fewer is the last. The longest entries have 3 kB each. */
export const ENTRIES_PER_PAGE = 1_000;
