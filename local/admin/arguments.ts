import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Command, type CommandOption, COMMANDS } from './command.ts';
import { generalHelp, helpFor } from './help.ts';

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
      // `--option -` must reach us as a value: parseArgs takes a lone dash for a word of its own.
      args: joinDashes(args),
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
    throw wrong(verb, error instanceof Error ? error.message : String(error));
  }
}

const joinDashes = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => {
    if (arg === '-' && args[index - 1]?.startsWith('--') === true) return [];
    return args[index + 1] === '-' && arg.startsWith('--') ? [`${arg}=-`] : [arg];
  });

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
  if (kind === 'secret') return value === '-' ? readFileSync(0, 'utf8').trim() : value;
  try {
    return JSON.parse(readFileSync(value, 'utf8'));
  } catch (error) {
    throw wrong(verb, `--${name}: ${value} can't be read as JSON: ${(error as Error).message}`);
  }
}

const wrong = (verb: string, message: string): CommandLineError =>
  new CommandLineError(`${message}\nnpm run admin -- ${verb} --help tells what there is`);
