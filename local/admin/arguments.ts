import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Command, type CommandOption, COMMANDS } from './command.ts';
import { generalHelp, helpFor } from './help.ts';
import { wrongUsage } from './refusal.ts';

const STANDARD_INPUT = 0;

/** The command line was used in the wrong way. */
export class CommandLineError extends Error {
  override name = 'CommandLineError';
}

export type Invocation =
  | { help: string }
  | { verb: string; command: Command; payload: Record<string, unknown>; json: boolean; stage?: string };

/** @throws CommandLineError saying what is wrong and where help is */
export function readArguments(args: readonly string[]): Invocation {
  const [verb, ...rest] = args;
  if (verb === '--help' || verb === '-h' || verb === 'help') return { help: generalHelp() };
  const command = verb !== undefined && Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (verb === undefined || command === undefined) {
    const problem = verb === undefined ? 'a verb is missing' : `there is no verb "${verb}"`;
    throw new CommandLineError(`${problem}\n\n${generalHelp()}`);
  }
  const values = parseOptions(verb, command, rest);
  if (values['help'] === true) return { help: helpFor(verb, command) };
  return {
    verb,
    command,
    payload: { verb, ...readPayload(verb, command, values) },
    json: values['json'] === true,
    ...(typeof values['stage'] === 'string' ? { stage: values['stage'] } : {}),
  };
}

type Values = Record<string, string | boolean | undefined>;

function parseOptions(verb: string, { options }: Command, args: readonly string[]): Values {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    const { values } = parseArgs({
      args: joinDashes(
        args,
        new Set(Object.keys(options).filter((name) => options[name]?.value !== undefined)),
      ),
      options: {
        ...known,
        json: { type: 'boolean' },
        stage: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      strict: true,
      allowPositionals: false,
    });
    return values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The message has a line for each way in which a value can be missing.
    const [, name] = /^Option '(--[\w-]+)(?: <value>)?' argument/.exec(message) ?? [];
    throw wrong(verb, name === undefined ? message : `${name}: its value is missing`);
  }
}

/** `--option -` and `--option -1h` must reach us as values, which parseArgs reads as options. */
const joinDashes = (args: readonly string[], withValue: ReadonlySet<string>): string[] => {
  const isValue = (index: number): boolean =>
    withValue.has(args[index - 1]?.replace(/^--/, '') ?? '') && /^-(?!-|h$)/.test(args[index] ?? '');
  return args.flatMap((arg, index) => {
    if (isValue(index)) return [];
    return isValue(index + 1) ? [`${arg}=${args[index + 1] ?? ''}`] : [arg];
  });
};

function readPayload(verb: string, { options }: Command, values: Values): Record<string, unknown> {
  const given = Object.entries(options).flatMap(([name, option]) => {
    const value = values[name];
    if (value === undefined || value === '') {
      if (option.required === true) throw wrong(verb, `--${name} is missing`);
      return [];
    }
    return [[option.payload, readValue(verb, name, option, value)]];
  });
  return Object.fromEntries(given) as Record<string, unknown>;
}

function readValue(verb: string, name: string, { kind }: CommandOption, value: string | boolean): unknown {
  if (typeof value === 'boolean' || kind === undefined) return value;
  if (kind === 'number') {
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw wrong(verb, `--${name}: must be a number`);
  }
  if (kind === 'secret') return value === '-' ? readFileSync(STANDARD_INPUT, 'utf8').trim() : value;
  try {
    return JSON.parse(readFileSync(value === '-' ? STANDARD_INPUT : value, 'utf8'));
  } catch (error) {
    throw wrong(
      verb,
      `--${name}: ${value === '-' ? 'standard input' : value} can't be read as JSON: ${(error as Error).message}`,
    );
  }
}

const wrong = (verb: string, message: string): CommandLineError =>
  new CommandLineError(wrongUsage(verb, message));
