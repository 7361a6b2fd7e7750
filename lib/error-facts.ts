/** What a log can have of an error: its name, and where it came from. Its message can contain what was sent. */
interface ErrorFacts {
  cause: string;
  stack: string[];
}

/** Enough frames to see the path. */
const FRAMES = 8;

export const errorFacts = (error: unknown): ErrorFacts =>
  error instanceof Error ? { cause: error.name, stack: framesOf(error) } : { cause: typeof error, stack: [] };

/** The stack begins with the message, which can look like frames: only what follows it is used, or nothing. */
function framesOf({ message, stack = '' }: Error): string[] {
  const at = stack.indexOf(message);
  if (at < 0) return [];
  return stack
    .slice(at + message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES);
}
