/** The tidying that all mappings share. */
export { fold, tidy } from '../text/visible.ts';
