/** Every hand-made case, for the model and for the real system. */
import type { Case } from './cases/case.ts';
import { EVENT_CASES } from './cases/events.ts';
import { RULE_CASES } from './cases/rules.ts';
import { SETTING_CASES } from './cases/settings.ts';

export const CASES: readonly Case[] = [...EVENT_CASES, ...RULE_CASES, ...SETTING_CASES];
