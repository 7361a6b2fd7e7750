/**
 * One line as a person would have typed it with care: composed accents, one space (a no-break space is one
 * too) between words, none around. Capitals stay, for only the person knows how the name is written.
 */
export const tidy = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();

/** Whether two texts would count as one: the form that comparisons use, never what is written. */
export const fold = (text: string): string => tidy(text).toLowerCase().normalize('NFC');
