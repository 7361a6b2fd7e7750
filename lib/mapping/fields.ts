/** Field values by Firefish's own names, as sent. An empty string clears a field. */
export type Fields = Record<string, FieldValue>;
export type FieldValue = string | number | boolean | string[] | { [part: string]: string };
