/** What a log may hold of an error: its name, and where it came from. Its message may hold what someone sent. */
interface ErrorFacts {
  cause: string;
  stack: string[];
}

/** Frames enough to see which way led there. */
const FRAMES = 8;

export const errorFacts = (error: unknown): ErrorFacts =>
  error instanceof Error ? { cause: error.name, stack: framesOf(error) } : { cause: typeof error, stack: [] };

/** The stack begins with the message, which can look like frames: what follows it is taken, or nothing at all. */
function framesOf({ message, stack = '' }: Error): string[] {
  const at = stack.indexOf(message);
  if (at < 0) return [];
  return stack
    .slice(at + message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES);
}
