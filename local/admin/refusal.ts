import type { Command } from './command.ts';

/** Wrong usage, with the command that shows the help. */
export const wrongUsage = (verb: string, message: string): string =>
  `${message}\nnpm run admin -- ${verb} --help tells what there is`;

/**
 * The function's message about a payload, with the names of the command line: `set.addWhen.candidate: …` is about
 * `--set`. The function joins several messages with `; `.
 */
export function inOptions(message: string, { options }: Command): string {
  const names = new Map(Object.entries(options).map(([name, { payload }]) => [payload, name]));
  return message.replaceAll(
    /(^|; )(\w+)(?:\.([\w.]+))?: /g,
    (all, start: string, payload: string, path?: string) => {
      const name = names.get(payload);
      if (name === undefined) return all;
      return `${start}--${name}${path === undefined ? '' : `, ${path}`}: `;
    },
  );
}
