import { checkHistories } from './check-histories.ts';

// Long ones find what takes many events to meet.
checkHistories(60, 40);
