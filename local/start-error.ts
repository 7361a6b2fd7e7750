/** `npm start` can't continue. The message is one line for the person at the terminal and says what to do. */
export class StartError extends Error {
  override name = 'StartError';
}

/** The message of any thrown value, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
