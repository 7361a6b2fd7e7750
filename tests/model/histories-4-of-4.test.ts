import { checkHistories } from './check-histories.ts';

checkHistories({ part: 4 });
