import type { Check } from '../look.ts';

export const repeatsChangeNothing: Check = {
  name: 'sending everything a second time changed nothing and wrote nothing',
  problems: ({ after, repeated, writesByRepeats }) => [
    ...(JSON.stringify(after) === JSON.stringify(repeated) ? [] : ['Firefish is not as it was before']),
    ...(writesByRepeats === 0 ? [] : [`${writesByRepeats} writes reached Firefish`]),
  ],
};
