import { decodeHTML } from 'entities/decode';

/** HTML entities become the characters that they stand for, once: `D&#39;Arcy &amp; Sons`. */
export const decodeEntities = (text: string): string => (text.includes('&') ? decodeHTML(text) : text);
