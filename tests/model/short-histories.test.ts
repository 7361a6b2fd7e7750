import { checkHistories } from './check-histories.ts';

// Short ones find most mistakes, and shrink best.
checkHistories(14, 300);
