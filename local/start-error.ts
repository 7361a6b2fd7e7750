/** `npm start` can't continue. The message is one line for the person at the terminal and says what to do. */
export class StartError extends Error {
  override name = 'StartError';
}

/** The words of whatever was thrown, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
